//! `gewang init`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use gewang_grid::Text;
use gewang_pack::Source;
use gewang_store::{Account, Database, Error, Reader};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::at::At;
use crate::drawing::Properties;
use crate::founding::{self, Person, Plan, Post, Seat};
use crate::out::say;
use crate::{ask, carried};

/// Founds a town in a data directory. Asks for what the options leave open.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    at: At,
    /// A town.yaml, or a folder with town.yaml and perhaps cells.geojson, units.yaml. Without it the settings are asked.
    #[arg(long)]
    town: Option<PathBuf>,
    /// The town's Chinese name, where there is no town.yaml.
    #[arg(long, conflicts_with = "town")]
    name: Option<String>,
    /// The town's English name, where there is no town.yaml.
    #[arg(long, conflicts_with = "town")]
    name_en: Option<String>,
    /// The time zone, where there is no town.yaml.
    #[arg(long, default_value = "Asia/Shanghai")]
    time_zone: String,
    /// The cells: GeoJSON, TopoJSON, Shapefile (.shp or .zip), GeoPackage, KML, KMZ, or CSV with WKT.
    #[arg(long)]
    cells: Option<PathBuf>,
    #[command(flatten)]
    properties: Properties,
    /// A folder with a pack to put in use, besides those that town.yaml names.
    #[arg(long, num_args = 1.., value_name = "DIR")]
    packs: Vec<PathBuf>,
    /// The account of the first administrator.
    #[arg(long)]
    admin: Option<String>,
    /// The administrator's own name; without it the account's.
    #[arg(long)]
    admin_name: Option<String>,
    /// Reads the administrator's password from standard input.
    #[arg(long)]
    password_stdin: bool,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.town.is_some() && args.at.domain.is_some() {
        bail!("the town's short name stands in town.yaml: leave --domain out");
    }
    let home = args.at.home()?;
    let shown = home.shown();
    match Reader::beside(home.clone()) {
        Err(Error::Empty | Error::Several(_)) => {}
        // A server may hold other towns.
        Ok(_) if home.database != Database::Sqlite && args.at.domain.is_none() => {}
        Ok(_) => bail!("there is a town in {shown} already"),
        Err(error) => bail!("cannot read {shown}: {error}"),
    }
    founding::room(&home.dir)?;
    let folder = args.town.as_deref().filter(|path| path.is_dir());
    let town = match (&args.town, folder) {
        (_, Some(dir)) => carried::source(&dir.join("town.yaml"))?,
        (Some(file), None) => carried::source(file)?,
        (None, None) => settings(args)?,
    };
    let read = gewang_pack::Document::read(&town.text).with_context(|| town.file.clone())?;
    let given = args
        .packs
        .iter()
        .map(|dir| carried::folder(dir))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let named: Vec<String> = read.get("/packs").unwrap_or_default();
    if let Some(stray) = given
        .iter()
        .filter_map(|pack| carried::id_of(pack))
        .find(|id| !named.contains(id))
    {
        bail!(
            "{} does not put the pack \"{stray}\" in use: add it under `packs:`",
            town.file
        );
    }
    let packs = carried::gather(&named, given, None)?;
    let domain: String = read.get("/domain").context("town.yaml has no `domain`")?;
    let title = Text::new(
        read.get::<String>("/title/zh").unwrap_or_default(),
        read.get::<String>("/title/en").unwrap_or_default(),
    );
    let cells = match (&args.cells, folder.map(|dir| dir.join("cells.geojson"))) {
        (Some(file), _) => file.clone(),
        (None, Some(file)) if file.is_file() => file,
        _ => PathBuf::from(ask::or_ask(
            None,
            "The file of the cells: GeoJSON, Shapefile, GeoPackage, KML … (网格边界文件)",
            "--cells",
            |answer| {
                let problem = args.properties.read(Path::new(answer), &town).err()?;
                Some(format!("{problem:#}"))
            },
        )?),
    };
    let partition = args.properties.read(&cells, &town)?;
    let units = match folder.map(|dir| dir.join("units.yaml")) {
        Some(file) if file.is_file() => founding::units(&carried::source(&file)?)?,
        _ => Vec::new(),
    };
    let plan_without_people = |people| Plan {
        town: town.clone(),
        packs: packs.clone(),
        cells: partition.to_geojson().to_string(),
        units: units.clone(),
        people,
        from: Timestamp::now().to_zoned(TimeZone::UTC).date(),
    };
    // Faults are told before anybody is asked for a password.
    let checked = plan_without_people(Vec::new());
    let setup = founding::setup(&checked.town, &checked.packs, &checked.cells)?;
    let zone = TimeZone::get(&setup.town().time_zone)?;
    let account = ask::or_ask(
        args.admin.as_deref(),
        "The account of the administrator, to sign in with (管理员账号)",
        "--admin",
        |answer| {
            let odd = answer.chars().any(|c| c.is_whitespace() || c.is_control());
            let odd = odd || answer.is_empty() || answer.chars().count() > 60;
            odd.then(|| "1 to 60 characters without spaces（1 至 60 个字符，不含空格）".into())
        },
    )?;
    let own_name = ask::or_skip(
        args.admin_name.as_deref(),
        "Their own name, as colleagues will read it; Enter: the account's (管理员姓名，可直接回车)",
    )?;
    let password = ask::new_password(
        args.password_stdin,
        &[&account, &domain, &title.zh, &title.en],
    )?;
    let phc = gewang_server::hash_password(&password)?;
    let administrator = Person {
        key: account.clone(),
        name: own_name.unwrap_or_else(|| account.clone()),
        phone: None,
        posts: vec![Post {
            post: "administrator".into(),
            seat: Seat::Cell(domain.clone()),
            from: None,
            until: None,
        }],
    };
    let plan = Plan {
        from: Timestamp::now().to_zoned(zone).date(),
        ..plan_without_people(vec![administrator])
    };
    let on_server = home.database != Database::Sqlite;
    let founded = founding::found(home, &plan)?;
    let person = founded.people[&account];
    let account = Account {
        name: account,
        phc,
        person,
        disabled: false,
        created: Timestamp::now(),
    };
    crate::serve::runtime()?.block_on(founded.store.add_account(account.clone()))?;
    let dir = args.at.data.display();
    let name = match title.zh == title.en {
        true => title.zh.clone(),
        false => format!("{} {}", title.zh, title.en),
    };
    say!(
        "founded {name} in {shown}: {} cells, administrator {}",
        partition.leaves().count(),
        account.name
    );
    if args.town.is_none() {
        say!();
        say!(
            "These settings are to begin with: Monday to Friday 8:30-11:30 and 13:30-17:30, no public holidays"
        );
        say!(
            "and make-up days, so that working-time deadlines are marked as uncertain; no units, no people but you."
        );
        say!("起始设置不含法定节假日和调休，工作时限会标明“日历未知”。补充后采用：");
        say!("  gewang settings --data {dir} > town.yaml      # holidays, workdays, known_until");
        say!("  gewang adopt --data {dir} --town town.yaml --reason '...'");
        say!();
    }
    match on_server {
        true => say!("now: gewang serve --data {dir} --database …"),
        false => say!("now: gewang serve --data {dir}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Settings to begin with, made from a name: to be corrected by adopting better ones.
fn settings(args: &Args) -> anyhow::Result<Source> {
    let chinese = |text: &str| text.chars().any(|c| ('\u{2e80}'..='\u{9fff}').contains(&c));
    let short = |text: &str| (1..=60).contains(&text.chars().count());
    let name = ask::or_ask(
        args.name.as_deref(),
        "The town's name in Chinese (镇名)",
        "--name",
        |answer| {
            let fits = short(answer) && chinese(answer);
            (!fits).then(|| "1 to 60 characters, in Chinese（1 至 60 个字，用中文）".into())
        },
    )?;
    let name_en = ask::or_ask(
        args.name_en.as_deref(),
        "Its name in English or pinyin (英文名或拼音)",
        "--name-en",
        |answer| {
            let fits = short(answer) && !chinese(answer);
            (!fits).then(|| {
                "1 to 60 characters, none of them Chinese（1 至 60 个字符，不含汉字）".into()
            })
        },
    )?;
    let domain = ask::or_ask(
        args.at.domain.as_deref(),
        "Its short name, which never changes: a-z 0-9 _ (简称，小写字母开头，以后不能改)",
        "--domain",
        |answer| {
            let begins = answer.starts_with(|c: char| c.is_ascii_lowercase());
            let fits = answer
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            (!(begins && fits && answer.len() <= 40)).then(|| {
                "a letter first, then a-z, 0-9 or _, 40 at most, such as zhoutie（以小写字母开头）".into()
            })
        },
    )?;
    let quoted = |text: &str| serde_json::to_string(text).expect("a string is always JSON");
    let (zh, en) = (quoted(&name), quoted(&name_en));
    // No public holiday is known here, and the calendar says so: deadlines are marked until better settings are adopted.
    let known = Timestamp::now().to_zoned(TimeZone::UTC).year() - 1;
    let text = format!(
        "domain: {domain}\n\
         title: {{ zh: {zh}, en: {en} }}\n\
         time_zone: {}\n\
         calendar:\n\
         \x20 hours: [['08:30', '11:30'], ['13:30', '17:30']]\n\
         \x20 week: [mon, tue, wed, thu, fri]\n\
         \x20 known_until: {known}-12-31\n\
         levels:\n\
         \x20 - {{ id: town, title: {{ zh: 镇, en: Town }} }}\n\
         \x20 - {{ id: village, title: {{ zh: 村（社区）, en: Village }} }}\n\
         \x20 - {{ id: cell, title: {{ zh: 网格, en: Cell }} }}\n\
         packs: [governance]\n",
        args.time_zone
    );
    Ok(Source {
        file: "town.yaml".into(),
        text,
    })
}

//! `gewang init`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use gewang_grid::{CellId, Partition, Reading, Root, Text};
use gewang_pack::Source;
use gewang_store::Account;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::founding::{self, Person, Plan, Post, Seat};
use crate::{ask, carried};

/// Founds a town in a data directory. Asks for what the options leave open.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The data directory, empty or not there yet.
    #[arg(long)]
    data: PathBuf,
    /// A town.yaml, or a folder with town.yaml and perhaps cells.geojson, units.yaml. Without it the settings are asked.
    #[arg(long)]
    town: Option<PathBuf>,
    /// The town's name, where there is no town.yaml.
    #[arg(long, conflicts_with = "town")]
    name: Option<String>,
    /// The town's short name (a-z, 0-9, _), where there is no town.yaml.
    #[arg(long, conflicts_with = "town")]
    domain: Option<String>,
    /// The time zone, where there is no town.yaml.
    #[arg(long, default_value = "Asia/Shanghai")]
    time_zone: String,
    /// The cells, GeoJSON in WGS 84.
    #[arg(long)]
    cells: Option<PathBuf>,
    /// The property of the cells that holds their id.
    #[arg(long = "cell-id", default_value = "id", value_name = "PROPERTY")]
    id: String,
    /// The property that holds their name.
    #[arg(long = "cell-name", default_value = "name", value_name = "PROPERTY")]
    cell_name: String,
    /// The property that holds the id of the cell above.
    #[arg(
        long = "cell-parent",
        default_value = "parent",
        value_name = "PROPERTY"
    )]
    parent: String,
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
    if args.data.join("gewang.sqlite").exists() {
        bail!("there is a town in {} already", args.data.display());
    }
    let folder = args.town.as_deref().filter(|path| path.is_dir());
    let town = match (&args.town, folder) {
        (_, Some(dir)) => carried::source(&dir.join("town.yaml"))?,
        (Some(file), None) => carried::source(file)?,
        (None, None) => settings(args)?,
    };
    let read = crate::yaml::read(&town.text).with_context(|| town.file.clone())?;
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
    let levels: Vec<String> = read
        .value
        .pointer("/levels")
        .and_then(|levels| levels.as_array())
        .into_iter()
        .flatten()
        .filter_map(|level| Some(level.get("id")?.as_str()?.to_owned()))
        .collect();
    let cells = match (&args.cells, folder.map(|dir| dir.join("cells.geojson"))) {
        (Some(file), _) => file.clone(),
        (None, Some(file)) if file.is_file() => file,
        _ => PathBuf::from(ask::or_ask(
            None,
            "The file of the cells, GeoJSON (网格边界文件)",
            "--cells",
        )?),
    };
    let reading = Reading {
        id: args.id.clone(),
        parent: args.parent.clone(),
        name: args.cell_name.clone(),
        root: Some(Root {
            id: CellId::new(&domain)?,
            name: title.clone(),
        }),
        add_missing: true,
        levels,
        ..Reading::default()
    };
    let partition = partition(&cells, &domain, reading)?;
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
        "The account of the administrator (管理员账号)",
        "--admin",
    )?;
    let password = ask::new_password(
        args.password_stdin,
        &[&account, &domain, &title.zh, &title.en],
    )?;
    let phc = gewang_server::hash_password(&password)?;
    let administrator = Person {
        key: account.clone(),
        name: args.admin_name.clone().unwrap_or_else(|| account.clone()),
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
    let founded = founding::found(&args.data, &plan)?;
    let person = founded.people[&account];
    let account = Account {
        name: account,
        phc,
        person,
        disabled: false,
        created: Timestamp::now(),
    };
    crate::serve::runtime()?.block_on(founded.store.add_account(account.clone()))?;
    println!(
        "founded {} {} in {}: {} cells, administrator {}\nnow: gewang serve --data {}",
        title.zh,
        title.en,
        args.data.display(),
        partition.leaves().count(),
        account.name,
        args.data.display(),
    );
    Ok(ExitCode::SUCCESS)
}

/// Reads the cells. A file in which a feature is the town itself needs no root above it.
fn partition(file: &Path, domain: &str, reading: Reading) -> anyhow::Result<Partition> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let own_root = serde_json::from_slice::<serde_json::Value>(&bytes)
        .ok()
        .is_some_and(|drawing| {
            let features = drawing["features"].as_array().cloned().unwrap_or_default();
            features
                .iter()
                .any(|feature| feature["properties"][&reading.id] == domain)
        });
    let reading = if own_root {
        Reading {
            root: None,
            ..reading
        }
    } else {
        reading
    };
    Partition::from_geojson(&bytes, &reading).map_err(|error| match error {
        gewang_grid::ParseError::Unreadable(all) => {
            let lines: Vec<String> = all.iter().map(ToString::to_string).collect();
            anyhow::anyhow!(
                "{} cannot be read:\n  {}",
                file.display(),
                lines.join("\n  ")
            )
        }
        gewang_grid::ParseError::Defective(all) => {
            let lines: Vec<String> = all.iter().map(ToString::to_string).collect();
            anyhow::anyhow!(
                "the cells in {} are no partition:\n  {}",
                file.display(),
                lines.join("\n  ")
            )
        }
    })
}

/// Settings to begin with, made from a name: to be corrected by adopting better ones.
fn settings(args: &Args) -> anyhow::Result<Source> {
    let name = ask::or_ask(args.name.as_deref(), "The town's name (镇名)", "--name")?;
    let domain = ask::or_ask(
        args.domain.as_deref(),
        "Its short name, a-z 0-9 _ (简称，小写字母)",
        "--domain",
    )?;
    let quoted = serde_json::to_string(&name).expect("a string is always JSON");
    let year = Timestamp::now().to_zoned(TimeZone::UTC).year();
    let text = format!(
        "domain: {domain}\n\
         title: {{ zh: {quoted}, en: {quoted} }}\n\
         time_zone: {}\n\
         calendar:\n\
         \x20 hours: [['08:30', '11:30'], ['13:30', '17:30']]\n\
         \x20 week: [mon, tue, wed, thu, fri]\n\
         \x20 known_until: {year}-12-31\n\
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

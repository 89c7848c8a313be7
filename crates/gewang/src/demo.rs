//! `gewang demo`: the made-up town, its people and a working day.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use gewang_engine::{Engine, Seat as Held};
use gewang_pack::{Source, Text};
use gewang_server::{DemoAccount, Options, Surface};
use gewang_store::{Account, Error, Home, Reader, Store};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use serde::Deserialize;
use serde_json::json;

use crate::at::At;
use crate::founding::{self, Person, Plan, Post, Seat};
use crate::simulator::{self, Simulator};
use crate::{Format, carried};

/// The password of every account of the demo. `gewang init` refuses it.
pub(crate) const PASSWORD: &str = "gewang-demo";

/// The folder of the demo town under `packs/`.
const TOWN: &str = "zhoutie";

/// Founds (or reopens) the demo town and serves it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The data directory; nothing is written outside it and the database.
    #[arg(long, default_value = "demo-data")]
    data: PathBuf,
    /// The database, where it is not in the data directory: postgres://USER@HOST/DATABASE.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// `off`, or how many minutes of a working day happen in one minute.
    #[arg(long, default_value = "20", value_name = "off|SPEED")]
    simulator: Pace,
    /// How many past days the town has when it is founded.
    #[arg(long, default_value = "28", value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=366))]
    history: u16,
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Founds the town and ends: the program calls itself so.
    #[arg(long, hide = true)]
    found_only: bool,
}

/// How fast the simulated day goes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Pace {
    Off,
    Minutes(f64),
}

impl FromStr for Pace {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Pace::Off);
        }
        let speed = text
            .parse::<f64>()
            .ok()
            .filter(|speed| (0.1..=1000.0).contains(speed));
        speed
            .map(Pace::Minutes)
            .ok_or_else(|| "write `off`, or a number from 0.1 to 1000".into())
    }
}

/// An account of the demo, as `accounts.yaml` lists them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    login: String,
    person: String,
    zh: String,
    en: String,
    surface: Surface,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let runtime = crate::serve::runtime()?;
    let at = At {
        data: args.data.clone(),
        database: args.database.clone(),
        files: None,
        domain: None,
    };
    let home = at.home()?;
    if args.found_only {
        found(args, home, &runtime)?;
        return Ok(ExitCode::SUCCESS);
    }
    crate::serve::free(args.listen)?;
    let new = matches!(Reader::beside(home.clone()), Err(Error::Empty));
    if new {
        founding::room(&args.data)?;
        if args.format == Format::Human {
            // It takes a few seconds; nobody should wonder.
            eprintln!(
                "正在 {} 中新建演示镇 founding the demo town in {} …",
                args.data.display(),
                args.data.display()
            );
        }
        if !found_apart(args)? {
            return Ok(ExitCode::FAILURE);
        }
    }
    let store = crate::at::open(home)?;
    if !store.engine().setup().town().demo {
        bail!(
            "{} holds a real town, not the demo: serve it with `gewang serve`",
            args.data.display()
        );
    }
    let shown = shown(&store)?;
    let people = simulator::people(&store)?;
    let under_way = simulator::under_way(&store)?;
    runtime.block_on(async {
        let engine = store.engine();
        let title = engine.setup().town().title.clone();
        let domain = store.domain().to_owned();
        let options = Options {
            listen: args.listen,
            demo_accounts: shown.iter().map(|shown| shown.account.clone()).collect(),
            ..Options::default()
        };
        let stop = crate::serve::Stop::listen()?;
        let running = gewang_server::start(Arc::new(store), options).await?;
        let url = format!("http://{}", running.local_addr());
        match args.format {
            Format::Json => {
                let accounts: Vec<_> = shown
                    .iter()
                    .map(|Shown { account, posts, .. }| json!({"name": account.name, "password": account.password, "posts": posts, "surface": account.surface}))
                    .collect();
                let mut out = std::io::stdout().lock();
                writeln!(out, "{}", json!({"url": url, "domain": domain, "accounts": accounts}))?;
                out.flush()?;
            }
            // Served is served, whether or not somebody reads this.
            Format::Human => drop(tell(&title, &url, &args.data, new, &shown)),
        }
        let simulator = match args.simulator {
            Pace::Off => None,
            Pace::Minutes(speed) => Some(Simulator::start(
                &url, speed, &engine, people, under_way,
            )?),
        };
        stop.told(running).await?;
        if args.format == Format::Human {
            eprintln!(
                "已停止 stopped · 再次运行即可继续 the same command goes on from here; 重新开始 to begin anew: rm -r {}",
                args.data.display()
            );
        }
        if let Some(simulator) = simulator {
            simulator.stop();
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Founds the town in a process of its own: the memory that a month of history takes is given back with it. False where
/// that failed; why was told by the process itself.
fn found_apart(args: &Args) -> anyhow::Result<bool> {
    let program = std::env::current_exe().context("this program does not know where it is")?;
    let ended = Command::new(program)
        .args(["demo", "--found-only", "--history"])
        .arg(args.history.to_string())
        .arg("--data")
        .arg(&args.data)
        .args(args.database.iter().flat_map(|url| ["--database", url]))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .context("the demo cannot be founded")?;
    Ok(ended.success())
}

/// Founds the town, with its accounts and its past.
fn found(args: &Args, home: Home, runtime: &tokio::runtime::Runtime) -> anyhow::Result<()> {
    let begin = simulator::beginning(Timestamp::now(), args.history);
    let founded =
        founding::found_at(home, &plan()?, begin).context("the demo cannot be founded")?;
    runtime.block_on(accounts(&founded))?;
    if args.history > 0 {
        let people = simulator::people(&founded.store)?;
        simulator::live_through(&founded.store, &founded.commands, people, begin)
            .context("the demo's past cannot be told")?;
    }
    Ok(())
}

fn tell(
    title: &gewang_pack::Text,
    url: &str,
    data: &Path,
    new: bool,
    shown: &[Shown],
) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let how = if new {
        "新建 founded"
    } else {
        "继续 reopened"
    };
    writeln!(
        out,
        "{} {} · 演示（一切内容均为虚构） demo, everything in it is made up · {how}",
        title.zh, title.en
    )?;
    writeln!(out)?;
    writeln!(out, "  页面 pages      {url}/")?;
    writeln!(out, "  接口 API        {url}/api/v1/docs")?;
    writeln!(out, "  数据 data       {}", data.display())?;
    writeln!(out, "  停止 stop       Ctrl-C")?;
    writeln!(out)?;
    writeln!(out, "  密码 password   {PASSWORD}")?;
    let widest = shown
        .iter()
        .map(|shown| shown.account.name.len())
        .max()
        .unwrap_or_default();
    for Shown { account, about, .. } in shown {
        writeln!(out, "  {:widest$}  {about}", account.name)?;
    }
    out.flush()
}

/// What the demo town is founded from.
pub(crate) fn plan() -> anyhow::Result<Plan> {
    let text = |name: &str| {
        carried::file(TOWN, name)
            .with_context(|| format!("the program carries no {name} of the demo"))
    };
    let town = Source {
        file: "town.yaml".into(),
        text: text("town.yaml")?.to_owned(),
    };
    let named: Vec<String> = gewang_pack::Document::read(&town.text)?.get("/packs")?;
    let units = Source {
        file: "units.yaml".into(),
        text: text("units.yaml")?.to_owned(),
    };
    Ok(Plan {
        packs: carried::gather(&named, Vec::new(), None)?,
        cells: text("cells.geojson")?.to_owned(),
        units: founding::units(&units)?,
        people: people(text("people.csv")?, text("posts.csv")?)?,
        from: date(2020, 1, 1),
        town,
    })
}

/// The people of `people.csv` with the posts of `posts.csv`.
fn people(people: &str, posts: &str) -> anyhow::Result<Vec<Person>> {
    #[derive(Deserialize)]
    struct Somebody {
        person: String,
        name: String,
        phone: Option<String>,
    }
    #[derive(Deserialize)]
    struct Office {
        person: String,
        post: String,
        cell: Option<String>,
        unit: Option<String>,
        from: Option<Date>,
        until: Option<Date>,
    }
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.comment(Some(b'#')).trim(csv::Trim::All);
    let mut all: Vec<Person> = Vec::new();
    let mut places = BTreeMap::new();
    for line in reader.from_reader(people.as_bytes()).deserialize() {
        let Somebody {
            person,
            name,
            phone,
        } = line.context("people.csv")?;
        places.insert(person.clone(), all.len());
        all.push(Person {
            key: person,
            name,
            phone,
            posts: Vec::new(),
        });
    }
    for line in reader.from_reader(posts.as_bytes()).deserialize() {
        let Office {
            person,
            post,
            cell,
            unit,
            from,
            until,
        } = line.context("posts.csv")?;
        let seat = match (cell, unit) {
            (Some(cell), None) => Seat::Cell(cell),
            (None, Some(unit)) => Seat::Unit(unit),
            _ => bail!("posts.csv: {person} holds {post} neither at a cell nor at a unit"),
        };
        let place = places
            .get(&person)
            .with_context(|| format!("posts.csv: nobody is called {person}"))?;
        all[*place].posts.push(Post {
            post,
            seat,
            from,
            until,
        });
    }
    Ok(all)
}

fn listed() -> anyhow::Result<Vec<Listed>> {
    let text = carried::file(TOWN, "accounts.yaml")
        .context("the program carries no accounts of the demo")?;
    Ok(gewang_pack::Document::read(text)?.get("/accounts")?)
}

/// Gives everybody an account: those listed under their own names, all others under their ids in `people.csv`.
async fn accounts(founded: &founding::Founded) -> anyhow::Result<()> {
    // Hashing is slow on purpose; the password is the same for all, and public.
    let phc = gewang_server::hash_password(PASSWORD)?;
    let created = Timestamp::now();
    let listed = listed()?;
    let mut waiting = tokio::task::JoinSet::new();
    for (key, person) in &founded.people {
        let name = listed
            .iter()
            .find(|account| account.person == *key)
            .map_or(key, |account| &account.login);
        let account = Account {
            name: name.clone(),
            phc: phc.clone(),
            person: *person,
            disabled: false,
            created,
        };
        let store = founded.store.clone();
        // All at once, so that they share a commit.
        waiting.spawn(async move { store.add_account(account).await });
    }
    while let Some(added) = waiting.join_next().await {
        added??;
    }
    Ok(())
}

/// An account to be shown.
struct Shown {
    account: DemoAccount,
    /// Its posts, as [`words`] says them.
    posts: Vec<String>,
    /// A line about it.
    about: String,
}

/// The accounts to be shown.
fn shown(store: &Store) -> anyhow::Result<Vec<Shown>> {
    let accounts: BTreeMap<String, Account> = store
        .read_now(|reader| reader.accounts())?
        .into_iter()
        .map(|account| (account.name.clone(), account))
        .collect();
    let engine = store.engine();
    let now = Timestamp::now();
    let mut shown = Vec::new();
    for account in listed()? {
        let Some(known) = accounts.get(&account.login) else {
            continue;
        };
        let person = engine
            .roster()
            .person(known.person)
            .map_or("", |person| &person.name);
        let about = format!("{person}  {}  {}", account.zh, account.en);
        let posts = engine
            .roster()
            .posts_of(known.person, now)
            .map(|held| words(&engine, &held.post, &held.seat))
            .collect();
        shown.push(Shown {
            account: DemoAccount {
                name: account.login,
                password: PASSWORD.into(),
                about: Text {
                    zh: account.zh,
                    en: account.en,
                },
                surface: account.surface,
            },
            posts,
            about,
        });
    }
    Ok(shown)
}

/// A post as `worker@penggan-03` or `clerk@enforcement`: short, the same in every language.
fn words(engine: &Engine, post: &str, seat: &Held) -> String {
    match seat {
        Held::Cell(cell) => format!("{post}@{cell}"),
        Held::Unit(unit) => {
            let role = engine.roster().unit(*unit).map_or("", |unit| &unit.role);
            format!("{post}@{role}")
        }
    }
}

//! Founding a town: a data directory with its set-up, and the units, people and posts that come as ordinary commands.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow, bail};
use gewang_engine::{Actor, Command, OutcomeKind, Setup, Submission};
use gewang_pack::{Fault, Source};
use gewang_store::{Error, Founding, Home, Store};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// What a town is founded from.
pub(crate) struct Plan {
    /// `town.yaml`.
    pub town: Source,
    /// The packs, `town` among them.
    pub packs: Vec<Vec<Source>>,
    /// The cells, GeoJSON as the grid writes it.
    pub cells: String,
    /// The units.
    pub units: Vec<Unit>,
    /// The people and their posts.
    pub people: Vec<Person>,
    /// The first day on which the posts are held.
    pub from: Date,
}

/// A unit, as `units.yaml` lists them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unit {
    /// The id under `units` of a pack.
    pub role: String,
    /// Its Chinese name.
    pub zh: String,
    /// Its English name.
    pub en: String,
    /// The part of the town it is narrowed to.
    #[serde(default)]
    pub cell: Option<String>,
}

/// Somebody who works in the grid.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// Names them within the plan.
    pub key: String,
    /// Their name.
    pub name: String,
    /// Their duty telephone.
    pub phone: Option<String>,
    /// The posts they hold.
    pub posts: Vec<Post>,
}

/// A post to be held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Post {
    /// The kind of post.
    pub post: String,
    /// Where.
    pub seat: Seat,
    /// From when on, where it is not the plan's day.
    pub from: Option<Date>,
    /// Until when.
    pub until: Option<Date>,
}

/// Where a post is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seat {
    /// At a cell.
    Cell(String),
    /// At the unit with this role.
    Unit(String),
}

/// A town just founded.
pub(crate) struct Founded {
    /// Its memory.
    pub store: Store,
    /// The people by the keys of the plan.
    pub people: HashMap<String, Uuid>,
    /// The commands that set up units, people and posts.
    pub commands: Vec<Command>,
}

/// The units that a `units.yaml` lists.
pub(crate) fn units(source: &Source) -> anyhow::Result<Vec<Unit>> {
    let document =
        gewang_pack::Document::read(&source.text).with_context(|| source.file.clone())?;
    document.get("/units").with_context(|| source.file.clone())
}

/// Loads a set-up, or tells every fault.
pub(crate) fn setup(town: &Source, packs: &[Vec<Source>], cells: &str) -> anyhow::Result<Setup> {
    Setup::load(town.clone(), packs.to_vec(), cells).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(|fault| line(fault, "en")).collect();
        anyhow!("the town's set-up has faults:\n{}", lines.join("\n"))
    })
}

/// A fault as a line for people.
pub(crate) fn line(fault: &Fault, lang: &str) -> String {
    format!(
        "{}:{}:{}: {} [{}]\n    {}",
        fault.file,
        fault.line,
        fault.column,
        fault.text.lang(lang),
        fault.code,
        fault.mend.lang(lang)
    )
}

/// That a data directory can be made and written to, before anything is asked or worked out.
pub(crate) fn room(dir: &Path) -> anyhow::Result<()> {
    let probe = dir.join(".gewang-probe");
    std::fs::create_dir_all(dir)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::remove_file(&probe))
        .map_err(|error| {
            anyhow!(
                "nothing can be written in {}: {error}. Choose another folder with --data",
                dir.display()
            )
        })
}

/// Founds the town.
pub(crate) fn found(home: Home, plan: &Plan) -> anyhow::Result<Founded> {
    found_at(home, plan, Timestamp::now())
}

/// Founds the town as if at an instant: a demo has a past.
pub(crate) fn found_at(home: Home, plan: &Plan, at: Timestamp) -> anyhow::Result<Founded> {
    let setup = Arc::new(setup(&plan.town, &plan.packs, &plan.cells)?);
    let mut commands = commands(plan)?;
    commands.list.iter_mut().for_each(|command| command.at = at);
    let founding = Founding {
        setup,
        settings: plan.town.text.clone().into_bytes(),
        packs: plan.packs.iter().map(|sources| bundle(sources)).collect(),
        grid: plan.cells.clone().into_bytes(),
        at,
        command: Uuid::now_v7(),
        record: Uuid::now_v7(),
    };
    let shown = home.shown();
    let store = Store::create(home, founding).map_err(|error| match error {
        Error::Exists => anyhow!("there is a town in {shown} already"),
        Error::InUse { pid } => anyhow!("{shown} is in use by process {pid}"),
        other => anyhow!("cannot found a town in {shown}: {other}"),
    })?;
    let received = at;
    let people = commands.people;
    for part in commands.list.chunks(500) {
        let submissions = part
            .iter()
            .map(|command| Submission {
                command: command.clone(),
                actor: Actor::System,
                received,
            })
            .collect();
        for (outcome, command) in store.post_now(submissions)?.iter().zip(part) {
            if outcome.outcome != OutcomeKind::Done {
                let why = outcome.problem.as_ref().map(|problem| {
                    format!(
                        "{} at {}: {}",
                        problem.code, problem.pointer, problem.text.en
                    )
                });
                bail!(
                    "{} {} was refused: {}",
                    command.kind,
                    command.action,
                    why.unwrap_or_default()
                );
            }
        }
    }
    Ok(Founded {
        store,
        people,
        commands: commands.list,
    })
}

/// A pack as the file that the domain's record names. A text keeps its name and that of its folder: where it lay on the
/// machine of whoever adopts it is nobody's business.
pub(crate) fn bundle(sources: &[Source]) -> Vec<u8> {
    let files: Vec<Value> = sources
        .iter()
        .map(|source| {
            let parts: Vec<&str> = source.file.split('/').collect();
            let name = parts[parts.len().saturating_sub(2)..].join("/");
            json!({"name": name, "text": source.text})
        })
        .collect();
    json!({ "files": files }).to_string().into_bytes()
}

/// The commands that set up units, people and posts.
pub(crate) struct Commands {
    /// In the order in which they must be posted.
    pub list: Vec<Command>,
    /// The people by the keys of the plan.
    pub people: HashMap<String, Uuid>,
    /// The units by role.
    pub units: HashMap<String, Uuid>,
}

/// The commands of a plan.
pub(crate) fn commands(plan: &Plan) -> anyhow::Result<Commands> {
    let at = Timestamp::now();
    let mut all = Commands {
        list: Vec::new(),
        people: HashMap::new(),
        units: HashMap::new(),
    };
    for unit in &plan.units {
        let record = Uuid::now_v7();
        let mut data = json!({"role": unit.role, "title_zh": unit.zh, "title_en": unit.en});
        if let Some(cell) = &unit.cell {
            data["cell"] = json!(cell);
        }
        all.list
            .push(command(at, "town.unit", record, "set_up", data));
        all.units.insert(unit.role.clone(), record);
    }
    for person in &plan.people {
        let record = Uuid::now_v7();
        let mut data = json!({"name": person.name});
        if let Some(phone) = &person.phone {
            data["phone"] = json!(phone);
        }
        all.list
            .push(command(at, "town.person", record, "add", data));
        if all.people.insert(person.key.clone(), record).is_some() {
            bail!("two people are called {}", person.key);
        }
        for post in &person.posts {
            let from = post.from.unwrap_or(plan.from);
            let mut data = json!({"person": record, "post": post.post, "from": from});
            if let Some(until) = post.until {
                data["until"] = json!(until);
            }
            match &post.seat {
                Seat::Cell(cell) => data["cell"] = json!(cell),
                Seat::Unit(role) => {
                    let unit = all.units.get(role);
                    data["unit"] = json!(unit.with_context(|| format!(
                        "{}: there is no unit with the role {role}",
                        person.key
                    ))?);
                }
            }
            all.list
                .push(command(at, "town.post", Uuid::now_v7(), "appoint", data));
        }
    }
    Ok(all)
}

/// A command of the program's own, made now.
pub(crate) fn command(
    at: Timestamp,
    kind: &str,
    record: Uuid,
    action: &str,
    data: Value,
) -> Command {
    let data = match data {
        Value::Object(data) => data,
        _ => Map::new(),
    };
    Command {
        id: Uuid::now_v7(),
        at,
        kind: kind.into(),
        record,
        action: action.into(),
        version: None,
        place: None,
        data,
        files: Vec::new(),
        backdated: false,
    }
}

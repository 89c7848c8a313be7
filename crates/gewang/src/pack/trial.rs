use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use gewang_engine::{Engine, Record, Routing, Setup};
use gewang_pack::Source;
use gewang_store::{Filter, Order, Reader};

use crate::at::At;
use crate::in_force::InForce;
use crate::out::say;
use crate::{carried, founding};

/// Tries the routes of a changed pack on the records of a data directory, also while it is served, and shows what would
/// go elsewhere. Exit 0 when everything would go where it goes now, 1 when something would not.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of the changed pack.
    dir: PathBuf,
    #[command(flatten)]
    at: At,
    /// How many records of each kind, the latest first.
    #[arg(long, default_value_t = 1000)]
    last: usize,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let reader = args.at.read()?;
    let changed = carried::folder(&args.dir)?;
    let id = carried::id_of(&changed)
        .with_context(|| format!("{} declares no pack", args.dir.display()))?;
    let now = reader.engine();
    let then = engine_with(&reader, &id, changed)?;
    let mut tried = 0;
    let mut moved = 0;
    let kinds: Vec<String> = now
        .setup()
        .kinds()
        .map(|(kind, _)| kind.to_owned())
        .filter(|kind| kind.split('.').next() == Some(&id))
        .collect();
    for kind in kinds {
        let Some((_, version)) = then.setup().kind(&kind) else {
            say!("{kind} is no longer there");
            continue;
        };
        let (_, present) = now
            .setup()
            .kind(&kind)
            .expect("the kind was listed by this very set-up");
        for record in records(&reader, &kind, args.last)? {
            tried += 1;
            let under = |engine: &Engine, version: u32| {
                engine.route(
                    &Record {
                        pack: version,
                        ..(*record).clone()
                    },
                    record.opened,
                )
            };
            let (before, after) = (under(&now, present), under(&then, version));
            if before.route != after.route || before.assignee != after.assignee {
                moved += 1;
                let name = record
                    .number
                    .clone()
                    .unwrap_or_else(|| record.id.to_string());
                say!(
                    "{name}\t{}\t{}\t→\t{}",
                    record.cell,
                    words(&now, &before),
                    words(&then, &after)
                );
            }
        }
    }
    say!("{tried} records tried, {moved} would go elsewhere");
    Ok(if moved == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// The town as it would be with the changed pack in the place of what is in force, with the people whom it has.
fn engine_with(reader: &Reader, id: &str, changed: Vec<Source>) -> anyhow::Result<Engine> {
    let now = InForce::of_reader(reader)?;
    let mut packs: Vec<Vec<Source>> = now.packs.into_iter().map(|(_, sources)| sources).collect();
    let all = packs.len();
    packs.retain(|sources| carried::id_of(sources).as_deref() != Some(id));
    if packs.len() == all {
        bail!("the pack \"{id}\" is not in use here: there is nothing to compare with");
    }
    packs.push(changed);
    let setup: Setup = founding::setup(&now.settings, &packs, &now.cells)?;
    let mut engine = Engine::found(Arc::new(setup));
    for kind in ["town.unit", "town.person", "town.post"] {
        for record in records(reader, kind, usize::MAX)? {
            engine.absorb(&record);
        }
    }
    Ok(engine)
}

/// The latest records of a kind.
fn records(
    reader: &Reader,
    kind: &str,
    most: usize,
) -> Result<Vec<Arc<Record>>, gewang_store::Error> {
    let filter = Filter {
        kinds: vec![kind.to_owned()],
        ..Filter::default()
    };
    let mut all = Vec::new();
    let mut cursor: Option<String> = None;
    while all.len() < most {
        let page = reader.records(
            &filter,
            Order::Newest,
            cursor.as_deref(),
            200.min(most - all.len()),
            &|_| true,
        )?;
        all.extend(page.records);
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    Ok(all)
}

fn words(engine: &Engine, routing: &Routing) -> String {
    let Some(assignee) = &routing.assignee else {
        return "nobody".into();
    };
    let seat = match (assignee.unit, &assignee.cell) {
        (Some(unit), _) => engine
            .roster()
            .unit(unit)
            .map_or_else(|| unit.to_string(), |unit| unit.role.clone()),
        (None, Some(cell)) => cell.clone(),
        (None, None) => String::new(),
    };
    format!("{}@{seat}", assignee.post)
}

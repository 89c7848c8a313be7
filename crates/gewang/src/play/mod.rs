//! `gewang pack play`: the scenarios of a pack, played on a town in memory.

mod expect;
mod player;
mod samples;
mod scenario;
mod step;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use gewang_engine::Setup;

use crate::out::say;
use crate::{carried, founding};
use player::{Played, Player};
use scenario::Scenario;

/// Plays scenarios. With the folder of a pack all of its scenarios, and then every action must have been done once and
/// refused once. Exit 0 all as expected, 1 something else came, 2 cannot read.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of a pack.
    dir: PathBuf,
    /// Only these scenarios.
    files: Vec<PathBuf>,
}

/// Something that came out otherwise than the scenario says.
#[derive(Debug)]
pub(crate) struct Surprise {
    /// The step's line.
    pub line: usize,
    /// What was expected and what came.
    pub text: String,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (dir, files) = match args.dir.is_file() {
        // FILE stands for: the pack two folders up, this play alone.
        true => {
            let pack = args
                .dir
                .parent()
                .and_then(Path::parent)
                .context("the play lies in no pack")?;
            (pack.to_owned(), vec![args.dir.clone()])
        }
        false => (args.dir.clone(), args.files.clone()),
    };
    let all = files.is_empty();
    let files = if all { scenarios(&dir)? } else { files };
    let beside = dir
        .canonicalize()?
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default();
    let pack = carried::folder(&dir)?;
    let id =
        carried::id_of(&pack).with_context(|| format!("{} declares no pack", dir.display()))?;
    let mut played = Played::default();
    let mut wrong = 0;
    let mut setup = None;
    for file in &files {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        let scenario = Scenario::read(&text).map_err(|error| {
            anyhow::anyhow!("{}:{}: {}", file.display(), error.line, error.what)
        })?;
        let town = Town::read(&beside.join(&scenario.town), &beside, &pack, &id)?;
        let mut player = Player::new(&town, &id, &scenario, &mut played)
            .with_context(|| format!("{} cannot begin", file.display()))?;
        let surprises = player.play(&scenario);
        say!(
            "{} {} {}",
            if surprises.is_empty() { "ok  " } else { "FAIL" },
            file.display(),
            scenario.title.en
        );
        for surprise in &surprises {
            say!("  {}:{}: {}", file.display(), surprise.line, surprise.text);
        }
        wrong += surprises.len();
        setup = Some(town.setup);
    }
    if let (true, Some(setup)) = (all, setup) {
        let missing = missing(&setup, &id, &played);
        for line in &missing {
            say!("{line}");
        }
        wrong += missing.len();
    }
    Ok(if wrong == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// A town to play in.
pub(crate) struct Town {
    /// Its set-up.
    pub setup: Arc<Setup>,
    /// Its units.
    pub units: Vec<founding::Unit>,
    /// The texts that its set-up was made from, as the town's own record would name them.
    pub files: SetupFiles,
}

/// What a town is set up from.
pub(crate) struct SetupFiles {
    /// `town.yaml`.
    pub settings: Vec<u8>,
    /// A bundle for each pack.
    pub packs: Vec<Vec<u8>>,
    /// The cells.
    pub grid: Vec<u8>,
}

impl Town {
    fn read(
        dir: &Path,
        beside: &Path,
        pack: &[gewang_pack::Source],
        id: &str,
    ) -> anyhow::Result<Town> {
        let town = carried::source(&dir.join("town.yaml"))?;
        let mut named: Vec<String> = gewang_pack::Document::read(&town.text)?
            .get("/packs")
            .unwrap_or_default();
        named.retain(|name| name != id);
        let packs = carried::gather(&named, vec![pack.to_owned()], Some(beside))?;
        let cells = dir.join("cells.geojson");
        let cells = std::fs::read_to_string(&cells)
            .with_context(|| format!("cannot read {}", cells.display()))?;
        let setup = Arc::new(founding::setup(&town, &packs, &cells)?);
        if setup.packs().all(|known| known.pack != id) {
            bail!("{} does not put the pack \"{id}\" in use", town.file);
        }
        let file = dir.join("units.yaml");
        let units = if file.is_file() {
            founding::units(&carried::source(&file)?)?
        } else {
            Vec::new()
        };
        let files = SetupFiles {
            settings: town.text.into_bytes(),
            packs: packs
                .iter()
                .map(|sources| founding::bundle(sources))
                .collect(),
            grid: cells.into_bytes(),
        };
        Ok(Town {
            setup,
            units,
            files,
        })
    }
}

fn scenarios(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let dir = dir.join("scenarios");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&dir)
        .with_context(|| format!("cannot read {}", dir.display()))?
        .filter_map(|item| Some(item.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    files.sort();
    if files.is_empty() {
        bail!("there is no scenario in {}", dir.display());
    }
    Ok(files)
}

/// The actions of the pack that no scenario did, or none saw refused.
fn missing(setup: &Setup, id: &str, played: &Played) -> Vec<String> {
    let mut wanted_done = BTreeSet::new();
    let mut wanted_refused = BTreeSet::new();
    let played_kinds = setup
        .kinds()
        .filter(|(kind, _)| kind.split('.').next() == Some(id));
    for (kind, described) in played_kinds {
        for (action, what) in &described.actions {
            wanted_done.insert((kind.to_owned(), action.clone()));
            wanted_refused.insert((kind.to_owned(), action.clone()));
            if !what.approval.is_empty() {
                wanted_done.insert((kind.to_owned(), format!("{action}.approve")));
                wanted_done.insert((kind.to_owned(), format!("{action}.refuse")));
            }
        }
    }
    let lines =
        |wanted: &BTreeSet<(String, String)>, seen: &BTreeSet<(String, String)>, what: &str| {
            wanted
                .difference(seen)
                .map(|(kind, action)| format!("{kind}: no scenario {what} `{action}`"))
                .collect::<Vec<_>>()
        };
    let mut missing = lines(&wanted_done, &played.done, "does");
    missing.extend(lines(&wanted_refused, &played.refused, "is refused"));
    missing
}

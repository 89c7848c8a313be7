//! `gewang adopt`: changed settings, a new version of a pack, a new drawing of the cells.
//!
//! Adopting is an ordinary command on the town's own record. Here its files are gathered and checked, so that every
//! fault is shown before anything is written; what is adopted is decided by the engine again, like everything else.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use gewang_engine::{Actor, Command, OutcomeKind, Setup, Submission};
use gewang_grid::{Layer, OutlineChange, Partition, Reading};
use gewang_pack::Source;
use gewang_store::Store;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::at::At;
use crate::client::Client;
use crate::drawing::Properties;
use crate::in_force::InForce;
use crate::out::say;
use crate::{Lang, account, carried, founding};

/// Puts changed settings, a new version of a pack or a new drawing of the cells in force. Exit 0 adopted (or in force
/// already), 1 there are faults or it was refused, 2 it could not be tried. Nothing is written unless all of it holds.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    at: Option<At>,
    /// The account as which it is adopted in a data directory; without it the only administrator.
    #[arg(long = "as", value_name = "ACCOUNT", requires = "data")]
    account: Option<String>,
    /// A server, http://127.0.0.1:8080.
    #[arg(long, requires = "token", conflicts_with = "data")]
    server: Option<String>,
    /// A bearer token of an administrator of that server.
    #[arg(long, env = "GEWANG_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The changed settings: town.yaml, or the folder it lies in.
    #[arg(long, value_name = "FILE")]
    town: Option<PathBuf>,
    /// The folder of a new version of a pack, or of a pack that the settings newly name; or the id of one that this
    /// program carries.
    #[arg(long, value_name = "DIR")]
    pack: Vec<PathBuf>,
    /// The new drawing of the cells: GeoJSON, TopoJSON, Shapefile (.shp or .zip), GeoPackage, KML, KMZ, or CSV with WKT.
    #[arg(long, value_name = "FILE")]
    cells: Option<PathBuf>,
    #[command(flatten)]
    properties: Properties,
    /// The town's own boundary changes with the cells, and not only the borders within it. It stays in the journal, with how
    /// much ground came and went.
    #[arg(long, requires = "cells")]
    boundary_changes: bool,
    /// Why it changes, and on the strength of which paper. It stays in the journal.
    #[arg(long)]
    reason: String,
    /// Checks all of it and writes nothing.
    #[arg(long)]
    dry_run: bool,
    /// The language in which faults are shown.
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if args.town.is_none() && args.pack.is_empty() && args.cells.is_none() {
        bail!("nothing is given to adopt: add --town, --pack or --cells");
    }
    let target = match (&args.at, &args.server, &args.token) {
        (Some(at), _, _) => {
            let store = at
                .open()
                .context("while the town is served, adopt over --server URL --token TOKEN")?;
            let person = account::administrator(&store, args.account.as_deref())?;
            Target::Data(store, person)
        }
        (None, Some(url), Some(token)) => Target::Server(Client::with_token(url, token)),
        _ => bail!("say where: --data DIR, or --server URL with --token"),
    };
    let now = match &target {
        Target::Data(store, _) => store.read_now(|reader| Ok(InForce::of_reader(reader)))??,
        Target::Server(client) => InForce::of_server(client)?,
    };
    let change = Change::gather(args, &now)?;
    if change.is_nothing() {
        say!("nothing to adopt: what is given is in force already");
        return Ok(ExitCode::SUCCESS);
    }
    let faults = change.faults(&now);
    if !faults.is_empty() {
        let sources: Vec<Source> = change.sources(&now).cloned().collect();
        for fault in &faults {
            say!(
                "{}",
                gewang_pack::render(fault, &sources, args.lang.as_str(), false)
            );
        }
        match (args.lang, faults.len()) {
            (Lang::Zh, count) => say!("{count} 处错误，没有采用"),
            (Lang::En, 1) => say!("1 fault; nothing was adopted"),
            (Lang::En, count) => say!("{count} faults; nothing was adopted"),
        }
        return Ok(ExitCode::from(1));
    }
    for line in &change.told {
        say!("{line}");
    }
    if let Some(outline) = change.outline.as_ref().filter(|_| !args.boundary_changes) {
        tell(outline, args.lang);
        return Ok(ExitCode::from(1));
    }
    if args.dry_run {
        say!("dry run: all of it holds, nothing was written");
        return Ok(ExitCode::SUCCESS);
    }
    change.adopt(&target, &now, &args.reason)
}

enum Target {
    Data(Store, Uuid),
    Server(Client),
}

impl Target {
    /// Stores a file of the set-up; its hash.
    fn keep(&self, media: &str, bytes: Vec<u8>) -> anyhow::Result<String> {
        match self {
            Target::Data(store, person) => {
                let owner = Some(person.to_string());
                Ok(store
                    .put_file_now(media, &bytes, None, owner, Timestamp::now())?
                    .hash)
            }
            // What it is follows there from its bytes; that these are text is enough.
            Target::Server(client) => client.upload("application/octet-stream", bytes),
        }
    }

    /// Posts the command; its outcome as the API tells it.
    fn post(&self, command: Command) -> anyhow::Result<Value> {
        match self {
            Target::Data(store, person) => {
                let submission = Submission {
                    command,
                    actor: Actor::Person(*person),
                    received: Timestamp::now(),
                };
                let outcome = store.post_now(vec![submission])?.pop();
                Ok(serde_json::to_value(outcome)?)
            }
            Target::Server(client) => client
                .commands(&[command])?
                .pop()
                .context("the server gave no outcome"),
        }
    }
}

/// What is to be put in force.
struct Change {
    settings: Option<Source>,
    packs: Vec<Vec<Source>>,
    cells: Option<String>,
    /// The ground that comes and goes with the cells.
    outline: Option<OutlineChange>,
    /// What changes, a line each.
    told: Vec<String>,
}

impl Change {
    /// Reads what the options name and leaves out what is in force already.
    fn gather(args: &Args, now: &InForce) -> anyhow::Result<Change> {
        let mut told = Vec::new();
        let given = args
            .town
            .as_ref()
            .map(|path| match path.is_dir() {
                true => carried::source(&path.join("town.yaml")),
                false => carried::source(path),
            })
            .transpose()?;
        let settings = given.filter(|town| town.text != now.settings.text);
        if let Some(town) = &settings {
            stays_the_same_town(&now.settings, town)?;
            told.push(format!("settings: {}", town.file));
        }
        let in_use = settings.as_ref().unwrap_or(&now.settings);
        let named: Vec<String> = gewang_pack::Document::read(&in_use.text)
            .ok()
            .and_then(|read| read.get("/packs").ok())
            .unwrap_or_default();
        let mut packs = Vec::new();
        for name in &args.pack {
            let sources = carried::called(name)?;
            let id = carried::id_of(&sources)
                .with_context(|| format!("{} declares no pack", name.display()))?;
            if id != "town" && !named.contains(&id) {
                bail!(
                    "the settings do not put the pack \"{id}\" in use: add it under `packs:` of town.yaml and adopt both \
                     together (--town)"
                );
            }
            let texts = |sources: &[Source]| -> Vec<String> {
                sources.iter().map(|source| source.text.clone()).collect()
            };
            if now
                .packs
                .iter()
                .any(|(_, known)| texts(known) == texts(&sources))
            {
                continue;
            }
            let version = carried::version_of(&sources);
            told.push(match now.newest(&id) {
                Some((before, _)) => format!("pack {id}: version {before} → {version}"),
                None => format!("pack {id}: version {version}, new here"),
            });
            packs.push(sources);
        }
        let cells = match &args.cells {
            None => None,
            Some(file) => {
                let partition = args.properties.read(file, in_use)?;
                let drawn = partition.to_geojson().to_string();
                (drawn != now.cells).then(|| {
                    told.push(format!("cells: {} leaves", partition.leaves().count()));
                    drawn
                })
            }
        };
        let outline = cells
            .as_ref()
            .map(|drawn| ground(drawn, &now.cells))
            .transpose()?
            .filter(|change| !change.is_none());
        if let Some(change) = &outline {
            let OutlineChange {
                came_m2, went_m2, ..
            } = change;
            told.push(format!(
                "the town's own boundary: {came_m2:.1} m² come, {went_m2:.1} m² go"
            ));
        }
        Ok(Change {
            settings,
            packs,
            cells,
            outline,
            told,
        })
    }

    fn is_nothing(&self) -> bool {
        self.settings.is_none() && self.packs.is_empty() && self.cells.is_none()
    }

    fn settings<'c>(&'c self, now: &'c InForce) -> &'c Source {
        self.settings.as_ref().unwrap_or(&now.settings)
    }

    /// Every text of the town as it would be.
    fn sources<'c>(&'c self, now: &'c InForce) -> impl Iterator<Item = &'c Source> {
        let before = now.packs.iter().flat_map(|(_, sources)| sources);
        let new = self.packs.iter().flatten();
        std::iter::once(self.settings(now)).chain(new).chain(before)
    }

    fn faults(&self, now: &InForce) -> Vec<gewang_pack::Fault> {
        let before = now.packs.iter().map(|(_, sources)| sources.clone());
        let packs = before.chain(self.packs.iter().cloned()).collect();
        let cells = self.cells.as_ref().unwrap_or(&now.cells);
        Setup::load(self.settings(now).clone(), packs, cells)
            .err()
            .unwrap_or_default()
    }

    /// Stores the files, then posts the command that names them.
    fn adopt(&self, target: &Target, now: &InForce, reason: &str) -> anyhow::Result<ExitCode> {
        let mut data = Map::new();
        data.insert("reason".into(), json!(reason));
        if let Some(town) = &self.settings {
            let hash = target.keep("application/yaml", town.text.clone().into_bytes())?;
            data.insert("settings".into(), json!(hash));
        }
        if !self.packs.is_empty() {
            let mut hashes: Vec<String> = now.packs.iter().map(|(hash, _)| hash.clone()).collect();
            for sources in &self.packs {
                hashes.push(target.keep("application/json", founding::bundle(sources))?);
            }
            data.insert("packs".into(), json!(hashes));
        }
        if let Some(cells) = &self.cells {
            let hash = target.keep("application/geo+json", cells.clone().into_bytes())?;
            data.insert("grid".into(), json!(hash));
        }
        if let Some(change) = &self.outline {
            data.insert("note".into(), json!(change.note()));
        }
        let command = Command {
            // Whoever adopted something meanwhile must not be overridden unseen.
            version: Some(now.version),
            ..founding::command(
                Timestamp::now(),
                "town.domain",
                now.record,
                "adopt",
                Value::Object(data),
            )
        };
        let outcome = target.post(command)?;
        let kind = serde_json::from_value::<OutcomeKind>(outcome["outcome"].clone());
        if kind.is_ok_and(|kind| kind == OutcomeKind::Done) {
            say!("adopted: entry {} of the journal", outcome["seq"]);
            return Ok(ExitCode::SUCCESS);
        }
        let problem = &outcome["problem"];
        let text = problem["text"]["en"]
            .as_str()
            .or(problem["detail"].as_str())
            .unwrap_or("no reason was given");
        say!(
            "refused, nothing was adopted: {text} [{}]",
            problem["code"].as_str().unwrap_or("refused")
        );
        Ok(ExitCode::from(1))
    }
}

/// How the ground of a drawing differs from that of the cells in force.
fn ground(drawn: &str, in_force: &str) -> anyhow::Result<OutlineChange> {
    let rules = Reading::default();
    let unreadable = || "the cells cannot be compared with those in force";
    let in_force = Partition::from_geojson(in_force.as_bytes(), &rules).with_context(unreadable)?;
    Layer::from_geojson(drawn.as_bytes())
        .and_then(|layer| OutlineChange::of(&layer, &in_force.outline(), &rules))
        .map_err(|faults| anyhow::anyhow!("{}", faults[0]))
        .with_context(unreadable)
}

/// Where the boundary would change, and what to do about it.
fn tell(change: &OutlineChange, lang: Lang) {
    const SHOWN: usize = 20;
    let said = |text: &gewang_grid::Text| match lang {
        Lang::Zh => text.zh.clone(),
        Lang::En => text.en.clone(),
    };
    for defect in change.defects.iter().take(SHOWN) {
        let at = defect.at.map(|at| format!("{at}: ")).unwrap_or_default();
        say!("  {at}{}", said(&defect.text));
    }
    let more = change.defects.len().saturating_sub(SHOWN);
    match (lang, more) {
        (_, 0) => {}
        (Lang::Zh, more) => say!("  另有 {more} 处"),
        (Lang::En, more) => say!("  and {more} more"),
    }
    match lang {
        Lang::Zh => say!(
            "辖区边界会改变，没有采用。画错的请改正图形（gewang grid check --boundary … --repair …）；边界确实调整的，加上 --boundary-changes"
        ),
        Lang::En => say!(
            "the town's own boundary would change; nothing was adopted. Mend the drawing (gewang grid check --boundary … --repair …), or \
             say --boundary-changes where the boundary itself was changed"
        ),
    }
}

/// The short name of a town stands in every row and every hash of its journal.
fn stays_the_same_town(before: &Source, after: &Source) -> anyhow::Result<()> {
    let domain = |source: &Source| -> anyhow::Result<String> {
        Ok(gewang_pack::Document::read(&source.text)
            .with_context(|| source.file.clone())?
            .get("/domain")
            .unwrap_or_default())
    };
    let (old, new) = (domain(before)?, domain(after)?);
    if old != new {
        bail!(
            "{}: these are the settings of \"{new}\", and here lives \"{old}\": the short name of a town never changes",
            after.file
        );
    }
    Ok(())
}

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gewang_engine::Setup;
use gewang_pack::{Fault, Pack, PackContext, Source, load_pack};
use serde_json::json;

use crate::out::say;
use crate::{Format, Lang, carried};

/// What to check and how to say it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of a pack, or of a town with its town.yaml.
    dir: PathBuf,
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// The language of the text for people.
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let town = args.dir.join("town.yaml");
    let is_town = town.is_file() && carried::declared(&std::fs::read_to_string(&town)?).is_none();
    let (what, sources, faults) = if is_town {
        let source = carried::source(&town)?;
        let faults = check_town(&args.dir, &source)?;
        (json!({"town": args.dir}), vec![source], faults)
    } else {
        let sources = carried::folder(&args.dir)?;
        let faults = check_pack(&args.dir, &sources)?;
        (json!({"pack": carried::id_of(&sources)}), sources, faults)
    };
    match args.format {
        Format::Json => {
            let mut report = what;
            report["faults"] = json!(faults);
            say!("{report}");
        }
        Format::Human => {
            let colour = std::io::stdout().is_terminal();
            for fault in &faults {
                say!(
                    "{}",
                    gewang_pack::render(fault, &sources, args.lang.as_str(), colour)
                );
            }
            let shown = args.dir.display();
            match (args.lang, faults.len()) {
                (Lang::Zh, 0) => say!("{shown}：没有错误"),
                (Lang::En, 0) => say!("{shown}: no fault"),
                (Lang::Zh, count) => say!("{shown}：{count} 处错误"),
                (Lang::En, 1) => say!("{shown}: 1 fault"),
                (Lang::En, count) => say!("{shown}: {count} faults"),
            }
        }
    }
    Ok(if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn check_pack(dir: &Path, sources: &[Source]) -> anyhow::Result<Vec<Fault>> {
    let own = carried::id_of(sources);
    let beside = dir.canonicalize()?.parent().map(Path::to_owned);
    // What cannot be found is a fault of this pack, told with its line by the check itself.
    let mut used: Vec<Pack> = Vec::new();
    let mut wanted = carried::uses_of(sources);
    wanted.retain(|id| Some(id) != own.as_ref());
    for id in wanted {
        let Ok(all) = carried::gather(std::slice::from_ref(&id), Vec::new(), beside.as_deref())
        else {
            continue;
        };
        let mut waiting: Vec<Vec<Source>> = all;
        // One that leans on another waits for it.
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(
                |sources| match load_pack(sources, &PackContext { packs: &used }) {
                    Ok(pack) => {
                        if used.iter().all(|known| known.pack != pack.pack) {
                            used.push(pack);
                        }
                        false
                    }
                    Err(_) => true,
                },
            );
            if waiting.len() == before {
                break;
            }
        }
    }
    Ok(load_pack(sources, &PackContext { packs: &used })
        .err()
        .unwrap_or_default())
}

fn check_town(dir: &Path, town: &Source) -> anyhow::Result<Vec<Fault>> {
    let named: Vec<String> = gewang_pack::Document::read(&town.text)
        .ok()
        .and_then(|read| read.get("/packs").ok())
        .unwrap_or_default();
    let beside = dir.canonicalize()?.parent().map(Path::to_owned);
    let packs = carried::gather(&named, Vec::new(), beside.as_deref())?;
    let cells = std::fs::read_to_string(dir.join("cells.geojson"))?;
    Ok(Setup::load(town.clone(), packs, &cells)
        .err()
        .unwrap_or_default())
}

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::check::{self, Known};
use crate::fault::{Fault, Finding, Source, in_order, say};
use crate::shape::shape;
use crate::shaped::Shaped;
use crate::yaml::{Mark, merge, read};
use crate::{Pack, Town, schema};

/// What a pack may lean on.
#[derive(Clone, Copy, Debug, Default)]
pub struct PackContext<'a> {
    /// The packs that it may name under `uses`, loaded before it.
    pub packs: &'a [Pack],
}

/// Loads a pack from the files of its folder, merged: a map may go on in another file, anything else stands once. Gives
/// every fault there is, in the order of files and lines.
pub fn load_pack(sources: &[Source], context: &PackContext<'_>) -> Result<Pack, Vec<Fault>> {
    let mut findings = Vec::new();
    let loaded = load::<Pack>(sources, schema::pack(), &mut findings);
    if let Some((pack, shaped)) = &loaded {
        check::pack(
            pack,
            &Known {
                shaped,
                packs: context.packs,
            },
            &mut findings,
        );
    }
    finish(loaded, findings, sources)
}

/// Loads `town.yaml`. `packs` are all that the town may put in use.
pub fn load_town(source: &Source, packs: &[Pack]) -> Result<Town, Vec<Fault>> {
    let mut findings = Vec::new();
    let sources = std::slice::from_ref(source);
    let loaded = load::<Town>(sources, schema::town(), &mut findings);
    if let Some((town, shaped)) = &loaded {
        check::town(town, &Known { shaped, packs }, &mut findings);
    }
    finish(loaded, findings, sources)
}

fn finish<T>(
    loaded: Option<(T, Shaped)>,
    findings: Vec<Finding>,
    sources: &[Source],
) -> Result<T, Vec<Fault>> {
    match loaded {
        Some((whole, _)) if findings.is_empty() => Ok(whole),
        _ => Err(in_order(findings, sources)),
    }
}

/// Reads, merges, checks the structure and builds what is left. None where a file could not be read to its end: what
/// the rest means cannot be judged without it.
fn load<T: DeserializeOwned>(
    sources: &[Source],
    schema: &Value,
    findings: &mut Vec<Finding>,
) -> Option<(T, Shaped)> {
    let start = Mark {
        file: 0,
        line: 1,
        column: 1,
    };
    if sources.is_empty() {
        findings.push(Finding {
            code: "empty",
            place: start.at(""),
            text: say("一个文件也没有", "there is no file at all"),
            mend: say("写一个 .yaml 文件", "write a .yaml file"),
        });
        return None;
    }
    let trees: Vec<_> = sources
        .iter()
        .enumerate()
        .filter_map(|(file, s)| read(file, &s.text, findings))
        .collect();
    let whole = trees.len() == sources.len();
    let root = merge(trees, findings)?;
    let mut of_shape = Vec::new();
    let shaped = shape(&root, schema, &mut of_shape);
    // What is missing may stand in the file that could not be read.
    findings.extend(
        of_shape
            .into_iter()
            .filter(|finding| whole || finding.code != "missing-key"),
    );
    let shaped = shaped.filter(|_| whole)?;
    match serde_json::from_value(shaped.value.clone()) {
        Ok(description) => Some((description, shaped)),
        Err(error) => {
            if findings.is_empty() {
                findings.push(Finding {
                    code: "wrong-form",
                    place: start.at(""),
                    text: say(
                        format!("读不懂：{error}"),
                        format!("it cannot be read: {error}"),
                    ),
                    mend: say("对照 JSON Schema 检查", "compare it with the JSON Schema"),
                });
            }
            None
        }
    }
}

//! The texts of the packs, and what is wrong with a text.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use gewang_pack::{Fault, Pack, PackContext, Source, Text, load_pack, load_town};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::body::{Json, Path};
use crate::caller::Caller;
use crate::map;
use crate::problem::{Outcome, Problem, ProblemBody};
use crate::schema;

/// Files that are checked at once.
const FILES: usize = 50;

/// A pack as it was written.
#[derive(Serialize, ToSchema)]
pub(crate) struct PackFiles {
    /// Its id.
    pack: String,
    /// Its version in force.
    version: u32,
    /// Its files, in the order in which they were adopted.
    files: Vec<PackFile>,
}

/// A file of a pack.
#[derive(Serialize, Deserialize, ToSchema)]
pub(crate) struct PackFile {
    /// Its name.
    #[schema(example = "governance/matter.yaml")]
    name: String,
    /// Its text.
    text: String,
}

#[derive(Deserialize)]
struct Bundle {
    files: Vec<PackFile>,
}

/// The files of a pack.
///
/// The YAML in force, comments and all. Packs are no secret: anybody may read them.
#[utoipa::path(
    get, path = "/api/v1/packs/{pack}/files", tag = "town", operation_id = "listPackFiles", security(()),
    params(("pack" = String, Path, description = "The pack")),
    responses(
        (status = 200, body = PackFiles, description = "Its files"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`: no such pack is in force"),
    )
)]
pub(crate) async fn files(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Outcome<axum::Json<PackFiles>> {
    let engine = app.engine();
    let in_force = engine.setup().packs().find(|pack| pack.pack == id);
    let pack = in_force.cloned().ok_or_else(no_pack)?;
    let wanted = pack.clone();
    let found = app
        .store
        .read(move |reader| {
            let Some(domain) = map::domain(reader)? else {
                return Ok(None);
            };
            let named = domain
                .fields
                .get("packs")
                .and_then(|packs| packs.as_array());
            for hash in named.into_iter().flatten().filter_map(|hash| hash.as_str()) {
                let Some(bytes) = reader.file_bytes(hash)? else {
                    continue;
                };
                let bundle: Bundle = serde_json::from_slice(&bytes)?;
                if heads(&bundle.files, &wanted) {
                    return Ok(Some(bundle.files));
                }
            }
            Ok(None)
        })
        .await?;
    Ok(axum::Json(PackFiles {
        pack: pack.pack.clone(),
        version: pack.version,
        files: found.ok_or_else(no_pack)?,
    }))
}

/// Whether these files are this version of this pack, as the head of one of them says at the beginning of its lines.
fn heads(files: &[PackFile], pack: &Pack) -> bool {
    let said = |key: &str| {
        let mut lines = files.iter().flat_map(|file| file.text.lines());
        lines.find_map(|line| {
            let value = line.strip_prefix(key)?.strip_prefix(':')?;
            let value = value.split(" #").next().unwrap_or(value);
            Some(value.trim().trim_matches(['\'', '"']).to_owned())
        })
    };
    let version = said("version").map_or(Some(1), |version| version.parse().ok());
    said("pack").as_deref() == Some(pack.pack.as_str()) && version == Some(pack.version)
}

fn no_pack() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "没有启用这个服务包。",
        "No such pack is in force.",
    )
}

/// Texts to be checked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PackTexts)]
pub(crate) struct Texts {
    /// YAML by file name; together they are one pack, or a `town.yaml` alone.
    files: BTreeMap<String, String>,
}

/// What is wrong.
#[derive(Serialize, ToSchema)]
pub(crate) struct Faults {
    /// In the order of files and lines; none where all is well.
    faults: Vec<FaultView>,
}

/// A fault and its mend.
#[derive(Serialize, ToSchema)]
#[schema(as = Fault)]
pub(crate) struct FaultView {
    /// Stable.
    code: &'static str,
    /// The file.
    file: String,
    /// The line, from 1.
    line: u32,
    /// The column, from 1.
    column: u32,
    /// JSON Pointer to what is wrong.
    pointer: String,
    /// What is wrong.
    #[schema(value_type = schema::Text)]
    what: Text,
    /// What to do.
    #[schema(value_type = schema::Text)]
    mend: Text,
}

/// Check a pack.
///
/// Every fault of a pack, or of a town's settings, with its place and its mend, in the company of the packs in force.
/// Nothing is adopted by it.
#[utoipa::path(
    post, path = "/api/v1/packs/check", tag = "town", operation_id = "checkPack", request_body = Texts,
    responses(
        (status = 200, body = Faults, description = "What is wrong; perhaps nothing"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`too_large`: more than 50 files"),
    )
)]
pub(crate) async fn check(
    State(app): State<Arc<App>>,
    caller: Caller,
    Json(asked): Json<Texts>,
) -> Outcome<axum::Json<Faults>> {
    caller.signed_in()?;
    if asked.files.len() > FILES {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "too_large",
            format!("一次最多检查 {FILES} 个文件。"),
            format!("At most {FILES} files at once."),
        )
        .at("/files"));
    }
    let engine = app.engine();
    let known: Vec<Pack> = engine
        .setup()
        .packs()
        .map(|pack| (**pack).clone())
        .collect();
    let sources: Vec<Source> = asked
        .files
        .into_iter()
        .map(|(file, text)| Source { file, text })
        .collect();
    // A large pack takes tens of milliseconds.
    let faults = tokio::task::spawn_blocking(move || faults(&sources, known)).await;
    let faults = faults.map_err(|_| crate::guard::failed())?;
    let view = |fault: Fault| FaultView {
        code: fault.code,
        file: fault.file,
        line: fault.line,
        column: fault.column,
        pointer: fault.pointer,
        what: fault.text,
        mend: fault.mend,
    };
    Ok(axum::Json(Faults {
        faults: faults.into_iter().map(view).collect(),
    }))
}

fn faults(sources: &[Source], mut known: Vec<Pack>) -> Vec<Fault> {
    let begins = |key: &str| {
        let mut lines = sources.iter().flat_map(|source| source.text.lines());
        lines.any(|line| {
            line.strip_prefix(key)
                .is_some_and(|rest| rest.starts_with(':'))
        })
    };
    match sources {
        [town] if begins("domain") && !begins("pack") => {
            load_town(town, &known).err().unwrap_or_default()
        }
        sources => {
            // A pack is checked beside the others, and not beside the version of itself that is in force.
            let own = sources.iter().flat_map(|source| source.text.lines());
            let own = own.filter_map(|line| line.strip_prefix("pack:"));
            let own: Vec<String> = own.map(|id| id.trim().to_owned()).collect();
            known.retain(|pack| !own.contains(&pack.pack));
            load_pack(sources, &PackContext { packs: &known })
                .err()
                .unwrap_or_default()
        }
    }
}

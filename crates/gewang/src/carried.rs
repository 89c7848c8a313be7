//! The packs that the binary carries, and packs read from folders.

use std::path::Path;

use anyhow::{Context as _, bail};
use gewang_pack::Source;

/// Folder, file, text: what `build.rs` found under `packs/`.
const FILES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/carried.rs"));

/// A file that the binary carries.
pub(crate) fn file(folder: &str, name: &str) -> Option<&'static str> {
    FILES
        .iter()
        .find(|(f, n, _)| *f == folder && *n == name)
        .map(|(_, _, text)| *text)
}

/// A pack that the binary carries.
pub(crate) fn pack(folder: &str) -> Option<Vec<Source>> {
    let sources: Vec<Source> = FILES
        .iter()
        .filter(|(f, name, _)| *f == folder && name.ends_with(".yaml"))
        .map(|(_, name, text)| Source {
            file: format!("{folder}/{name}"),
            text: (*text).to_owned(),
        })
        .collect();
    let is_pack = sources
        .iter()
        .any(|source| declared(&source.text).is_some());
    is_pack.then_some(sources)
}

/// A pack in a folder: all its `.yaml` files, by name. Subfolders (scenarios) are not part of it.
pub(crate) fn folder(dir: &Path) -> anyhow::Result<Vec<Source>> {
    if dir.is_file() {
        return Ok(vec![source(dir)?]);
    }
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .with_context(|| format!("cannot read {}", dir.display()))?
        .filter_map(|item| Some(item.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|end| end == "yaml" || end == "yml")
                && path.is_file()
        })
        .collect();
    files.sort();
    if files.is_empty() {
        bail!("there is no .yaml file in {}", dir.display());
    }
    files.iter().map(|file| source(file)).collect()
}

/// One file as a source.
pub(crate) fn source(file: &Path) -> anyhow::Result<Source> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Source {
        file: file.display().to_string(),
        text,
    })
}

/// The id under `pack:` that a text declares on a line of its own, if it does.
pub(crate) fn declared(text: &str) -> Option<&str> {
    let line = text.lines().find_map(|line| line.strip_prefix("pack:"))?;
    Some(
        line.split('#')
            .next()
            .unwrap_or_default()
            .trim()
            .trim_matches(['"', '\'']),
    )
}

/// The id of a pack by its sources.
pub(crate) fn id_of(sources: &[Source]) -> Option<String> {
    sources
        .iter()
        .find_map(|source| declared(&source.text))
        .map(str::to_owned)
}

/// The `version` of a pack; 1 where it states none.
pub(crate) fn version_of(sources: &[Source]) -> u64 {
    sources
        .iter()
        .filter_map(|source| gewang_pack::Document::read(&source.text).ok())
        .find_map(|document| document.get("/version").ok())
        .unwrap_or(1)
}

/// A pack by what a command line calls it: a folder, or the id of one that the binary carries.
pub(crate) fn called(name: &Path) -> anyhow::Result<Vec<Source>> {
    match name.to_str().and_then(pack) {
        Some(carried) if !name.exists() => Ok(carried),
        _ => folder(name),
    }
}

/// The ids under `uses:` of a pack, as far as its texts can be read.
pub(crate) fn uses_of(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter_map(|source| gewang_pack::Document::read(&source.text).ok())
        .filter_map(|document| document.get::<Vec<String>>("/uses").ok())
        .flatten()
        .collect()
}

/// The packs of these ids with all that they use, `town` first: those given, then those beside them (`near`), then those
/// that the binary carries.
pub(crate) fn gather(
    ids: &[String],
    given: Vec<Vec<Source>>,
    near: Option<&Path>,
) -> anyhow::Result<Vec<Vec<Source>>> {
    let mut wanted: Vec<String> = vec!["town".to_owned()];
    wanted.extend(ids.iter().cloned());
    let mut given: Vec<(Option<String>, Vec<Source>)> = given
        .into_iter()
        .map(|sources| (id_of(&sources), sources))
        .collect();
    wanted.extend(given.iter().filter_map(|(id, _)| id.clone()));
    let mut found: Vec<(String, Vec<Source>)> = Vec::new();
    while let Some(id) = wanted.first().cloned() {
        wanted.remove(0);
        if found.iter().any(|(known, _)| *known == id) {
            continue;
        }
        let at = given
            .iter()
            .position(|(known, _)| known.as_deref() == Some(&id));
        let sources = match (at, near.map(|near| near.join(&id))) {
            (Some(at), _) => given.remove(at).1,
            (None, Some(dir)) if dir.is_dir() => folder(&dir)?,
            _ => pack(&id).with_context(|| {
                format!(
                    "the pack \"{id}\" is neither given (--packs DIR) nor carried by this program"
                )
            })?,
        };
        wanted.extend(uses_of(&sources));
        found.push((id, sources));
    }
    Ok(found.into_iter().map(|(_, sources)| sources).collect())
}

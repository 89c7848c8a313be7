//! The table of problem codes in the documents against the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The codes that are made in a source text, each with the statuses beside it. What stands below `#[cfg(test)]` is left
/// out.
fn made(source: &str) -> Vec<(String, Option<u16>)> {
    let source = source.split("#[cfg(test)]").next().unwrap_or(source);
    let calls = source.split("Problem::new(").skip(1);
    calls
        .map(|call| {
            let code = call.split('"').nth(1).expect("a code is written out");
            let before = call.split('"').next().expect("a status");
            let status = before.split("StatusCode::").nth(1).map(|name| {
                let end = name.find(|c: char| !c.is_ascii_uppercase() && c != '_');
                number(&name[..end.unwrap_or(name.len())])
            });
            (code.to_owned(), status)
        })
        .collect()
}

/// The number of a status by its name in the sources.
fn number(name: &str) -> u16 {
    match name {
        "BAD_REQUEST" => 400,
        "UNAUTHORIZED" => 401,
        "FORBIDDEN" => 403,
        "NOT_FOUND" => 404,
        "METHOD_NOT_ALLOWED" => 405,
        "REQUEST_TIMEOUT" => 408,
        "CONFLICT" => 409,
        "PAYLOAD_TOO_LARGE" => 413,
        "UNSUPPORTED_MEDIA_TYPE" => 415,
        "RANGE_NOT_SATISFIABLE" => 416,
        "UNPROCESSABLE_ENTITY" => 422,
        "TOO_MANY_REQUESTS" => 429,
        "INTERNAL_SERVER_ERROR" => 500,
        "SERVICE_UNAVAILABLE" => 503,
        "INSUFFICIENT_STORAGE" => 507,
        other => panic!("{other} is new here"),
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false => vec![path],
        })
        .collect()
}

#[test]
fn the_table_of_codes_is_the_one_of_the_sources() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
    for path in files(&root.join("src")) {
        let source = std::fs::read_to_string(&path).expect("a text");
        for (code, status) in made(&source) {
            assert!(
                code.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
                "{}: {code:?} is no code",
                path.display()
            );
            sources.entry(code).or_default().extend(status);
        }
    }
    let page = std::fs::read_to_string(root.join("../../docs/api.md")).expect("the page");
    let table = page
        .split("| code | status | means |")
        .nth(1)
        .expect("the table of codes");
    let mut told: BTreeMap<String, BTreeSet<u16>> = BTreeMap::new();
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, code, statuses, means, _] = cells[..] else {
            panic!("{row}");
        };
        let code = code.trim_matches('`').to_owned();
        assert!(!means.is_empty(), "{row}");
        let statuses = statuses.split(", ");
        let statuses = statuses.map(|status| status.parse().expect("a status"));
        assert!(
            told.insert(code.clone(), statuses.collect()).is_none(),
            "{code} stands there twice"
        );
    }
    let names = |codes: &BTreeMap<String, BTreeSet<u16>>| codes.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&told),
        names(&sources),
        "docs/api.md, then the sources"
    );
    for (code, statuses) in &sources {
        assert!(
            told[code].is_superset(statuses),
            "{code}: {:?} in docs/api.md, {statuses:?} in the sources",
            told[code]
        );
    }
}

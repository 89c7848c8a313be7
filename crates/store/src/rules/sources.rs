//! The texts with SQL in the sources of this room.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A text that looks like SQL, whole or a part of it.
pub struct Source {
    /// The file below `src`.
    pub file: String,
    /// The function that it stands in.
    pub function: String,
    pub text: String,
}

/// As which a text is taken for SQL.
const BEGINNINGS: &[&str] = &[
    "SELECT ",
    "INSERT ",
    "UPDATE ",
    "DELETE ",
    "WITH ",
    "MERGE ",
    "CREATE ",
    "ALTER ",
    "DROP ",
    "LOCK ",
    "LISTEN ",
    "NOTIFY ",
    "ON CONFLICT",
    "WHERE ",
    "AND ",
    "ORDER BY",
    "GROUP BY",
    "FROM ",
    "JOIN ",
    "EXISTS ",
    "LIMIT ",
];

/// All of them; tests say what they like.
pub fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    let of_tests: BTreeSet<PathBuf> = files.iter().flat_map(|file| only_for_tests(file)).collect();
    let mut found = Vec::new();
    for path in files {
        let dir = path.with_extension("");
        let is_test = of_tests.iter().any(|test| dir.starts_with(test));
        if is_test {
            continue;
        }
        let file = path.strip_prefix(&root).unwrap().display().to_string();
        for (function, text) in texts(&fs::read_to_string(&path).unwrap()) {
            if BEGINNINGS
                .iter()
                .any(|begin| text.trim_start().starts_with(begin))
            {
                found.push(Source {
                    file: file.clone(),
                    function,
                    text,
                });
            }
        }
    }
    found
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => walk(&path, files),
            false => files.push(path),
        }
    }
}

/// The modules that a file declares for tests alone, as paths without ending.
fn only_for_tests(file: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(file).unwrap();
    let below = match file.file_name().is_some_and(|name| name == "lib.rs") {
        true => file.parent().unwrap().to_owned(),
        false => file.with_extension(""),
    };
    let mut modules = Vec::new();
    for after in text.split("#[cfg(test)]\n").skip(1) {
        let line = after
            .lines()
            .find(|line| !line.trim_start().starts_with("#["));
        let name = line.and_then(|line| line.trim().strip_suffix(';')?.rsplit_once("mod "));
        modules.extend(name.map(|(_, name)| below.join(name)));
    }
    modules
}

/// The texts in quotes of a Rust source with the function around each, up to the tests at its end.
fn texts(source: &str) -> Vec<(String, String)> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let mut texts = Vec::new();
    let mut function = String::new();
    let mut rest = source;
    while let Some(place) = rest.find(['"', '/', '\'', 'f']) {
        let (before, at) = rest.split_at(place);
        let is_word = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        rest = match at.as_bytes()[0] {
            b'"' if before.ends_with("r#") => {
                let end = at[1..].find("\"#").unwrap();
                texts.push((function.clone(), at[1..=end].to_owned()));
                &at[end + 3..]
            }
            b'"' => {
                let (text, after) = quoted(&at[1..]);
                texts.push((function.clone(), text));
                after
            }
            b'/' if at.starts_with("//") => at.find('\n').map_or("", |end| &at[end..]),
            // A character; a lifetime has no second quote.
            b'\'' if at.starts_with("'\\") => at[3..].find('\'').map_or("", |end| &at[end + 4..]),
            b'\'' => {
                let mut chars = at[1..].char_indices();
                chars.next();
                match chars.next() {
                    Some((end, '\'')) => &at[end + 2..],
                    _ => &at[1..],
                }
            }
            b'f' if at.starts_with("fn ") && !is_word => {
                let name = at[3..].split(['(', '<']).next().unwrap_or_default();
                function = name.to_owned();
                &at[3..]
            }
            _ => &at[1..],
        };
    }
    texts
}

/// A text up to the quote that ends it, as the compiler reads it, and what comes after.
fn quoted(rest: &str) -> (String, &str) {
    let mut text = String::new();
    let mut chars = rest.char_indices();
    while let Some((place, c)) = chars.next() {
        match c {
            '"' => return (text, &rest[place + 1..]),
            '\\' => match chars.next().map(|(_, c)| c) {
                // Goes on in the next line, without what it is set in by.
                Some('\n') => {
                    while chars.as_str().starts_with([' ', '\n']) {
                        chars.next();
                    }
                }
                Some('n') => text.push('\n'),
                Some(other) => text.push(other),
                None => {}
            },
            c => text.push(c),
        }
    }
    panic!("a text without an end: {rest}")
}

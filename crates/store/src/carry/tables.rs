//! Which tables a town consists of, and what becomes of each when it is carried.

/// A table with its key and all its columns, both without the domain that begins them.
pub(super) struct Table {
    pub name: &'static str,
    pub key: &'static [&'static str],
    pub columns: &'static [&'static str],
    /// So many rows are held at once.
    pub page: usize,
}

/// So many rows are held at once, small ones, larger ones and drawings of some megabytes; tests turn pages too.
const PAGE: usize = if cfg!(test) { 7 } else { 1000 };
const SOME: usize = if cfg!(test) { 3 } else { 100 };
const FEW: usize = 2;

/// The journal: only ever added to, line by line along the chain.
pub(super) const JOURNAL: Table = Table {
    name: "journal",
    key: &["seq"],
    columns: &[
        "seq", "command", "part", "record", "version", "state", "cell", "hash", "entry",
    ],
    page: PAGE,
};

/// The keys of personal data. They change with entries alone, and go with those of their record.
pub(super) const KEYS: Table = Table {
    name: "sealed_key",
    key: &["record", "purpose"],
    columns: &["record", "purpose", "wrapped"],
    page: PAGE,
};

/// What is made to be the same as at the source, row by row.
pub(super) const MERGED: [Table; 8] = [
    FILES,
    Table {
        name: "look",
        key: &["record", "at", "person", "purpose"],
        columns: &["record", "at", "person", "purpose"],
        page: PAGE,
    },
    ACCOUNTS,
    Table {
        name: "session",
        key: &["hash"],
        columns: &["hash", "account", "csrf", "created", "expires"],
        page: PAGE,
    },
    Table {
        name: "bearer",
        key: &["hash"],
        columns: &["hash", "account", "name", "created", "expires"],
        page: PAGE,
    },
    DRAFTS,
    Table {
        name: "draft_edit",
        key: &["draft", "place"],
        columns: &["draft", "place", "edit"],
        page: SOME,
    },
    Table {
        name: "draft_body",
        key: &["draft", "place"],
        columns: &["draft", "place", "body"],
        page: FEW,
    },
];

/// The stored files; their bytes go before them.
pub(super) const FILES: Table = Table {
    name: "stored_file",
    key: &["hash"],
    columns: &[
        "hash",
        "media",
        "bytes",
        "thumbnail",
        "thumbnail_of",
        "owner",
        "stored",
    ],
    page: SOME,
};

pub(super) const ACCOUNTS: Table = Table {
    name: "account",
    key: &["name"],
    columns: &["name", "phc", "person", "disabled", "created"],
    page: PAGE,
};

pub(super) const DRAFTS: Table = Table {
    name: "draft",
    key: &["id"],
    columns: &[
        "id",
        "title",
        "author",
        "based_on",
        "created",
        "changed",
        "version",
        "applied",
        "facts",
        "scheduled",
    ],
    page: PAGE,
};

/// What is made anew from the journal, each with its key.
pub(super) const DERIVED: [(&str, &str); 4] = [
    ("record", "id"),
    ("party", "party, record"),
    ("counted", "kind, day, cell"),
    ("attachment", "file, record"),
];

/// The index of words, where it is a table of the database: made anew by its own thread.
pub(super) const WORDS: (&str, &str) = ("doc", "record");

/// The small facts, of which each is thought about by itself.
pub(super) const FACTS: &str = "meta";

impl Table {
    /// Where in a row the columns of the key stand.
    pub fn places(&self) -> Vec<usize> {
        let place = |name: &&str| self.columns.iter().position(|column| column == name);
        self.key.iter().filter_map(place).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// The tables of a schema with their columns, the domain left out.
    fn tables(schema: &str) -> BTreeMap<String, Vec<String>> {
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut table = None;
        for line in schema.lines() {
            if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
                let name = rest.trim_end_matches(" (").to_owned();
                tables.insert(name.clone(), Vec::new());
                table = Some(name);
            } else if line.starts_with(')') {
                table = None;
            } else if let Some(name) = &table {
                let word = line.split_whitespace().next().unwrap_or_default();
                let column = word.chars().all(|c| c.is_ascii_lowercase() || c == '_');
                if column && word != "domain" {
                    tables.get_mut(name).unwrap().push(word.to_owned());
                }
            }
        }
        tables
    }

    /// Whoever adds a table or a column says here what becomes of it.
    #[test]
    fn every_table_and_column_is_known() {
        for schema in [
            include_str!("../../schema.sqlite.sql"),
            include_str!("../../schema.postgres.sql"),
        ] {
            let found = tables(schema);
            assert!(found.len() >= 14, "{found:?}");
            let names: BTreeSet<&str> = found.keys().map(String::as_str).collect();
            let carried = [&JOURNAL, &KEYS].into_iter().chain(&MERGED);
            let mut known: BTreeSet<&str> = carried.map(|table| table.name).collect();
            known.extend(DERIVED.map(|(name, _)| name));
            known.insert(FACTS);
            if schema.contains("CREATE TABLE doc (") {
                known.insert(WORDS.0);
            }
            assert_eq!(names, known);
            for (name, key) in DERIVED {
                let key = format!("KEY (domain, {key})");
                assert!(schema.contains(&key), "{name} {key}");
            }
            for table in [&JOURNAL, &KEYS].into_iter().chain(&MERGED) {
                assert_eq!(found[table.name], table.columns, "{}", table.name);
                assert_eq!(table.places().len(), table.key.len(), "{}", table.name);
                let key = format!("KEY (domain, {})", table.key.join(", "));
                assert!(schema.contains(&key), "{} {key}", table.name);
            }
        }
    }
}

//! What a statement must not say.

use super::{
    Engine, Fault,
    words::{says, within, words},
};

/// What a text may not say on whichever engine: rule, words.
const NEVER: &[(u8, &[&str])] = &[
    (
        5,
        &[
            "NEXTVAL",
            "SERIAL",
            "BIGSERIAL",
            "IDENTITY",
            "AUTOINCREMENT",
            "SEQUENCE",
        ],
    ),
    (
        6,
        &[
            "NOW (",
            "RANDOM (",
            "CURRENT_TIMESTAMP",
            "CURRENT_DATE",
            "CURRENT_TIME",
            "LOCALTIMESTAMP",
            "CLOCK_TIMESTAMP",
            "STRFTIME",
            "JULIANDAY",
            "UNIXEPOCH",
            "GEN_RANDOM_UUID",
            "RANDOMBLOB",
        ],
    ),
    (8, &["MERGE"]),
    (
        14,
        &[
            "PG_ADVISORY_LOCK",
            "PG_ADVISORY_XACT_LOCK",
            "PG_TRY_ADVISORY_LOCK",
            "LOCK TABLE",
        ],
    ),
    (
        15,
        &[
            "TRIGGER",
            "PROCEDURE",
            "CREATE FUNCTION",
            "CREATE POLICY",
            "ROW LEVEL",
        ],
    ),
    (
        18,
        &[
            "CREATE_DISTRIBUTED_TABLE",
            "CREATE_REFERENCE_TABLE",
            "USING GIN",
            "USING GIST",
            "GIN_TRGM_OPS",
            "CREATE EXTENSION",
            "GEOMETRY",
            "GEOGRAPHY",
        ],
    ),
    (20, &["ROLLUP", "CUBE", "GROUPING SETS", "RECURSIVE"]),
];

/// What may not stand in a text for both engines.
const SHARED: &[(u8, &[&str])] = &[
    (8, &["OR REPLACE", "OR IGNORE", "OR FAIL", "OR ABORT"]),
    (
        11,
        &[
            "::",
            "ILIKE",
            "@>",
            "ANY (",
            "ALL (",
            "->",
            "->>",
            "SIMILAR TO",
            "DISTINCT ON",
            "GLOB",
            "MATCH",
            "ROWID",
            "JSON_EXTRACT",
            "JSON_EACH",
            "JSONB",
            "REGEXP",
            "ARRAY [",
            "UNNEST",
        ],
    ),
    (
        14,
        &["FOR UPDATE", "FOR SHARE", "FOR NO KEY", "SKIP LOCKED"],
    ),
    (16, &["NOTIFY", "LISTEN", "PG_NOTIFY"]),
];

/// Whether a text is a statement by itself, and not a part of one.
pub fn is_whole(text: &str) -> bool {
    ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "]
        .iter()
        .any(|begin| text.starts_with(begin))
}

/// What a statement (or a part of one) does against the rules; one that `crosses` domains by name may name none.
pub fn faults(text: &str, engine: Engine, crosses: bool) -> Vec<Fault> {
    let words = words(text);
    let mut faults = Vec::new();
    let shared = SHARED.iter().filter(|_| engine == Engine::Both);
    for (rule, phrases) in NEVER.iter().chain(shared) {
        for phrase in phrases.iter().filter(|phrase| says(&words, phrase)) {
            faults.push((*rule, format!("`{phrase}`")));
        }
    }
    let writes = words
        .iter()
        .any(|word| ["INSERT", "UPDATE", "DELETE"].contains(&word.as_str()));
    if !crosses || writes {
        faults.extend(domain(&words));
    }
    if says(&words, "SET DOMAIN") || says(&words, ", DOMAIN =") && says(&words, "SET") {
        faults.push((3, "a row changes its domain".into()));
    }
    faults.extend(joins(&words));
    if words[0] == "WITH"
        && words
            .iter()
            .any(|word| ["INSERT", "UPDATE", "DELETE"].contains(&word.as_str()))
    {
        faults.push((8, "writing within WITH".into()));
    }
    let upsert = words.windows(2).position(|two| two == ["ON", "CONFLICT"]);
    if let Some(conflict) = upsert
        && let Some(select) = words[..conflict].iter().rposition(|word| word == "SELECT")
        && !words[select..conflict].contains(&"WHERE".to_owned())
    {
        faults.push((9, "INSERT … SELECT … ON CONFLICT without WHERE".into()));
    }
    faults.extend(order(&words));
    if says(&words, "FOR UPDATE") && !says(&words, "DOMAIN =") {
        faults.push((14, "a lock without its domain".into()));
    }
    faults
}

/// Rule 2: each table that is named is asked with its domain.
fn domain(words: &[String]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut tables = 0;
    for (place, word) in words.iter().enumerate() {
        let named = match word.as_str() {
            "FROM" | "JOIN" => words.get(place + 1),
            // `DO UPDATE` and `FOR UPDATE` name none.
            "UPDATE" if place == 0 || words[place - 1] == "(" => words.get(place + 1),
            _ => None,
        };
        let of_the_system = |name: &str| {
            [
                "(",
                "FILLED",
                "PG_",
                "SQLITE_",
                "PRAGMA_",
                "INFORMATION_SCHEMA",
            ]
            .iter()
            .any(|start| name.starts_with(start))
        };
        tables += usize::from(named.is_some_and(|name| !of_the_system(name)));
    }
    // What WITH makes has the domains of what it is made of.
    tables = tables.saturating_sub(
        words
            .windows(2)
            .filter(|two| two[0] == "AS" && two[1] == "(")
            .count(),
    );
    let asked = words
        .windows(2)
        .filter(|two| two[0] == "DOMAIN" && ["=", "IN"].contains(&two[1].as_str()))
        .count();
    // The condition of a join names two tables.
    let joined = words.windows(5).filter(|some| along(some)).count();
    if tables > asked + joined.min(asked) {
        faults.push((2, format!("{tables} tables, {asked} with their domain")));
    }
    // What SQLite's index of words is told to do is written as if it were inserted.
    let told = says(words, "INTO WORD ( WORD , RANK )");
    if let Some(into) = words.iter().position(|word| word == "INTO")
        && !told
    {
        let first = words
            .get(into + 2..into + 4)
            .is_some_and(|two| two == ["(", "DOMAIN"]);
        let values = words
            .windows(3)
            .find(|some| some[0] == "VALUES")
            .map(|some| some[2].as_str());
        if !first || values.is_some_and(|value| !["$1", "FILLED"].contains(&value)) {
            faults.push((2, "what is inserted does not begin with its domain".into()));
        }
    }
    faults
}

/// `DOMAIN = other . DOMAIN`.
fn along(words: &[String]) -> bool {
    words.len() == 5
        && words[0] == "DOMAIN"
        && words[1] == "="
        && words[3] == "."
        && words[4] == "DOMAIN"
}

/// Rule 4: each join goes along the domain.
fn joins(words: &[String]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (place, _) in words.iter().enumerate().filter(|(_, word)| *word == "JOIN") {
        let rest = &words[place + 1..];
        let end = rest
            .iter()
            .position(|word| ["JOIN", "WHERE"].contains(&word.as_str()));
        let condition = &rest[..end.unwrap_or(rest.len())];
        // Either as the other table's, or as the statement's.
        let along = condition.windows(5).any(along) || says(condition, "DOMAIN = $1");
        if !along {
            faults.push((4, "a join beside the domain".into()));
        }
    }
    faults
}

/// Rule 10: parameters come first in ascending order; a part of a statement begins where it does.
fn order(words: &[String]) -> Vec<Fault> {
    let numbers = words
        .iter()
        .filter_map(|word| word.strip_prefix('$')?.parse::<u32>().ok());
    let mut next = None;
    for number in numbers {
        let expected = *next.get_or_insert(match is_whole(&format!("{} ", words[0])) {
            true => 1,
            false => number,
        });
        if number > expected {
            return vec![(10, format!("${number} before ${expected}"))];
        }
        next = Some(expected.max(number + 1));
    }
    Vec::new()
}

/// The tables that statements of an appendix distribute, each by its column.
pub fn distributed(text: &str) -> Vec<(String, String)> {
    let mut tables = Vec::new();
    for call in text.split("create_distributed_table(").skip(1) {
        let mut given = call.split('\'');
        let (table, column) = (given.nth(1), given.nth(1));
        tables.push((
            table.unwrap_or_default().into(),
            column.unwrap_or_default().into(),
        ));
    }
    tables
}

/// Whether a statement of an appendix hands a table out by its domain.
pub fn hands_out(text: &str) -> bool {
    let words = words(text);
    let call = says(&words, "SELECT CREATE_DISTRIBUTED_TABLE (");
    call && within(&words).is_some()
        && distributed(text)
            .iter()
            .all(|(_, column)| column == "domain")
}

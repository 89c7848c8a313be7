//! What a schema or a migration must not say.

use super::{
    Engine, Fault, statement,
    words::{parts, says, within, words},
};

/// What only an appendix says: whether a statement is of its kind.
pub type Appendix = fn(&str) -> bool;

/// What is against the rules in a text of statements; an appendix says what is of its kind, and nothing else.
pub fn faults(text: &str, engine: Engine, appendix: Option<Appendix>) -> Vec<Fault> {
    let plain: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .collect();
    let mut faults = Vec::new();
    // As `schema/postgres.rs` divides them; SQLite takes many in one call, each with its own end.
    let plain = plain.join("\n") + "\n";
    let ends = match engine {
        Engine::Postgres => ";\n",
        _ => ";",
    };
    for call in plain.split(ends).filter(|call| !call.trim().is_empty()) {
        if call.contains(';') {
            faults.push((18, format!("several statements in one call: {call}")));
        }
        match appendix {
            Some(is_its_kind) if !is_its_kind(call) => {
                faults.push((18, format!("nothing for this appendix: {call}")))
            }
            Some(_) => {}
            None => faults.extend(one(call, engine)),
        }
    }
    faults
}

/// An extension, or an index that begins with the domain.
pub fn speeds_up(call: &str) -> bool {
    let all = words(call);
    all.starts_with(&["CREATE".into(), "EXTENSION".into()])
        || all.starts_with(&["CREATE".into(), "INDEX".into()])
            && begins_with_domain("an index", &all).is_none()
}

fn one(text: &str, engine: Engine) -> Vec<Fault> {
    let all = words(text);
    let is = |phrase: &str| {
        all.len() >= phrase.split(' ').count()
            && all.iter().zip(phrase.split(' ')).all(|(a, b)| a == b)
    };
    // What fills a table from others of the same database takes each row's domain along with it; what goes has none.
    if is("INSERT") || is("UPDATE") || is("DELETE") || is("DROP TABLE") || is("DROP INDEX") {
        return Vec::new();
    }
    let mut faults: Vec<Fault> = statement::faults(text, engine, true)
        .into_iter()
        .filter(|(rule, _)| [5, 6, 14, 15, 18, 20].contains(rule))
        .collect();
    for word in ["DEFAULT", "GENERATED"]
        .iter()
        .filter(|word| says(&all, word))
    {
        faults.push((6, format!("`{word}`: {text}")));
    }
    if is("CREATE VIRTUAL TABLE") {
        let first = within(&all).and_then(|(columns, _)| columns.first());
        if first.is_none_or(|first| first != "DOMAIN") {
            faults.push((1, format!("{text} does not begin with the domain")));
        }
    } else if is("CREATE TABLE") {
        let columns = within(&all).map(|(columns, _)| columns).unwrap_or_default();
        faults.extend(table(&all[2], columns, engine));
    } else if is("CREATE INDEX") || is("CREATE UNIQUE INDEX") {
        faults.extend(begins_with_domain("an index", &all));
    } else if is("ALTER TABLE") {
        if parts(&all).len() > 1 {
            faults.push((18, format!("several actions: {text}")));
        }
        if let Some(added) = all.windows(2).position(|two| two == ["ADD", "COLUMN"]) {
            faults.extend(column(&all[added + 2..], engine));
        }
    } else {
        faults.push((18, format!("a migration does not say this: {text}")));
    }
    faults
}

fn table(name: &str, columns: &[String], engine: Engine) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut primary = 0;
    for part in parts(columns) {
        match part[0].as_str() {
            "PRIMARY" => {
                primary += 1;
                faults.extend(begins_with_domain(&format!("the key of {name}"), part));
            }
            "UNIQUE" | "FOREIGN" => {
                faults.extend(begins_with_domain(&format!("{} of {name}", part[0]), part));
            }
            "CHECK" | "CONSTRAINT" | "EXCLUDE" => {
                faults.push((15, format!("{} in {name}", part[0])))
            }
            _ => faults.extend(column(part, engine)),
        }
    }
    if primary != 1 {
        faults.push((1, format!("{name} has no key of its own line")));
    }
    faults
}

fn begins_with_domain(what: &str, words: &[String]) -> Option<Fault> {
    let first = within(words).and_then(|(columns, _)| columns.first());
    let domain = first.is_some_and(|first| first == "DOMAIN");
    (!domain).then(|| (1, format!("{what} does not begin with the domain")))
}

/// A column: its name, its type as the engine may have it, and perhaps NOT NULL.
fn column(words: &[String], engine: Engine) -> Vec<Fault> {
    let name = &words[0];
    let mut faults = Vec::new();
    if says(words, "PRIMARY") || says(words, "UNIQUE") || says(words, "REFERENCES") {
        faults.push((1, format!("a key in the line of {name}")));
    }
    let kind = words.get(1).map_or("", String::as_str);
    let numbering = ["SERIAL", "BIGSERIAL", "IDENTITY"];
    let known: &[&str] = match engine {
        // Words in their places are an accelerator, made again from the records.
        Engine::Postgres => &["TEXT", "BIGINT", "BYTEA", "TSVECTOR"],
        _ => &["TEXT", "INTEGER", "BLOB"],
    };
    if !known.contains(&kind) && !numbering.contains(&kind) {
        faults.push((12, format!("{name} is {kind}")));
    }
    if engine == Engine::Postgres && kind == "TEXT" && !says(words, "COLLATE \"C\"") {
        faults.push((13, format!("{name} is not ordered by its bytes")));
    }
    faults
}

use gewang_engine::{Record, Setup};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use uuid::Uuid;

use crate::{Error, accounts::id_of, records, schema::count};

/// What a record can be found by: its number, its fields that are not personal (of a choice, the labels), its cell's name
/// and what people noted. The personal parts are sealed and stand nowhere here.
pub(crate) fn words(setup: &Setup, record: &Record, notes: &[String]) -> String {
    let mut words = String::new();
    if let Some(number) = &record.number {
        push(&mut words, number);
    }
    for (field, value) in &record.fields {
        let mut texts = Vec::new();
        strings(value, &mut texts);
        let options = setup.options(&record.kind, record.pack, field);
        for text in texts {
            let label = options.and_then(|options| {
                options
                    .get(text)
                    .or_else(|| options.values().find_map(|group| group.options.get(text)))
            });
            match label {
                Some(label) => {
                    push(&mut words, &label.zh);
                    push(&mut words, &label.en);
                }
                None if records::is_hash(text) || text.parse::<Uuid>().is_ok() => {}
                None => push(&mut words, text),
            }
        }
    }
    if let Some(cell) = setup.grid().cell(&record.cell) {
        push(&mut words, &cell.title.zh);
        push(&mut words, &cell.title.en);
    }
    for note in notes {
        push(&mut words, note);
    }
    words
}

fn strings<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(members) => members.values().for_each(|member| strings(member, found)),
        _ => {}
    }
}

/// Appends a text with every Chinese character standing alone, so that any run of them can be found as a phrase.
fn push(words: &mut String, text: &str) {
    for character in text.chars() {
        if stands_alone(character) {
            words.push(' ');
            words.push(character);
            words.push(' ');
        } else {
            words.push(character);
        }
    }
    // A full stop keeps phrases from reaching over into the next text; the tokenizer drops it.
    words.push_str(" . ");
}

/// Whether a character is a word of its own: Han, kana, hangul.
fn stands_alone(character: char) -> bool {
    matches!(character,
        '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{312F}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

/// What a person typed as a question to the index: a run of Chinese characters as a phrase, a Latin word by its
/// beginning, all of them together. `None` where there is nothing to look for.
pub(crate) fn query(text: &str) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for typed in text.split_whitespace().take(16) {
        let mut run = String::new();
        let mut alone = None;
        for character in typed.chars().take(64) {
            if alone != Some(stands_alone(character)) {
                finish(&mut run, alone, &mut parts);
                alone = Some(stands_alone(character));
            }
            if alone == Some(true) {
                run.push(' ');
                run.push(character);
            } else if character.is_alphanumeric() {
                run.push(character);
            } else {
                // The tokenizer parts words here too: `SJ20260302-0007` is a phrase of two.
                run.push(' ');
            }
        }
        finish(&mut run, alone, &mut parts);
    }
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

fn finish(run: &mut String, alone: Option<bool>, parts: &mut Vec<String>) {
    let words = std::mem::take(run);
    let words = words.trim();
    if words.is_empty() {
        return;
    }
    let beginning = if alone == Some(true) { "" } else { "*" };
    parts.push(format!("words : \"{words}\"{beginning}"));
}

/// Takes the records of the journal's next entries into the index, until `enough` says so; answers up to which entry it
/// is done. Runs inside the caller's transaction.
pub(crate) fn advance(
    connection: &Connection,
    domain: &str,
    setup: &Setup,
    after: u64,
    enough: &mut dyn FnMut() -> bool,
) -> Result<u64, Error> {
    let mut select = connection.prepare_cached(
        "SELECT seq, record FROM journal WHERE domain = $1 AND seq > $2 ORDER BY seq LIMIT 500",
    )?;
    let next: Vec<(u64, String)> = select
        .query_map(params![domain, after as i64], |row| {
            Ok((count(row.get(0)?), row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut done = after;
    let mut seen = std::collections::HashSet::new();
    for (seq, record) in next {
        if seen.insert(record.clone()) {
            index(connection, domain, setup, &record)?;
        }
        done = seq;
        if enough() {
            break;
        }
    }
    Ok(done)
}

fn index(connection: &Connection, domain: &str, setup: &Setup, id: &str) -> Result<(), Error> {
    let Some(record) = records::load(connection, domain, id_of(id)?)? else {
        return Ok(());
    };
    let mut select = connection.prepare_cached(
        "SELECT json_extract(entry, '$.note') FROM journal
         WHERE domain = $1 AND record = $2 AND json_extract(entry, '$.note') IS NOT NULL ORDER BY version LIMIT 200",
    )?;
    // A record with one entry has at most one note, which the general question finds too; it is asked all the same.
    let notes: Vec<String> = select
        .query_map([domain, id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let words = words(setup, &record, &notes);
    let mut select = connection
        .prepare_cached("SELECT doc FROM search_doc WHERE domain = $1 AND record = $2")?;
    let known: Option<i64> = select
        .query_row([domain, id], |row| row.get(0))
        .optional()?;
    match known {
        Some(doc) => {
            let mut replace = connection.prepare_cached(
                "INSERT OR REPLACE INTO search (domain, words, rowid) VALUES ($1, $2, $3)",
            )?;
            replace.execute(params![domain, words, doc])?;
        }
        None => {
            let mut insert =
                connection.prepare_cached("INSERT INTO search (domain, words) VALUES ($1, $2)")?;
            insert.execute(params![domain, words])?;
            let mut insert = connection.prepare_cached(
                "INSERT INTO search_doc (domain, record, doc) VALUES ($1, $2, $3)",
            )?;
            insert.execute(params![domain, id, connection.last_insert_rowid()])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, asked: Option<&str>) {
        assert_eq!(query(typed).as_deref(), asked);
    }

    #[test]
    fn what_is_typed_becomes_phrases_and_beginnings() {
        check("垃圾", Some("words : \"垃 圾\""));
        check("垃圾 road", Some("words : \"垃 圾\" AND words : \"road\"*"));
        check(
            "路灯lamp坏",
            Some("words : \"路 灯\" AND words : \"lamp\"* AND words : \"坏\""),
        );
        check("SJ20260302-0007", Some("words : \"SJ20260302 0007\"*"));
        check("\" OR * ( )", Some("words : \"OR\"*"));
        check(" -- ", None);
        check("", None);
    }
}

use std::collections::BTreeMap;

use gewang_engine::{Record, Setup};
use serde_json::Value;
use uuid::Uuid;

use crate::records;

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

/// The words as PostgreSQL's `tsvector` is written: each with its places, a full stop a place that no phrase steps over.
/// Made here and not by its parser, so that it is the same under every locale.
pub(crate) fn vector(words: &str) -> String {
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut place = 0;
    for text in words.split(" . ") {
        place += 1;
        for word in text.split(|character: char| !character.is_alphanumeric()) {
            if word.is_empty() {
                continue;
            }
            place += 1;
            let word = word.chars().take(LONGEST).collect::<String>();
            places.entry(word.to_lowercase()).or_default().push(place);
        }
    }
    let mut vector = String::new();
    for (word, places) in places {
        vector.push_str(&format!("'{word}'"));
        // What stands behind the last place is found by itself, not within a phrase.
        let places = places.iter().filter(|&&place| place <= LAST_PLACE);
        for (n, place) in places.take(255).enumerate() {
            vector.push(if n == 0 { ':' } else { ',' });
            vector.push_str(&place.to_string());
        }
        vector.push(' ');
    }
    vector
}

/// So many characters of a word count.
const LONGEST: usize = 64;
/// The last place that PostgreSQL counts.
const LAST_PLACE: usize = 16_383;

/// A part of what a person typed: a run of Chinese characters as a phrase, a Latin word by its beginning.
struct Part {
    words: Vec<String>,
    beginning: bool,
}

/// What a person typed as a question to SQLite's index, all parts together. `None` where there is nothing to look for.
pub(crate) fn query(text: &str) -> Option<String> {
    asked(text, " AND ", |part| {
        let beginning = if part.beginning { "*" } else { "" };
        format!("words : \"{}\"{beginning}", part.words.join(" "))
    })
}

/// [`query`] as PostgreSQL's `tsquery` is written.
pub(crate) fn tsquery(text: &str) -> Option<String> {
    asked(text, " & ", |part| {
        let words = part
            .words
            .iter()
            .map(|word| format!("'{}'", word.to_lowercase()));
        let beginning = if part.beginning { ":*" } else { "" };
        format!("({}{beginning})", words.collect::<Vec<_>>().join(" <-> "))
    })
}

fn asked(text: &str, and: &str, written: impl Fn(&Part) -> String) -> Option<String> {
    let parts: Vec<String> = parts(text).iter().map(written).collect();
    (!parts.is_empty()).then(|| parts.join(and))
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for typed in text.split_whitespace().take(16) {
        let mut run = String::new();
        let mut alone = None;
        for character in typed.chars().take(LONGEST) {
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
                // The index parts words here too: `SJ20260302-0007` is a phrase of two.
                run.push(' ');
            }
        }
        finish(&mut run, alone, &mut parts);
    }
    parts
}

fn finish(run: &mut String, alone: Option<bool>, parts: &mut Vec<Part>) {
    let run = std::mem::take(run);
    let words: Vec<String> = run.split_whitespace().map(str::to_owned).collect();
    if !words.is_empty() {
        parts.push(Part {
            words,
            beginning: alone != Some(true),
        });
    }
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

    #[test]
    fn postgresql_is_told_words_and_asked_in_its_own_writing() {
        assert_eq!(
            vector("SJ20260302-0007 .  垃  圾  . Road's end . "),
            "'0007':3 'end':10 'road':8 's':9 'sj20260302':2 '圾':6 '垃':5 "
        );
        assert_eq!(
            tsquery("垃圾 Road SJ20260302-0007").unwrap(),
            "('垃' <-> '圾') & ('road':*) & ('sj20260302' <-> '0007':*)"
        );
        assert_eq!(tsquery("' & ! | :* \\"), None);
    }
}

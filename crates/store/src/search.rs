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

use std::collections::{BTreeMap, BTreeSet};

use gewang_engine::{Record, Setup};
use serde_json::Value;
use uuid::Uuid;

use crate::records;

/// What a record can be found by: its number, its fields that are not personal (of a choice, the labels), its cell's name
/// and what people noted. The personal parts are sealed and stand nowhere here. Chinese characters stand in pairs, so that
/// a run of them is found without all that has one of them.
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

/// Appends a text as it is found.
fn push(words: &mut String, text: &str) {
    for word in paired(&units(text)) {
        words.push_str(&word);
        words.push(' ');
    }
    // A full stop, which [`vector`] counts as a place, keeps phrases from reaching over into the next text.
    words.push_str(". ");
}

/// Appends each character that stands in the words, once: SQLite reads all that begins with a character before it answers
/// what has it, PostgreSQL does not.
pub(crate) fn push_alone(words: &mut String) {
    let characters = words.chars().filter(|&character| stands_alone(character));
    for character in characters.collect::<BTreeSet<char>>() {
        words.push(character);
        words.push(' ');
    }
}

/// A part of a text that reads as one: a Chinese character, or a word of letters and digits.
fn units(text: &str) -> Vec<&str> {
    let mut units = Vec::new();
    let mut begun = None;
    for (place, character) in text.char_indices() {
        let alone = stands_alone(character);
        if (alone || !character.is_alphanumeric())
            && let Some(begin) = begun.take()
        {
            units.push(&text[begin..place]);
        }
        if alone {
            units.push(&text[place..place + character.len_utf8()]);
        } else if character.is_alphanumeric() {
            begun = begun.or(Some(place));
        }
    }
    units.extend(begun.map(|begin| &text[begin..]));
    units
}

fn is_character(unit: &str) -> bool {
    unit.chars().next().is_some_and(stands_alone)
}

/// A character with the one that follows it, a word by itself and again with the character that follows it.
fn paired(units: &[&str]) -> Vec<String> {
    let mut words = Vec::with_capacity(units.len());
    for (place, unit) in units.iter().enumerate() {
        let next = units.get(place + 1).filter(|next| is_character(next));
        if next.is_none() || !is_character(unit) {
            words.push((*unit).to_owned());
        }
        words.extend(next.map(|next| format!("{unit}{next}")));
    }
    words
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

/// A part of what a person typed: what stands together is found together; a word at its end by its beginning.
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

/// [`query`] as PostgreSQL's `tsquery` is written; a character by itself is found by the pairs that begin with it.
pub(crate) fn tsquery(text: &str) -> Option<String> {
    asked(text, " & ", |part| {
        let words = part
            .words
            .iter()
            .map(|word| format!("'{}'", word.to_lowercase()));
        let begins = part.beginning || part.words.iter().all(|word| word.chars().count() == 1);
        let beginning = if begins { ":*" } else { "" };
        format!("({}{beginning})", words.collect::<Vec<_>>().join(" <-> "))
    })
}

fn asked(text: &str, and: &str, written: impl Fn(&Part) -> String) -> Option<String> {
    let parts: Vec<String> = parts(text).iter().map(written).collect();
    (!parts.is_empty()).then(|| parts.join(and))
}

fn parts(text: &str) -> Vec<Part> {
    let typed = text.split_whitespace().take(16);
    let parts = typed.filter_map(|typed| {
        let end = typed.char_indices().nth(LONGEST);
        let units = units(end.map_or(typed, |(end, _)| &typed[..end]));
        let beginning = !is_character(units.last()?);
        let mut words = paired(&units);
        // What follows it in a text is not known; the pair before it says that it is there.
        if !beginning && words.len() > 1 {
            words.pop();
        }
        Some(Part { words, beginning })
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(typed: &str, asked: Option<&str>) {
        assert_eq!(query(typed).as_deref(), asked);
    }

    #[test]
    fn what_is_typed_becomes_phrases_and_beginnings() {
        check("垃圾", Some("words : \"垃圾\""));
        check("灯", Some("words : \"灯\""));
        check(
            "垃圾桶 road",
            Some("words : \"垃圾 圾桶\" AND words : \"road\"*"),
        );
        check("路灯lamp坏了", Some("words : \"路灯 灯 lamp lamp坏 坏了\""));
        check("人民路12号", Some("words : \"人民 民路 路 12 12号\""));
        check("民路1", Some("words : \"民路 路 1\"*"));
        check("SJ20260302-0007", Some("words : \"SJ20260302 0007\"*"));
        check("\" OR * ( )", Some("words : \"OR\"*"));
        check(" -- ", None);
        check("", None);
    }

    /// Whether a run of words stands in others, the last one perhaps by its beginning.
    fn stands_in(run: &[String], words: &[&str], beginning: bool) -> bool {
        words.windows(run.len()).any(|window| {
            let last = run.len() - 1;
            window
                .iter()
                .zip(run)
                .enumerate()
                .all(|(n, (word, asked))| {
                    word == asked || (n == last && beginning && word.starts_with(asked.as_str()))
                })
        })
    }

    proptest! {
        #[test]
        fn what_stands_together_is_found_together(
            text in "[路灯坏a1 ]{0,12}", typed in "[路灯坏a1]{1,4}",
        ) {
            let mut words = String::new();
            push(&mut words, &text);
            push_alone(&mut words);
            let words: Vec<&str> = words.split_whitespace().filter(|&word| word != ".").collect();
            let found = parts(&typed)
                .iter()
                .all(|part| stands_in(&part.words, &words, part.beginning));
            let run: Vec<String> = units(&typed).into_iter().map(str::to_owned).collect();
            let beginning = !run.last().is_some_and(|last| is_character(last));
            prop_assert_eq!(found, stands_in(&run, &units(&text), beginning));
        }
    }

    #[test]
    fn postgresql_is_told_words_and_asked_in_its_own_writing() {
        let mut words = String::new();
        push(&mut words, "SJ20260302-0007");
        push(&mut words, "垃圾桶 Road's end");
        assert_eq!(words, "SJ20260302 0007 . 垃圾 圾桶 桶 Road s end . ");
        assert_eq!(
            vector(&words),
            "'0007':3 'end':10 'road':8 's':9 'sj20260302':2 '圾桶':6 '垃圾':5 '桶':7 "
        );
        assert_eq!(
            tsquery("垃圾 Road SJ20260302-0007").unwrap(),
            "('垃圾') & ('road':*) & ('sj20260302' <-> '0007':*)"
        );
        let (long, longest) = ("a".repeat(70), "a".repeat(LONGEST));
        assert_eq!(vector(&long), format!("'{longest}':2 "));
        assert_eq!(tsquery(&long).unwrap(), format!("('{longest}':*)"));
        assert_eq!(tsquery("灯 1号").unwrap(), "('灯':*) & ('1' <-> '1号')");
        assert_eq!(tsquery("' & ! | :* \\"), None);
    }
}

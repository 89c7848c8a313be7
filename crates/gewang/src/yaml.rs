//! YAML texts of the command line's own (scenarios, maps of an import, people of a demo) as JSON values that know
//! the line on which each began.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 32;

/// A text read.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    /// What stands in it.
    pub value: Value,
    lines: BTreeMap<String, usize>,
}

/// Why a text could not be read, and on which line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub(crate) struct Unreadable {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl Document {
    /// The line on which the value under this JSON Pointer begins; that of the nearest value around it where it is
    /// not there.
    pub fn line(&self, pointer: &str) -> usize {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.lines.get(pointer) {
                return *line;
            }
            match pointer.rfind('/') {
                Some(end) => pointer = &pointer[..end],
                None => return 1,
            }
        }
    }

    /// The value under a pointer as `T`.
    pub fn get<T: DeserializeOwned>(&self, pointer: &str) -> Result<T, Unreadable> {
        let value = self.value.pointer(pointer).cloned().unwrap_or(Value::Null);
        serde_json::from_value(value).map_err(|error| Unreadable {
            line: self.line(pointer),
            what: error.to_string(),
        })
    }
}

enum Open {
    List(String, Vec<Value>),
    Object(String, Map<String, Value>, Option<String>),
}

/// Reads one document. Plain `true`, `false`, `null`, `~` and numbers are what they look like, everything else is text.
pub(crate) fn read(text: &str) -> Result<Document, Unreadable> {
    let mut lines = BTreeMap::new();
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str(text.trim_start_matches('\u{feff}')) {
        let (event, span) = event.map_err(|error| Unreadable {
            line: error.marker().line(),
            what: error.info().to_owned(),
        })?;
        let line = span.start.line();
        let done = match event {
            Event::Scalar(text, style, _, tag) => {
                if tag.is_some() {
                    return Err(Unreadable {
                        line,
                        what: "tags (`!…`) are not read".into(),
                    });
                }
                if let Some(Open::Object(_, map, key @ None)) = open.last_mut() {
                    if map.contains_key(&*text) {
                        return Err(Unreadable {
                            line,
                            what: format!("`{text}` stands there twice"),
                        });
                    }
                    *key = Some(text.into_owned());
                    continue;
                }
                lines.insert(next_pointer(&open), line);
                if style == ScalarStyle::Plain {
                    plain(&text)
                } else {
                    Value::String(text.into_owned())
                }
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() >= MAX_DEPTH {
                    return Err(Unreadable {
                        line,
                        what: format!("nested deeper than {MAX_DEPTH}"),
                    });
                }
                if matches!(open.last(), Some(Open::Object(_, _, None))) {
                    return Err(Unreadable {
                        line,
                        what: "a key must be a word".into(),
                    });
                }
                let pointer = next_pointer(&open);
                lines.insert(pointer.clone(), line);
                open.push(match event {
                    Event::SequenceStart(..) => Open::List(pointer, Vec::new()),
                    _ => Open::Object(pointer, Map::new(), None),
                });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(_, items)) => Value::Array(items),
                Some(Open::Object(_, map, _)) => Value::Object(map),
                None => {
                    return Err(Unreadable {
                        line,
                        what: "an end without a beginning".into(),
                    });
                }
            },
            Event::Alias(_) => {
                return Err(Unreadable {
                    line,
                    what: "aliases (`*…`) are not read".into(),
                });
            }
            Event::DocumentStart(_) if root.is_some() => {
                return Err(Unreadable {
                    line,
                    what: "there is more than one document".into(),
                });
            }
            _ => continue,
        };
        match open.last_mut() {
            Some(Open::List(_, items)) => items.push(done),
            Some(Open::Object(_, map, key)) => {
                let key = key.take().expect("a scalar with no key waiting is the key");
                map.insert(key, done);
            }
            None => root = Some(done),
        }
    }
    Ok(Document {
        value: root.unwrap_or(Value::Null),
        lines,
    })
}

fn next_pointer(open: &[Open]) -> String {
    match open.last() {
        None => String::new(),
        Some(Open::List(pointer, items)) => format!("{pointer}/{}", items.len()),
        Some(Open::Object(pointer, _, key)) => {
            let key = key
                .as_deref()
                .unwrap_or_default()
                .replace('~', "~0")
                .replace('/', "~1");
            format!("{pointer}/{key}")
        }
    }
}

fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    // 007 and 02 are codes, not numbers.
    let coded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if !coded && digits.starts_with(|c: char| c.is_ascii_digit()) {
        if let Ok(whole) = text.parse::<i64>() {
            return Value::from(whole);
        }
        if let Some(number) = text.parse::<f64>().ok().and_then(Number::from_f64) {
            return Value::Number(number);
        }
    }
    Value::String(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_and_their_lines() {
        let read =
            read("a: 1\nb:\n  - x: no\n    y: '2'\n  - [08, 1.5, ~, 09:00, 2026-03-02]\n").unwrap();
        assert_eq!(
            read.value,
            json!({"a": 1, "b": [{"x": "no", "y": "2"}, ["08", 1.5, null, "09:00", "2026-03-02"]]})
        );
        assert_eq!(read.line("/b/1"), 5);
        assert_eq!(read.line("/b/0/y"), 4);
        assert_eq!(read.line("/b/1/9/z"), 5);
    }

    #[test]
    fn a_bad_text_names_its_line() {
        for (text, line) in [
            ("a: 1\na: 2\n", 2),
            ("a: [1\n", 2),
            ("a: 1\nb: *x\n", 2),
            ("a: !t 1", 1),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.line.abs_diff(line) <= 1, "{text:?}: {error}");
        }
    }
}

//! A YAML text that describes no service (a play, a list of people, the columns of an import), as JSON values that know the
//! line on which each began. It is read by the reader of packs, so that one text means the same everywhere.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value};

use crate::yaml::{Body, Node, escape, read};

/// A text read.
#[derive(Clone, Debug)]
pub struct Document {
    /// What stands in it. Plain `true`, `false` and numbers are what they look like, everything else is text.
    pub value: Value,
    lines: BTreeMap<String, usize>,
}

/// Why a text could not be read, and on which line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Unreadable {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl Document {
    /// Reads a text: keys and their values.
    pub fn read(text: &str) -> Result<Document, Unreadable> {
        let mut findings = Vec::new();
        let node = read(0, text.trim_start_matches('\u{feff}'), &mut findings);
        match (node, findings.into_iter().next()) {
            (Some(node), None) => {
                let mut lines = BTreeMap::new();
                let value = value_of(node, String::new(), &mut lines);
                Ok(Document { value, lines })
            }
            (_, Some(finding)) => Err(Unreadable {
                line: finding.place.line as usize,
                what: format!("{}: {}", finding.text.en, finding.mend.en),
            }),
            (None, None) => Err(Unreadable {
                line: 1,
                what: "there is nothing to read".into(),
            }),
        }
    }

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

fn value_of(node: Node, pointer: String, lines: &mut BTreeMap<String, usize>) -> Value {
    let value = match node.body {
        Body::Empty => Value::Null,
        Body::Scalar { text, plain: true } => plain(text),
        Body::Scalar { text, plain: false } => Value::String(text),
        Body::List(items) => items
            .into_iter()
            .enumerate()
            .map(|(index, item)| value_of(item, format!("{pointer}/{index}"), lines))
            .collect(),
        Body::Map(entries) => {
            let mut map = Map::new();
            for (key, node) in entries {
                let below = format!("{pointer}/{}", escape(&key.text));
                map.insert(key.text, value_of(node, below, lines));
            }
            Value::Object(map)
        }
    };
    lines.insert(pointer, node.mark.line as usize);
    value
}

fn plain(text: String) -> Value {
    match text.as_str() {
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix('-').unwrap_or(&text);
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
    Value::String(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_and_their_lines() {
        let text = "a: 1\nb:\n  - x: no\n    y: '2'\n  - [08, 1.5, ~, 09:00, 2026-03-02]\n";
        let read = Document::read(text).unwrap();
        assert_eq!(
            read.value,
            json!({"a": 1, "b": [{"x": "no", "y": "2"}, ["08", 1.5, null, "09:00", "2026-03-02"]]})
        );
        assert_eq!(read.line("/b/1"), 5);
        assert_eq!(read.line("/b/0/y"), 4);
        assert_eq!(read.line("/b/1/9/z"), 5);
        assert_eq!(read.get::<u8>("/b/0").unwrap_err().line, 3);
    }

    #[test]
    fn a_bad_text_names_its_line() {
        for (text, line) in [
            ("a: 1\na: 2\n", 2),
            ("a: [1\n", 2),
            ("a: 1\nb: *x\n", 2),
            ("a: !t 1", 1),
            ("", 1),
            ("- a\n", 1),
        ] {
            let error = Document::read(text).expect_err(text);
            assert!(error.line.abs_diff(line) <= 1, "{text:?}: {error}");
        }
    }
}

//! The attributes of a Shapefile: dBASE tables, in UTF-8 or a Chinese code page.

use encoding_rs::{Encoding, GB18030, UTF_8};
use serde_json::{Map, Number, Value};

use super::{
    drawing::{at, whole},
    encoding,
};
use crate::{cell::Text, reading::Unreadable};

/// A table as it lies in its bytes.
pub(super) struct Table<'a> {
    fields: Vec<Field>,
    rows: std::slice::ChunksExact<'a, u8>,
    encoding: &'static Encoding,
}

struct Field {
    name: String,
    kind: u8,
    start: usize,
    end: usize,
}

impl<'a> Table<'a> {
    /// Reads the header; `cpg` is what stands in the file of that ending, which names the encoding.
    pub(super) fn open(bytes: &'a [u8], cpg: Option<&[u8]>) -> Result<Table<'a>, Vec<Unreadable>> {
        let broken = || {
            whole(
                ".dbf 文件损坏或没有传完；请重新导出 Shapefile。",
                "the .dbf is damaged or cut off: export the Shapefile again",
            )
        };
        let short = |from: usize| -> Option<usize> {
            Some(usize::from(u16::from_le_bytes(
                bytes.get(from..from + 2)?.try_into().ok()?,
            )))
        };
        let header = short(8).ok_or_else(broken)?;
        let width = short(10).ok_or_else(broken)?;
        let language = *bytes.get(29).ok_or_else(broken)?;
        let body = bytes.get(header..).ok_or_else(broken)?;
        if width == 0 || header < 33 {
            return Err(broken());
        }
        let said = u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes")) as usize;
        let rows = body.chunks_exact(width);
        if rows.len() < said {
            return Err(whole(
                format!(
                    ".dbf 自称有 {said} 行，实际只有 {} 行，像是没有传完；请重新导出 Shapefile。",
                    rows.len()
                ),
                format!(
                    "the .dbf says that it has {said} rows but holds {}, as if cut off: export the Shapefile again",
                    rows.len()
                ),
            ));
        }
        let mut raw = Vec::new();
        let mut start = 1;
        for descriptor in bytes[32..header].chunks_exact(32) {
            if descriptor[0] == 0x0d {
                break;
            }
            let end = start + usize::from(descriptor[16]);
            if end > width {
                return Err(broken());
            }
            let name = descriptor[..11].split(|b| *b == 0).next();
            raw.push((name.unwrap_or_default(), descriptor[11], start, end));
            start = end;
        }
        let rows = body[..said * width].chunks_exact(width);
        let named = cpg.and_then(encoding::of_label);
        let encoding = named.unwrap_or_else(|| {
            let names = raw.iter().map(|(name, ..)| *name);
            let texts = raw.iter().filter(|(_, kind, ..)| *kind == b'C');
            let values = rows
                .clone()
                .flat_map(|row| texts.clone().map(|&(_, _, start, end)| &row[start..end]));
            detect(names.chain(values), language)
        });
        let mut fields = Vec::with_capacity(raw.len());
        for (name, kind, start, end) in raw {
            let name = encoding::fixed_width(name, encoding).ok_or_else(unknown_encoding)?;
            fields.push(Field {
                name: name.trim().to_owned(),
                kind,
                start,
                end,
            });
        }
        Ok(Table {
            fields,
            rows,
            encoding,
        })
    }

    /// How many rows it has.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The attributes of the feature with this number from 1; `None` where the row is struck out.
    pub(super) fn row(&self, number: usize) -> Result<Option<Map<String, Value>>, Unreadable> {
        let Some(row) = self.rows.clone().nth(number - 1) else {
            return Ok(Some(Map::new()));
        };
        if row[0] == b'*' {
            return Ok(None);
        }
        let mut attributes = Map::with_capacity(self.fields.len());
        for field in &self.fields {
            let value = self.value(field, &row[field.start..field.end]);
            let value = value.ok_or_else(|| {
                let name = &field.name;
                at(
                    number,
                    Text {
                        zh: format!(
                            "属性 {name} 的文字编码认不出来；请在 .shp 旁放一个 .cpg 文件，写明 UTF-8 或 GBK。"
                        ),
                        en: format!(
                            "the text of attribute {name:?} is in an encoding that isn't recognised: put a .cpg beside the .shp that says UTF-8 or GBK"
                        ),
                    },
                )
            })?;
            attributes.insert(field.name.clone(), value);
        }
        Ok(Some(attributes))
    }

    fn value(&self, field: &Field, bytes: &[u8]) -> Option<Value> {
        match field.kind {
            b'N' | b'F' => Some(number(bytes)),
            b'L' => Some(match bytes.first() {
                Some(b'T' | b't' | b'Y' | b'y') => Value::Bool(true),
                Some(b'F' | b'f' | b'N' | b'n') => Value::Bool(false),
                _ => Value::Null,
            }),
            b'I' => Some(
                bytes
                    .try_into()
                    .map_or(Value::Null, |four| i32::from_le_bytes(four).into()),
            ),
            b'C' | b'D' => {
                let cut = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
                let text = encoding::fixed_width(&bytes[..cut], self.encoding)?;
                let text = text.trim();
                Some(if text.is_empty() {
                    Value::Null
                } else if field.kind == b'D' && text.len() == 8 && text.is_ascii() {
                    format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]).into()
                } else {
                    text.into()
                })
            }
            // Memos lie in a further file, and nothing of a cell is said there.
            _ => Some(Value::Null),
        }
    }
}

fn number(bytes: &[u8]) -> Value {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\0');
    if let Ok(whole) = text.parse::<i64>() {
        return whole.into();
    }
    text.parse::<f64>()
        .ok()
        .and_then(Number::from_f64)
        .map_or(Value::Null, Value::Number)
}

/// UTF-8 where every text is, else what the table's own mark says, else GB18030.
fn detect<'a>(texts: impl Iterator<Item = &'a [u8]>, language: u8) -> &'static Encoding {
    let (mut any, mut all_gbk) = (false, true);
    let mut foreign = texts.map(trimmed).filter(|text| !text.is_ascii());
    let all_utf8 = foreign.all(|text| {
        any = true;
        all_gbk = all_gbk && encoding::rather_gbk(text);
        encoding::fixed_width(text, UTF_8).is_some()
    });
    if all_utf8 && !(any && all_gbk) {
        return UTF_8;
    }
    match language {
        0x4f | 0x78 => encoding_rs::BIG5,
        _ => GB18030,
    }
}

fn trimmed(text: &[u8]) -> &[u8] {
    let end = text
        .iter()
        .rposition(|b| *b != b' ' && *b != 0)
        .map_or(0, |last| last + 1);
    &text[..end]
}

fn unknown_encoding() -> Vec<Unreadable> {
    whole(
        ".dbf 的列名编码认不出来；请在 .shp 旁放一个 .cpg 文件，写明 UTF-8 或 GBK。",
        "the column names of the .dbf are in an encoding that isn't recognised: put a .cpg beside the .shp that says UTF-8 or GBK",
    )
}

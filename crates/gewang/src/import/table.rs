use std::path::Path;

use calamine::{Data, Reader as _};
use encoding_rs::Encoding;
use jiff::civil::DateTime;

use super::map::TableHow;

/// A table read: named columns and rows of values.
#[derive(Debug)]
pub(crate) struct Table {
    /// The names of the columns, in order.
    pub columns: Vec<String>,
    /// The rows, each with the number by which people find it in the file.
    pub rows: Vec<(usize, Vec<Cell>)>,
    /// What it was taken for: `xlsx` with the sheet, `UTF-8`, `GBK`, …
    pub read_as: String,
    /// Whether it has cells with names such as C4.
    pub workbook: bool,
}

/// One value of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Nothing, or only spaces.
    Empty,
    /// A text, without spaces around it.
    Text(String),
    /// A date with a time, as a workbook keeps them.
    Civil(DateTime),
}

impl Cell {
    /// The value as a text; nothing for an empty one.
    pub fn text(&self) -> Option<String> {
        match self {
            Cell::Empty => None,
            Cell::Text(text) => Some(text.clone()),
            Cell::Civil(time) => Some(time.to_string()),
        }
    }

    fn of(text: &str) -> Cell {
        match text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}') {
            "" => Cell::Empty,
            text => Cell::Text(text.to_owned()),
        }
    }
}

impl Table {
    /// Reads a CSV or Excel file; the message says what to do.
    pub fn read(file: &Path, how: &TableHow) -> Result<Table, String> {
        let ending = file
            .extension()
            .and_then(|end| end.to_str())
            .unwrap_or_default()
            .to_lowercase();
        let in_workbook = ["xlsx", "xlsm", "xls", "xlsb", "ods"].contains(&ending.as_str());
        let (raw, read_as) = match in_workbook {
            true => {
                let (raw, sheet) = workbook(file, how)?;
                (raw, format!("{ending}: {sheet}"))
            }
            false => {
                let bytes = std::fs::read(file)
                    .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
                if bytes.starts_with(b"PK\x03\x04") {
                    return Err(format!("{} is a workbook: call it .xlsx", file.display()));
                }
                let (text, encoding) = decode(&bytes, how.encoding.as_deref())?;
                (delimited(&text, how.delimiter)?, encoding)
            }
        };
        let mut raw = raw
            .into_iter()
            .skip_while(|(number, _)| *number < how.heading);
        let (_, heading) = raw
            .next()
            .ok_or("the table is empty: there is not even a row of headings")?;
        let columns: Vec<String> = heading
            .iter()
            .map(|cell| cell.text().unwrap_or_default())
            .collect();
        for (at, column) in columns.iter().enumerate() {
            if !column.is_empty() && columns[..at].contains(column) {
                return Err(format!(
                    "two columns are called \"{column}\": rename one of them"
                ));
            }
        }
        let rows = raw
            .filter(|(_, row)| row.iter().any(|cell| *cell != Cell::Empty))
            .collect();
        Ok(Table {
            columns,
            rows,
            read_as,
            workbook: in_workbook,
        })
    }

    /// The columns wanted that are not there, each with the nearest name that is.
    pub fn missing<'w>(&self, wanted: &[&'w str]) -> Vec<(&'w str, Option<String>)> {
        wanted
            .iter()
            .filter(|column| !self.columns.iter().any(|known| known == *column))
            .map(|column| (*column, nearest(column, &self.columns)))
            .collect()
    }

    /// The row that looks like the headings where those read are not: one of the first that names at least half of what is
    /// wanted.
    pub fn heading_instead(&self, wanted: &[&str]) -> Option<usize> {
        let names = |row: &[Cell]| {
            let named = |column: &&&str| {
                row.iter()
                    .any(|cell| cell.text().as_deref() == Some(**column))
            };
            wanted.iter().filter(named).count()
        };
        self.rows
            .iter()
            .take(20)
            .find(|(_, row)| names(row) * 2 >= wanted.len().max(1))
            .map(|(number, _)| *number)
    }
}

fn nearest(word: &str, known: &[String]) -> Option<String> {
    let plain = |text: &str| text.to_lowercase().replace([' ', '_', '-'], "");
    let wanted = plain(word);
    let likeness = |name: &String| {
        let name = plain(name);
        // Chinese headings are short: 程度 for 严重程度 is more than half a difference, and still meant.
        if wanted.contains(&name) || name.contains(&wanted) {
            return 0.9;
        }
        strsim::normalized_damerau_levenshtein(&wanted, &name)
    };
    known
        .iter()
        .filter(|name| !name.is_empty())
        .map(|name| (likeness(name), name))
        .filter(|(likeness, _)| *likeness > 0.5)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name.clone())
}

type Rows = Vec<(usize, Vec<Cell>)>;

fn delimited(text: &str, delimiter: Option<char>) -> Result<Rows, String> {
    let delimiter = match delimiter {
        Some(one) if one.is_ascii() => one as u8,
        Some(other) => {
            return Err(format!(
                "`{other}` cannot separate columns: it must be one ASCII character"
            ));
        }
        None => {
            let heading = text.lines().next().unwrap_or_default();
            let count = |mark: char| heading.matches(mark).count();
            [',', '\t', ';']
                .into_iter()
                .rev()
                .max_by_key(|mark| count(*mark))
                .unwrap_or(',') as u8
        }
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(|error| format!("the file cannot be read as CSV: {error}"))?;
        rows.push((at + 1, record.iter().map(Cell::of).collect()));
    }
    Ok(rows)
}

/// The text of a file and the name of its encoding. A mark at its beginning decides; without one UTF-8 where all of it
/// is, else GB 18030 where all of it is.
fn decode(bytes: &[u8], named: Option<&str>) -> Result<(String, String), String> {
    let strict = |encoding: &'static Encoding, bytes: &[u8]| {
        encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(|text| text.into_owned())
    };
    if let Some(name) = named {
        let encoding = Encoding::for_label(name.as_bytes())
            .ok_or_else(|| format!("`{name}` is no encoding; write utf-8 or gbk"))?;
        return strict(encoding, bytes)
            .map(|text| (text, encoding.name().to_owned()))
            .ok_or_else(|| {
                format!(
                    "the file is not {}: leave `encoding` out, and it is recognised",
                    encoding.name()
                )
            });
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return strict(encoding, &bytes[mark..])
            .map(|text| (text, encoding.name().to_owned()))
            .ok_or_else(|| format!("the file says it is {} and is not", encoding.name()));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok((text.to_owned(), "UTF-8".into()));
    }
    strict(encoding_rs::GB18030, bytes).map(|text| (text, "GBK".into())).ok_or_else(|| {
        "the file's encoding is neither UTF-8 nor GBK: save it as \"CSV UTF-8\", or name `encoding` in the map".into()
    })
}

fn workbook(file: &Path, how: &TableHow) -> Result<(Rows, String), String> {
    std::fs::File::open(file)
        .map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let failed = |error: &dyn std::fmt::Display| {
        format!(
            "{} is no workbook, or is damaged: open it and save it again as .xlsx ({error})",
            file.display()
        )
    };
    let mut book = calamine::open_workbook_auto(file).map_err(|error| failed(&error))?;
    let sheets = book.sheet_names();
    let sheet = match &how.sheet {
        Some(name) if sheets.contains(name) => name.clone(),
        Some(name) => {
            return Err(format!(
                "there is no sheet \"{name}\"; there are: {}",
                sheets.join(", ")
            ));
        }
        None => sheets.first().cloned().ok_or("the workbook has no sheet")?,
    };
    let range = book
        .worksheet_range(&sheet)
        .map_err(|error| failed(&error))?;
    let (top, left) = range
        .start()
        .map_or((0, 0), |(row, column)| (row as usize, column as usize));
    let cells = |row: &[Data]| {
        // Columns keep their letters, also where the first ones are empty.
        let before = std::iter::repeat_n(Cell::Empty, left);
        before.chain(row.iter().map(of_workbook)).collect()
    };
    let rows = range.rows().enumerate();
    Ok((
        rows.map(|(at, row)| (top + at + 1, cells(row))).collect(),
        sheet,
    ))
}

fn of_workbook(data: &Data) -> Cell {
    match data {
        Data::Empty | Data::Error(_) => Cell::Empty,
        Data::String(text) => Cell::of(text),
        Data::Int(number) => Cell::Text(number.to_string()),
        // Workbooks know no whole numbers: 1000 must not become 1000.0.
        Data::Float(number) => Cell::Text(number.to_string()),
        Data::Bool(truth) => Cell::Text(truth.to_string()),
        Data::DateTimeIso(text) | Data::DurationIso(text) => Cell::of(text),
        Data::DateTime(time) => {
            let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
            let civil = || {
                DateTime::new(
                    i16::try_from(year).ok()?,
                    i8::try_from(month).ok()?,
                    i8::try_from(day).ok()?,
                    i8::try_from(hour).ok()?,
                    i8::try_from(minute).ok()?,
                    i8::try_from(second).ok()?,
                    i32::from(milli) * 1_000_000,
                )
                .ok()
            };
            civil().map_or_else(|| Cell::Text(time.as_f64().to_string()), Cell::Civil)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, bytes: &[u8]) -> Result<Table, String> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        Table::read(
            &file,
            &TableHow {
                heading: 1,
                ..TableHow::default()
            },
        )
    }

    #[test]
    fn encodings_are_recognised() {
        let text = "编号,摘要\n1,路灯不亮\n";
        let (gbk, _, _) = encoding_rs::GBK.encode(text);
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        for (bytes, name) in [
            (text.as_bytes().to_vec(), "UTF-8"),
            (
                [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat(),
                "UTF-8",
            ),
            (gbk.into_owned(), "GBK"),
            (utf16, "UTF-16LE"),
        ] {
            let table = table("a.csv", &bytes).unwrap();
            assert_eq!(table.read_as, name);
            assert_eq!(table.columns, ["编号", "摘要"]);
            assert_eq!(table.rows[0].1[1], Cell::Text("路灯不亮".into()));
        }
        assert!(table("a.csv", b"a,b\n\xff\xff\xff,1\n").is_err());
    }

    #[test]
    fn a_missing_column_is_told_with_its_neighbour() {
        let table = table("a.csv", b"Open Date,closed\n1,2\n").unwrap();
        assert_eq!(
            table.missing(&["open_date", "closed", "ward"]),
            [("open_date", Some("Open Date".into())), ("ward", None)]
        );
    }

    #[test]
    fn quotes_line_breaks_and_semicolons() {
        let table = table("a.csv", b"a;b\n\"x;y\";\"one\ntwo\"\n;\n3;4\n").unwrap();
        assert_eq!(table.rows.len(), 2, "a row of nothing is no row");
        assert_eq!(table.rows[0].1[1], Cell::Text("one\ntwo".into()));
        assert_eq!(table.rows[1].0, 4);
    }
}

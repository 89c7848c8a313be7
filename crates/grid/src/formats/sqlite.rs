//! Reading the tables of a SQLite file, after sqlite.org/fileformat2.html, and nothing else of SQL.
//!
//! A GeoPackage needs no query, only every row of four tables; so a foreign file never reaches a database engine, and
//! this room stays without one. Every page is visited at most once, so a lying file costs no more than its own size.

use std::borrow::Cow;

/// A database in memory.
pub(super) struct Database<'a> {
    bytes: &'a [u8],
    page_size: usize,
    /// Bytes of a page that hold content.
    usable: usize,
    utf16: Option<&'static encoding_rs::Encoding>,
}

/// One value of a row.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Cell<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Cow<'a, [u8]>),
}

/// A table with its columns in the order in which rows hold them.
#[derive(Debug)]
pub(super) struct Table {
    pub name: String,
    root: usize,
    pub columns: Vec<Column>,
}

#[derive(Debug, PartialEq)]
pub(super) struct Column {
    pub name: String,
    /// The declared type in upper case.
    pub kind: String,
    /// Whether it is another name of the row's number, which rows leave out.
    pub is_row_number: bool,
}

/// The file is not what its pages say it is.
#[derive(Debug)]
pub(super) struct Corrupt;

/// A row is given to this with its number.
type Visit<'v, 'a> = &'v mut dyn FnMut(i64, &[Cell<'a>]);

impl<'a> Database<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Database<'a>, Corrupt> {
        let header = bytes.get(..100).ok_or(Corrupt)?;
        let page_size = match u16::from_be_bytes([header[16], header[17]]) {
            1 => 65_536,
            size if size >= 512 && size.is_power_of_two() => usize::from(size),
            _ => return Err(Corrupt),
        };
        let usable = page_size - usize::from(header[20]);
        let said = u32::from_be_bytes([header[28], header[29], header[30], header[31]]) as usize;
        // The size counts only where the two counters agree; older writers left it stale.
        if header[24..28] == header[92..96] && bytes.len() / page_size < said {
            return Err(Corrupt);
        }
        if usable < 480 {
            return Err(Corrupt);
        }
        Ok(Database {
            bytes,
            page_size,
            usable,
            utf16: match header[59] {
                2 => Some(encoding_rs::UTF_16LE),
                3 => Some(encoding_rs::UTF_16BE),
                _ => None,
            },
        })
    }

    /// Whether its writer keeps changes in a file beside it.
    pub(super) fn in_wal_mode(&self) -> bool {
        self.bytes[18] == 2
    }

    /// The tables that the schema names.
    pub(super) fn tables(&self) -> Result<Vec<Table>, Corrupt> {
        let mut tables = Vec::new();
        self.scan(1, &mut |_, row| {
            if let [
                Cell::Text(kind),
                Cell::Text(name),
                _,
                Cell::Integer(root),
                Cell::Text(sql),
                ..,
            ] = row
                && kind == "table"
                && let Ok(root) = usize::try_from(*root)
            {
                tables.push(Table {
                    name: name.clone(),
                    root,
                    columns: columns(sql),
                });
            }
        })?;
        Ok(tables)
    }

    /// Gives every row of a table, in order, to `visit`.
    pub(super) fn rows(&self, table: &Table, visit: Visit<'_, 'a>) -> Result<(), Corrupt> {
        self.scan(table.root, visit)
    }

    fn page(&self, number: usize) -> Result<&'a [u8], Corrupt> {
        let start = number.checked_sub(1).ok_or(Corrupt)?;
        let start = start.checked_mul(self.page_size).ok_or(Corrupt)?;
        self.bytes
            .get(start..start.saturating_add(self.page_size))
            .ok_or(Corrupt)
    }

    fn scan(&self, root: usize, visit: Visit<'_, 'a>) -> Result<(), Corrupt> {
        let mut visited = Visited {
            seen: vec![false; self.bytes.len() / self.page_size + 1],
        };
        let mut waiting = vec![root];
        while let Some(number) = waiting.pop() {
            visited.mark(number)?;
            let page = self.page(number)?;
            let head = if number == 1 { 100 } else { 0 };
            let cells = usize::from(short(page, head + 3)?);
            let pointers = head + if page[head] == 5 { 12 } else { 8 };
            match page[head] {
                5 => {
                    waiting.push(long(page, head + 8)? as usize);
                    for i in (0..cells).rev() {
                        let at = usize::from(short(page, pointers + 2 * i)?);
                        waiting.push(long(page, at)? as usize);
                    }
                }
                13 => {
                    for i in 0..cells {
                        let at = usize::from(short(page, pointers + 2 * i)?);
                        let (row, payload) = self.payload(page, at, &mut visited)?;
                        let values = match payload {
                            Cow::Borrowed(payload) => self.record(payload)?,
                            Cow::Owned(payload) => {
                                self.record(&payload)?.into_iter().map(owned).collect()
                            }
                        };
                        visit(row, &values);
                    }
                }
                _ => return Err(Corrupt),
            }
        }
        Ok(())
    }

    /// The number and the content of the row whose cell lies at this place of a page.
    fn payload(
        &self,
        page: &'a [u8],
        at: usize,
        visited: &mut Visited,
    ) -> Result<(i64, Cow<'a, [u8]>), Corrupt> {
        let cell = page.get(at..self.usable).ok_or(Corrupt)?;
        let (length, rest) = varint(cell)?;
        let (row, rest) = varint(rest)?;
        let length = usize::try_from(length).map_err(|_| Corrupt)?;
        let most = self.usable - 35;
        if length <= most {
            return Ok((row, rest.get(..length).ok_or(Corrupt)?.into()));
        }
        if length > self.bytes.len() {
            return Err(Corrupt);
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let fitting = least + (length - least) % (self.usable - 4);
        let local = if fitting <= most { fitting } else { least };
        let mut payload = Vec::with_capacity(length);
        payload.extend_from_slice(rest.get(..local).ok_or(Corrupt)?);
        let mut next = long(rest, local)? as usize;
        while payload.len() < length {
            visited.mark(next)?;
            let page = self.page(next)?;
            let take = (length - payload.len()).min(self.usable - 4);
            payload.extend_from_slice(&page[4..4 + take]);
            next = long(page, 0)? as usize;
        }
        Ok((row, payload.into()))
    }

    fn record<'p>(&self, payload: &'p [u8]) -> Result<Vec<Cell<'p>>, Corrupt> {
        let (header, rest) = varint(payload)?;
        let header = usize::try_from(header).map_err(|_| Corrupt)?;
        let skipped = payload.len() - rest.len();
        let mut kinds = payload.get(skipped..header).ok_or(Corrupt)?;
        let mut body = payload.get(header..).ok_or(Corrupt)?;
        let mut values = Vec::new();
        while !kinds.is_empty() {
            let (kind, more) = varint(kinds)?;
            kinds = more;
            let size = match kind {
                0 | 8 | 9 => 0,
                1..=4 => kind as usize,
                5 => 6,
                6 | 7 => 8,
                12.. => usize::try_from((kind - 12) / 2).map_err(|_| Corrupt)?,
                _ => return Err(Corrupt),
            };
            let (value, rest) = body.split_at_checked(size).ok_or(Corrupt)?;
            body = rest;
            values.push(match kind {
                0 => Cell::Null,
                8 => Cell::Integer(0),
                9 => Cell::Integer(1),
                7 => Cell::Real(f64::from_be_bytes(value.try_into().map_err(|_| Corrupt)?)),
                1..=6 => Cell::Integer(integer(value)),
                kind if kind % 2 == 0 => Cell::Blob(value.into()),
                _ => Cell::Text(self.text(value)),
            });
        }
        Ok(values)
    }

    fn text(&self, bytes: &[u8]) -> String {
        match self.utf16 {
            Some(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            None => String::from_utf8_lossy(bytes).into_owned(),
        }
    }
}

struct Visited {
    seen: Vec<bool>,
}

impl Visited {
    fn mark(&mut self, page: usize) -> Result<(), Corrupt> {
        let seen = self.seen.get_mut(page).ok_or(Corrupt)?;
        if std::mem::replace(seen, true) {
            return Err(Corrupt);
        }
        Ok(())
    }
}

fn owned<'b>(cell: Cell<'_>) -> Cell<'b> {
    match cell {
        Cell::Null => Cell::Null,
        Cell::Integer(n) => Cell::Integer(n),
        Cell::Real(x) => Cell::Real(x),
        Cell::Text(text) => Cell::Text(text),
        Cell::Blob(bytes) => Cell::Blob(Cow::Owned(bytes.into_owned())),
    }
}

fn short(bytes: &[u8], from: usize) -> Result<u16, Corrupt> {
    let two = bytes.get(from..from + 2).ok_or(Corrupt)?;
    Ok(u16::from_be_bytes([two[0], two[1]]))
}

fn long(bytes: &[u8], from: usize) -> Result<u32, Corrupt> {
    let four = bytes.get(from..from + 4).ok_or(Corrupt)?;
    Ok(u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}

/// One to nine bytes, seven bits in each but the ninth.
fn varint(bytes: &[u8]) -> Result<(i64, &[u8]), Corrupt> {
    let mut value = 0u64;
    for i in 0..9 {
        let byte = *bytes.get(i).ok_or(Corrupt)?;
        if i == 8 {
            return Ok(((value << 8 | u64::from(byte)) as i64, &bytes[9..]));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Ok((value as i64, &bytes[i + 1..]));
        }
    }
    Err(Corrupt)
}

fn integer(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    let start = if negative { -1i64 } else { 0 };
    bytes
        .iter()
        .fold(start, |value, byte| value << 8 | i64::from(*byte))
}

/// The columns that a `CREATE TABLE` declares.
fn columns(sql: &str) -> Vec<Column> {
    let Some((_, body)) = sql.split_once('(') else {
        return Vec::new();
    };
    declarations(body)
        .into_iter()
        .filter_map(|words| {
            let (name, rest) = words.split_first()?;
            let quoted = name.starts_with(['"', '`', '[', '\'']);
            let upper: Vec<String> = rest.iter().map(|word| word.to_ascii_uppercase()).collect();
            let constraint = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];
            if !quoted && constraint.contains(&name.to_ascii_uppercase().as_str()) {
                return None;
            }
            let kind = upper.first().cloned().unwrap_or_default();
            let primary = upper.windows(2).any(|pair| pair == ["PRIMARY", "KEY"]);
            Some(Column {
                name: unquoted(name),
                is_row_number: kind == "INTEGER" && primary,
                kind,
            })
        })
        .collect()
}

fn unquoted(name: &str) -> String {
    let Some(quote) = name.chars().next().filter(|c| "\"`['".contains(*c)) else {
        return name.to_owned();
    };
    let end = if quote == '[' { ']' } else { quote };
    let inner = name[1..].strip_suffix(end).unwrap_or(&name[1..]);
    inner.replace(&format!("{end}{end}"), &end.to_string())
}

/// The words of each declaration, up to the parenthesis that closes the table; what stands in parentheses is left out.
fn declarations(body: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut depth = 0usize;
    let mut quote: Option<char> = None;
    let mut chars = body.chars().peekable();
    let flush = |word: &mut String, words: &mut Vec<String>| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    while let Some(c) = chars.next() {
        if let Some(end) = quote {
            word.push(c);
            if c == end {
                if chars.peek() == Some(&end) && end != ']' {
                    word.extend(chars.next());
                } else {
                    quote = None;
                    if depth > 0 {
                        word.clear();
                    }
                }
            }
            continue;
        }
        match c {
            '"' | '`' | '\'' | '[' => {
                flush(&mut word, &mut words);
                word.push(c);
                quote = Some(if c == '[' { ']' } else { c });
            }
            '-' if chars.peek() == Some(&'-') => {
                chars.by_ref().find(|c| *c == '\n');
            }
            '(' => {
                flush(&mut word, &mut words);
                depth += 1;
            }
            ')' if depth == 0 => break,
            ')' => depth -= 1,
            _ if depth > 0 => {}
            ',' => {
                flush(&mut word, &mut words);
                all.push(std::mem::take(&mut words));
            }
            c if c.is_whitespace() => flush(&mut word, &mut words),
            c => word.push(c),
        }
    }
    flush(&mut word, &mut words);
    all.push(words);
    all.retain(|words| !words.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_told_from_constraints_and_quotes() {
        let sql = r#"CREATE TABLE "a (b)" ("fid" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, -- a, comment
            "say ""hi""" TEXT(20) DEFAULT 'x, (y', [geom] MULTIPOLYGON, `n` BOOLEAN, plain DOUBLE,
            CONSTRAINT pk UNIQUE (plain, n), FOREIGN KEY (n) REFERENCES b(c))"#;
        // The table's own name has a parenthesis here, which QGIS would not write; the usual case has none.
        let sql = sql.replace("\"a (b)\"", "a");
        let found = columns(&sql);
        let names: Vec<(&str, bool)> = found
            .iter()
            .map(|c| (c.name.as_str(), c.is_row_number))
            .collect();
        assert_eq!(
            names,
            [
                ("fid", true),
                ("say \"hi\"", false),
                ("geom", false),
                ("n", false),
                ("plain", false)
            ]
        );
        assert_eq!(found[3].kind, "BOOLEAN");
    }

    #[test]
    fn numbers_of_every_width_are_read() {
        assert_eq!(integer(&[0xff]), -1);
        assert_eq!(integer(&[0x01, 0x00]), 256);
        assert_eq!(integer(&[0x80, 0, 0, 0, 0, 0, 0, 0]), i64::MIN);
        assert_eq!(varint(&[0x81, 0x00]).unwrap().0, 128);
        assert_eq!(varint(&[0xff; 9]).unwrap().0, -1);
        assert!(varint(&[0xff; 8]).is_err());
    }
}

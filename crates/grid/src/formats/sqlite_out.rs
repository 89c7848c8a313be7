//! Writing a SQLite file, after sqlite.org/fileformat2.html: tables of rows in order and the indexes of their keys.
//!
//! The counterpart of `sqlite`: enough for a GeoPackage that every program reads, and no engine.

const PAGE: usize = 4096;
/// The most of a row that stays on a page of a table, and the least when the rest overflows.
const MOST_LOCAL: usize = PAGE - 35;
const LEAST_LOCAL: usize = (PAGE - 12) * 32 / 255 - 23;

/// A value to be written.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Datum {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// A database that is being written.
pub(super) struct Writer {
    /// Page 1, which holds the schema, is filled in at the end.
    pages: Vec<Vec<u8>>,
    schema: Vec<Vec<Datum>>,
}

/// Pages being filled with the cells of one kind of tree.
struct Page {
    kind: u8,
    head: usize,
    cells: Vec<Vec<u8>>,
    used: usize,
}

impl Page {
    fn new(kind: u8, head: usize) -> Page {
        let used = head + if kind == 5 { 12 } else { 8 };
        Page {
            kind,
            head,
            cells: Vec::new(),
            used,
        }
    }

    fn fits(&self, cell: &[u8]) -> bool {
        self.used + cell.len() + 2 <= PAGE
    }

    fn push(&mut self, cell: Vec<u8>) {
        self.used += cell.len() + 2;
        self.cells.push(cell);
    }

    /// The page's bytes; an interior one ends with the child to the right.
    fn bytes(&self, right: Option<usize>) -> Vec<u8> {
        let mut page = vec![0; PAGE];
        let mut content = PAGE;
        let pointers = self.head + if right.is_some() { 12 } else { 8 };
        for (i, cell) in self.cells.iter().enumerate() {
            content -= cell.len();
            page[content..content + cell.len()].copy_from_slice(cell);
            let slot = pointers + 2 * i;
            page[slot..slot + 2].copy_from_slice(&(content as u16).to_be_bytes());
        }
        let head = self.head;
        page[head] = self.kind;
        page[head + 3..head + 5].copy_from_slice(&(self.cells.len() as u16).to_be_bytes());
        page[head + 5..head + 7].copy_from_slice(&(content as u16).to_be_bytes());
        if let Some(right) = right {
            page[head + 8..head + 12].copy_from_slice(&(right as u32).to_be_bytes());
        }
        page
    }
}

impl Writer {
    pub(super) fn new() -> Writer {
        Writer {
            pages: vec![Vec::new()],
            schema: Vec::new(),
        }
    }

    /// Adds a table with its rows, by ascending row number, as `sql` declares it.
    pub(super) fn table(
        &mut self,
        name: &str,
        sql: String,
        rows: impl Iterator<Item = (i64, Vec<Datum>)>,
    ) {
        let root = self.tree(rows, None);
        self.schema.push(vec![
            Datum::Text("table".into()),
            Datum::Text(name.into()),
            Datum::Text(name.into()),
            Datum::Integer(root as i64),
            Datum::Text(sql),
        ]);
    }

    /// Adds the index that a key of a table implies, the `nth` of it from 1, for a table of one row.
    pub(super) fn key(&mut self, table: &str, nth: usize, mut values: Vec<Datum>, row: i64) {
        values.push(Datum::Integer(row));
        let record = record(&values);
        let mut cell = Vec::new();
        varint(&mut cell, record.len() as u64);
        cell.extend(record);
        let mut page = Page::new(10, 0);
        page.push(cell);
        self.pages.push(page.bytes(None));
        self.schema.push(vec![
            Datum::Text("index".into()),
            Datum::Text(format!("sqlite_autoindex_{table}_{nth}")),
            Datum::Text(table.into()),
            Datum::Integer(self.pages.len() as i64),
            Datum::Null,
        ]);
    }

    /// The file, with the application's mark and version in its header.
    pub(super) fn finish(mut self, application: u32, version: u32) -> Vec<u8> {
        let schema = std::mem::take(&mut self.schema);
        self.tree((1i64..).zip(schema), Some(100));
        let pages = self.pages.len() as u32;
        let first = &mut self.pages[0];
        first[..16].copy_from_slice(b"SQLite format 3\0");
        let mut long = |at: usize, value: u32| {
            first[at..at + 4].copy_from_slice(&value.to_be_bytes());
        };
        long(24, 1);
        long(28, pages);
        long(40, 1);
        // Schema format 4, text in UTF-8.
        long(44, 4);
        long(56, 1);
        long(60, version);
        long(68, application);
        long(92, 1);
        // The release of SQLite whose format this is.
        long(96, 3_045_000);
        first[16..18].copy_from_slice(&(PAGE as u16).to_be_bytes());
        first[18..24].copy_from_slice(&[1, 1, 0, 64, 32, 32]);
        self.pages.concat()
    }

    /// Writes a table's tree and gives the number of its root; the schema's root is page 1, behind the file's header.
    fn tree(
        &mut self,
        rows: impl Iterator<Item = (i64, Vec<Datum>)>,
        header: Option<usize>,
    ) -> usize {
        // Each page with the greatest row number in or below it.
        let mut level: Vec<(Page, Option<usize>, i64)> = Vec::new();
        let mut page = Page::new(13, 0);
        let mut last = 0;
        for (row, values) in rows {
            let cell = self.leaf_cell(row, &values);
            if !page.fits(&cell) {
                let full = std::mem::replace(&mut page, Page::new(13, 0));
                level.push((full, None, last));
            }
            page.push(cell);
            last = row;
        }
        level.push((page, None, last));
        let room = header.unwrap_or(0);
        while level.len() > 1 || level[0].0.used + room > PAGE {
            let children: Vec<(usize, i64)> = level
                .into_iter()
                .map(|(page, right, greatest)| {
                    self.pages.push(page.bytes(right));
                    (self.pages.len(), greatest)
                })
                .collect();
            level = parents(&children);
        }
        let (mut root, right, _) = level.remove(0);
        match header {
            Some(head) => {
                root.head = head;
                self.pages[0] = root.bytes(right);
                1
            }
            None => {
                self.pages.push(root.bytes(right));
                self.pages.len()
            }
        }
    }

    fn leaf_cell(&mut self, row: i64, values: &[Datum]) -> Vec<u8> {
        let record = record(values);
        let mut cell = Vec::with_capacity(record.len().min(MOST_LOCAL) + 18);
        varint(&mut cell, record.len() as u64);
        varint(&mut cell, row as u64);
        if record.len() <= MOST_LOCAL {
            cell.extend(record);
            return cell;
        }
        let fitting = LEAST_LOCAL + (record.len() - LEAST_LOCAL) % (PAGE - 4);
        let local = if fitting <= MOST_LOCAL {
            fitting
        } else {
            LEAST_LOCAL
        };
        let (local, rest) = record.split_at(local);
        cell.extend_from_slice(local);
        cell.extend_from_slice(&(self.pages.len() as u32 + 1).to_be_bytes());
        let chunks = rest.chunks(PAGE - 4);
        let count = chunks.len();
        for (i, chunk) in chunks.enumerate() {
            let next = if i + 1 < count {
                self.pages.len() as u32 + 2
            } else {
                0
            };
            let mut page = next.to_be_bytes().to_vec();
            page.extend_from_slice(chunk);
            page.resize(PAGE, 0);
            self.pages.push(page);
        }
        cell
    }
}

/// The interior pages above some children; the last child of each is its right one.
fn parents(children: &[(usize, i64)]) -> Vec<(Page, Option<usize>, i64)> {
    let mut level = Vec::new();
    let mut page = Page::new(5, 0);
    let mut held: Option<(usize, i64)> = None;
    for &(child, greatest) in children {
        if let Some((left, key)) = held.replace((child, greatest)) {
            let mut cell = (left as u32).to_be_bytes().to_vec();
            varint(&mut cell, key as u64);
            if page.fits(&cell) {
                page.push(cell);
            } else {
                let full = std::mem::replace(&mut page, Page::new(5, 0));
                level.push((full, Some(left), key));
            }
        }
    }
    if let Some((right, key)) = held {
        level.push((page, Some(right), key));
    }
    level
}

fn record(values: &[Datum]) -> Vec<u8> {
    let mut kinds = Vec::new();
    let mut body = Vec::new();
    for value in values {
        match value {
            Datum::Null => kinds.push(0),
            Datum::Integer(n) => {
                let (kind, width) = match *n {
                    -0x80..=0x7f => (1, 1),
                    -0x8000..=0x7fff => (2, 2),
                    -0x8000_0000..=0x7fff_ffff => (4, 4),
                    _ => (6, 8),
                };
                kinds.push(kind);
                body.extend_from_slice(&n.to_be_bytes()[8 - width..]);
            }
            Datum::Real(x) => {
                kinds.push(7);
                body.extend_from_slice(&x.to_be_bytes());
            }
            Datum::Text(text) => {
                varint(&mut kinds, 13 + 2 * text.len() as u64);
                body.extend_from_slice(text.as_bytes());
            }
            Datum::Blob(bytes) => {
                varint(&mut kinds, 12 + 2 * bytes.len() as u64);
                body.extend_from_slice(bytes);
            }
        }
    }
    // The header's length counts its own bytes, one or two.
    let own = if kinds.len() < 127 { 1 } else { 2 };
    let mut record = Vec::with_capacity(own + kinds.len() + body.len());
    varint(&mut record, (kinds.len() + own) as u64);
    record.extend(kinds);
    record.extend(body);
    record
}

fn varint(out: &mut Vec<u8>, value: u64) {
    if value >> 56 != 0 {
        // Eight groups of seven bits, then a whole byte.
        for i in (1..9).rev() {
            out.push((value >> (7 * i + 1)) as u8 | 0x80);
        }
        out.push(value as u8);
        return;
    }
    let groups = (64 - (value | 1).leading_zeros()).div_ceil(7);
    for i in (0..groups).rev() {
        let more = if i > 0 { 0x80 } else { 0 };
        out.push((value >> (7 * i)) as u8 & 0x7f | more);
    }
}

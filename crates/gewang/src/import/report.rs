use std::io::{self, Write};

use serde::Serialize;

use super::rows::Trouble;
use crate::Lang;

/// What became of a table.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    /// What the file was taken for.
    pub read_as: String,
    /// Whether nothing was written on purpose.
    pub dry_run: bool,
    /// The sums.
    pub sums: Sums,
    /// The rows that were refused, in the order of the file.
    pub refused: Vec<Trouble>,
    /// Rows that were kept as a note because somebody had acted before.
    pub merged: Vec<usize>,
}

/// How many rows and commands ended how.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Sums {
    /// Rows with something in them.
    pub rows: usize,
    /// Rows that were new, or brought something new.
    pub done: usize,
    /// Rows that had been imported before; nothing changed.
    pub repeated: usize,
    /// Rows kept as a note.
    pub merged: usize,
    /// Rows refused; nothing of them was written unless the line says so.
    pub refused: usize,
    /// Commands that took effect.
    pub commands: usize,
}

impl Report {
    /// Puts the refusals in the order of the file and counts them.
    pub fn finish(&mut self) {
        self.refused.sort_by_key(|trouble| trouble.row);
        self.sums.refused = self.refused.len();
        self.sums.merged = self.merged.len();
    }

    /// Writes it for people.
    pub fn human(&self, out: &mut dyn Write, lang: Lang) -> io::Result<()> {
        let zh = lang == Lang::Zh;
        for trouble in &self.refused {
            let row = trouble.row;
            let mut line = if zh {
                format!("第 {row} 行")
            } else {
                format!("row {row}")
            };
            if !trouble.key.is_empty() {
                line.push_str(&format!(" ({})", trouble.key));
            }
            if !trouble.action.is_empty() {
                line.push_str(&format!(", {}", trouble.action));
            }
            if !trouble.columns.is_empty() {
                let word = if zh { "列" } else { "column" };
                line.push_str(&format!(", {word} {}", trouble.columns.join(", ")));
            }
            if !trouble.cells.is_empty() {
                line.push_str(&format!(" ({})", trouble.cells.join(", ")));
            }
            writeln!(
                out,
                "{line}: {} [{}]",
                trouble.text.lang(lang.as_str()),
                trouble.code
            )?;
        }
        for row in &self.merged {
            if zh {
                writeln!(out, "第 {row} 行：此前已有人处理，作为记事保留")?;
            } else {
                writeln!(
                    out,
                    "row {row}: somebody had acted before; it was kept as a note"
                )?;
            }
        }
        let Sums {
            rows,
            done,
            repeated,
            merged,
            refused,
            commands,
        } = self.sums;
        let read_as = &self.read_as;
        match (zh, self.dry_run) {
            (true, dry) => writeln!(
                out,
                "{}文件识别为 {read_as}：共 {rows} 行，{}导入 {done} 行，此前已导入 {repeated} 行，作为记事保留 {merged} 行，\
                 拒绝 {refused} 行；{commands} 条命令",
                if dry {
                    "试运行，没有写入任何内容；"
                } else {
                    ""
                },
                if dry { "将" } else { "" },
            ),
            (false, dry) => writeln!(
                out,
                "{}read as {read_as}: {rows} rows, {done} {}, {repeated} imported before, {merged} kept as notes, \
                 {refused} refused; {commands} commands",
                if dry {
                    "dry run, nothing was written; "
                } else {
                    ""
                },
                if dry { "would be imported" } else { "imported" },
            ),
        }
    }
}

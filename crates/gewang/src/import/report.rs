use std::io::{self, Write};

use serde::Serialize;

use super::rows::Trouble;

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
    pub fn human(&self, out: &mut dyn Write) -> io::Result<()> {
        for trouble in &self.refused {
            write!(out, "row {}", trouble.row)?;
            if !trouble.key.is_empty() {
                write!(out, " ({})", trouble.key)?;
            }
            if !trouble.action.is_empty() {
                write!(out, ", {}", trouble.action)?;
            }
            if !trouble.columns.is_empty() {
                write!(out, ", column {}", trouble.columns.join(", "))?;
            }
            writeln!(out, ": {} [{}]", trouble.text, trouble.code)?;
        }
        for row in &self.merged {
            writeln!(
                out,
                "row {row}: somebody had acted before; it was kept as a note"
            )?;
        }
        let Sums {
            rows,
            done,
            repeated,
            merged,
            refused,
            commands,
        } = self.sums;
        writeln!(
            out,
            "{}read as {}: {rows} rows, {done} {}, {repeated} imported before, {merged} kept as notes, {refused} refused; {commands} commands",
            if self.dry_run {
                "dry run, nothing was written; "
            } else {
                ""
            },
            self.read_as,
            if self.dry_run {
                "would be imported"
            } else {
                "imported"
            },
        )
    }
}

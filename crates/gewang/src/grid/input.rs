//! Reading a drawing from disk, and saying what can't be read.

use std::fmt;
use std::path::Path;

use anyhow::Context as _;
use gewang_grid::formats::{InFile, OpenError, Opened, Opening, files_beside, open};
use gewang_grid::{Crs, Layer, ParseError, Partition, Reading, Text, Unreadable};

use crate::Lang;

/// How a drawing is to be read.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Options {
    /// The coordinate reference system of the drawing, whatever the file says: wgs84, cgcs2000, gcj02 (Amap,
    /// Tencent), bd09 (Baidu) or EPSG:4549.
    #[arg(long, value_name = "C", value_parser = crs)]
    pub crs: Option<Crs>,
    /// Which of several layers in a file.
    #[arg(long, value_name = "NAME")]
    pub layer: Option<String>,
    /// The property that holds a cell's id, where it can't be guessed.
    #[arg(long, value_name = "PROPERTY")]
    pub id: Option<String>,
    /// The property that holds the id of the cell above.
    #[arg(long, value_name = "PROPERTY")]
    pub parent: Option<String>,
    /// The language of the text for people.
    #[arg(long, value_enum, default_value_t = Lang::En)]
    pub lang: Lang,
}

/// The system of this name.
pub(crate) fn crs(name: &str) -> Result<Crs, String> {
    Crs::parse(name).map_err(|bad| format!("{} / {}", bad.text().en, bad.text().zh))
}

/// Said on standard error already; only the exit code is left.
#[derive(Debug)]
pub(super) struct Said;

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the file can't be read")
    }
}

impl std::error::Error for Said {}

/// A drawing that was opened, or what is wrong with it.
pub(super) enum Opens {
    Yes(Box<Opened>),
    No(Vec<Unreadable>),
}

/// Opens a drawing with the files that belong to it, or says what can't be read.
pub(crate) fn opened(
    path: &Path,
    opening: &Opening,
) -> anyhow::Result<Result<Opened, Vec<Unreadable>>> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut others = Vec::new();
    for other in files_beside(&name) {
        let beside = path.with_file_name(&other);
        if beside.is_file() {
            let bytes = std::fs::read(&beside).with_context(|| beside.display().to_string())?;
            others.push((other, bytes));
        }
    }
    let beside: Vec<InFile<'_>> = others
        .iter()
        .map(|(name, bytes)| InFile { name, bytes })
        .collect();
    let file = InFile {
        name: &name,
        bytes: &bytes,
    };
    Ok(match open(file, &beside, opening) {
        Ok(opened) => Ok(opened),
        Err(OpenError::Unreadable(faults)) => Err(faults),
        Err(OpenError::Unsure { text, .. }) => Err(vec![Unreadable {
            feature: None,
            text,
        }]),
    })
}

impl Options {
    /// The text in the language asked for.
    pub fn text<'t>(&self, text: &'t Text) -> &'t str {
        match self.lang {
            Lang::Zh => &text.zh,
            Lang::En => &text.en,
        }
    }

    /// Opens a drawing and says on standard error what was taken for granted.
    pub fn open(&self, path: &Path, crs: Option<Crs>) -> anyhow::Result<Opens> {
        let opening = Opening {
            crs,
            layer: self.layer.clone(),
        };
        Ok(match opened(path, &opening)? {
            Ok(opened) => {
                if let Some(note) = &opened.note {
                    eprintln!("{}: {}", path.display(), self.text(note));
                }
                Opens::Yes(Box::new(opened))
            }
            Err(faults) => Opens::No(faults),
        })
    }

    /// The layer of a drawing; what can't be read is said on standard error.
    pub fn read(&self, path: &Path) -> anyhow::Result<Layer> {
        match self.open(path, self.crs)? {
            Opens::Yes(opened) => Ok(opened.layer),
            Opens::No(faults) => Err(self.say(path, &faults)),
        }
    }

    /// Says what can't be read.
    pub fn say(&self, path: &Path, faults: &[Unreadable]) -> anyhow::Error {
        let file = path.display();
        for fault in faults {
            let text = self.text(&fault.text);
            match (fault.feature, self.lang) {
                (None, _) => eprintln!("{file}: {text}"),
                (Some(number), Lang::En) => eprintln!("{file}: feature {number}: {text}"),
                (Some(number), Lang::Zh) => eprintln!("{file}：第 {number} 个要素：{text}"),
            }
        }
        Said.into()
    }

    /// Which properties of this layer say what.
    pub fn reading(&self, layer: &Layer, tolerance_m: Option<f64>) -> Reading {
        let mut reading = Reading::guessed(layer);
        if let Some(id) = &self.id {
            reading.id.clone_from(id);
        }
        if let Some(parent) = &self.parent {
            reading.parent.clone_from(parent);
        }
        if let Some(tolerance_m) = tolerance_m {
            reading.tolerance_m = tolerance_m;
        }
        reading
    }

    /// The partition of a drawing; `None`, with the defects counted on standard error, where it is none.
    pub fn partition(&self, path: &Path) -> anyhow::Result<Option<Partition>> {
        let layer = self.read(path)?;
        match Partition::from_layer(&layer, &self.reading(&layer, None)) {
            Ok(partition) => Ok(Some(partition)),
            Err(ParseError::Unreadable(faults)) => Err(self.say(path, &faults)),
            Err(ParseError::Defective(defects)) => {
                let (file, count) = (path.display(), defects.len());
                match self.lang {
                    Lang::Zh => eprintln!(
                        "{file}：有 {count} 处缺陷，不是分区；先用 gewang grid check 查看和修复。"
                    ),
                    Lang::En => eprintln!(
                        "{file}: no partition, with {count} defects; see and mend them with `gewang grid check` first"
                    ),
                }
                Ok(None)
            }
        }
    }
}

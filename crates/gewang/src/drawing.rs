//! The drawing of a town's cells, as towns hand it in.

use std::path::Path;

use anyhow::Context as _;
use gewang_grid::formats::Opening;
use gewang_grid::{CellId, Crs, OfTown, ParseError, Partition, Reading, Root, Text};
use gewang_pack::Source;

use crate::grid::{crs, opened};

/// How the drawing is read, and which of its properties say what. What is not told is guessed, as `gewang grid` does.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Properties {
    /// The property of the cells that holds their id.
    #[arg(long, value_name = "PROPERTY")]
    cell_id: Option<String>,
    /// The property that holds their name.
    #[arg(long, value_name = "PROPERTY")]
    cell_name: Option<String>,
    /// The property that holds the id of the cell above.
    #[arg(long, value_name = "PROPERTY")]
    cell_parent: Option<String>,
    /// The coordinate reference system of the drawing, whatever the file says: wgs84, cgcs2000, gcj02 (Amap,
    /// Tencent), bd09 (Baidu) or EPSG:4549.
    #[arg(long, value_name = "C", value_parser = crs)]
    cells_crs: Option<Crs>,
    /// Which of several layers in the file.
    #[arg(long, value_name = "NAME")]
    cells_layer: Option<String>,
}

impl Properties {
    /// Reads the cells of the town that `town.yaml` describes, in any format that drawings are read in. A file in which
    /// a feature is the town itself needs no root above it.
    pub fn read(&self, file: &Path, town: &Source) -> anyhow::Result<Partition> {
        let settings =
            gewang_pack::Document::read(&town.text).with_context(|| town.file.clone())?;
        let domain: String = settings
            .get("/domain")
            .with_context(|| format!("{} has no `domain`", town.file))?;
        let levels = settings
            .value
            .pointer("/levels")
            .and_then(|levels| levels.as_array())
            .into_iter()
            .flatten()
            .filter_map(|level| Some(level.get("id")?.as_str()?.to_owned()));
        let of_town = OfTown {
            root: Root {
                id: CellId::new(&domain)?,
                name: Text::new(
                    settings.get::<String>("/title/zh").unwrap_or_default(),
                    settings.get::<String>("/title/en").unwrap_or_default(),
                ),
            },
            levels: levels.collect(),
            known: std::collections::BTreeMap::new(),
        };
        let told = gewang_grid::Properties {
            id: self.cell_id.clone(),
            parent: self.cell_parent.clone(),
            name: self.cell_name.clone(),
        };
        let opening = Opening {
            crs: self.cells_crs,
            layer: self.cells_layer.clone(),
        };
        let failed = |what: &str, lines: Vec<String>| {
            anyhow::anyhow!("{} {what}:\n  {}", file.display(), lines.join("\n  "))
        };
        let opened = opened(file, &opening)?.map_err(|faults| {
            let lines = faults.iter().map(ToString::to_string);
            failed("cannot be read", lines.collect())
        })?;
        if let Some(note) = &opened.note {
            eprintln!("{}: {}", file.display(), note.en);
        }
        let reading = Reading::of_town(&opened.layer, &of_town, &told);
        Partition::from_layer(&opened.layer, &reading).map_err(|error| match error {
            ParseError::Unreadable(all) => failed(
                "cannot be read",
                all.iter().map(ToString::to_string).collect(),
            ),
            ParseError::Defective(all) => failed(
                "holds cells that are no partition",
                all.iter().map(ToString::to_string).collect(),
            ),
        })
    }
}

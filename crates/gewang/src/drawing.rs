//! The drawing of a town's cells, as towns hand it in.

use std::path::Path;

use anyhow::Context as _;
use gewang_grid::{CellId, ParseError, Partition, Reading, Root, Text};
use gewang_pack::Source;

/// Which properties of the drawing say what.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Properties {
    /// The property of the cells that holds their id.
    #[arg(long, default_value = "id", value_name = "PROPERTY")]
    cell_id: String,
    /// The property that holds their name.
    #[arg(long, default_value = "name", value_name = "PROPERTY")]
    cell_name: String,
    /// The property that holds the id of the cell above.
    #[arg(long, default_value = "parent", value_name = "PROPERTY")]
    cell_parent: String,
}

impl Properties {
    /// Reads the cells of the town that `town.yaml` describes. A file in which a feature is the town itself needs no
    /// root above it.
    pub fn read(&self, file: &Path, town: &Source) -> anyhow::Result<Partition> {
        let settings =
            gewang_pack::Document::read(&town.text).with_context(|| town.file.clone())?;
        let domain: String = settings
            .get("/domain")
            .with_context(|| format!("{} has no `domain`", town.file))?;
        let title = Text::new(
            settings.get::<String>("/title/zh").unwrap_or_default(),
            settings.get::<String>("/title/en").unwrap_or_default(),
        );
        let levels: Vec<String> = settings
            .value
            .pointer("/levels")
            .and_then(|levels| levels.as_array())
            .into_iter()
            .flatten()
            .filter_map(|level| Some(level.get("id")?.as_str()?.to_owned()))
            .collect();
        let bytes =
            std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let own_root = serde_json::from_slice::<serde_json::Value>(&bytes)
            .ok()
            .is_some_and(|drawing| {
                let features = drawing["features"].as_array().cloned().unwrap_or_default();
                features
                    .iter()
                    .any(|feature| feature["properties"][&self.cell_id] == domain.as_str())
            });
        let root = Root {
            id: CellId::new(&domain)?,
            name: title,
        };
        let reading = Reading {
            id: self.cell_id.clone(),
            parent: self.cell_parent.clone(),
            name: self.cell_name.clone(),
            root: (!own_root).then_some(root),
            add_missing: true,
            levels,
            ..Reading::default()
        };
        Partition::from_geojson(&bytes, &reading).map_err(|error| {
            let (what, lines): (_, Vec<String>) = match error {
                ParseError::Unreadable(all) => (
                    "cannot be read",
                    all.iter().map(ToString::to_string).collect(),
                ),
                ParseError::Defective(all) => (
                    "holds cells that are no partition",
                    all.iter().map(ToString::to_string).collect(),
                ),
            };
            anyhow::anyhow!("{} {what}:\n  {}", file.display(), lines.join("\n  "))
        })
    }
}

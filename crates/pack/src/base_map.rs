use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Text;

/// What is drawn below the cells: pictures from a map service, or a file of the town's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BaseMap {
    /// The address of a map service's pictures with `{z}`, `{x}` and `{y}` for zoom, column and row, and the service's
    /// key in it (XYZ, or the tiles of a WMTS). Whoever opens the map asks there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Instead: a PMTiles file in the data directory, which the server itself hands out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The datum in which it is drawn.
    #[serde(default)]
    pub datum: MapDatum,
    /// Pixels of a picture's edge, 256 or 512.
    #[serde(default = "edge_px")]
    pub tile_size: u16,
    /// The farthest zoom that it has.
    #[serde(default = "deepest")]
    pub max_zoom: u8,
    /// Whose map it is, as its owner wants it told on the map.
    pub attribution: Text,
}

/// The datum of a map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MapDatum {
    /// WGS 84 or CGCS2000, as Tianditu and OpenStreetMap have it.
    #[default]
    Wgs84,
    /// GCJ-02, as commercial maps in China have it; the cells are shifted to fit.
    Gcj02,
}

fn edge_px() -> u16 {
    256
}

fn deepest() -> u8 {
    18
}

impl BaseMap {
    /// `scheme://host` that a browser must be let ask for it; `None` where it is the server's own file.
    pub fn origin(&self) -> Option<&str> {
        let url = self.url.as_deref()?;
        let host = url.find("://")? + 3;
        let end = url[host..]
            .find(['/', '?', '#'])
            .map_or(url.len(), |end| host + end);
        Some(&url[..end])
    }
}

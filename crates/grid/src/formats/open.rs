//! Recognising a file and reading it.

use std::fmt;

use super::{
    archive, drawing,
    drawing::{Drawing, whole},
    encoding, geojson, geopackage, kml, shapefile, table, topojson,
};
use crate::{cell::Text, crs::Crs, layer::Layer, reading::Unreadable};

/// Bytes past which a file is refused.
const MOST_BYTES: usize = 2 << 30;

/// A file's name, without its folder, and what it holds.
#[derive(Clone, Copy, Debug)]
pub struct InFile<'a> {
    /// The name.
    pub name: &'a str,
    /// What it holds.
    pub bytes: &'a [u8],
}

/// What the reader of a file is told beforehand.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    /// The coordinate reference system, whatever the file says.
    pub crs: Option<Crs>,
    /// Which of several layers, tables or objects to read.
    pub layer: Option<String>,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What it holds, in WGS 84.
    pub layer: Layer,
    /// What it was recognised as.
    pub format: Format,
    /// The system that its numbers were taken for.
    pub crs: Crs,
    /// What was taken for granted about the system, if anything was.
    pub note: Option<Text>,
}

/// The kinds of file that can be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "the names say all there is")]
pub enum Format {
    GeoJson,
    TopoJson,
    Shapefile,
    GeoPackage,
    Kml,
    Csv,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::GeoJson => "GeoJSON",
            Format::TopoJson => "TopoJSON",
            Format::Shapefile => "Shapefile",
            Format::GeoPackage => "GeoPackage",
            Format::Kml => "KML",
            Format::Csv => "CSV",
        })
    }
}

/// Why a file was not read.
#[derive(Clone, PartialEq, Debug)]
pub enum OpenError {
    /// It can't be; every feature that can't is named, up to a hundred.
    Unreadable(Vec<Unreadable>),
    /// It can, once [`Opening::crs`] says in which system.
    Unsure {
        /// The systems that would fit.
        candidates: Vec<Crs>,
        /// The question.
        text: Text,
    },
}

impl From<Vec<Unreadable>> for OpenError {
    fn from(faults: Vec<Unreadable>) -> OpenError {
        OpenError::Unreadable(faults)
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Unreadable(faults) => match faults.as_slice() {
                [] => Ok(()),
                [only] => only.fmt(f),
                [first, rest @ ..] => write!(f, "{first} (and {} more)", rest.len()),
            },
            OpenError::Unsure { text, .. } => f.write_str(&text.en),
        }
    }
}

impl std::error::Error for OpenError {}

/// The names of the files that belong to one with this name and should be handed over with it, where they exist.
pub fn files_beside(name: &str) -> Vec<String> {
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return Vec::new();
    };
    match extension.to_ascii_lowercase().as_str() {
        "shp" => ["dbf", "prj", "cpg", "DBF", "PRJ", "CPG"]
            .iter()
            .map(|other| format!("{stem}.{other}"))
            .collect(),
        "gpkg" => vec![format!("{name}-wal")],
        _ => Vec::new(),
    }
}

/// Reads a file and those that belong to it (see [`files_beside`]).
pub fn open(
    file: InFile<'_>,
    beside: &[InFile<'_>],
    opening: &Opening,
) -> Result<Opened, OpenError> {
    let (format, drawing) = read(file, beside, opening, true)?;
    let (layer, crs, note) = drawing::finish(drawing, opening)?;
    Ok(Opened {
        layer,
        format,
        crs,
        note,
    })
}

impl Layer {
    /// Reads GeoJSON in degrees of WGS 84, or names every feature that can't be read.
    pub fn from_geojson(bytes: &[u8]) -> Result<Layer, Vec<Unreadable>> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let opening = Opening {
            crs: Some(Crs::Wgs84),
            layer: None,
        };
        match drawing::finish(geojson::read(bytes)?, &opening) {
            Ok((layer, ..)) => Ok(layer),
            Err(OpenError::Unreadable(faults)) => Err(faults),
            // A system that was told is never asked for.
            Err(OpenError::Unsure { text, .. }) => Err(whole(text.zh, text.en)),
        }
    }
}

fn read(
    file: InFile<'_>,
    beside: &[InFile<'_>],
    opening: &Opening,
    unpack: bool,
) -> Result<(Format, Drawing), Vec<Unreadable>> {
    let bytes = file.bytes;
    if bytes.len() > MOST_BYTES {
        return Err(whole(
            "文件超过 2 GiB，超出限制；请先分开。",
            "the file is larger than 2 GiB, which is refused: split it first",
        ));
    }
    let layer = opening.layer.as_deref();
    if bytes.starts_with(b"SQLite format 3\0") {
        let read = geopackage::read(bytes, unmerged(beside), layer)?;
        return Ok((Format::GeoPackage, read));
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        if !unpack {
            return Err(whole(
                "压缩包里又是压缩包；请先解开。",
                "an archive in an archive: unpack it first",
            ));
        }
        return packed(bytes, opening);
    }
    if bytes.starts_with(&[0, 0, 0x27, 0x0a]) {
        let with = |extension: &str| {
            let found = beside.iter().find(|other| {
                let name = other.name.rsplit_once('.');
                name.is_some_and(|(_, e)| e.eq_ignore_ascii_case(extension))
            });
            found.map(|other| other.bytes)
        };
        let set = shapefile::Set {
            shp: bytes,
            dbf: with("dbf"),
            prj: with("prj"),
            cpg: with("cpg"),
        };
        return Ok((Format::Shapefile, shapefile::read(&set)?));
    }
    text(file, layer)
}

fn text(file: InFile<'_>, layer: Option<&str>) -> Result<(Format, Drawing), Vec<Unreadable>> {
    let bytes = file
        .bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(file.bytes);
    match bytes.iter().find(|b| !b.is_ascii_whitespace()) {
        None => Err(whole("文件是空的。", "the file is empty")),
        Some(b'{') => {
            if geojson::says_topology(bytes) {
                Ok((Format::TopoJson, topojson::read(bytes, layer)?))
            } else {
                Ok((Format::GeoJson, geojson::read(bytes)?))
            }
        }
        Some(b'[') => Err(whole(
            "是 JSON 数组，不是 GeoJSON；请导出为 FeatureCollection。",
            "a JSON list is no GeoJSON: export a FeatureCollection",
        )),
        Some(b'<') => Ok((Format::Kml, kml::read(bytes)?)),
        Some(_) => {
            if let Some(text) = part_of_shapefile(file.name) {
                return Err(whole(text.zh, text.en));
            }
            let text = encoding::text_of_file(bytes).ok_or_else(unrecognised)?;
            Ok((Format::Csv, table::read(&text)?))
        }
    }
}

fn unrecognised() -> Vec<Unreadable> {
    whole(
        "认不出这个文件。可读：GeoJSON、TopoJSON、Shapefile（.shp 或 .zip）、GeoPackage、KML/KMZ、带 WKT 列的 CSV。",
        "the file isn't recognised. GeoJSON, TopoJSON, Shapefile (.shp or .zip), GeoPackage, KML or KMZ, and CSV with a column of WKT can be read",
    )
}

fn part_of_shapefile(name: &str) -> Option<Text> {
    let extension = name.rsplit_once('.')?.1.to_ascii_lowercase();
    matches!(extension.as_str(), "dbf" | "shx" | "prj" | "cpg").then(|| {
        Text::new(
            "这是 Shapefile 的附属文件；请给出同名的 .shp。",
            "this is a companion of a Shapefile: name the .shp beside it",
        )
    })
}

/// The changes that a programme holds back beside a GeoPackage which it has open.
fn unmerged<'a>(beside: &[InFile<'a>]) -> Option<&'a [u8]> {
    beside
        .iter()
        .find(|other| other.name.ends_with("-wal"))
        .map(|other| other.bytes)
}

/// Reads the one drawing in a zip archive.
fn packed(bytes: &[u8], opening: &Opening) -> Result<(Format, Drawing), Vec<Unreadable>> {
    let archive = archive::Archive::open(bytes)?;
    let names: Vec<String> = archive.names().collect();
    let drawings: Vec<&String> = names
        .iter()
        .filter(|name| archive::is_drawing(name))
        .collect();
    let asked = opening.layer.as_deref();
    let chosen = match drawings.as_slice() {
        [] => {
            return Err(whole(
                "压缩包里没有能读的图形文件（.shp、.kml、.geojson、.gpkg、.csv）。",
                "the archive has no drawing in it (.shp, .kml, .geojson, .gpkg, .csv)",
            ));
        }
        [only] => only,
        several => several
            .iter()
            .find(|name| asked.is_some_and(|asked| archive::stem(name) == asked))
            .ok_or_else(|| several_layers(several.iter().map(|name| archive::stem(name))))?,
    };
    let main = archive.read(chosen)?;
    let mut others = Vec::new();
    for name in archive.companions(chosen) {
        others.push((name.clone(), archive.read(&name)?));
    }
    let beside: Vec<InFile<'_>> = others
        .iter()
        .map(|(name, bytes)| InFile { name, bytes })
        .collect();
    let main = InFile {
        name: chosen,
        bytes: &main,
    };
    read(main, &beside, opening, false)
}

/// The question which of several layers is meant.
pub(super) fn several_layers<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Unreadable> {
    const SHOWN: usize = 20;
    let names: Vec<&str> = names.take(SHOWN).collect();
    let list = names.join(", ");
    whole(
        format!("文件里有几个图层：{list}。请用 --layer 选一个。"),
        format!("the file has several layers: {list}. Choose one with --layer"),
    )
}

/// The answer to a layer that isn't there.
pub(super) fn no_such_layer<'a>(
    asked: &str,
    names: impl Iterator<Item = &'a str>,
) -> Vec<Unreadable> {
    let list = names.take(20).collect::<Vec<_>>().join(", ");
    whole(
        format!("没有图层 {asked}；文件里有：{list}。"),
        format!("there is no layer {asked:?}; the file has: {list}"),
    )
}

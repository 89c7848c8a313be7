//! Writing a layer as a GeoPackage 1.3 that QGIS and GDAL open.

use rustc_hash::FxHashSet;
use serde_json::Value;

use super::{
    attributes::{Column, Kind, columns},
    sqlite_out::{Datum, Writer},
    wkb,
};
use crate::{
    coord::{Bounds, Coord},
    layer::Layer,
};

/// `GPKG`, and version 1.3.0 as the standard writes it.
const APPLICATION: u32 = 0x4750_4b47;
const VERSION: u32 = 10_300;

const WGS84: &str = r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]"#;

/// A file with one table of multipolygons, called `name`, in WGS 84; `written_at` is the instant in UTC, as
/// `2026-11-23T12:00:00.000Z`.
pub fn to_geopackage(layer: &Layer, name: &str, written_at: &str) -> Vec<u8> {
    let name = table_name(name);
    let columns = named(columns(layer));
    let mut writer = Writer::new();
    systems(&mut writer);
    contents(&mut writer, layer, &name, written_at);
    geometry_columns(&mut writer, &name);
    let declared: String = columns
        .iter()
        .map(|(own, column)| {
            let kind = match column.kind {
                Kind::Bool => "BOOLEAN",
                Kind::Integer => "INTEGER",
                Kind::Real => "DOUBLE",
                Kind::Text => "TEXT",
            };
            format!(", {} {kind}", quoted(own))
        })
        .collect();
    let sql = format!(
        "CREATE TABLE {} (\"fid\" INTEGER PRIMARY KEY NOT NULL, \"geom\" MULTIPOLYGON{declared})",
        quoted(&name)
    );
    let rows = layer.features.iter().zip(1i64..).map(|(feature, row)| {
        let mut values = vec![
            Datum::Null,
            feature.shape.as_ref().map_or(Datum::Null, |s| geometry(s)),
        ];
        values.extend(columns.iter().map(|(_, column)| {
            feature
                .attributes
                .get(&column.name)
                .map_or(Datum::Null, |value| datum(value, column.kind))
        }));
        (row, values)
    });
    writer.table(&name, sql, rows);
    writer.finish(APPLICATION, VERSION)
}

fn text(text: &str) -> Datum {
    Datum::Text(text.to_owned())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A name that a table may have: not one of the format's own or of SQLite's, and short enough for its key.
fn table_name(name: &str) -> String {
    let short: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    let lower = short.to_ascii_lowercase();
    let reserved = ["gpkg_", "sqlite_", "rtree_"];
    if short.is_empty() || reserved.iter().any(|start| lower.starts_with(start)) {
        format!("cells_{short}")
    } else {
        short
    }
}

/// The columns with names of their own: SQL takes no two that differ by case alone.
fn named(columns: Vec<Column>) -> Vec<(String, Column)> {
    let mut taken: FxHashSet<String> = ["fid", "geom"].map(String::from).into_iter().collect();
    columns
        .into_iter()
        .map(|column| {
            let plain: String = column.name.chars().filter(|c| *c != '\0').collect();
            let mut own = if plain.is_empty() { "_".into() } else { plain };
            while !taken.insert(own.to_lowercase()) {
                own.push('_');
            }
            (own, column)
        })
        .collect()
}

fn systems(writer: &mut Writer) {
    let row = |id: i64, name: &str, who: &str, definition: &str| {
        let values = vec![
            text(name),
            Datum::Null,
            text(who),
            Datum::Integer(id),
            text(definition),
            Datum::Null,
        ];
        (id, values)
    };
    let rows = [
        row(-1, "Undefined cartesian SRS", "NONE", "undefined"),
        row(0, "Undefined geographic SRS", "NONE", "undefined"),
        row(4326, "WGS 84 geodetic", "EPSG", WGS84),
    ];
    let sql = "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)";
    writer.table("gpkg_spatial_ref_sys", sql.into(), rows.into_iter());
}

fn contents(writer: &mut Writer, layer: &Layer, name: &str, written_at: &str) {
    let places = layer.features.iter().flat_map(|feature| &feature.shape);
    let bounds = Bounds::around(places.flatten().flatten().flatten().copied());
    let side = |side: fn(Bounds) -> f64| bounds.map_or(Datum::Null, |b| Datum::Real(side(b)));
    let row = vec![
        text(name),
        text("features"),
        text(name),
        text(""),
        text(written_at),
        side(|b| b.min.lon()),
        side(|b| b.min.lat()),
        side(|b| b.max.lon()),
        side(|b| b.max.lat()),
        Datum::Integer(4326),
    ];
    let sql = "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER, CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))";
    writer.table("gpkg_contents", sql.into(), [(1, row)].into_iter());
    writer.key("gpkg_contents", 1, vec![text(name)], 1);
    writer.key("gpkg_contents", 2, vec![text(name)], 1);
}

fn geometry_columns(writer: &mut Writer, name: &str) {
    let row = vec![
        text(name),
        text("geom"),
        text("MULTIPOLYGON"),
        Datum::Integer(4326),
        Datum::Integer(0),
        Datum::Integer(0),
    ];
    let sql = "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name), CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name), CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))";
    writer.table("gpkg_geometry_columns", sql.into(), [(1, row)].into_iter());
    let table = "gpkg_geometry_columns";
    writer.key(table, 1, vec![text(name), text("geom")], 1);
    writer.key(table, 2, vec![text(name)], 1);
}

/// A GeoPackageBinary: its header with the box around, then well-known binary.
fn geometry(polygons: &[Vec<Vec<Coord>>]) -> Datum {
    let Some(bounds) = Bounds::around(polygons.iter().flatten().flatten().copied()) else {
        return Datum::Null;
    };
    // Version 0; little-endian with a box of four numbers.
    let mut blob = b"GP\x00\x03".to_vec();
    blob.extend_from_slice(&4326i32.to_le_bytes());
    let (min, max) = (bounds.min, bounds.max);
    for number in [min.lon(), max.lon(), min.lat(), max.lat()] {
        blob.extend_from_slice(&number.to_le_bytes());
    }
    wkb::write(polygons, &mut blob);
    Datum::Blob(blob)
}

fn datum(value: &Value, kind: Kind) -> Datum {
    match (value, kind) {
        (Value::Null, _) => Datum::Null,
        (Value::Bool(truth), Kind::Bool) => Datum::Integer(i64::from(*truth)),
        (Value::Number(number), Kind::Integer) => {
            number.as_i64().map_or(Datum::Null, Datum::Integer)
        }
        (Value::Number(number), Kind::Real) => number.as_f64().map_or(Datum::Null, Datum::Real),
        (Value::String(own), _) => text(own),
        (other, _) => Datum::Text(other.to_string()),
    }
}

//! GeoPackage (OGC 12-128r18): one table of polygons out of a SQLite file.

use rustc_hash::FxHashMap;
use serde_json::{Map, Number, Value};

use super::{
    drawing::{Allowance, Drawing, Drawn, Polygons, at, whole},
    open::{no_such_layer, several_layers},
    sqlite::{Cell, Corrupt, Database, Table},
    wkb,
};
use crate::{
    cell::Text,
    crs::{self, BadCrs, Crs},
    reading::Unreadable,
};

/// A table of features, as `gpkg_geometry_columns` tells.
struct Features {
    table: String,
    column: String,
    srs: i64,
}

pub(super) fn read(
    bytes: &[u8],
    wal: Option<&[u8]>,
    layer: Option<&str>,
) -> Result<Drawing, Vec<Unreadable>> {
    let database = Database::open(bytes).map_err(damaged)?;
    if database.in_wal_mode() && wal.is_some_and(|wal| !wal.is_empty()) {
        return Err(whole(
            "GeoPackage 正被别的程序打开，还有改动没写进来；请先在 QGIS 中关闭它。",
            "another program has the GeoPackage open and holds changes back: close it there first",
        ));
    }
    let tables = database.tables().map_err(damaged)?;
    let known = layers(&database, &tables)?;
    let names = || known.iter().map(|features| features.table.as_str());
    let chosen = match (layer, known.as_slice()) {
        (_, []) => {
            return Err(whole(
                "GeoPackage 里没有图层；请给出有面的图层。",
                "the GeoPackage has no layer of features",
            ));
        }
        (None, [only]) => only,
        (None, _) => return Err(several_layers(names())),
        (Some(asked), _) => known
            .iter()
            .find(|features| features.table == asked)
            .ok_or_else(|| no_such_layer(asked, names()))?,
    };
    let table = table(&tables, &chosen.table).ok_or_else(|| damaged(Corrupt))?;
    let mut drawing = rows(&database, table, chosen)?;
    drawing.declared = declared(&database, &tables, chosen.srs)?;
    Ok(drawing)
}

fn damaged(_: Corrupt) -> Vec<Unreadable> {
    whole(
        "GeoPackage 损坏或没有传完；请重新导出或下载。",
        "the GeoPackage is damaged or cut off: export or download it again",
    )
}

fn table<'t>(tables: &'t [Table], name: &str) -> Option<&'t Table> {
    tables
        .iter()
        .find(|table| table.name.eq_ignore_ascii_case(name))
}

/// The places of some columns in a table.
fn places<const N: usize>(table: &Table, names: [&str; N]) -> Option<[usize; N]> {
    let place = |name: &str| {
        table
            .columns
            .iter()
            .position(|column| column.name.eq_ignore_ascii_case(name))
    };
    let mut found = [0; N];
    for (slot, name) in found.iter_mut().zip(names) {
        *slot = place(name)?;
    }
    Some(found)
}

fn layers(database: &Database<'_>, tables: &[Table]) -> Result<Vec<Features>, Vec<Unreadable>> {
    let Some(geometry) = table(tables, "gpkg_geometry_columns") else {
        return Err(whole(
            "是 SQLite 数据库，但不是 GeoPackage；请另存为 GeoPackage。",
            "a SQLite database, but no GeoPackage: save it as one",
        ));
    };
    let [name, column, srs] = places(geometry, ["table_name", "column_name", "srs_id"])
        .ok_or_else(|| damaged(Corrupt))?;
    let mut found = Vec::new();
    database
        .rows(geometry, &mut |_, row| {
            if let (Some(Cell::Text(table)), Some(Cell::Text(column)), Some(Cell::Integer(srs))) =
                (row.get(name), row.get(column), row.get(srs))
            {
                found.push(Features {
                    table: table.clone(),
                    column: column.clone(),
                    srs: *srs,
                });
            }
        })
        .map_err(damaged)?;
    Ok(found)
}

/// The system that a number stands for in this file; 0 and -1 stand for none.
fn declared(
    database: &Database<'_>,
    tables: &[Table],
    srs: i64,
) -> Result<Option<Crs>, Vec<Unreadable>> {
    if srs <= 0 {
        return Ok(None);
    }
    let Some(systems) = table(tables, "gpkg_spatial_ref_sys") else {
        return Ok(None);
    };
    let wanted = [
        "srs_id",
        "organization",
        "organization_coordsys_id",
        "definition",
    ];
    let [id, organization, code, definition] =
        places(systems, wanted).ok_or_else(|| damaged(Corrupt))?;
    let mut read = None;
    database
        .rows(systems, &mut |row, cells| {
            let number = match cells.get(id) {
                Some(Cell::Integer(number)) => *number,
                _ => row,
            };
            if number != srs {
                return;
            }
            let by_code = match (cells.get(organization), cells.get(code)) {
                (Some(Cell::Text(who)), Some(Cell::Integer(code)))
                    if who.eq_ignore_ascii_case("epsg") =>
                {
                    u32::try_from(*code).ok().map(Crs::from_epsg)
                }
                _ => None,
            };
            let by_text = || match cells.get(definition) {
                Some(Cell::Text(text)) => crs::from_wkt(text),
                _ => Err(BadCrs::Unknown(format!("srs_id {srs}"))),
            };
            read = Some(match by_code {
                Some(Err(BadCrs::Unknown(_))) | None => by_text(),
                Some(known) => known,
            });
        })
        .map_err(damaged)?;
    match read {
        None => Ok(None),
        Some(Ok(crs)) => Ok(Some(crs)),
        Some(Err(bad)) => {
            let text = bad.text();
            Err(whole(text.zh, text.en))
        }
    }
}

fn rows(
    database: &Database<'_>,
    table: &Table,
    features: &Features,
) -> Result<Drawing, Vec<Unreadable>> {
    let [geometry] = places(table, [&features.column]).ok_or_else(|| damaged(Corrupt))?;
    let mut drawing = Drawing::default();
    let mut faults = Vec::new();
    let mut allowance = Allowance::new();
    // Most layers have one system throughout; what differs is counted once per number.
    let mut others: FxHashMap<i32, usize> = FxHashMap::default();
    let mut number = 0;
    database
        .rows(table, &mut |row, cells| {
            number += 1;
            let shape = match cells.get(geometry) {
                Some(Cell::Blob(blob)) => shape(blob, &mut allowance).map(|(shape, srs)| {
                    if i64::from(srs) != features.srs && srs > 0 {
                        others.entry(srs).or_insert(number);
                    }
                    Some(shape)
                }),
                _ => Ok(None),
            };
            match shape {
                Ok(shape) => drawing.features.push(Drawn {
                    number,
                    attributes: attributes(table, geometry, row, cells),
                    shape,
                }),
                Err(text) => faults.push(at(number, text)),
            }
        })
        .map_err(damaged)?;
    for (srs, number) in others {
        let layer = features.srs;
        let text = Text {
            zh: format!("图形的坐标系编号是 {srs}，图层的却是 {layer}；请转成同一坐标系。"),
            en: format!(
                "the geometry is in system {srs} while its layer is in {layer}: turn the layer into one system"
            ),
        };
        faults.push(at(number, text));
    }
    if faults.is_empty() {
        Ok(drawing)
    } else {
        faults.sort_by_key(|fault| fault.feature);
        Err(faults)
    }
}

/// The polygons of a GeoPackageBinary, and the number of its system.
fn shape(blob: &[u8], allowance: &mut Allowance) -> Result<(Polygons, i32), Text> {
    let cut_off = || {
        Text::new(
            "图形数据不是 GeoPackage 的格式；请重新导出。",
            "the geometry isn't in GeoPackage's form: export it again",
        )
    };
    let header = blob.get(..8).filter(|head| head.starts_with(b"GP"));
    let header = header.ok_or_else(cut_off)?;
    let flags = header[3];
    let four = header[4..8].try_into().expect("four bytes");
    let srs = if flags & 1 == 1 {
        i32::from_le_bytes(four)
    } else {
        i32::from_be_bytes(four)
    };
    let envelope = match flags >> 1 & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return Err(cut_off()),
    };
    if flags & 0x10 != 0 {
        return Ok((Vec::new(), srs));
    }
    let body = blob.get(8 + envelope..).ok_or_else(cut_off)?;
    Ok((wkb::read(body, allowance)?, srs))
}

fn attributes(table: &Table, geometry: usize, row: i64, cells: &[Cell<'_>]) -> Map<String, Value> {
    table
        .columns
        .iter()
        .enumerate()
        .filter(|(place, _)| *place != geometry)
        .map(|(place, column)| {
            let value = match cells.get(place) {
                _ if column.is_row_number => row.into(),
                Some(Cell::Integer(n)) if column.kind == "BOOLEAN" => (*n != 0).into(),
                Some(Cell::Integer(n)) => (*n).into(),
                Some(Cell::Real(x)) => Number::from_f64(*x).map_or(Value::Null, Value::Number),
                Some(Cell::Text(text)) => text.as_str().into(),
                Some(Cell::Blob(_) | Cell::Null) | None => Value::Null,
            };
            (column.name.clone(), value)
        })
        .collect()
}

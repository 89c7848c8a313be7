//! CSV with a column of well-known text.

use serde_json::{Map, Value};

use super::{
    drawing::{Allowance, Drawing, Drawn, at, whole},
    wkt,
};
use crate::{cell::Text, crs::Crs, reading::Unreadable};

pub(super) fn read(text: &str) -> Result<Drawing, Vec<Unreadable>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .flexible(true)
        .from_reader(text.as_bytes());
    let names: Vec<String> = match reader.headers() {
        Ok(names) => names.iter().map(|name| name.trim().to_owned()).collect(),
        Err(error) => return Err(whole(format!("读不了表头：{error}"), error.to_string())),
    };
    let mut drawing = Drawing::default();
    let mut faults = Vec::new();
    let mut allowance = Allowance::new();
    let mut column = None;
    let mut system: Option<(usize, u32)> = None;
    for (index, record) in reader.records().enumerate() {
        let number = index + 1;
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let text = Text {
                    zh: format!("这一行读不了：{error}"),
                    en: format!("the row can't be read: {error}"),
                };
                faults.push(at(number, text));
                break;
            }
        };
        if column.is_none() {
            column = record.iter().position(wkt::looks_like);
        }
        let Some(column) = column else {
            if record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            return Err(no_column());
        };
        let drawn = record.get(column).unwrap_or_default();
        let shape = if drawn.trim().is_empty() {
            Ok(None)
        } else {
            wkt::read(drawn, &mut allowance).map(Some)
        };
        let shape = shape.and_then(|parsed| match parsed {
            None => Ok(None),
            Some(parsed) => {
                if let Some(srid) = parsed.srid {
                    let (first, known) = *system.get_or_insert((number, srid));
                    if known != srid {
                        return Err(mixed(srid, first, known));
                    }
                }
                Ok(Some(parsed.shape))
            }
        });
        match shape {
            Ok(shape) => drawing.features.push(Drawn {
                number,
                attributes: attributes(&names, &record, column),
                shape,
            }),
            Err(text) => faults.push(at(number, text)),
        }
    }
    if let Some((number, srid)) = system.filter(|(_, srid)| *srid != 0) {
        match Crs::from_epsg(srid) {
            Ok(crs) => drawing.declared = Some(crs),
            Err(bad) => faults.push(at(number, bad.text())),
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    if drawing.features.is_empty() {
        return Err(no_column());
    }
    Ok(drawing)
}

fn mixed(srid: u32, first: usize, known: u32) -> Text {
    Text {
        zh: format!("坐标系是 EPSG:{srid}，第 {first} 个要素却是 EPSG:{known}；请转成同一坐标系。"),
        en: format!(
            "its system is EPSG:{srid} while feature {first} is in EPSG:{known}: turn the file into one system"
        ),
    }
}

fn no_column() -> Vec<Unreadable> {
    whole(
        "认不出这个文件，也没有一列是 WKT（如 POLYGON ((…))）。可读：GeoJSON、TopoJSON、Shapefile（.shp 或 .zip）、GeoPackage、KML/KMZ、带 WKT 列的 CSV。",
        "the file isn't recognised, and as CSV it has no column of WKT, as POLYGON ((…)). GeoJSON, TopoJSON, Shapefile (.shp or .zip), GeoPackage, KML or KMZ, and CSV with a column of WKT can be read",
    )
}

fn attributes(names: &[String], record: &csv::StringRecord, column: usize) -> Map<String, Value> {
    names
        .iter()
        .zip(record.iter())
        .enumerate()
        .filter(|(index, (name, _))| *index != column && !name.is_empty())
        .map(|(_, (name, value))| {
            // Texts stay texts: a code may begin with a nought.
            let value = match value.trim() {
                "" => Value::Null,
                text => text.into(),
            };
            (name.clone(), value)
        })
        .collect()
}

/// What stands between the columns: the one that the header has most of.
pub(crate) fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |wanted: u8| header.bytes().filter(|b| *b == wanted).count();
    [b',', b'\t', b';', b'|']
        .into_iter()
        .max_by_key(|b| (count(*b), *b == b','))
        .unwrap_or(b',')
}

//! ESRI Shapefiles, after the vendor's "Shapefile Technical Description" of July 1998.
//!
//! Every length is checked against the bytes that are there; the index (.shx) isn't needed, as the records follow each
//! other.

use super::{
    dbf,
    drawing::{Allowance, Drawing, Drawn, Polygons, at, whole},
    geojson::no_area,
    rings,
};
use crate::{cell::Text, crs, reading::Unreadable};

/// The files of one Shapefile.
pub(super) struct Set<'a> {
    pub shp: &'a [u8],
    pub dbf: Option<&'a [u8]>,
    pub prj: Option<&'a [u8]>,
    pub cpg: Option<&'a [u8]>,
}

const HEADER: usize = 100;

pub(super) fn read(set: &Set<'_>) -> Result<Drawing, Vec<Unreadable>> {
    if set.shp.len() < HEADER {
        return Err(whole(
            ".shp 文件没有传完；请重新导出。",
            "the .shp is cut off: export it again",
        ));
    }
    let declared = match set.prj {
        None => None,
        Some(prj) if prj.iter().all(u8::is_ascii_whitespace) => None,
        Some(prj) => {
            let text = String::from_utf8_lossy(prj);
            let read = crs::from_wkt(&text).map_err(|bad| {
                let text = bad.text();
                whole(
                    format!(".prj：{}", text.zh),
                    format!("the .prj: {}", text.en),
                )
            })?;
            Some(read)
        }
    };
    let table = set
        .dbf
        .map(|bytes| dbf::Table::open(bytes, set.cpg))
        .transpose()?;
    let mut drawing = Drawing {
        declared,
        ..Drawing::default()
    };
    let mut faults = Vec::new();
    let mut allowance = Allowance::new();
    let mut rest = &set.shp[HEADER..];
    let mut number = 0;
    while !rest.is_empty() {
        number += 1;
        let Some((record, after)) = split_record(rest) else {
            faults.push(at(number, cut_off()));
            return Err(faults);
        };
        rest = after;
        let attributes = match &table {
            Some(table) => match table.row(number) {
                Ok(Some(attributes)) => attributes,
                Ok(None) => continue,
                Err(fault) => {
                    faults.push(fault);
                    continue;
                }
            },
            None => serde_json::Map::new(),
        };
        match shape(record, &mut allowance) {
            Ok(shape) => drawing.features.push(Drawn {
                number,
                attributes,
                shape,
            }),
            Err(text) => faults.push(at(number, text)),
        }
    }
    if let Some(table) = &table
        && table.len() != number
    {
        return Err(whole(
            format!(
                ".shp 有 {number} 个图形，.dbf 有 {} 行，对不上；请重新导出。",
                table.len()
            ),
            format!(
                "the .shp has {number} shapes and the .dbf {} rows, so they don't belong together: export them again",
                table.len()
            ),
        ));
    }
    if faults.is_empty() {
        Ok(drawing)
    } else {
        Err(faults)
    }
}

fn cut_off() -> Text {
    Text::new(
        "图形记录的长度与文件不符，像是没有传完；请重新导出 .shp。",
        "the record's length doesn't fit the file, as if cut off: export the .shp again",
    )
}

/// The next record's content, and what follows it.
fn split_record(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let words = u32::from_be_bytes(bytes.get(4..8)?.try_into().ok()?) as usize;
    let end = words.checked_mul(2)?.checked_add(8)?;
    Some((bytes.get(8..end)?, &bytes[end..]))
}

fn shape(record: &[u8], allowance: &mut Allowance) -> Result<Option<Polygons>, Text> {
    let number = |from: usize| -> Option<usize> {
        let four = record.get(from..from.checked_add(4)?)?;
        Some(u32::from_le_bytes(four.try_into().ok()?) as usize)
    };
    match number(0).ok_or_else(cut_off)? {
        0 => return Ok(None),
        5 | 15 | 25 => {}
        1 | 11 | 21 => return Err(no_area("Point")),
        3 | 13 | 23 => return Err(no_area("PolyLine")),
        8 | 18 | 28 => return Err(no_area("MultiPoint")),
        31 => return Err(no_area("MultiPatch")),
        other => {
            return Err(Text {
                zh: format!("图形类型 {other} 不存在，文件已损坏；请重新导出。"),
                en: format!(
                    "there is no shape type {other}, so the file is damaged: export it again"
                ),
            });
        }
    }
    let parts = number(36).ok_or_else(cut_off)?;
    let points = number(40).ok_or_else(cut_off)?;
    let lengths = || -> Option<(&[u8], &[u8])> {
        let split = 44usize.checked_add(parts.checked_mul(4)?)?;
        let end = split.checked_add(points.checked_mul(16)?)?;
        Some((record.get(44..split)?, record.get(split..end)?))
    };
    let (parts, points) = lengths().ok_or_else(cut_off)?;
    let mut starts: Vec<usize> = parts
        .chunks_exact(4)
        .map(|four| u32::from_le_bytes(four.try_into().expect("four bytes")) as usize * 16)
        .collect();
    starts.push(points.len());
    let mut drawn = Vec::with_capacity(starts.len() - 1);
    for pair in starts.windows(2) {
        let ring = points.get(pair[0]..pair[1]).ok_or_else(cut_off)?;
        allowance.ring(ring.len() / 16)?;
        let double = |eight: &[u8]| f64::from_le_bytes(eight.try_into().expect("eight bytes"));
        drawn.push(
            ring.chunks_exact(16)
                .map(|point| [double(&point[..8]), double(&point[8..])])
                .collect(),
        );
    }
    rings::polygons(drawn).map(Some)
}

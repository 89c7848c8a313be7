//! Polygons as well-known binary, of ISO (dimensions in the type's thousands) and of PostGIS (in its high bits).

use super::{
    drawing::{Allowance, Polygons},
    geojson::no_area,
};
use crate::{cell::Text, coord::Coord};

/// Collections within collections past which a geometry is refused.
const MOST_DEPTH: usize = 8;

pub(super) fn read(bytes: &[u8], allowance: &mut Allowance) -> Result<Polygons, Text> {
    let mut polygons = Vec::new();
    let mut reader = Reader { rest: bytes };
    reader.geometry(&mut polygons, allowance, 0)?;
    Ok(polygons)
}

fn cut_off() -> Text {
    Text::new(
        "图形的二进制数据不完整或损坏；请重新导出。",
        "the geometry's bytes are damaged or cut off: export it again",
    )
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], Text> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or_else(cut_off)?;
        self.rest = rest;
        Ok(*head)
    }

    fn long(&mut self, little: bool) -> Result<u32, Text> {
        let four = self.bytes()?;
        Ok(if little {
            u32::from_le_bytes(four)
        } else {
            u32::from_be_bytes(four)
        })
    }

    fn double(&mut self, little: bool) -> Result<f64, Text> {
        let eight = self.bytes()?;
        Ok(if little {
            f64::from_le_bytes(eight)
        } else {
            f64::from_be_bytes(eight)
        })
    }

    fn geometry(
        &mut self,
        polygons: &mut Polygons,
        allowance: &mut Allowance,
        depth: usize,
    ) -> Result<(), Text> {
        let [order] = self.bytes()?;
        let little = order == 1;
        let kind = self.long(little)?;
        if kind & 0x2000_0000 != 0 {
            self.long(little)?;
        }
        let flags = usize::from(kind & 0x8000_0000 != 0) + usize::from(kind & 0x4000_0000 != 0);
        let base = kind & 0x1fff_ffff;
        let more = match base / 1000 {
            0 => flags,
            1 | 2 => 1,
            3 => 2,
            _ => return Err(cut_off()),
        };
        match base % 1000 {
            3 => {
                let rings = self.rings(little, more, allowance)?;
                if !rings.is_empty() {
                    polygons.push(rings);
                }
            }
            6 | 7 if depth < MOST_DEPTH => {
                for _ in 0..self.long(little)? {
                    self.geometry(polygons, allowance, depth + 1)?;
                }
            }
            1 => return Err(no_area("Point")),
            2 => return Err(no_area("LineString")),
            4 => return Err(no_area("MultiPoint")),
            5 => return Err(no_area("MultiLineString")),
            8..=12 => {
                return Err(Text::new(
                    "图形含有圆弧（曲线）；请在 QGIS 中用“转换为线段”（Convert to segments）后再导出。",
                    "the geometry has curves: turn them into straight segments (\"Segmentize\" in QGIS) and export again",
                ));
            }
            _ => return Err(cut_off()),
        }
        Ok(())
    }

    fn rings(
        &mut self,
        little: bool,
        more: usize,
        allowance: &mut Allowance,
    ) -> Result<Vec<Vec<[f64; 2]>>, Text> {
        let count = self.long(little)?;
        let mut rings = Vec::new();
        for _ in 0..count {
            let points = self.long(little)? as usize;
            if points > self.rest.len() / (16 + 8 * more) {
                return Err(cut_off());
            }
            allowance.ring(points)?;
            let mut ring = Vec::with_capacity(points);
            for _ in 0..points {
                let point = [self.double(little)?, self.double(little)?];
                for _ in 0..more {
                    self.double(little)?;
                }
                ring.push(point);
            }
            rings.push(ring);
        }
        Ok(rings)
    }
}

/// A MultiPolygon in little-endian ISO form.
pub(super) fn write(polygons: &[Vec<Vec<Coord>>], out: &mut Vec<u8>) {
    let long = |out: &mut Vec<u8>, n: usize| out.extend_from_slice(&(n as u32).to_le_bytes());
    out.push(1);
    long(out, 6);
    long(out, polygons.len());
    for polygon in polygons {
        out.push(1);
        long(out, 3);
        long(out, polygon.len());
        for ring in polygon {
            long(out, ring.len());
            for place in ring {
                out.extend_from_slice(&place.lon().to_le_bytes());
                out.extend_from_slice(&place.lat().to_le_bytes());
            }
        }
    }
}

//! The numbers of the EPSG registry that a town in China, or QGIS, would use.

use super::{BadCrs, Crs, TransverseMercator};

pub(super) fn crs(code: u32) -> Result<Crs, BadCrs> {
    let gauss_kruger = |meridian: u32, zone: Option<u32>| {
        Ok(Crs::Transverse(TransverseMercator::gauss_kruger(
            f64::from(meridian),
            zone,
            Some(code),
        )))
    };
    let utm = |zone: u32, south: bool| Ok(Crs::Transverse(TransverseMercator::utm(zone, south)));
    match code {
        4326 | 4979 => Ok(Crs::Wgs84),
        4490 | 4480 => Ok(Crs::Cgcs2000),
        4269 => Ok(Crs::Nad83),
        3857 | 900_913 | 102_100 | 3785 => Ok(Crs::WebMercator),
        4491..=4501 => gauss_kruger((code - 4491 + 13) * 6 - 3, Some(code - 4491 + 13)),
        4502..=4512 => gauss_kruger((code - 4502) * 6 + 75, None),
        4513..=4533 => gauss_kruger((code - 4513 + 25) * 3, Some(code - 4513 + 25)),
        4534..=4554 => gauss_kruger((code - 4534) * 3 + 75, None),
        32_601..=32_660 => utm(code - 32_600, false),
        32_701..=32_760 => utm(code - 32_700, true),
        // Xian 1980, then Beijing 1954: geographic, Gauss-Krüger in zones of three and of six degrees.
        4610
        | 2327..=2390
        | 4214
        | 2401..=2442
        | 21_413..=21_423
        | 21_453..=21_463
        | 21_473..=21_483 => Err(BadCrs::OldDatum(format!("EPSG:{code}"))),
        _ => Err(BadCrs::Unknown(format!("EPSG:{code}"))),
    }
}

/// The number of the zone of CGCS2000 that goes before its eastings: 13 to 23 for six degrees, 25 to 45 for three.
pub(super) fn of_zone(zone: u32) -> Option<u32> {
    match zone {
        13..=23 => Some(4491 + zone - 13),
        25..=45 => Some(4513 + zone - 25),
        _ => None,
    }
}

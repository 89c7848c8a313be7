//! Whatever bytes a file holds, reading them ends without a panic and soon. `fuzz/` goes on where this stops.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Read;

use flate2::read::DeflateDecoder;
use gewang_grid::{
    Crs, Layer,
    formats::{InFile, Opening, open, to_geojson, to_geopackage, to_topojson},
};
use proptest::prelude::*;

const GEOJSON: &[u8] = include_bytes!("data/rhode_island/rhode_island.geojson");
const ZIP: &[u8] = include_bytes!("data/rhode_island/shapefile_gbk.zip");
const SHP: &[u8] = include_bytes!("data/rhode_island/utm19.shp");
const DBF: &[u8] = include_bytes!("data/rhode_island/utm19.dbf");
const PRJ: &[u8] = include_bytes!("data/rhode_island/utm19.prj");
const GEOPACKAGE: &[u8] = include_bytes!("data/rhode_island/geopackage.zip");
const KML: &str = "<?xml version=\"1.0\"?><kml xmlns=\"a\"><Document><Placemark id=\"1\"><name>a&amp;b</name><ExtendedData><Data name=\"c\"><value>1</value></Data></ExtendedData><MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>120,31,0 120.1,31,0 120,31.1,0 120,31,0</coordinates></LinearRing></outerBoundaryIs></Polygon></MultiGeometry></Placemark></Document></kml>";
const CSV: &str = "id,wkt\na,\"SRID=4326;MULTIPOLYGON Z(((0 0 1,1 0 1,1 1 1,0 0 1),(0.1 0.1 1,0.2 0.1 1,0.2 0.2 1,0.1 0.1 1)))\"\nb,\"POLYGON((0 0,1 0,1 1,0 0))\"\n";

fn layer() -> Layer {
    let file = InFile {
        name: "a",
        bytes: GEOJSON,
    };
    open(file, &[], &Opening::default()).unwrap().layer
}

/// The GeoPackage of GDAL, out of its archive: one deflated entry behind a header of 30 bytes and a name.
fn geopackage() -> Vec<u8> {
    let name = usize::from(u16::from_le_bytes([GEOPACKAGE[26], GEOPACKAGE[27]]));
    let extra = usize::from(u16::from_le_bytes([GEOPACKAGE[28], GEOPACKAGE[29]]));
    let mut bytes = Vec::new();
    DeflateDecoder::new(&GEOPACKAGE[30 + name + extra..])
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

fn try_reading(bytes: &[u8]) {
    let file = InFile { name: "a", bytes };
    let beside = [
        InFile {
            name: "a.dbf",
            bytes: DBF,
        },
        InFile {
            name: "a.prj",
            bytes: PRJ,
        },
    ];
    let opening = Opening::default();
    if let Ok(opened) = open(file, &[], &opening) {
        // What could be read can be written, and read again to the same.
        let written = to_geojson(&opened.layer);
        let file = InFile {
            name: "a",
            bytes: written.as_bytes(),
        };
        let told = Opening {
            crs: Some(Crs::Wgs84),
            layer: None,
        };
        let again = open(file, &[], &told).map(|again| again.layer.features.len());
        assert!(again.is_err() || again == Ok(opened.layer.features.len()));
        to_topojson(&opened.layer, "a");
        to_geopackage(&opened.layer, "a", "");
    }
    let _ = open(file, &beside, &opening);
}

/// A change of some bytes: one overwritten, a stretch cut out, the end cut off, or a stretch repeated.
#[derive(Clone, Debug)]
enum Change {
    Byte(prop::sample::Index, u8),
    Cut(prop::sample::Index, usize),
    End(prop::sample::Index),
    Repeat(prop::sample::Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<prop::sample::Index>;
    prop_oneof![
        6 => (place(), prop_oneof![any::<u8>(), Just(0), Just(0xff)]).prop_map(|(at, byte)| Change::Byte(at, byte)),
        1 => (place(), 1usize..40).prop_map(|(at, length)| Change::Cut(at, length)),
        1 => place().prop_map(Change::End),
        1 => (place(), 1usize..40).prop_map(|(at, length)| Change::Repeat(at, length)),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match change {
            Change::Byte(at, byte) => bytes[at.index(length)] = *byte,
            Change::Cut(at, more) => {
                let from = at.index(length);
                bytes.drain(from..(from + more).min(length));
            }
            Change::End(at) => bytes.truncate(at.index(length)),
            Change::Repeat(at, more) => {
                let from = at.index(length);
                let stretch = bytes[from..(from + more).min(length)].to_vec();
                bytes.splice(from..from, stretch);
            }
        }
    }
    bytes
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(change(), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn noise_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..2000), start in 0usize..8) {
        let starts: [&[u8]; 8] = [b"", b"{", b"<kml>", b"PK\x03\x04", &[0, 0, 0x27, 0x0a], b"SQLite format 3\0\x10\0\x01\x01\0", b"wkt\nPOLYGON((", b"{\"type\":\"Topology\","];
        let mut all = starts[start].to_vec();
        all.extend(bytes);
        try_reading(&all);
    }

    #[test]
    fn a_changed_geojson_is_survived(changes in changes()) {
        try_reading(&changed(GEOJSON.to_vec(), &changes));
    }

    #[test]
    fn a_changed_topojson_is_survived(changes in changes()) {
        try_reading(&changed(to_topojson(&layer(), "a").into_bytes(), &changes));
    }

    #[test]
    fn a_changed_shapefile_is_survived(changes in changes(), which in 0usize..4) {
        let (mut shp, mut dbf, mut prj) = (SHP.to_vec(), DBF.to_vec(), PRJ.to_vec());
        match which {
            0 => shp = changed(shp, &changes),
            1 => dbf = changed(dbf, &changes),
            2 => prj = changed(prj, &changes),
            _ => return { try_reading(&changed(ZIP.to_vec(), &changes)); Ok(()) },
        }
        let of = |name, bytes| InFile { name, bytes };
        let beside = [of("a.dbf", &dbf), of("a.prj", &prj)];
        let _ = open(of("a.shp", &shp), &beside, &Opening::default());
    }

    #[test]
    fn a_changed_geopackage_is_survived(changes in changes(), of_gdal in any::<bool>()) {
        let bytes = if of_gdal { geopackage() } else { to_geopackage(&layer(), "a", "") };
        try_reading(&changed(bytes, &changes));
    }

    #[test]
    fn a_changed_kml_or_csv_is_survived(changes in changes()) {
        try_reading(&changed(KML.into(), &changes));
        try_reading(&changed(CSV.into(), &changes));
    }
}

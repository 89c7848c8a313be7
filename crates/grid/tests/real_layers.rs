//! Real layers, clean ones and one with errors that were measured independently.

use gewang_grid::{
    CellId, Coord, Defect, DefectKind, Locator, ParseError, Partition, Reading, Root, Text,
};

fn layer(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/{name}.geojson", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).expect("the layer stands beside the tests")
}

fn under_one_root() -> Reading {
    Reading {
        id: "code".into(),
        root: Some(Root {
            id: CellId::new("region").expect("a plain id"),
            name: Text::new("地区", "Region"),
        }),
        add_missing: true,
        levels: vec!["region".into(), "state".into(), "county".into()],
        ..Reading::default()
    }
}

fn defects(bytes: &[u8], reading: &Reading) -> Vec<Defect> {
    match Partition::from_geojson(bytes, reading) {
        Err(ParseError::Defective(defects)) => defects,
        other => panic!("expected defects, got {other:?}"),
    }
}

#[test]
fn counties_with_islands_are_a_partition() {
    let partition =
        Partition::from_geojson(&layer("us_newengland_counties_10m"), &under_one_root()).unwrap();
    assert_eq!(partition.leaves().count(), 67);
    assert_eq!(partition.cells().len(), 67 + 6 + 1);
    let km2 = partition.area_m2(partition.root()) / 1e6;
    assert!((km2 / 171_494.98 - 1.0).abs() < 3e-3, "{km2}");
    let outline = partition.polygons(partition.root());
    assert_eq!(outline.len(), 13);
    let areas: f64 = outline
        .iter()
        .flat_map(|polygon| {
            polygon.iter().enumerate().map(|(i, ring)| {
                let area = gewang_grid::ring_area_m2(ring);
                if i == 0 { area } else { -area }
            })
        })
        .sum();
    assert!((areas / 1e6 / km2 - 1.0).abs() < 1e-9);
    let suffolk = partition.index_of("25025").unwrap();
    let chain: Vec<&str> = partition
        .ancestors(suffolk)
        .map(|index| partition.cell(index).id.as_str())
        .collect();
    assert_eq!(chain, ["25025", "25", "region"]);
    assert_eq!(partition.cell(suffolk).level, "county");
    let locator = Locator::new(&partition);
    let boston = Coord::from_degrees(-71.0589, 42.3601).unwrap();
    assert_eq!(locator.locate(boston), Some(suffolk));
    let norfolk = partition.index_of("25021").unwrap();
    assert!(partition.neighbours(suffolk).contains(&norfolk));
    let paris = Coord::from_degrees(2.3522, 48.8566).unwrap();
    assert_eq!(locator.locate(paris), None);
    assert_eq!(partition.outside(paris).direction.en(), "east");
    assert!(!partition.outside(paris).swapped);
    let swapped = Coord::from_degrees(boston.lat(), boston.lon()).unwrap();
    assert!(partition.outside(swapped).swapped);
    assert!(partition.outside(swapped).text().en.contains("swapped"));
}

#[test]
fn every_label_lies_in_its_own_cell() {
    for name in ["us_newengland_counties_10m", "providence_precincts_2020"] {
        let partition = Partition::from_geojson(&layer(name), &under_one_root()).unwrap();
        let locator = Locator::new(&partition);
        for leaf in partition.leaves() {
            assert_eq!(locator.locate(partition.label_point(leaf)), Some(leaf));
        }
    }
}

#[test]
fn the_clean_precincts_have_their_measured_area() {
    let partition =
        Partition::from_geojson(&layer("providence_precincts_2020"), &under_one_root()).unwrap();
    assert_eq!(partition.leaves().count(), 55);
    let km2 = partition.area_m2(partition.root()) / 1e6;
    assert!((km2 / 24.7309 - 1.0).abs() < 3e-3, "{km2}");
}

#[test]
fn the_real_errors_are_found_with_their_areas() {
    let found = defects(&layer("providence_precincts_2018"), &under_one_root());
    let areas = |kind| {
        let mut areas: Vec<f64> = found
            .iter()
            .filter(|defect| defect.kind == kind)
            .map(|defect| defect.area_m2)
            .collect();
        areas.sort_by(|a, b| b.total_cmp(a));
        areas
    };
    check_areas(&areas(DefectKind::Overlap), &[3.3546, 0.5854]);
    check_areas(&areas(DefectKind::Gap), &[85_112.13, 12_730.05, 47.59]);
    let overlap = found
        .iter()
        .find(|defect| defect.kind == DefectKind::Overlap && defect.area_m2 > 2.0)
        .unwrap();
    let ids: Vec<&str> = overlap.cells.iter().map(CellId::as_str).collect();
    assert_eq!(ids, ["2832", "2879"]);
}

/// Within the 0.3 % of the measurement, and the tenth of a square metre by which rounding the file's nine digits to a
/// centimetre moves borders of some dozen metres.
fn check_areas(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        let within = expected * 3e-3 + 0.1;
        assert!((found - expected).abs() < within, "{found} {expected}");
    }
}

#[test]
fn a_partition_reads_back_as_itself() {
    let first =
        Partition::from_geojson(&layer("us_newengland_counties_10m"), &under_one_root()).unwrap();
    let text = serde_json::to_vec(&first.to_geojson()).unwrap();
    let again = Partition::from_geojson(&text, &Reading::default()).unwrap();
    assert_eq!(first.cells(), again.cells());
    for index in first.indices() {
        assert_eq!(first.shape(index), again.shape(index));
    }
}

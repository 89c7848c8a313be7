//! Repairs: what can be decided is mended, every square metre is told, and the rest is named.

use gewang_grid::{
    DefectKind, Layer, Partition, Reading, check, repair,
    sample::{Injected, Town},
};

fn layer(name: &str) -> Layer {
    let path = format!("{}/tests/data/{name}.geojson", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).expect("it stands beside the tests");
    Layer::from_geojson(&bytes).expect("it is GeoJSON")
}

#[test]
fn a_spoilt_town_is_mended_up_to_what_nobody_can_decide() {
    let (spoilt, injected) = Town::new(1000, 7).spoilt();
    let reading = Reading::guessed(&spoilt);
    let repaired = repair(&spoilt, None, &reading).unwrap();
    let undecided = |kind: &DefectKind| matches!(kind, DefectKind::Gap | DefectKind::Duplicate);
    for defect in &repaired.left {
        assert!(undecided(&defect.kind) && !defect.sliver, "{defect:?}");
    }
    let wide = |one: &&Injected| undecided(&one.kind) && one.area_m2 > 100.0;
    assert_eq!(repaired.left.len(), injected.iter().filter(wide).count());
    let moved: f64 = repaired.moved.iter().map(|change| change.area_m2).sum();
    let slivers: f64 = injected
        .iter()
        .filter(|one| !wide(one))
        .map(|one| one.area_m2)
        .sum();
    assert!(
        (moved - slivers).abs() < 0.05 * slivers + 0.1,
        "{moved} {slivers} {:?}",
        repaired.moved
    );
    // Nothing was won or lost but what was told.
    let before = check(&spoilt, None, &reading).unwrap().area_m2;
    let after = check(&repaired.layer, None, &reading).unwrap().area_m2;
    let told: f64 = repaired
        .moved
        .iter()
        .map(|change| match (&change.from, &change.to) {
            (None, Some(_)) => change.area_m2,
            (Some(_), _) if change.why.en.contains("overlap") => -change.area_m2,
            (Some(_), None) => -change.area_m2,
            _ => 0.0,
        })
        .sum();
    assert!(
        (after - before - told).abs() < 0.01,
        "{after} {before} {told}"
    );
}

#[test]
fn real_errors_are_mended_but_for_the_wide_gaps() {
    let drawn = layer("providence_precincts_2018");
    let reading = Reading::guessed(&drawn);
    let repaired = repair(&drawn, None, &reading).unwrap();
    let mut left: Vec<f64> = repaired.left.iter().map(|defect| defect.area_m2).collect();
    left.sort_by(f64::total_cmp);
    assert!(
        repaired
            .left
            .iter()
            .all(|defect| defect.kind == DefectKind::Gap && !defect.sliver),
        "{left:?}"
    );
    assert!(
        left.len() >= 2 && (left[left.len() - 1] / 85_112.13 - 1.0).abs() < 3e-3,
        "{left:?}"
    );
    assert!(
        repaired
            .moved
            .iter()
            .any(|change| change.why.en.contains("overlap"))
    );
}

#[test]
fn a_partition_stays_as_it_is() {
    let drawn = layer("providence_precincts_2020");
    let repaired = repair(&drawn, None, &Reading::guessed(&drawn)).unwrap();
    assert_eq!(repaired.layer, drawn);
    assert!(repaired.moved.is_empty() && repaired.left.is_empty());
}

#[test]
fn a_shaken_town_is_brought_together() {
    // Every cell drawn for itself, each place off by up to half a metre.
    let mut drawn = Town::new(60, 3).layer();
    let mut lot = 1u64;
    let mut next = || {
        lot = lot
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((lot >> 40) % 80) as i32 - 40
    };
    for ring in drawn
        .features
        .iter_mut()
        .flat_map(|f| f.shape.iter_mut().flatten().flatten())
    {
        let last = ring.len() - 1;
        for place in &mut ring[..last] {
            *place = gewang_grid::Coord::from_units(
                place.lon_units() + next(),
                place.lat_units() + next(),
            )
            .unwrap();
        }
        ring[last] = ring[0];
    }
    let reading = Reading {
        tolerance_m: 2.0,
        ..Reading::guessed(&drawn)
    };
    assert!(!check(&drawn, None, &reading).unwrap().defects.is_empty());
    let repaired = repair(&drawn, None, &reading).unwrap();
    assert!(repaired.left.is_empty(), "{:?}", repaired.left);
    assert!(Partition::from_layer(&repaired.layer, &reading).is_ok());
}

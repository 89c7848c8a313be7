//! Made-up towns: whole ones are partitions, and of spoilt ones every defect is found, by kind, cells and area.

use std::collections::BTreeSet;

use gewang_grid::{
    CellIndex, Coord, Defect, DefectKind, Locator, Partition, Reading, check,
    sample::{Town, places},
};

#[test]
fn whole_towns_are_partitions() {
    for (cells, seed) in [(1, 1), (7, 2), (100, 3), (3000, 4)] {
        let layer = Town::new(cells, seed).layer();
        let verdict = check(&layer, None, &Reading::guessed(&layer)).unwrap();
        assert!(verdict.defects.is_empty(), "{:?}", verdict.defects);
        assert_eq!(verdict.cells, cells);
        let town = Partition::from_layer(&layer, &Reading::guessed(&layer)).unwrap();
        assert_eq!(town.leaves().count(), cells);
        let sum: i128 = town
            .leaves()
            .map(|leaf| town.shape(leaf).unwrap().twice_area_units())
            .sum();
        let outline: i128 = town
            .polygons(town.root())
            .iter()
            .flatten()
            .map(|ring| {
                let places = ring
                    .iter()
                    .map(|c| (i128::from(c.lon_units()), i128::from(c.lat_units())));
                let next = places.clone().cycle().skip(1);
                places
                    .zip(next)
                    .map(|(a, b)| a.0 * b.1 - b.0 * a.1)
                    .sum::<i128>()
            })
            .sum();
        assert_eq!(sum, outline);
        assert!((verdict.area_m2 / town.area_m2(town.root()) - 1.0).abs() < 1e-9);
    }
}

#[test]
fn every_injected_defect_is_found_and_nothing_else() {
    for (cells, seed) in [(1000, 7), (4000, 8)] {
        let (layer, injected) = Town::new(cells, seed).spoilt();
        assert!(injected.len() >= 8, "{}", injected.len());
        let verdict = check(&layer, None, &Reading::guessed(&layer)).unwrap();
        let mut found: Vec<&Defect> = verdict.defects.iter().collect();
        for wanted in &injected {
            let cells: BTreeSet<&str> = wanted.cells.iter().map(String::as_str).collect();
            let fits = |defect: &Defect| {
                let named: BTreeSet<&str> = defect.cells.iter().map(|id| id.as_str()).collect();
                let off = (defect.area_m2 - wanted.area_m2).abs();
                defect.kind == wanted.kind && named == cells && off <= wanted.area_m2 * 1e-6 + 0.01
            };
            let at = found.iter().position(|defect| fits(defect));
            found.remove(at.unwrap_or_else(|| panic!("{wanted:?} not in {found:?}")));
        }
        assert!(found.is_empty(), "{found:?}");
        for defect in &verdict.defects {
            let narrow = matches!(defect.kind, DefectKind::Gap | DefectKind::Overlap);
            assert_eq!(
                defect.sliver,
                narrow && defect.area_m2 < 100.0,
                "{defect:?}"
            );
            assert!(defect.at.is_some());
            assert!(
                !defect.rings.is_empty() || defect.area_m2 == 0.0,
                "{defect:?}"
            );
            assert!(!defect.text.zh.is_empty() && !defect.text.en.is_empty());
        }
    }
}

#[test]
fn no_place_is_located_elsewhere_than_by_the_exact_predicate() {
    let layer = Town::new(600, 5).layer();
    let town = Partition::from_layer(&layer, &Reading::guessed(&layer)).unwrap();
    let locator = Locator::new(&town);
    let shapes: Vec<_> = town
        .leaves()
        .map(|leaf| (leaf, town.shape(leaf).unwrap()))
        .map(|(leaf, shape)| (leaf, shape, shape.bounds().unwrap()))
        .collect();
    let slow = |place: Coord| -> Option<CellIndex> {
        let near = shapes
            .iter()
            .filter(|(_, _, bounds)| bounds.contains(place));
        let mut over = near.filter(|(_, shape, _)| shape.contains(place));
        let first = over.next().map(|(leaf, _, _)| *leaf);
        assert!(over.next().is_none());
        first
    };
    let mut asked = places(town.bounds(), 20_000, 1);
    for arc in town.arcs().iter().step_by(7) {
        for pair in arc.points.windows(2) {
            let [a, b] = [pair[0], pair[1]].map(|c| (c.lon_units(), c.lat_units()));
            let level = (a.0.midpoint(b.0), a.1);
            for (x, y) in [
                a,
                level,
                (a.0 - 1, a.1),
                (a.0.midpoint(b.0), a.1.midpoint(b.1)),
            ] {
                asked.push(Coord::from_units(x, y).unwrap());
            }
        }
    }
    let mut answers = vec![None; asked.len()];
    locator.locate_all(&asked, &mut answers);
    for (place, answer) in asked.iter().zip(answers) {
        assert_eq!(answer, slow(*place), "{place}");
        assert_eq!(answer, locator.locate(*place), "{place}");
    }
}

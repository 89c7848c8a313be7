//! Made-up towns: whole ones are partitions, and of spoilt ones every defect is found, by kind, cells and area.

use std::collections::BTreeSet;

use gewang_grid::{Defect, DefectKind, Partition, Reading, check, sample::Town};

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
            let fits = |defect: &&Defect| {
                let named: BTreeSet<&str> = defect.cells.iter().map(|id| id.as_str()).collect();
                let off = (defect.area_m2 - wanted.area_m2).abs();
                defect.kind == wanted.kind && named == cells && off <= wanted.area_m2 * 1e-6 + 0.01
            };
            let at = found.iter().position(|defect| fits(&defect));
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

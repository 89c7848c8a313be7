//! Two partitions beside each other, a picture of a drawing, and cells proposed from where people live.

use gewang_grid::{
    CellId, Coord, Editor, Household, Layer, Partition, Reading, Root, Text, Wish, check, diff,
    draw,
    sample::{Town, places},
    suggest,
};

fn town(cells: usize) -> Partition {
    let layer = Town::new(cells, 11).layer();
    Partition::from_layer(&layer, &Reading::guessed(&layer)).expect("a partition")
}

#[test]
fn a_diff_tells_what_came_went_and_changed_with_its_area() {
    let before = town(40);
    assert_eq!(diff(&before, &before), diff(&before, &before.clone()));
    assert!(diff(&before, &before).moved.is_empty());
    let mut editor = Editor::new(&before);
    let leaf = before
        .leaves()
        .find(|&leaf| before.neighbours(leaf).len() == 6)
        .unwrap();
    let near = before.neighbours(leaf);
    let (keep, gone) = (
        before.cell(leaf).id.clone(),
        before.cell(near[0]).id.clone(),
    );
    editor.merge(&keep, &gone).unwrap();
    // Far from there, a vertex of a border between two others.
    let busy = |side: Option<_>| side.is_none_or(|side| side == leaf || near.contains(&side));
    let arc = before
        .arcs()
        .iter()
        .find(|arc| !busy(arc.left) && !busy(arc.right))
        .unwrap();
    let place = arc.points[4];
    let to = Coord::from_units(place.lon_units() + 60, place.lat_units() + 60).unwrap();
    editor.move_vertex(place, to).unwrap();
    let after = editor.partition().unwrap();
    let found = diff(&before, &after);
    assert!(found.came.is_empty());
    assert_eq!(found.went.len(), 1);
    assert_eq!(found.went[0].cell, gone);
    assert_eq!(found.changed.len(), 3, "{found:?}");
    for changed in &found.changed {
        let balance = changed.before_m2 + changed.won_m2 - changed.lost_m2;
        assert!((balance - changed.after_m2).abs() < 0.01, "{changed:?}");
    }
    let largest = &found.moved[0];
    assert_eq!(
        (largest.from.as_ref(), largest.to.as_ref()),
        (Some(&gone), Some(&keep))
    );
    assert!((largest.area_m2 / found.went[0].area_m2 - 1.0).abs() < 1e-6);
    let back = diff(&after, &before);
    assert_eq!(back.came.len(), 1);
    assert_eq!(back.moved.len(), found.moved.len());
}

#[test]
fn a_picture_has_every_cell_and_every_defect() {
    let (layer, _) = Town::new(300, 7).spoilt();
    let reading = Reading::guessed(&layer);
    let defects = check(&layer, None, &reading).unwrap().defects;
    let svg = draw(&layer, &reading, &defects);
    assert_eq!(svg.matches("class=\"cell\"").count(), layer.features.len());
    assert_eq!(svg.matches("class=\"mark\"").count(), defects.len());
    assert!(svg.contains(&defects[0].text.zh));
    assert!(draw(&Layer::default(), &reading, &[]).starts_with("<svg"));
}

fn households(within: &Partition, count: usize) -> Vec<Household> {
    let places = places(within.bounds(), count, 3);
    places
        .into_iter()
        .map(|at| Household { at, weight: 1.0 })
        .collect()
}

fn wish() -> Wish {
    Wish::new(Root {
        id: CellId::new("town").expect("a plain id"),
        name: Text::new("镇", "Town"),
    })
}

#[test]
fn proposed_cells_have_nearly_equal_loads() {
    let outline = town(200);
    let boundary = Layer::from_geojson(
        serde_json::json!({ "type": "FeatureCollection", "features": [{ "type": "Feature",
            "properties": {}, "geometry": outline.geometry(outline.root()) }] })
        .to_string()
        .as_bytes(),
    )
    .unwrap();
    let households = households(&outline, 20_000);
    let proposed = suggest(&boundary, &households, &[], &wish()).unwrap();
    let locator = gewang_grid::Locator::new(&proposed);
    let mut loads = vec![0.0; proposed.cells().len()];
    for household in &households {
        if let Some(leaf) = locator.locate(household.at) {
            loads[leaf.get()] += household.weight;
        }
    }
    let loads: Vec<f64> = proposed.leaves().map(|leaf| loads[leaf.get()]).collect();
    let good = loads
        .iter()
        .filter(|load| (300.0..=500.0).contains(*load))
        .count();
    assert!(
        loads.len() > 20 && good * 100 >= loads.len() * 95,
        "{loads:?}"
    );
    let area = |p: &Partition| p.area_m2(p.root());
    assert!((area(&proposed) / area(&outline) - 1.0).abs() < 1e-6);
}

#[test]
fn a_river_parts_the_cells() {
    let at = |x: i32, y: i32| Coord::from_units(1_200_000_000 + x, 310_000_000 + y).unwrap();
    let corners = [
        at(0, 0),
        at(200_000, 0),
        at(200_000, 200_000),
        at(0, 200_000),
        at(0, 0),
    ];
    let boundary = Layer {
        features: vec![gewang_grid::Feature {
            number: 1,
            attributes: serde_json::Map::new(),
            shape: Some(vec![vec![corners.to_vec()]]),
        }],
        ..Layer::default()
    };
    let river = vec![
        at(-10_000, 90_000),
        at(60_000, 110_000),
        at(120_000, 95_000),
        at(210_000, 105_000),
    ];
    let spread: Vec<Household> = (0..900)
        .map(|i| Household {
            at: at(3_000 + (i % 30) * 6_500, 3_000 + (i / 30) * 6_500),
            weight: 1.0,
        })
        .collect();
    let proposed = suggest(&boundary, &spread, std::slice::from_ref(&river), &wish()).unwrap();
    assert_eq!(proposed.leaves().count(), 2);
    for bend in &river[1..3] {
        let on = |arc: &gewang_grid::Arc| {
            arc.left.is_some() && arc.right.is_some() && arc.points.contains(bend)
        };
        assert!(proposed.arcs().iter().any(on), "{bend}");
    }
}

//! Edits: each of them by itself, and any sequence of them, leaves a partition with the area that it had.

use gewang_grid::{
    CellId, Coord, Editor, Locator, Partition, Reading, Text,
    sample::{Town, places},
};
use proptest::prelude::*;

fn town(cells: usize) -> Partition {
    let layer = Town::new(cells, 11).layer();
    Partition::from_layer(&layer, &Reading::guessed(&layer)).expect("a partition")
}

fn twice_area(partition: &Partition) -> i128 {
    partition
        .leaves()
        .filter_map(|leaf| partition.shape(leaf))
        .map(|shape| shape.twice_area_units())
        .sum()
}

fn id(text: &str) -> CellId {
    CellId::new(text).expect("a plain id")
}

fn at(lon: i32, lat: i32) -> Coord {
    Coord::from_units(1_200_000_000 + lon, 310_000_000 + lat).expect("on the Earth")
}

/// Two by two squares of 1000 units, `a` `b` below and `c` `d` above, and a square island `e` within `a`.
fn squares() -> Editor {
    let degrees = |ring: &[(i32, i32)]| {
        let closed = ring.iter().chain(ring.first());
        closed
            .map(|&(x, y)| serde_json::json!(at(x, y)))
            .collect::<Vec<_>>()
    };
    let hole = [(200, 200), (400, 200), (400, 400), (200, 400)];
    let leaf = |id: &str, rings: Vec<&[(i32, i32)]>| {
        let rings: Vec<_> = rings.into_iter().map(degrees).collect();
        serde_json::json!({ "type": "Feature", "properties": { "id": id, "parent": "town" },
            "geometry": { "type": "Polygon", "coordinates": rings } })
    };
    let file = serde_json::json!({ "type": "FeatureCollection", "features": [
        { "type": "Feature", "properties": { "id": "town" }, "geometry": null },
        leaf("a", vec![&[(0, 0), (1000, 0), (1000, 1000), (0, 1000)], &hole]),
        leaf("b", vec![&[(1000, 0), (2000, 0), (2000, 1000), (1500, 1000), (1000, 1000)]]),
        leaf("c", vec![&[(0, 1000), (1000, 1000), (1000, 2000), (0, 2000)]]),
        leaf("d", vec![&[(1000, 1000), (1500, 1000), (2000, 1000), (2000, 2000), (1000, 2000)]]),
        leaf("e", vec![&hole]),
    ] });
    let reading = Reading::default();
    let partition = Partition::from_geojson(file.to_string().as_bytes(), &reading);
    Editor::new(&partition.expect("a partition"))
}

fn share(editor: &Editor, cell: &str) -> f64 {
    let partition = editor.partition().expect("it stays one");
    let index = partition.index_of(cell).expect("it is there");
    let shape = partition.shape(index).expect("it is a leaf");
    shape.twice_area_units() as f64 / 2e6
}

#[test]
fn a_moved_vertex_takes_both_neighbours_along() {
    let mut editor = squares();
    editor.move_vertex(at(1500, 1000), at(1500, 1200)).unwrap();
    assert_eq!((share(&editor, "b"), share(&editor, "d")), (1.1, 0.9));
    editor.move_vertex(at(1000, 1000), at(1100, 900)).unwrap();
    assert!(share(&editor, "c") > 1.0);
    assert!(editor.undo() && editor.undo() && !editor.undo());
    assert_eq!(share(&editor, "b"), 1.0);
    assert!(editor.redo());
    assert_eq!(share(&editor, "b"), 1.1);
}

#[test]
fn what_would_break_the_partition_is_refused_with_where() {
    let mut editor = squares();
    let before = editor.layer();
    // Across the upper side, over the island, onto another border, to where it stays on the outer border.
    for (from, to) in [
        (at(1500, 1000), at(1500, 2500)),
        (at(1000, 1000), at(100, 100)),
        (at(1500, 1000), at(1000, 500)),
        (at(2000, 1000), at(2000, 1100)),
        (at(200, 200), at(1200, 300)),
        (at(7, 7), at(8, 8)),
    ] {
        let refusal = editor.move_vertex(from, to).unwrap_err();
        assert!(
            refusal.at.is_some() && !refusal.text.zh.is_empty(),
            "{refusal:?}"
        );
        assert_eq!(editor.layer(), before, "{from}");
    }
    assert!(editor.merge(&id("a"), &id("d")).is_err());
    assert!(editor.merge(&id("a"), &id("a")).is_err());
    assert!(editor.merge(&id("a"), &id("nobody")).is_err());
    assert!(editor.move_arc(at(300, 300), 1, 1).is_err());
    assert!(
        editor
            .redraw(at(1000, 1000), at(2000, 1000), &[at(300, 300)])
            .is_err()
    );
    let name = || Text::new("新", "new");
    assert!(
        editor
            .split(
                &id("b"),
                &[at(1000, 500), at(2500, 1500), at(2000, 500)],
                id("f"),
                name()
            )
            .is_err()
    );
    assert!(
        editor
            .split(&id("b"), &[at(1000, 500), at(2000, 500)], id("a"), name())
            .is_err()
    );
    assert!(editor.split(&id("b"), &[], id("f"), name()).is_err());
    assert_eq!(editor.layer(), before);
    assert!(!editor.undo());
}

#[test]
fn an_island_moves_within_its_cell_and_no_farther() {
    let mut editor = squares();
    editor.move_arc(at(400, 400), 100, 300).unwrap();
    assert_eq!(share(&editor, "e"), 0.04);
    assert_eq!(share(&editor, "a"), 0.96);
    let refusal = editor.move_arc(at(500, 700), 1000, 0).unwrap_err();
    assert!(refusal.at.is_some());
    editor.merge(&id("a"), &id("e")).unwrap();
    assert_eq!(share(&editor, "a"), 1.0);
    assert!(editor.undo());
    editor.merge(&id("e"), &id("a")).unwrap();
    assert_eq!(share(&editor, "e"), 1.0);
}

#[test]
fn cells_are_split_merged_and_handed_over() {
    let mut editor = squares();
    // From south to north: to the left of the line lies the west. On the outer border it begins at a vertex.
    editor
        .redraw(at(1000, 1000), at(2000, 1000), &[at(1400, 1100)])
        .unwrap();
    let b = share(&editor, "b");
    editor
        .split(
            &id("b"),
            &[at(2000, 0), at(1600, 500), at(1400, 1100)],
            id("f"),
            Text::new("新", "new"),
        )
        .unwrap();
    assert!((share(&editor, "b") + share(&editor, "f") - b).abs() < 1e-9);
    assert_eq!(editor.leaf_at(at(1100, 500)).map(CellId::as_str), Some("f"));
    assert_eq!(editor.leaf_at(at(1900, 500)).map(CellId::as_str), Some("b"));
    // The part of `a` with the island goes to `c`: the island stays an island.
    editor
        .hand_over(
            &id("a"),
            &id("c"),
            &[at(1000, 1000), at(600, 100), at(0, 0)],
        )
        .unwrap_err();
    editor
        .hand_over(
            &id("a"),
            &id("c"),
            &[at(0, 0), at(600, 100), at(1000, 1000)],
        )
        .unwrap();
    assert_eq!(editor.leaf_at(at(100, 500)).map(CellId::as_str), Some("c"));
    assert_eq!(share(&editor, "e"), 0.04);
    editor.merge(&id("b"), &id("f")).unwrap();
    assert!((share(&editor, "b") - b).abs() < 1e-9);
    while editor.undo() {}
    assert_eq!(share(&editor, "a"), 0.96);
    while editor.redo() {}
    assert_eq!(editor.leaf_at(at(100, 500)).map(CellId::as_str), Some("c"));
}

#[test]
fn an_id_is_free_again_when_its_cell_has_gone() {
    let mut editor = squares();
    let name = || Text::new("新", "new");
    editor.merge(&id("b"), &id("d")).unwrap();
    let line = [at(1000, 1000), at(1600, 1200), at(2000, 2000)];
    editor.split(&id("b"), &line, id("d"), name()).unwrap();
    assert!(editor.undo());
    editor.split(&id("b"), &line, id("d"), name()).unwrap();
    assert!(editor.undo() && editor.undo());
    assert_eq!(share(&editor, "d"), 1.0);
    editor.merge(&id("d"), &id("b")).unwrap();
    assert_eq!(share(&editor, "d"), 2.0);
}

#[derive(Clone, Debug)]
enum Edit {
    Vertex(usize, i32, i32),
    Arc(usize, i32, i32),
    Redraw(usize, i32, i32),
    Split(usize, usize, usize),
    Merge(usize, usize),
    Hand(usize, usize, usize, usize),
    Undo,
    Redo,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let push = || -9_000..9_000i32;
    let any = || any::<u16>().prop_map(usize::from);
    let edit = prop_oneof![
        4 => (any(), push(), push()).prop_map(|(i, x, y)| Edit::Vertex(i, x, y)),
        2 => (any(), push(), push()).prop_map(|(i, x, y)| Edit::Arc(i, x, y)),
        2 => (any(), push(), push()).prop_map(|(i, x, y)| Edit::Redraw(i, x, y)),
        3 => (any(), any(), any()).prop_map(|(i, a, b)| Edit::Split(i, a, b)),
        2 => (any(), any()).prop_map(|(i, j)| Edit::Merge(i, j)),
        3 => (any(), any(), any(), any()).prop_map(|(i, j, a, b)| Edit::Hand(i, j, a, b)),
        1 => Just(Edit::Undo),
        1 => Just(Edit::Redo),
    ];
    proptest::collection::vec(edit, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_edits_leaves_a_partition(edits in edits()) {
        let whole = town(12);
        let area = twice_area(&whole);
        let mut editor = Editor::new(&whole);
        let mut now = whole.clone();
        let mut made = 0;
        for (n, edit) in edits.into_iter().enumerate() {
            let leaves: Vec<_> = now.leaves().collect();
            let leaf = |i: usize| now.cell(leaves[i % leaves.len()]).id.clone();
            let arc = |i: usize| &now.arcs()[i % now.arcs().len()].points;
            let vertex = |i: usize| arc(i)[i / 7 % arc(i).len()];
            let moved = |c: Coord, x: i32, y: i32| Coord::from_units(c.lon_units() + x, c.lat_units() + y).unwrap();
            let border = |i: usize, a: usize| {
                let ring = &now.shape(leaves[i % leaves.len()]).unwrap().polygons()[0][0];
                ring[a % ring.len()]
            };
            let done = match edit {
                Edit::Vertex(i, x, y) => editor.move_vertex(vertex(i), moved(vertex(i), x, y)).is_ok(),
                Edit::Arc(i, x, y) => editor.move_arc(arc(i)[arc(i).len() / 2], x, y).is_ok(),
                Edit::Redraw(i, x, y) => {
                    let points = arc(i);
                    let middle = moved(points[points.len() / 2], x, y);
                    editor.redraw(points[0], points[points.len() - 1], &[middle]).is_ok()
                }
                Edit::Split(i, a, b) => {
                    let line = [border(i, a), now.label_point(leaves[i % leaves.len()]), border(i, b)];
                    let name = Text::new("新", "new");
                    editor.split(&leaf(i), &line, id(&format!("n{n}")), name).is_ok()
                }
                Edit::Merge(i, j) => {
                    let near = now.neighbours(leaves[i % leaves.len()]);
                    let other = near.get(j % near.len().max(1)).map(|&index| now.cell(index).id.clone());
                    other.is_some_and(|other| editor.merge(&leaf(i), &other).is_ok())
                }
                Edit::Hand(i, j, a, b) => {
                    let near = now.neighbours(leaves[i % leaves.len()]);
                    let other = near.get(j % near.len().max(1)).map(|&index| now.cell(index).id.clone());
                    let line = [border(i, a), border(i, b)];
                    other.is_some_and(|other| editor.hand_over(&leaf(i), &other, &line).is_ok())
                }
                Edit::Undo => editor.undo(),
                Edit::Redo => editor.redo(),
            };
            if done {
                made += 1;
                now = editor.partition().map_err(|e| TestCaseError::fail(format!("{e}")))?;
                prop_assert_eq!(twice_area(&now), area);
            }
        }
        // What the editor says of places is what the parsed partition says.
        let locator = Locator::new(&now);
        for place in places(now.bounds(), 300, made) {
            let parsed = locator.locate(place).map(|index| &now.cell(index).id);
            prop_assert_eq!(editor.leaf_at(place), parsed, "{}", place);
        }
        while editor.undo() {}
        let back = editor.partition().unwrap();
        prop_assert_eq!(back.leaves().count(), 12);
        for leaf in whole.leaves() {
            let same = back.index_of(whole.cell(leaf).id.as_str()).unwrap();
            prop_assert_eq!(back.shape(same).unwrap().twice_area_units(), whole.shape(leaf).unwrap().twice_area_units());
        }
    }
}

//! Borders drawn with fewer places still part the same cells.

use std::collections::BTreeMap;

use gewang_grid::{Coord, Partition, Reading};

fn demo() -> Partition {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../packs/zhoutie/cells.geojson"
    );
    let bytes = std::fs::read(path).expect("the demo's cells");
    Partition::from_geojson(&bytes, &Reading::default()).expect("a partition")
}

/// Every edge of every leaf's outline is another leaf's in reverse, or the domain's own: nothing cracks, at any scale.
#[test]
fn neighbours_never_crack_apart() {
    let partition = demo();
    for tolerance_m in [0.0, 5.0, 40.0, 300.0] {
        let outlines = partition.outlines(tolerance_m);
        let polygons = outlines.polygons(&partition);
        let mut edges: BTreeMap<(Coord, Coord), usize> = BTreeMap::new();
        for leaf in partition.leaves() {
            for ring in polygons[leaf.get()].iter().flatten() {
                for at in 0..ring.len() {
                    let edge = (ring[at], ring[(at + 1) % ring.len()]);
                    *edges.entry(edge).or_default() += 1;
                }
            }
        }
        let outer: BTreeMap<(Coord, Coord), ()> = polygons[partition.root().get()]
            .iter()
            .flatten()
            .flat_map(|ring| {
                (0..ring.len()).map(|at| ((ring[at], ring[(at + 1) % ring.len()]), ()))
            })
            .collect();
        assert!(
            edges.len() > 100,
            "{tolerance_m} m leaves {} edges",
            edges.len()
        );
        for ((a, b), times) in &edges {
            assert_eq!(*times, 1, "{a} to {b} at {tolerance_m} m");
            assert!(
                edges.contains_key(&(*b, *a)) || outer.contains_key(&(*a, *b)),
                "{a} to {b} has one side at {tolerance_m} m"
            );
        }
    }
}

#[test]
fn a_coarser_drawing_has_fewer_places() {
    let partition = demo();
    let places = |tolerance_m| -> usize {
        let outlines = partition.outlines(tolerance_m);
        outlines.arcs().iter().map(|arc| arc.points.len()).sum()
    };
    let (exact, fine, coarse) = (places(0.0), places(10.0), places(200.0));
    assert!(coarse < fine && fine <= exact, "{coarse} {fine} {exact}");
    for arc in partition.outlines(200.0).arcs() {
        assert!(arc.points.len() >= 2);
    }
}

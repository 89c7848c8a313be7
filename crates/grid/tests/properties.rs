//! Random town-like partitions, whole and broken, and the locator against the plain predicate.

use gewang_grid::{CellIndex, Coord, DefectKind, Locator, ParseError, Partition, Reading};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A lattice of `n` by `n` cells whose inner vertices are pushed about, each side bent once.
#[derive(Clone, Debug)]
struct Lattice {
    n: usize,
    /// Units between two vertices; pushes stay under a fifth, so no two sides meet.
    step: i32,
    pushes: Vec<(i32, i32)>,
}

const LON: i32 = 1_199_000_000;
const LAT: i32 = 314_000_000;

impl Lattice {
    /// Vertices stand at even positions, bends at odd ones.
    fn place(&self, x: usize, y: usize) -> [i32; 2] {
        let (dx, dy) = self.pushes[(y * (2 * self.n + 1) + x) % self.pushes.len()];
        let half = self.step / 2;
        [LON + x as i32 * half + dx, LAT + y as i32 * half + dy]
    }

    fn ring(&self, i: usize, j: usize) -> Vec<[i32; 2]> {
        [
            (0, 0),
            (1, 0),
            (2, 0),
            (2, 1),
            (2, 2),
            (1, 2),
            (0, 2),
            (0, 1),
        ]
        .map(|(dx, dy)| self.place(2 * i + dx, 2 * j + dy))
        .to_vec()
    }

    fn rings(&self) -> Vec<Vec<[i32; 2]>> {
        (0..self.n * self.n)
            .map(|k| self.ring(k % self.n, k / self.n))
            .collect()
    }
}

fn collection(rings: &[Vec<[i32; 2]>]) -> Vec<u8> {
    let degrees = |p: &[i32; 2]| json!([f64::from(p[0]) / 1e7, f64::from(p[1]) / 1e7]);
    let mut features =
        vec![json!({ "type": "Feature", "properties": { "id": "town" }, "geometry": null })];
    for (i, ring) in rings.iter().enumerate() {
        let closed: Vec<Value> = ring.iter().chain(ring.first()).map(degrees).collect();
        features.push(json!({ "type": "Feature",
            "properties": { "id": format!("c{i}"), "parent": "town" },
            "geometry": { "type": "Polygon", "coordinates": [closed] } }));
    }
    json!({ "type": "FeatureCollection", "features": features })
        .to_string()
        .into_bytes()
}

fn parse(rings: &[Vec<[i32; 2]>]) -> Result<Partition, Vec<DefectKind>> {
    match Partition::from_geojson(&collection(rings), &Reading::default()) {
        Ok(partition) => Ok(partition),
        Err(ParseError::Defective(defects)) => Err(defects.iter().map(|d| d.kind).collect()),
        Err(other) => panic!("{other}"),
    }
}

fn lattices() -> impl Strategy<Value = Lattice> {
    (3usize..7, prop_oneof![Just(20), Just(60), Just(100_000)]).prop_flat_map(|(n, step)| {
        let most = step / 10;
        let push = (-most..=most, -most..=most);
        proptest::collection::vec(push, (2 * n + 1) * (2 * n + 1)).prop_map(move |pushes| Lattice {
            n,
            step,
            pushes,
        })
    })
}

/// Which leaves contain the place by the plain predicate.
fn brute(partition: &Partition, place: Coord) -> Vec<CellIndex> {
    partition
        .leaves()
        .filter(|&leaf| {
            partition
                .shape(leaf)
                .expect("leaves have shapes")
                .contains(place)
        })
        .collect()
}

fn agree(partition: &Partition, locator: &Locator, place: Coord) {
    let cells = brute(partition, place);
    assert!(cells.len() <= 1, "{place} lies in {cells:?}");
    assert_eq!(locator.locate(place), cells.first().copied(), "{place}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_town_parses_and_its_areas_sum_exactly(lattice in lattices()) {
        let partition = parse(&lattice.rings()).unwrap();
        let sum: i128 = partition.leaves().map(|leaf| partition.shape(leaf).unwrap().twice_area_units()).sum();
        let outline = partition.polygons(partition.root());
        prop_assert_eq!(outline.len(), 1);
        prop_assert_eq!(outline[0].len(), 1);
        let ring = &outline[0][0];
        let around: i128 = (0..ring.len()).map(|i| {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            i128::from(a.lon_units()) * i128::from(b.lat_units())
                - i128::from(b.lon_units()) * i128::from(a.lat_units())
        }).sum();
        prop_assert_eq!(sum, around);
        // Inside, each of the four sides has a neighbour behind it.
        let middle = partition.index_of(&format!("c{}", lattice.n + 1)).unwrap();
        prop_assert_eq!(partition.neighbours(middle).len(), 4);
    }

    #[test]
    fn a_missing_cell_is_a_gap(lattice in lattices(), at in any::<prop::sample::Index>()) {
        let n = lattice.n;
        let inner = at.index((n - 2) * (n - 2));
        let mut rings = lattice.rings();
        rings.remove((inner / (n - 2) + 1) * n + inner % (n - 2) + 1);
        prop_assert_eq!(parse(&rings).unwrap_err(), vec![DefectKind::Gap]);
    }

    #[test]
    fn a_cell_given_twice_is_a_duplicate(lattice in lattices(), at in any::<prop::sample::Index>()) {
        let mut rings = lattice.rings();
        let twin = rings[at.index(rings.len())].clone();
        rings.push(twin);
        prop_assert_eq!(parse(&rings).unwrap_err(), vec![DefectKind::Duplicate]);
    }

    #[test]
    fn a_moved_vertex_is_never_accepted(
        lattice in lattices(), cell in any::<prop::sample::Index>(), corner in 0usize..8, dx in 1i32..4, dy in -3i32..4,
    ) {
        let n = lattice.n;
        let inner = cell.index((n - 2) * (n - 2));
        let mut rings = lattice.rings();
        let ring = &mut rings[(inner / (n - 2) + 1) * n + inner % (n - 2) + 1];
        ring[corner][0] += dx;
        ring[corner][1] += dy;
        prop_assert!(parse(&rings).is_err());
    }

    #[test]
    fn a_cell_laid_over_others_is_an_overlap(lattice in lattices(), i in 0usize..3, j in 0usize..3) {
        let n = lattice.n;
        let mut rings = lattice.rings();
        let step = lattice.step;
        let (x, y) = (LON + i as i32 * step + step / 2, LAT + j as i32 * step + step / 2);
        prop_assume!(i + 2 <= n && j + 2 <= n);
        rings.push(vec![[x, y], [x + step, y], [x + step, y + step], [x, y + step]]);
        prop_assert!(parse(&rings).unwrap_err().contains(&DefectKind::Overlap));
    }

    #[test]
    fn any_change_of_a_coordinate_never_panics(
        lattice in lattices(), cell in any::<prop::sample::Index>(), corner in 0usize..8, dx in -300_000i32..300_000,
        dy in -300_000i32..300_000,
    ) {
        let mut rings = lattice.rings();
        let k = cell.index(rings.len());
        rings[k][corner] = [LON + dx, LAT + dy];
        if let Ok(partition) = parse(&rings) {
            // A vertex of the outer border may move freely; whatever is accepted is covered once at most.
            for place in partition.leaves().map(|leaf| partition.label_point(leaf)) {
                prop_assert_eq!(brute(&partition, place).len(), 1);
            }
        }
    }

    #[test]
    fn the_locator_is_the_predicate_on_borders_and_off(
        lattice in lattices(), shares in proptest::collection::vec((0.0f64..1.0, 0.0f64..1.0), 200),
    ) {
        let partition = parse(&lattice.rings()).unwrap();
        let locator = Locator::new(&partition);
        let at = |x: i32, y: i32| Coord::from_units(x, y).unwrap();
        for arc in partition.arcs() {
            for pair in arc.points.windows(2) {
                let (a, b) = (pair[0], pair[1]);
                agree(&partition, &locator, a);
                for (dx, dy) in [(1, 0), (0, 1), (-1, 0), (0, -1)] {
                    agree(&partition, &locator, at(a.lon_units() + dx, a.lat_units() + dy));
                }
                // The middle lies on the edge itself when it is an integer place.
                agree(&partition, &locator,
                    at(a.lon_units().midpoint(b.lon_units()), a.lat_units().midpoint(b.lat_units())));
            }
        }
        let span = f64::from(lattice.step) * (lattice.n as f64 + 1.0);
        for (x, y) in shares {
            let place = at(LON + (x * span) as i32 - lattice.step / 2, LAT + (y * span) as i32 - lattice.step / 2);
            agree(&partition, &locator, place);
        }
        let corners: Vec<Coord> = partition.arcs().iter().flat_map(|arc| arc.points.clone()).collect();
        let mut answers = vec![None; corners.len()];
        locator.locate_all(&corners, &mut answers);
        for (place, answer) in corners.iter().zip(answers) {
            prop_assert_eq!(answer, locator.locate(*place));
        }
    }
}

#[test]
fn upright_borders_go_to_one_cell_by_the_rule() {
    let lattice = Lattice {
        n: 4,
        step: 1000,
        pushes: vec![(0, 0)],
    };
    let partition = parse(&lattice.rings()).unwrap();
    let locator = Locator::new(&partition);
    for x in -3..=4003 {
        for y in [-1, 0, 1, 999, 1000, 1001, 2500, 3999, 4000, 4001] {
            let place = Coord::from_units(LON + x, LAT + y).unwrap();
            agree(&partition, &locator, place);
        }
    }
    // On a vertex: the cell to the north-east.
    let vertex = Coord::from_units(LON + 1000, LAT + 1000).unwrap();
    assert_eq!(locator.locate(vertex), partition.index_of("c5"));
}

#[test]
fn outside_tells_how_far_and_where() {
    let lattice = Lattice {
        n: 3,
        step: 100_000,
        pushes: vec![(0, 0)],
    };
    let partition = parse(&lattice.rings()).unwrap();
    let north = Coord::from_units(LON + 150_000, LAT + 300_000 + 100_000).unwrap();
    let outside = partition.outside(north);
    assert!((outside.distance_m - 1108.7).abs() < 1.0, "{outside:?}");
    assert_eq!(outside.direction.zh(), "北");
    let corner = Coord::from_units(LON - 1000, LAT - 1000).unwrap();
    assert_eq!(partition.outside(corner).direction.en(), "south-west");
    let text = partition.outside(north).text();
    assert_eq!(text.zh, "这个地点在辖区以外，在辖区北方向 1.1 公里处。");
}

//! Which cell a place lies in, by an R-tree of boxes (`rstar`) and exact point-in-polygon (`geo`).
//!
//! `gewang-bench-peers CELLS PLACES RUNS THREADS ANSWERS`: both files are little-endian. CELLS is a count of cells, and of
//! each a count of places and their longitudes and latitudes as f64; PLACES is longitudes and latitudes. It prints places
//! a second of each run, one a line, and writes one more than the number of each place's cell, or 0, as u32.

use std::time::Instant;

use geo::{
    BoundingRect, Coord, CoordinatePosition, LineString, Polygon, coordinate_position::CoordPos,
};
use rstar::{
    AABB, RTree,
    primitives::{GeomWithData, Rectangle},
};

type Boxed = GeomWithData<Rectangle<[f64; 2]>, u32>;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, cells, places, runs, threads, answers] = &arguments[..] else {
        eprintln!("gewang-bench-peers CELLS PLACES RUNS THREADS ANSWERS");
        std::process::exit(2);
    };
    let polygons = cells_of(&std::fs::read(cells)?);
    let places: Vec<[f64; 2]> = std::fs::read(places)?.chunks_exact(16).map(pair).collect();
    let runs: usize = runs.parse().unwrap_or(5);
    let threads: usize = threads.parse().unwrap_or(1);
    let boxes = polygons.iter().enumerate().filter_map(|(i, polygon)| {
        let rect = polygon.bounding_rect()?;
        let corners = Rectangle::from_corners(rect.min().into(), rect.max().into());
        Some(GeomWithData::new(corners, i as u32))
    });
    let tree: RTree<Boxed> = RTree::bulk_load(boxes.collect());
    let locate = |&[x, y]: &[f64; 2]| -> u32 {
        let near = tree.locate_in_envelope_intersecting(AABB::from_point([x, y]));
        near.map(|boxed| boxed.data)
            .filter(|&i| {
                let position = polygons[i as usize].coordinate_position(&Coord { x, y });
                position != CoordPos::Outside
            })
            .min()
            .map_or(0, |i| i + 1)
    };
    let mut found = vec![0u32; places.len()];
    for _ in 0..runs {
        let start = Instant::now();
        let part = places.len().div_ceil(threads).max(1);
        std::thread::scope(|scope| {
            for (places, found) in places.chunks(part).zip(found.chunks_mut(part)) {
                scope.spawn(move || {
                    for (place, found) in places.iter().zip(found) {
                        *found = locate(place);
                    }
                });
            }
        });
        println!("{}", places.len() as f64 / start.elapsed().as_secs_f64());
    }
    std::fs::write(
        answers,
        found
            .iter()
            .flat_map(|one| one.to_le_bytes())
            .collect::<Vec<u8>>(),
    )
}

fn pair(bytes: &[u8]) -> [f64; 2] {
    let number = |at: usize| f64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
    [number(0), number(8)]
}

fn cells_of(bytes: &[u8]) -> Vec<Polygon<f64>> {
    let count =
        |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
    let mut at = 4;
    (0..count(0))
        .map(|_| {
            let ring = at + 4..at + 4 + count(at) * 16;
            at = ring.end;
            let places = bytes[ring]
                .chunks_exact(16)
                .map(|place| Coord::from(pair(place)));
            Polygon::new(LineString::new(places.collect()), Vec::new())
        })
        .collect()
}

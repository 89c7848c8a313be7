#![allow(clippy::unwrap_used, reason = "a failure is the test's answer")]

use std::collections::{BTreeMap, BTreeSet};

use gewang_grid::{Editor, Reading, sample};

use super::*;

fn partition(cells: usize) -> Partition {
    let layer = sample::Town::new(cells, 7).layer();
    Partition::from_layer(&layer, &Reading::guessed(&layer)).unwrap()
}

/// A feature of a tile as a reader sees it: its tags, and its parts as places.
struct Seen {
    tags: BTreeMap<String, String>,
    parts: Vec<Vec<Spot>>,
}

/// Reads a tile's layers, after the format's own description.
fn seen(tile: &[u8]) -> BTreeMap<String, Vec<Seen>> {
    let mut layers = BTreeMap::new();
    for (field, layer) in fields(tile) {
        assert_eq!(field, 3);
        let (mut name, mut keys, mut values) = (String::new(), Vec::new(), Vec::new());
        let all = fields(layer);
        for &(field, bytes) in &all {
            match field {
                1 => name = String::from_utf8(bytes.to_vec()).unwrap(),
                3 => keys.push(String::from_utf8(bytes.to_vec()).unwrap()),
                4 => values.push(value(bytes)),
                _ => {}
            }
        }
        let features = all.iter().filter(|(field, _)| *field == 2);
        let features = features.map(|(_, feature)| {
            let (mut tags, mut parts) = (BTreeMap::new(), Vec::new());
            for (field, bytes) in fields(feature) {
                let numbers = numbers(bytes);
                if field == 2 {
                    for pair in numbers.chunks(2) {
                        let (key, value) = (pair[0] as usize, pair[1] as usize);
                        tags.insert(keys[key].clone(), values[value].clone());
                    }
                } else if field == 4 {
                    parts = drawn(&numbers);
                }
            }
            Seen { tags, parts }
        });
        layers.insert(name, features.collect());
    }
    layers
}

fn value(bytes: &[u8]) -> String {
    let (tag, at) = number(bytes);
    match tag >> 3 {
        1 => String::from_utf8(fields(bytes)[0].1.to_vec()).unwrap(),
        _ => number(&bytes[at..]).0.to_string(),
    }
}

/// The parts of a message that have a length; the others are skipped.
fn fields(mut bytes: &[u8]) -> Vec<(u64, &[u8])> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let (tag, at) = number(bytes);
        let (length, more) = number(&bytes[at..]);
        bytes = &bytes[at + more..];
        if tag & 7 == 2 {
            fields.push((tag >> 3, &bytes[..length as usize]));
            bytes = &bytes[length as usize..];
        }
    }
    fields
}

fn number(bytes: &[u8]) -> (u64, usize) {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap();
    let parts = bytes[..=end].iter().rev();
    let number = parts.fold(0, |number, byte| number << 7 | u64::from(byte & 0x7f));
    (number, end + 1)
}

fn numbers(mut bytes: &[u8]) -> Vec<u64> {
    let mut numbers = Vec::new();
    while !bytes.is_empty() {
        let (next, at) = number(bytes);
        numbers.push(next);
        bytes = &bytes[at..];
    }
    numbers
}

fn drawn(commands: &[u64]) -> Vec<Vec<Spot>> {
    let (mut parts, mut pen, mut rest) = (Vec::<Vec<Spot>>::new(), (0, 0), commands.iter());
    while let Some(command) = rest.next() {
        if command & 7 == 7 {
            let part = parts.last_mut().unwrap();
            part.push(part[0]);
            continue;
        }
        for _ in 0..command >> 3 {
            let mut step = || {
                let step = *rest.next().unwrap() as i64;
                ((step >> 1) ^ -(step & 1)) as i32
            };
            pen = (pen.0 + step(), pen.1 + step());
            if command & 7 == 1 {
                parts.push(Vec::new());
            }
            parts.last_mut().unwrap().push(pen);
        }
    }
    parts
}

fn edges(parts: &[Vec<Spot>]) -> impl Iterator<Item = (Spot, Spot)> {
    parts
        .iter()
        .flat_map(|part| part.windows(2))
        .map(|pair| (pair[0], pair[1]))
}

/// In every tile of every zoom each edge of a leaf is its neighbour's as well, or lies on the border of the town.
#[test]
fn what_neighbours_share_is_shared_in_every_tile() {
    let partition = partition(400);
    let inside = |spot: &Spot| (0..=EXTENT).contains(&spot.0) && (0..=EXTENT).contains(&spot.1);
    let whole = |edge: &(Spot, Spot)| inside(&edge.0) && inside(&edge.1);
    for z in 8..=DEEPEST {
        let sheet = Sheet::new(&partition, z, Datum::Wgs84);
        let mut shared = 0;
        for (x, y) in sheet.places() {
            let layers = seen(&sheet.tile(x, y, None));
            let Some(cells) = layers.get("cell") else {
                continue;
            };
            let of = |leaf: &str| -> Vec<(Spot, Spot)> {
                let cells = cells.iter().filter(|cell| cell.tags["leaf"] == leaf);
                let edges = cells.flat_map(|cell| edges(&cell.parts));
                edges.filter(whole).collect()
            };
            let (all, outer) = (of("1"), of("0"));
            let leaves: BTreeSet<_> = all.iter().copied().collect();
            let outer: BTreeSet<_> = outer.into_iter().collect();
            assert_eq!(leaves.len(), all.len(), "{z}/{x}/{y}: an edge twice");
            for &(a, b) in &leaves {
                let met = leaves.contains(&(b, a)) || outer.contains(&(a, b));
                assert!(met, "{z}/{x}/{y}: {a:?} to {b:?} has one side");
                shared += 1;
            }
            for border in layers.get("border").into_iter().flatten() {
                for (a, b) in edges(&border.parts).filter(whole) {
                    let met = leaves.contains(&(a, b)) || leaves.contains(&(b, a));
                    assert!(met, "{z}/{x}/{y}: a border beside the cells");
                }
            }
        }
        assert!(shared > 100, "zoom {z} has {shared} edges");
    }
}

#[test]
fn an_edit_changes_the_tiles_that_it_touches_and_no_others() {
    let before = partition(400);
    let inner =
        |arc: &&gewang_grid::Arc| arc.left.is_some() && arc.right.is_some() && arc.points.len() > 4;
    let arc = before.arcs().iter().filter(inner).nth(200).unwrap();
    let from = arc.points[2];
    let to = Coord::from_units(from.lon_units() + 150, from.lat_units() + 150).unwrap();
    let mut editor = Editor::new(&before);
    editor.move_vertex(from, to).unwrap();
    let after = editor.partition().unwrap();
    for z in [10, 12, 14, 16] {
        let (old, new) = (
            Sheet::new(&before, z, Datum::Wgs84),
            Sheet::new(&after, z, Datum::Wgs84),
        );
        let units = f64::from(1 << z) * f64::from(EXTENT);
        let spots = arc.points.iter().chain([&to]).map(|at| {
            let (x, y) = Datum::Wgs84.square(at.lon(), at.lat());
            ((x * units) as i32, (y * units) as i32)
        });
        let (low, high) = around(&spots.collect::<Vec<_>>());
        let near = |low: i32, high: i32, tile: i32| {
            let reach = MARGIN + 1;
            (low - reach).div_euclid(EXTENT) <= tile && tile <= (high + reach).div_euclid(EXTENT)
        };
        let mut changed = 0;
        for (x, y) in old.places().chain(new.places()) {
            if old.tile(x, y, None) != new.tile(x, y, None) {
                changed += 1;
                let touched = near(low.0, high.0, x) && near(low.1, high.1, y);
                assert!(touched, "{z}/{x}/{y} changed");
            }
        }
        assert!(z < DEEPEST || (changed > 0 && changed < old.places().count() / 4));
    }
}

#[test]
fn counts_stand_in_cells_and_names() {
    let partition = partition(100);
    let sheet = Sheet::new(&partition, 14, Datum::Wgs84);
    let counted: Vec<Counted> = partition
        .indices()
        .map(|index| Counted {
            open: index.get() as u64,
            late: 0,
        })
        .collect();
    let mut told = 0;
    for (x, y) in sheet.places() {
        let layers = seen(&sheet.tile(x, y, Some(&counted)));
        for cell in ["cell", "label"]
            .iter()
            .filter_map(|layer| layers.get(*layer))
            .flatten()
        {
            let index = partition.index_of(&cell.tags["id"]).unwrap();
            assert_eq!(
                (cell.tags["open"].as_str(), cell.tags["late"].as_str()),
                (index.get().to_string().as_str(), "0")
            );
            told += 1;
        }
    }
    assert!(told > 100);
}

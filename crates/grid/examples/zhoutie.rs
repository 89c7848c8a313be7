//! Draws the demo town's cells: `cargo run -p gewang-grid --example zhoutie > packs/zhoutie/cells.geojson`.
//!
//! No open borders of the town exist. Real are its divisions, their official codes and the place of its seat;
//! everything else is made up here, the same on every machine (only `+ - * /` and `sqrt` on floats, no random numbers).
//!
//! The ground is covered with small hexagons. Villages grow from their seats and cells from theirs, hexagon by
//! hexagon, more slowly across waterways, so that borders come to lie along them. The borders, shared hexagon
//! edges, are then smoothed and thinned as one net, so neighbours keep every vertex in common.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use serde_json::{Value, json};

/// The seat of the town after GeoNames (CC BY 4.0); metres are counted from here.
const SEAT: (f64, f64) = (119.99542, 31.43889);
/// Metres in a degree of longitude and latitude there.
const DEGREE: (f64, f64) = (95_090.0, 110_870.0);
/// Distance between the middles of two hexagons in metres.
const STEP: f64 = 115.0;
/// Distance between two rows of hexagons in metres: the step times half the root of three.
const ROW: f64 = STEP * 0.866_025_403_784_438_6;

/// The rough outline in kilometres east and north of the seat, anticlockwise; the shore of the lake is the east.
const OUTLINE: [(f64, f64); 27] = [
    (-3.3, -4.6),
    (-2.1, -5.1),
    (-0.9, -4.8),
    (0.3, -5.2),
    (1.5, -5.0),
    (2.6, -5.25),
    (3.1, -4.4),
    (3.25, -3.3),
    (3.7, -2.3),
    (3.6, -1.2),
    (3.95, -0.1),
    (4.2, 1.0),
    (4.15, 2.1),
    (4.6, 3.1),
    (5.0, 4.0),
    (4.4, 4.55),
    (3.2, 4.3),
    (2.2, 4.75),
    (1.0, 4.5),
    (-0.2, 4.2),
    (-1.5, 4.45),
    (-2.7, 4.0),
    (-3.4, 3.1),
    (-3.9, 1.9),
    (-3.6, 0.5),
    (-4.2, -0.9),
    (-3.7, -2.7),
];

/// Waterways in kilometres, which borders like to follow: 'du' creeks run to the lake, canals across them.
const WATER: [&[(f64, f64)]; 8] = [
    &[
        (-5.0, 1.7),
        (-2.6, 0.8),
        (-0.8, 0.7),
        (1.0, 0.85),
        (2.6, 0.2),
        (5.0, 0.5),
    ],
    &[
        (-5.0, 2.1),
        (-3.0, 2.7),
        (-0.8, 2.2),
        (1.0, 2.8),
        (2.4, 1.9),
        (5.0, 2.4),
    ],
    &[
        (-5.0, -0.7),
        (-2.4, -1.6),
        (-0.2, -1.1),
        (1.4, -1.5),
        (5.0, -1.2),
    ],
    &[
        (-5.0, -3.9),
        (-2.2, -2.7),
        (-0.4, -3.3),
        (1.8, -2.4),
        (5.0, -3.2),
    ],
    &[
        (-1.2, 5.0),
        (-1.9, 2.8),
        (-2.4, 0.6),
        (-1.7, -1.2),
        (-2.5, -3.0),
        (-2.9, -6.0),
    ],
    &[
        (1.0, 5.0),
        (-0.1, 2.4),
        (0.9, 0.7),
        (0.1, -1.3),
        (0.9, -3.1),
        (0.2, -6.0),
    ],
    &[
        (2.0, 5.0),
        (2.9, 2.5),
        (2.1, 0.4),
        (2.5, -1.7),
        (1.5, -3.5),
        (1.1, -6.0),
    ],
    &[(-1.1, 1.2), (-0.7, -0.2), (-1.1, -1.2)],
];

struct Village {
    id: &'static str,
    zh: &'static str,
    en: &'static str,
    /// The last three digits of its code in the list of the statistics bureau.
    code: &'static str,
    /// The middle in kilometres from the town's seat, made up.
    seat: (f64, f64),
    /// How slowly it grows; communities stay small.
    slow: u64,
    cells: usize,
}

const fn village(
    id: &'static str,
    zh: &'static str,
    en: &'static str,
    code: &'static str,
    seat: (f64, f64),
    slow: u64,
    cells: usize,
) -> Village {
    Village {
        id,
        zh,
        en,
        code,
        seat,
        slow,
        cells,
    }
}

const VILLAGES: [Village; 18] = [
    village(
        "zhoutie-shequ",
        "周铁社区",
        "Zhoutie Community",
        "001",
        (0.05, 0.0),
        16,
        4,
    ),
    village(
        "huguang",
        "湖光社区",
        "Huguang Community",
        "002",
        (1.4, -0.2),
        15,
        4,
    ),
    village(
        "xiazhujie",
        "下邾街社区",
        "Xiazhujie Community",
        "003",
        (-2.95, 1.55),
        19,
        3,
    ),
    village(
        "zhuxi",
        "竺西社区",
        "Zhuxi Community",
        "004",
        (-1.6, -0.1),
        15,
        4,
    ),
    village(
        "penggan",
        "彭干村",
        "Penggan Village",
        "200",
        (-0.7, -2.3),
        11,
        4,
    ),
    village(
        "wangmao",
        "王茂村",
        "Wangmao Village",
        "201",
        (-3.05, -2.4),
        10,
        4,
    ),
    village(
        "tangxia",
        "棠下村",
        "Tangxia Village",
        "202",
        (-1.0, -4.1),
        10,
        4,
    ),
    village(
        "zhoutie-cun",
        "周铁村",
        "Zhoutie Village",
        "203",
        (0.75, 1.6),
        12,
        4,
    ),
    village(
        "donghu",
        "东湖村",
        "Donghu Village",
        "204",
        (1.35, -2.0),
        11,
        4,
    ),
    village(
        "qianguan",
        "前观村",
        "Qianguan Village",
        "205",
        (-3.15, -0.2),
        11,
        4,
    ),
    village(
        "longting",
        "龙亭村",
        "Longting Village",
        "206",
        (-1.05, 1.45),
        11,
        4,
    ),
    village(
        "fenshui",
        "分水村",
        "Fenshui Village",
        "207",
        (1.45, 3.6),
        10,
        5,
    ),
    village(
        "xiazhu",
        "下邾村",
        "Xiazhu Village",
        "208",
        (-2.55, 3.1),
        10,
        4,
    ),
    village(
        "shatanggang",
        "沙塘港村",
        "Shatanggang Village",
        "209",
        (3.6, 3.1),
        10,
        4,
    ),
    village(
        "oumaodu",
        "欧毛渎村",
        "Oumaodu Village",
        "210",
        (2.95, 1.25),
        10,
        4,
    ),
    village("xudu", "徐渎村", "Xudu Village", "211", (2.8, -0.9), 11, 4),
    village(
        "yangxi",
        "洋溪村",
        "Yangxi Village",
        "212",
        (2.0, -3.85),
        10,
        5,
    ),
    village(
        "zhongxin",
        "中新村",
        "Zhongxin Village",
        "213",
        (-0.5, 3.3),
        10,
        4,
    ),
];

/// A hexagon by column and row; odd rows are shifted by half a step.
type Hex = (i64, i64);
/// A corner of hexagons on a lattice of half steps and thirds of rows.
type Corner = (i64, i64);
type Point = (f64, f64);

fn main() {
    print!("{}", text());
}

/// The whole file, one feature a line.
pub fn text() -> String {
    let town = draw();
    let mut text = String::from("{\n\"type\": \"FeatureCollection\",\n");
    for (key, value) in town.about {
        text += &format!("{}: {value},\n", Value::from(key));
    }
    let features: Vec<String> = town.features.iter().map(Value::to_string).collect();
    text += &format!("\"features\": [\n{}\n]\n}}\n", features.join(",\n"));
    text
}

struct Town {
    about: Vec<(&'static str, Value)>,
    features: Vec<Value>,
}

fn draw() -> Town {
    let outline = outline();
    let ground: Vec<Hex> = (-60..60)
        .flat_map(|row| (-60..60).map(move |column| (column, row)))
        .filter(|&hex| contains(&outline, middle(hex)))
        .collect();
    let ground = connected(&ground);
    let seats: Vec<(Hex, u64)> = VILLAGES
        .iter()
        .map(|v| (nearest(&ground, (v.seat.0 * 1e3, v.seat.1 * 1e3)), v.slow))
        .collect();
    let villages = grow(&ground, &seats);
    let mut owner: BTreeMap<Hex, (usize, usize)> = BTreeMap::new();
    for (v, village) in VILLAGES.iter().enumerate() {
        let own: Vec<Hex> = ground
            .iter()
            .copied()
            .filter(|hex| villages[hex] == v)
            .collect();
        for (hex, cell) in divide(&own, village.cells) {
            owner.insert(hex, (v, cell));
        }
    }
    let rings = borders(&owner);
    let mut features = vec![json!({ "type": "Feature", "properties": {
        "id": "zhoutie", "level": "town", "zh": "周铁镇", "en": "Zhoutie Town",
        "codes": [{ "scheme": "nbs", "date": "2023-06-30", "code": "320282110" },
            { "scheme": "mca", "date": "2025-12-31", "code": "320282119" }] }, "geometry": null })];
    for (v, village) in VILLAGES.iter().enumerate() {
        features.push(json!({ "type": "Feature", "properties": {
            "id": village.id, "level": "village", "parent": "zhoutie", "zh": village.zh, "en": village.en,
            "codes": [{ "scheme": "nbs", "date": "2023-06-30", "code": format!("320282110{}", village.code) }] },
            "geometry": null }));
        let short = village
            .en
            .rsplit_once(' ')
            .map_or(village.en, |(name, _)| name);
        // A village and a community share a name: the short one is the village's.
        let short = if village.id == "zhoutie-shequ" {
            village.en
        } else {
            short
        };
        for cell in 0..village.cells {
            let number = cell + 1;
            let households = 180 + hash(v as i64, 7 * cell as i64 + 3) % 341;
            features.push(json!({ "type": "Feature", "properties": {
                "id": format!("{}-{number:02}", village.id), "level": "cell", "parent": village.id,
                "zh": format!("{}{number:02}格", village.zh), "en": format!("{short} {number:02}"),
                "households": households },
                "geometry": { "type": "Polygon", "coordinates": rings[&(v, cell)] } }));
        }
    }
    Town {
        about: vec![
            ("name", "zhoutie".into()),
            ("made_up", true.into()),
            (
                "note",
                json!({
                "zh": "边界和户数是虚构的演示数据，不是真实的行政区划界线，不得用作地图依据。区划名称和代码来自国家统计局（2023-06-30）与民政部（2025-12-31）公布的代码；镇驻地的位置来自 GeoNames（CC BY 4.0）。",
                "en": "The borders and the numbers of households are made up for the demo; they are no real administrative boundaries and no basis for a map. The names and codes of the divisions are those published by the National Bureau of Statistics (2023-06-30) and the Ministry of Civil Affairs (2025-12-31); the position of the town's seat is from GeoNames (CC BY 4.0)." }),
            ),
            ("seat", json!([SEAT.0, SEAT.1])),
        ],
        features,
    }
}

/// A number that only depends on two others (the finalizer of SplitMix64).
fn hash(a: i64, b: i64) -> u64 {
    let mut z = (a as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ (b as u64).wrapping_mul(0xD1B5_4A32_D192_ED03);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Between -1 and 1.
fn noise(a: i64, b: i64) -> f64 {
    (hash(a, b) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// The outline in metres, each side bent at its middle again and again, by less each time.
fn outline() -> Vec<Point> {
    let mut points: Vec<Point> = OUTLINE
        .iter()
        .map(|&(x, y)| (x * 1018.0, y * 1018.0))
        .collect();
    for round in 0..4 {
        let mut finer = Vec::with_capacity(2 * points.len());
        for (i, &(ax, ay)) in points.iter().enumerate() {
            let (bx, by) = points[(i + 1) % points.len()];
            let bend = noise(i as i64, 100 + round) * 0.13;
            finer.push((ax, ay));
            finer.push((
                (ax + bx) / 2.0 - (by - ay) * bend,
                (ay + by) / 2.0 + (bx - ax) * bend,
            ));
        }
        points = finer;
    }
    points
}

fn contains(ring: &[Point], p: Point) -> bool {
    let mut inside = false;
    for (i, &a) in ring.iter().enumerate() {
        let b = ring[(i + 1) % ring.len()];
        if (a.1 <= p.1) != (b.1 <= p.1) && p.0 < a.0 + (p.1 - a.1) * (b.0 - a.0) / (b.1 - a.1) {
            inside = !inside;
        }
    }
    inside
}

fn middle((column, row): Hex) -> Point {
    let shift = if row.rem_euclid(2) == 1 { 0.5 } else { 0.0 };
    ((column as f64 + shift) * STEP, row as f64 * ROW)
}

/// Around a hexagon anticlockwise from the east.
fn around((column, row): Hex) -> [Hex; 6] {
    let odd = row.rem_euclid(2);
    [
        (column + 1, row),
        (column + odd, row + 1),
        (column + odd - 1, row + 1),
        (column - 1, row),
        (column + odd - 1, row - 1),
        (column + odd, row - 1),
    ]
}

/// The two corners of the side that faces the neighbour `side` of [`around`], anticlockwise.
fn side((column, row): Hex, side: usize) -> (Corner, Corner) {
    const CORNERS: [Corner; 6] = [(1, -1), (1, 1), (0, 2), (-1, 1), (-1, -1), (0, -2)];
    let (x, y) = (2 * column + row.rem_euclid(2), 3 * row);
    let at = |i: usize| (x + CORNERS[i % 6].0, y + CORNERS[i % 6].1);
    (at(side), at(side + 1))
}

/// The part of the ground that hangs together with the seat.
fn connected(ground: &[Hex]) -> Vec<Hex> {
    let mut left: BTreeMap<Hex, bool> = ground.iter().map(|&hex| (hex, false)).collect();
    let mut open = vec![nearest(ground, (0.0, 0.0))];
    while let Some(hex) = open.pop() {
        if let Some(seen @ false) = left.get_mut(&hex) {
            *seen = true;
            open.extend(around(hex));
        }
    }
    left.into_iter()
        .filter(|&(_, seen)| seen)
        .map(|(hex, _)| hex)
        .collect()
}

fn distance2(a: Point, b: Point) -> f64 {
    (a.0 - b.0) * (a.0 - b.0) + (a.1 - b.1) * (a.1 - b.1)
}

fn nearest(hexes: &[Hex], p: Point) -> Hex {
    let far = |hex: &Hex| distance2(middle(*hex), p);
    *hexes
        .iter()
        .min_by(|a, b| far(a).total_cmp(&far(b)))
        .expect("there is ground everywhere")
}

/// Which seat reaches each hexagon first. What a seat holds always hangs together.
fn grow(ground: &[Hex], seats: &[(Hex, u64)]) -> BTreeMap<Hex, usize> {
    let mut owner: BTreeMap<Hex, Option<usize>> = ground.iter().map(|&hex| (hex, None)).collect();
    let mut open: BinaryHeap<Reverse<(u64, usize, Hex)>> = seats
        .iter()
        .enumerate()
        .map(|(i, &(hex, _))| Reverse((0, i, hex)))
        .collect();
    while let Some(Reverse((cost, i, hex))) = open.pop() {
        if let Some(free @ None) = owner.get_mut(&hex) {
            *free = Some(i);
            for next in around(hex) {
                if owner.contains_key(&next) {
                    open.push(Reverse((cost + seats[i].1 * passage(hex, next), i, next)));
                }
            }
        }
    }
    owner
        .into_iter()
        .filter_map(|(hex, i)| i.map(|i| (hex, i)))
        .collect()
}

/// What it costs to go from one hexagon to the next: uneven ground, and waterways above all.
fn passage(a: Hex, b: Hex) -> u64 {
    let (p, q) = (middle(a), middle(b));
    let wet = WATER.iter().any(|line| {
        line.windows(2).any(|pair| {
            let [c, d] = [pair[0], pair[1]].map(|(x, y)| (x * 1e3, y * 1e3));
            let turn = |a: Point, b: Point, c: Point| {
                (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
            };
            turn(p, q, c) * turn(p, q, d) < 0.0 && turn(c, d, p) * turn(c, d, q) < 0.0
        })
    });
    let patch = hash((a.0 + b.0).div_euclid(9), (a.1 + b.1).div_euclid(8)) % 9;
    14 + patch + hash(a.0 + b.0, a.1 + b.1) % 9 + if wet { 38 } else { 0 }
}

/// Cuts a village into cells of like size, numbered from the north, then from the west.
fn divide(own: &[Hex], count: usize) -> BTreeMap<Hex, usize> {
    let mean = |hexes: &[Hex]| {
        let sum = hexes
            .iter()
            .map(|&hex| middle(hex))
            .fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
        (sum.0 / hexes.len() as f64, sum.1 / hexes.len() as f64)
    };
    // Seats as far apart as can be, then moved to the middle of what each holds (after Lloyd).
    let mut seats = vec![nearest(own, mean(own))];
    while seats.len() < count {
        let far = |hex: &Hex| {
            seats
                .iter()
                .map(|&seat| distance2(middle(*hex), middle(seat)))
                .fold(f64::INFINITY, f64::min)
        };
        let next = *own
            .iter()
            .max_by(|a, b| far(a).total_cmp(&far(b)))
            .expect("a village has ground");
        seats.push(next);
    }
    let mut cells = BTreeMap::new();
    for _ in 0..8 {
        let slow: Vec<(Hex, u64)> = seats.iter().map(|&seat| (seat, 10)).collect();
        cells = grow(own, &slow);
        for (i, seat) in seats.iter_mut().enumerate() {
            let held: Vec<Hex> = own.iter().copied().filter(|hex| cells[hex] == i).collect();
            *seat = nearest(&held, mean(&held));
        }
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| {
        let band = |i: usize| (middle(seats[i]).1 / -600.0).round();
        band(a)
            .total_cmp(&band(b))
            .then(middle(seats[a]).0.total_cmp(&middle(seats[b]).0))
    });
    let mut number = vec![0; count];
    for (place, &i) in order.iter().enumerate() {
        number[i] = place;
    }
    cells.into_iter().map(|(hex, i)| (hex, number[i])).collect()
}

/// The ring of every cell, closed, in degrees: hexagon borders, smoothed and thinned as one net.
fn borders(owner: &BTreeMap<Hex, (usize, usize)>) -> BTreeMap<(usize, usize), Vec<Vec<[f64; 2]>>> {
    let mut around_cell: BTreeMap<(usize, usize), BTreeMap<Corner, Corner>> = BTreeMap::new();
    let mut net: BTreeMap<Corner, Vec<Corner>> = BTreeMap::new();
    let mut wall: BTreeMap<Corner, bool> = BTreeMap::new();
    for (&hex, &cell) in owner {
        for (i, beyond) in around(hex).into_iter().enumerate() {
            let other = owner.get(&beyond);
            if other == Some(&cell) {
                continue;
            }
            let (a, b) = side(hex, i);
            around_cell.entry(cell).or_default().insert(a, b);
            for (p, q) in [(a, b), (b, a)] {
                let beside = net.entry(p).or_default();
                if !beside.contains(&q) {
                    beside.push(q);
                }
                *wall.entry(p).or_default() |= other.is_none();
            }
        }
    }
    let mut places: BTreeMap<Corner, Point> = net
        .keys()
        .map(|&(x, y)| ((x, y), (x as f64 * STEP / 2.0, y as f64 * ROW / 3.0)))
        .collect();
    for _ in 0..6 {
        let before = places.clone();
        for (corner, place) in &mut places {
            // The outer border only heeds itself, or inner borders would dent it.
            let beside: Vec<Point> = net[corner]
                .iter()
                .filter(|next| !wall[corner] || wall[*next])
                .map(|next| before[next])
                .collect();
            let count = beside.len() as f64;
            let sum = beside
                .iter()
                .fold((0.0, 0.0), |s, p| (s.0 + p.0, s.1 + p.1));
            let pull = 0.5;
            place.0 += pull * (sum.0 / count - place.0);
            place.1 += pull * (sum.1 / count - place.1);
        }
    }
    let kept = thin(&net, &places);
    let degrees = |corner: &Corner| {
        let (x, y) = places[corner];
        let round = |v: f64| (v * 1e7).round() / 1e7;
        [round(SEAT.0 + x / DEGREE.0), round(SEAT.1 + y / DEGREE.1)]
    };
    around_cell
        .into_iter()
        .map(|(cell, mut next)| {
            let mut rings = Vec::new();
            while let Some((&start, _)) = next.iter().find(|(corner, _)| kept[*corner]) {
                let mut ring = Vec::new();
                let mut at = start;
                while let Some(on) = next.remove(&at) {
                    if kept[&at] {
                        ring.push(degrees(&at));
                    }
                    at = on;
                }
                ring.push(degrees(&start));
                rings.push(ring);
            }
            (cell, rings)
        })
        .collect()
}

/// Which corners stay: every meeting of borders, and of the others those that bend one by more than some metres
/// (after Douglas and Peucker), decided once for the border and so for both neighbours.
fn thin(
    net: &BTreeMap<Corner, Vec<Corner>>,
    places: &BTreeMap<Corner, Point>,
) -> BTreeMap<Corner, bool> {
    const BEND_M: f64 = 7.0;
    let mut kept: BTreeMap<Corner, bool> = net
        .iter()
        .map(|(&c, beside)| (c, beside.len() != 2))
        .collect();
    let nodes: Vec<Corner> = kept
        .iter()
        .filter(|&(_, &node)| node)
        .map(|(&c, _)| c)
        .collect();
    for start in nodes {
        for &second in &net[&start] {
            let mut arc = vec![start];
            let (mut from, mut to) = (start, second);
            while net[&to].len() == 2 {
                arc.push(to);
                let on = if net[&to][0] == from {
                    net[&to][1]
                } else {
                    net[&to][0]
                };
                (from, to) = (to, on);
            }
            arc.push(to);
            // Each border is met from both of its ends; once is enough.
            if (arc[0], arc[1]) > (arc[arc.len() - 1], arc[arc.len() - 2]) {
                continue;
            }
            let mut open = vec![(0, arc.len() - 1)];
            while let Some((i, j)) = open.pop() {
                let bend = |k: usize| off_line2(places[&arc[i]], places[&arc[j]], places[&arc[k]]);
                let most = (i + 1..j).max_by(|&a, &b| bend(a).total_cmp(&bend(b)));
                if let Some(k) = most.filter(|&k| bend(k) > BEND_M * BEND_M) {
                    kept.insert(arc[k], true);
                    open.extend([(i, k), (k, j)]);
                }
            }
        }
    }
    kept
}

/// Squared distance of `p` from the segment `a b`.
fn off_line2(a: Point, b: Point, p: Point) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length2 = dx * dx + dy * dy;
    if length2 == 0.0 {
        return distance2(a, p);
    }
    let share = (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length2).clamp(0.0, 1.0);
    distance2((a.0 + share * dx, a.1 + share * dy), p)
}

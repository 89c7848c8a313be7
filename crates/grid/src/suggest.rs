//! Cells proposed from where people live: a starting point to edit.
//!
//! The ground is halved again and again, each time so that both sides hold a whole number of cells' loads: along a river or
//! road that does so well enough, otherwise along a straight line, rather a short one. Each cut is an edit like any
//! other, so the result is a partition whatever the lines are.

use rustc_hash::FxHashMap;

use crate::{
    cell::{CellId, Text},
    coord::Coord,
    edit::{Edit, Editor, NewCell, Refusal},
    exact::orient,
    households::Household,
    layer::{Feature, Layer},
    measure::offset_m,
    partition::Partition,
    reading::{ParseError, Reading, Root},
    shape::{Ring, Shape},
};

/// What the proposed cells should be like.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The domain above them.
    pub root: Root,
    /// What the id of every cell begins with.
    pub prefix: String,
    /// The load aimed at.
    pub load: f64,
    /// The load past which a cell is cut again.
    pub most: f64,
}

impl Wish {
    /// What towns commonly aim at: 300 to 500 households a cell.
    pub fn new(root: Root) -> Wish {
        Wish {
            prefix: root.id.as_str().to_owned(),
            root,
            load: 400.0,
            most: 500.0,
        }
    }
}

/// Longest edge of the outer border that is left without a vertex in between, so that cuts may end on it.
const LONGEST_M: f64 = 60.0;
/// Straight lines tried for each cut.
const WAYS: usize = 9;
/// How far from the wished share of the load a barrier may part it.
const BARRIER_OFF: f64 = 0.15;

/// Proposes cells within a boundary, of nearly equal load, along barriers (rivers, roads) where they serve.
///
/// The outer border gets vertices where cuts end, each within a centimetre of its line. Errors are those of a boundary that
/// is none.
pub fn suggest(
    boundary: &Layer,
    households: &[Household],
    barriers: &[Vec<Coord>],
    wish: &Wish,
) -> Result<Partition, ParseError> {
    let (start, frame) = whole(boundary, wish)?;
    let mut editor = Editor::new(&start);
    let leaves: Vec<CellId> = start
        .leaves()
        .map(|leaf| start.cell(leaf).id.clone())
        .collect();
    let division = Division {
        prefix: wish.prefix.clone(),
        load: wish.load,
        most: wish.most,
    };
    halve(&mut editor, leaves, households, barriers, &division);
    Partition::within(&editor.layer(), Some(&frame), &Reading::default())
}

/// What the cells are to be like into which others are divided.
#[derive(Clone, PartialEq, Debug)]
pub struct Division {
    /// What the id of every new cell begins with.
    pub prefix: String,
    /// The load aimed at.
    pub load: f64,
    /// The load past which a cell is cut again.
    pub most: f64,
}

/// Divides some leaves of a partition anew: those that lie together below one cell are merged, then cut as
/// [`suggest`] does. The outer border keeps its places. What was done is given back as one edit; when nothing was, the
/// editor is as it was.
pub fn divide(
    editor: &mut Editor,
    cells: &[CellId],
    households: &[Household],
    barriers: &[Vec<Coord>],
    wish: &Division,
) -> Result<Edit, Refusal> {
    let mut edits = Vec::new();
    let mut waiting: Vec<CellId> = cells.to_vec();
    waiting.sort();
    waiting.dedup();
    let mut open = Vec::new();
    while let Some(keep) = waiting.pop() {
        let parent = editor.cell(&keep).and_then(|cell| cell.parent.clone());
        let mut gone: Vec<CellId> = Vec::new();
        let mut next = vec![keep.clone()];
        while let Some(id) = next.pop() {
            let near: Vec<CellId> = editor.neighbours(&id).into_iter().cloned().collect();
            for other in near {
                let below = editor.cell(&other).and_then(|cell| cell.parent.clone());
                if below == parent
                    && let Some(at) = waiting.iter().position(|one| *one == other)
                {
                    waiting.swap_remove(at);
                    gone.push(other.clone());
                    next.push(other);
                }
            }
        }
        if !gone.is_empty() {
            let merge = Edit::Merge {
                keep: keep.clone(),
                gone,
            };
            if let Err(refusal) = editor.apply(&merge) {
                take_back(editor, &edits);
                return Err(refusal);
            }
            edits.push(merge);
        }
        open.push(keep);
    }
    edits.extend(halve(editor, open, households, barriers, wish));
    Ok(Edit::Several { edits })
}

fn take_back(editor: &mut Editor, edits: &[Edit]) {
    let steps = edits.iter().map(|edit| match edit {
        Edit::Merge { gone, .. } => gone.len(),
        _ => 1,
    });
    for _ in 0..steps.sum() {
        editor.undo();
    }
}

/// Halves leaves until each has about the load aimed at; what was done.
fn halve(
    editor: &mut Editor,
    leaves: Vec<CellId>,
    households: &[Household],
    barriers: &[Vec<Coord>],
    wish: &Division,
) -> Vec<Edit> {
    let mut count = leaves.len();
    let mut open: Vec<(CellId, Vec<Household>)> =
        leaves.into_iter().map(|id| (id, Vec::new())).collect();
    let place: FxHashMap<CellId, usize> = open
        .iter()
        .enumerate()
        .map(|(i, (id, _))| (id.clone(), i))
        .collect();
    for household in households {
        let home = editor.leaf_at(household.at).and_then(|id| place.get(id));
        if let Some(&i) = home {
            open[i].1.push(*household);
        }
    }
    let mut edits = Vec::new();
    while let Some((id, own)) = open.pop() {
        let load = load(&own);
        let parts = ((load / wish.load).round() as usize).max(if load > wish.most { 2 } else { 1 });
        if parts < 2 {
            continue;
        }
        let share = (parts / 2) as f64 / parts as f64;
        let new = loop {
            let new = name(&wish.prefix, count);
            if editor.cell(&new.id).is_none() {
                break new;
            }
            count += 1;
        };
        if let Some(line) = cut(editor, &id, &new, &own, share, barriers) {
            count += 1;
            let (left, right) = own
                .into_iter()
                .partition(|one| editor.leaf_at(one.at) == Some(&new.id));
            edits.push(Edit::Split {
                cell: id.clone(),
                line,
                new: new.clone(),
            });
            open.push((new.id, left));
            open.push((id, right));
        }
    }
    edits
}

fn load(own: &[Household]) -> f64 {
    own.iter().map(|household| household.weight).sum()
}

fn name(prefix: &str, number: usize) -> NewCell {
    let id = format!("{prefix}-{}", number + 1);
    NewCell {
        id: CellId::new(&id).unwrap_or_else(|_| {
            CellId::new(&format!("cell-{}", number + 1)).expect("letters and a number make an id")
        }),
        title: Text {
            zh: format!("第{}网格", number + 1),
            en: format!("Cell {}", number + 1),
        },
        codes: Vec::new(),
    }
}

/// The boundary as a partition of one cell for each of its polygons.
fn whole(boundary: &Layer, wish: &Wish) -> Result<(Partition, Layer), ParseError> {
    let polygons = boundary
        .features
        .iter()
        .flat_map(|feature| feature.shape.iter().flatten());
    let features = polygons.enumerate().map(|(i, polygon)| {
        let cell = name(&wish.prefix, i);
        let mut attributes = serde_json::Map::new();
        attributes.insert("id".into(), cell.id.as_str().into());
        attributes.insert("zh".into(), cell.title.zh.into());
        attributes.insert("en".into(), cell.title.en.into());
        Feature {
            number: i + 1,
            attributes,
            shape: Some(vec![polygon.iter().map(|ring| finer(ring)).collect()]),
        }
    });
    let layer = Layer {
        features: features.collect(),
        about: boundary.about.clone(),
    };
    let reading = Reading {
        root: Some(wish.root.clone()),
        levels: ["town", "cell"].map(String::from).into(),
        ..Reading::default()
    };
    // The boundary is its own frame: its holes are nobody's, and no gaps.
    let partition = Partition::within(&layer, Some(&layer), &reading)?;
    Ok((partition, layer))
}

fn finer(ring: &[Coord]) -> Ring {
    let mut finer = Vec::new();
    for pair in ring.windows(2) {
        finer.push(pair[0]);
        let steps = (pair[0].distance_m(pair[1]) / LONGEST_M) as i64;
        for step in 1..=steps {
            let along = |a: i64, b: i64| a + (b - a) * step / (steps + 1);
            let lon = along(pair[0].x(), pair[1].x());
            finer.push(Coord::between(lon, along(pair[0].y(), pair[1].y())));
        }
    }
    finer.extend(ring.last());
    finer
}

/// Splits a cell so that the share of its load lies in the new one, or in the old; the line, where any would do.
fn cut(
    editor: &mut Editor,
    id: &CellId,
    new: &NewCell,
    own: &[Household],
    share: f64,
    barriers: &[Vec<Coord>],
) -> Option<Vec<Coord>> {
    let shape = editor.shape(id)?;
    let all = load(own);
    let size_m = shape.area_m2().sqrt();
    let natural = barriers
        .iter()
        .flat_map(|line| within(&shape, line))
        .map(|line| (line, true));
    let straight = straight(&shape, own, share)
        .into_iter()
        .map(|line| (line, false));
    let mut best: Option<(f64, Vec<Coord>)> = None;
    for (line, barrier) in natural.chain(straight) {
        if editor
            .split(id, &line, new.id.clone(), new.title.clone())
            .is_err()
        {
            continue;
        }
        let left: f64 = own
            .iter()
            .filter(|one| editor.leaf_at(one.at) == Some(&new.id))
            .map(|one| one.weight)
            .sum();
        editor.undo();
        let off = (left / all - share)
            .abs()
            .min((left / all - (1.0 - share)).abs());
        if left <= 0.0 || left >= all || (barrier && off > BARRIER_OFF) {
            continue;
        }
        let length_m: f64 = line
            .windows(2)
            .map(|pair| pair[0].distance_m(pair[1]))
            .sum();
        // A barrier is worth a detour and some inequality; a bad share is worth nothing.
        let cost = if barrier {
            off
        } else {
            3.0 * off + 0.3 * length_m / size_m
        };
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, line));
        }
    }
    let (_, line) = best?;
    editor
        .split(id, &line, new.id.clone(), new.title.clone())
        .ok()
        .map(|()| line)
}

/// The stretches of a line that lead through a shape from border to border.
fn within(shape: &Shape, line: &[Coord]) -> Vec<Vec<Coord>> {
    let mut stretches = Vec::new();
    let mut now: Option<Vec<Coord>> = None;
    for pair in line.windows(2) {
        let mut stops: Vec<(f64, Coord)> = shape
            .edges()
            .filter_map(|edge| crossing(pair[0], pair[1], edge))
            .collect();
        stops.sort_by(|p, q| p.0.total_cmp(&q.0));
        for (_, stop) in stops {
            match now.take() {
                Some(mut stretch) => {
                    stretch.push(stop);
                    stretches.push(stretch);
                }
                None => now = Some(vec![stop]),
            }
        }
        // After an even number of crossings the line is where it began.
        if !shape.contains(pair[1]) {
            now = None;
        } else if let Some(stretch) = &mut now {
            stretch.push(pair[1]);
        }
    }
    stretches.retain(|stretch| stretch.len() > 1);
    stretches
}

/// Straight lines through a shape, in some directions, that leave the share of the load on their left.
fn straight(shape: &Shape, own: &[Household], share: f64) -> Vec<Vec<Coord>> {
    let Some(bounds) = shape.bounds() else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for way in 0..WAYS {
        let angle = std::f64::consts::PI * way as f64 / WAYS as f64;
        let (sin, cos) = angle.sin_cos();
        // How far to the left of a line through the corner in this direction, in metres.
        let aside = |place: Coord| {
            let (east, north) = offset_m(bounds.min, place);
            north * cos - east * sin
        };
        let mut order: Vec<(f64, f64)> =
            own.iter().map(|one| (aside(one.at), one.weight)).collect();
        order.sort_by(|p, q| q.0.total_cmp(&p.0));
        let wanted = load(own) * share;
        let mut sum = 0.0;
        let cut = order.iter().find(|(_, weight)| {
            sum += weight;
            sum >= wanted
        });
        let Some(&(at, _)) = cut else {
            continue;
        };
        let mut stops: Vec<(f64, Coord)> = shape
            .edges()
            .filter_map(|(a, b)| {
                let (p, q) = (aside(a) - at, aside(b) - at);
                ((p < 0.0) != (q < 0.0)).then(|| {
                    let share = p / (p - q);
                    let along = |a: i64, b: i64| a + ((b - a) as f64 * share).round() as i64;
                    let stop = Coord::between(along(a.x(), b.x()), along(a.y(), b.y()));
                    let (east, north) = offset_m(bounds.min, stop);
                    (east * cos + north * sin, stop)
                })
            })
            .collect();
        stops.sort_by(|p, q| p.0.total_cmp(&q.0));
        lines.extend(stops.chunks_exact(2).map(|pair| vec![pair[0].1, pair[1].1]));
    }
    lines
}

/// Where a line crosses an edge, and how far along the line.
fn crossing(a: Coord, b: Coord, (c, d): (Coord, Coord)) -> Option<(f64, Coord)> {
    let (p, q) = (
        orient(c.into(), d.into(), a.into()),
        orient(c.into(), d.into(), b.into()),
    );
    let sides = (
        orient(a.into(), b.into(), c.into()),
        orient(a.into(), b.into(), d.into()),
    );
    if (p > 0) == (q > 0) || (sides.0 > 0) == (sides.1 > 0) {
        return None;
    }
    let share = p as f64 / (p - q) as f64;
    let along = |a: i64, b: i64| a + ((b - a) as f64 * share).round() as i64;
    Some((
        share,
        Coord::between(along(a.x(), b.x()), along(a.y(), b.y())),
    ))
}

//! Rings that lie side by side in a file, put together as polygons with holes.

use super::drawing::Polygons;
use crate::cell::Text;

/// Comparisons of holes with outer rings past which a feature is refused; real ones need a few thousand.
const MOST_WORK: usize = 300_000_000;

/// The polygons of some rings, where outer rings run clockwise and holes the other way (ESRI's rule). Where none runs
/// clockwise, a careless program wrote them all the other way.
pub(super) fn polygons(rings: Vec<Vec<[f64; 2]>>) -> Result<Polygons, Text> {
    let clockwise: Vec<bool> = rings.iter().map(|ring| twice_area(ring) <= 0.0).collect();
    if !clockwise.contains(&true) || !clockwise.contains(&false) {
        // Nothing is marked as a hole, so each ring is a polygon.
        return Ok(rings.into_iter().map(|ring| vec![ring]).collect());
    }
    let mut outers = Vec::new();
    let mut holes = Vec::new();
    for (ring, outer) in rings.into_iter().zip(clockwise) {
        if outer {
            outers.push((Frame::of(&ring), vec![ring]));
        } else {
            holes.push(ring);
        }
    }
    let mut work = 0usize;
    let mut strays = Vec::new();
    for hole in holes {
        let frame = Frame::of(&hole);
        work = work.saturating_add(outers.len());
        let mut best: Option<(f64, usize)> = None;
        for (i, (outer_frame, polygon)) in outers.iter().enumerate() {
            if !outer_frame.holds(&frame) {
                continue;
            }
            work = work.saturating_add(polygon[0].len() + hole.len());
            let area = outer_frame.area();
            if best.is_none_or(|(least, _)| area < least) && holds(&polygon[0], &hole) {
                best = Some((area, i));
            }
        }
        if work > MOST_WORK {
            return Err(Text::new(
                "环太多，互相嵌套得太乱，无法判断哪个洞属于哪个面；请在 QGIS 中用“修复几何图形”处理后再导出。",
                "the rings are too many and too entangled to tell which hole belongs to which polygon: run \"Fix geometries\" in QGIS and export again",
            ));
        }
        match best {
            Some((_, i)) => outers[i].1.push(hole),
            // A hole in nothing is ground that somebody drew the wrong way round.
            None => strays.push(vec![hole]),
        }
    }
    let polygons = outers.into_iter().map(|(_, polygon)| polygon);
    Ok(polygons.chain(strays).collect())
}

fn twice_area(ring: &[[f64; 2]]) -> f64 {
    let Some(&[x0, y0]) = ring.first() else {
        return 0.0;
    };
    // Differences from the first point keep the digits that metres with a zone's number would lose.
    ring.windows(2)
        .map(|pair| (pair[0][0] - x0) * (pair[1][1] - y0) - (pair[1][0] - x0) * (pair[0][1] - y0))
        .sum()
}

/// The box around a ring.
struct Frame {
    min: [f64; 2],
    max: [f64; 2],
}

impl Frame {
    fn of(ring: &[[f64; 2]]) -> Frame {
        let mut frame = Frame {
            min: [f64::INFINITY; 2],
            max: [f64::NEG_INFINITY; 2],
        };
        for point in ring {
            for (axis, number) in point.iter().enumerate() {
                frame.min[axis] = frame.min[axis].min(*number);
                frame.max[axis] = frame.max[axis].max(*number);
            }
        }
        frame
    }

    fn holds(&self, other: &Frame) -> bool {
        (0..2).all(|axis| self.min[axis] <= other.min[axis] && other.max[axis] <= self.max[axis])
    }

    fn area(&self) -> f64 {
        (self.max[0] - self.min[0]) * (self.max[1] - self.min[1])
    }
}

/// Whether a hole lies in an outer ring, by its first point that is no vertex of the ring.
fn holds(outer: &[[f64; 2]], hole: &[[f64; 2]]) -> bool {
    let Some(point) = hole.iter().take(8).find(|point| !outer.contains(point)) else {
        return true;
    };
    let [x, y] = *point;
    let mut inside = false;
    for pair in outer.windows(2) {
        let ([ax, ay], [bx, by]) = (pair[0], pair[1]);
        if (ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax {
            inside = !inside;
        }
    }
    inside
}

//! Cutting lines and rings to the box of a tile and its margin.

use crate::mvt::{EXTENT, MARGIN, Spot};

const LOW: i32 = -MARGIN;
const HIGH: i32 = EXTENT + MARGIN;

/// Whether a spot lies in the box.
pub(crate) fn within(spot: &Spot) -> bool {
    (LOW..=HIGH).contains(&spot.0) && (LOW..=HIGH).contains(&spot.1)
}

/// The part of a ring inside the box (Sutherland and Hodgman, 1974).
pub(crate) fn cut_ring(ring: &[Spot]) -> Vec<Spot> {
    /// A side of the box: how far inside it a spot lies, and where a line meets it.
    type Side = (fn(Spot) -> i32, fn(Spot, Spot) -> Spot);
    const SIDES: [Side; 4] = [
        (|s| s.0 - LOW, |a, b| (LOW, level(a, b, LOW))),
        (|s| HIGH - s.0, |a, b| (HIGH, level(a, b, HIGH))),
        (
            |s| s.1 - LOW,
            |a, b| (level(turned(a), turned(b), LOW), LOW),
        ),
        (
            |s| HIGH - s.1,
            |a, b| (level(turned(a), turned(b), HIGH), HIGH),
        ),
    ];
    let mut ring = without_detours(ring);
    let mut cut = Vec::with_capacity(ring.len() + 4);
    for (inside, meet) in SIDES {
        for at in 0..ring.len() {
            let (a, b) = (ring[at], ring[(at + 1) % ring.len()]);
            match (inside(a) >= 0, inside(b) >= 0) {
                (true, true) => cut.push(b),
                (true, false) => cut.push(meet(a, b)),
                (false, true) => cut.extend([meet(a, b), b]),
                (false, false) => {}
            }
        }
        std::mem::swap(&mut ring, &mut cut);
        cut.clear();
    }
    ring
}

/// The ring without the spots that lie, like both of their neighbours, beyond one and the same side of the box: the cut
/// would come out the same. Of a town's outline most lie far from a tile.
fn without_detours(ring: &[Spot]) -> Vec<Spot> {
    let beyond = |spot: &Spot| {
        u8::from(spot.0 < LOW)
            | u8::from(spot.0 > HIGH) << 1
            | u8::from(spot.1 < LOW) << 2
            | u8::from(spot.1 > HIGH) << 3
    };
    let Some((last, first)) = ring.last().zip(ring.first()) else {
        return Vec::new();
    };
    let mut kept = Vec::new();
    let (mut before, mut here) = (beyond(last), beyond(first));
    for (at, spot) in ring.iter().enumerate() {
        let after = beyond(ring.get(at + 1).unwrap_or(first));
        if before & here & after == 0 {
            kept.push(*spot);
        }
        (before, here) = (here, after);
    }
    kept
}

fn turned((x, y): Spot) -> Spot {
    (y, x)
}

/// The y at an x on the line between two spots: the same from whichever end, so that what two sides share stays shared.
fn level(a: Spot, b: Spot, x: i32) -> i32 {
    let (a, b) = (a.min(b), a.max(b));
    let share = f64::from(x - a.0) / f64::from(b.0 - a.0);
    a.1 + (f64::from(b.1 - a.1) * share).round() as i32
}

/// The parts of a line inside the box, each edge as a ring would have it.
pub(crate) fn cut_line(spots: &[Spot]) -> Vec<Vec<Spot>> {
    let mut parts: Vec<Vec<Spot>> = Vec::new();
    for pair in spots.windows(2) {
        let Some((a, b)) = cut_edge(pair[0], pair[1]) else {
            continue;
        };
        match parts.last_mut() {
            Some(part) if part.last() == Some(&a) => part.push(b),
            _ => parts.push(vec![a, b]),
        }
    }
    parts
}

fn cut_edge(mut a: Spot, mut b: Spot) -> Option<(Spot, Spot)> {
    let beyond = |from: i32, to: i32| from.max(to) < LOW || from.min(to) > HIGH;
    if beyond(a.0, b.0) || beyond(a.1, b.1) {
        return None;
    }
    let (whole_a, whole_b) = (a, b);
    for end in [&mut a, &mut b] {
        if !(LOW..=HIGH).contains(&end.0) {
            let x = end.0.clamp(LOW, HIGH);
            *end = (x, level(whole_a, whole_b, x));
        }
        if !(LOW..=HIGH).contains(&end.1) {
            let y = end.1.clamp(LOW, HIGH);
            *end = (level(turned(whole_a), turned(whole_b), y), y);
        }
    }
    // Past a corner of the box.
    (within(&a) && within(&b)).then_some((a, b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mvt::twice_area;

    #[test]
    fn a_ring_is_cut_to_the_box() {
        let far = 100_000;
        let mut ring = cut_ring(&[(-far, -far), (far, -far), (far, far), (-far, far)]);
        ring.dedup();
        let side = i64::from(HIGH - LOW);
        assert_eq!(twice_area(&ring).abs(), 2 * side * side);
        assert!(cut_ring(&[(-900, 0), (-800, 0), (-800, 50)]).is_empty());
    }

    #[test]
    fn detours_far_away_do_not_matter() {
        let ring = [
            (10, 10),
            (9000, 10),
            (9500, 40),
            (9500, 60),
            (9000, 90),
            (10, 90),
        ];
        let kept = [(10, 10), (9000, 10), (9000, 90), (10, 90)];
        assert_eq!(without_detours(&ring), kept);
        assert_eq!(cut_ring(&ring), cut_ring(&kept));
        assert_eq!(
            cut_ring(&ring),
            [(10, 10), (HIGH, 10), (HIGH, 90), (10, 90)]
        );
    }

    #[test]
    fn a_line_is_cut_to_the_box() {
        let parts = cut_line(&[(-1000, 10), (100, 10), (100, 90), (100_000, 90)]);
        assert_eq!(parts, [vec![(LOW, 10), (100, 10), (100, 90), (HIGH, 90)]]);
        assert!(cut_line(&[(-500, -500), (-400, 5000)]).is_empty());
        assert!(
            cut_line(&[(-200, 0), (0, -200)]).is_empty(),
            "past a corner"
        );
        let back_again = cut_line(&[(10, 10), (9000, 10), (9000, 20), (10, 20)]);
        assert_eq!(back_again.len(), 2);
    }

    /// What neighbours share stays shared where it is cut, from whichever side it is told.
    #[test]
    fn a_cut_is_the_same_from_both_sides() {
        let mut number = 7_u32;
        let mut next = || {
            number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (number >> 16) as i32 % 9000 - 2000
        };
        for _ in 0..10_000 {
            let (a, b) = ((next(), next()), (next(), next()));
            let there = cut_edge(a, b);
            assert_eq!(there, cut_edge(b, a).map(|(b, a)| (a, b)), "{a:?} {b:?}");
        }
    }
}

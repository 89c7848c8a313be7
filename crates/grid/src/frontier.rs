//! Directed edges that wait for their reverse.

use crate::coord::Coord;

/// An edge that waits, with a number of the caller's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub a: Coord,
    pub b: Coord,
    pub number: u32,
}

/// A table of edges that leave it again when their reverse comes.
///
/// When cells come in an order in which neighbours are near, only the edges of the few cells at the rim of what has
/// been seen wait at any time: the table stays small enough for the processor's cache however large the layer is.
/// Open addressing, with Knuth's removal that leaves no marks (*The Art of Computer Programming* 3, 6.4 R).
pub(crate) struct Frontier {
    slots: Vec<Option<Waiting>>,
    count: usize,
    shift: u32,
}

impl Frontier {
    pub(crate) fn new() -> Frontier {
        const BITS: u32 = 12;
        Frontier {
            slots: vec![None; 1 << BITS],
            count: 0,
            shift: 64 - BITS,
        }
    }

    /// The number of an edge that waits for this one, which then leaves; otherwise this one waits.
    pub(crate) fn meet(&mut self, a: Coord, b: Coord, number: u32) -> Option<u32> {
        let mask = self.slots.len() - 1;
        let mut at = self.home(a, b);
        while let Some(waiting) = self.slots[at] {
            if waiting.a == b && waiting.b == a {
                self.remove(at);
                return Some(waiting.number);
            }
            at = (at + 1) & mask;
        }
        self.slots[at] = Some(Waiting { a, b, number });
        self.count += 1;
        if self.count * 2 > self.slots.len() {
            self.grow();
        }
        None
    }

    /// What still waits.
    pub(crate) fn left(self) -> impl Iterator<Item = Waiting> {
        self.slots.into_iter().flatten()
    }

    /// The same for an edge and its reverse.
    fn home(&self, a: Coord, b: Coord) -> usize {
        (edge_key(a, b).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    fn remove(&mut self, mut hole: usize) {
        let mask = self.slots.len() - 1;
        self.count -= 1;
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let Some(waiting) = self.slots[at] else {
                break;
            };
            let home = self.home(waiting.a, waiting.b);
            // It may move into the hole if that lies on its way from home.
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
                self.slots[hole] = Some(waiting);
                hole = at;
            }
        }
        self.slots[hole] = None;
    }

    fn grow(&mut self) {
        let larger = vec![None; self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, larger);
        self.shift -= 1;
        let mask = self.slots.len() - 1;
        for waiting in old.into_iter().flatten() {
            let mut at = self.home(waiting.a, waiting.b);
            while self.slots[at].is_some() {
                at = (at + 1) & mask;
            }
            self.slots[at] = Some(waiting);
        }
    }
}

/// A number for an edge and its reverse; others may have it too.
pub(crate) fn edge_key(a: Coord, b: Coord) -> u64 {
    let packed = |c: Coord| (c.lon_units() as u32 as u64) << 32 | c.lat_units() as u32 as u64;
    packed(a).wrapping_add(packed(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_leave_with_their_reverse_and_the_others_stay() {
        let at = |i: i32| Coord::from_units(i * 37 % 1009, i * 91 % 997).unwrap();
        let mut frontier = Frontier::new();
        for i in 0..20_000 {
            assert_eq!(frontier.meet(at(i), at(i + 1), i as u32), None);
        }
        // Every other one goes; of equal ones any.
        for i in (0..20_000).step_by(2) {
            let met = frontier.meet(at(i + 1), at(i), 0).expect("it waits");
            assert_eq!((at(met as i32), at(met as i32 + 1)), (at(i), at(i + 1)));
        }
        let left: Vec<Waiting> = frontier.left().collect();
        assert_eq!(left.len(), 10_000);
        for edge in left {
            assert_eq!(
                (at(edge.number as i32), at(edge.number as i32 + 1)),
                (edge.a, edge.b)
            );
        }
    }
}

/// Numbers that look like chance and are the same in every run: SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The run of this seed.
    pub fn new(seed: u64) -> Chance {
        Chance(seed)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end` (0 for 0).
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next() % end }
    }

    /// A number from 0 to 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number between two.
    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.share()
    }

    /// One of several.
    pub fn one<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len() as u64) as usize)
    }

    /// One of several by weight.
    pub fn weighted<T>(&mut self, all: impl Iterator<Item = (T, u32)>) -> Option<T> {
        let all: Vec<(T, u32)> = all.collect();
        let sum: u64 = all.iter().map(|(_, weight)| u64::from(*weight)).sum();
        let mut left = self.below(sum);
        for (item, weight) in all {
            if left < u64::from(weight) {
                return Some(item);
            }
            left -= u64::from(weight);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    fn the_same_seed_gives_the_same_run() {
        let run = |seed| {
            let mut chance = Chance::new(seed);
            (0..5).map(|_| chance.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }

    #[test]
    fn weights_count() {
        let mut chance = Chance::new(1);
        let heavy = (0..1000)
            .filter(|_| chance.weighted([("a", 9), ("b", 1)].into_iter()) == Some("a"))
            .count();
        assert!((850..950).contains(&heavy), "{heavy}");
        assert_eq!(chance.weighted([("a", 0)].into_iter()), None);
    }
}

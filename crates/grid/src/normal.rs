//! A layer in our own words, whatever its file called things.

use crate::{
    head,
    layer::{Feature, Layer},
    reading::{Reading, Unreadable},
    tree,
};

impl Layer {
    /// The layer as [`Reading::default`] reads it, with the cells that a reading adds above those drawn. Shapes stay as
    /// they are, with all their defects.
    pub fn normal(&self, reading: &Reading) -> Result<Layer, Vec<Unreadable>> {
        let heads = head::heads(self, reading)?;
        let (tree, _) = tree::grow(&heads, reading);
        let mut depths = vec![0usize; heads.len()];
        for (&head, &depth) in tree.order.iter().zip(&tree.depth) {
            depths[head as usize] = depth as usize;
        }
        let features = heads
            .iter()
            .zip(depths)
            .enumerate()
            .map(|(i, (one, depth))| {
                let level = reading.levels.get(depth).or(reading.levels.last());
                let level = level.cloned().unwrap_or_else(|| format!("level-{depth}"));
                let cell = head::cell(one, self, reading, level);
                Feature {
                    number: i + 1,
                    attributes: head::attributes(&cell),
                    shape: one.feature.and_then(|at| self.features[at].shape.clone()),
                }
            });
        Ok(Layer {
            features: features.collect(),
            about: self.about.clone(),
        })
    }
}

//! Where matters come up.

use anyhow::Context as _;
use gewang_engine::Engine;
use gewang_grid::Bounds;

use super::Cases;

/// A cell that can be walked in.
pub(crate) struct Leaf {
    id: String,
    label: [f64; 2],
    bounds: Bounds,
}

/// The cells without cells below.
pub(crate) fn leaves(engine: &Engine) -> Vec<Leaf> {
    let partition = engine.setup().grid().partition();
    partition
        .leaves()
        .map(|index| {
            let label = partition.label_point(index);
            Leaf {
                id: partition.cell(index).id.as_str().to_owned(),
                label: [label.lon(), label.lat()],
                bounds: partition
                    .shape(index)
                    .and_then(|shape| shape.bounds())
                    .unwrap_or_else(|| partition.bounds()),
            }
        })
        .collect()
}

impl Cases {
    /// A place in a cell: a random one of its box that lies in it, or else its middle.
    pub(super) fn place(&mut self) -> anyhow::Result<(String, [f64; 2])> {
        let leaf = self
            .chance
            .one(&self.leaves)
            .context("the town has no cell")?;
        let (id, label, bounds) = (leaf.id.clone(), leaf.label, leaf.bounds);
        let (west, east) = (bounds.min.lon(), bounds.max.lon());
        let (south, north) = (bounds.min.lat(), bounds.max.lat());
        // Towards the middle, so that nearly all lie inside whatever its shape.
        let towards = |from: f64, low: f64, high: f64, share: f64| {
            from + (low + (high - low) * share - from) * 0.35
        };
        let place = [
            towards(label[0], west, east, self.chance.share()),
            towards(label[1], south, north, self.chance.share()),
        ];
        Ok((id, place))
    }
}

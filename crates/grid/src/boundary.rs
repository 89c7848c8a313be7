//! Whether a partition fills the ground that its town had before.

use serde_json::Map;

use crate::{
    check::check,
    defect::{Defect, DefectKind},
    layer::{Feature, Layer},
    partition::Partition,
    reading::{Reading, Unreadable},
};

/// How the ground of a partition differs from a boundary.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct OutlineChange {
    /// Ground of cells outside the boundary, in m².
    pub came_m2: f64,
    /// Ground within the boundary that no cell has, in m².
    pub went_m2: f64,
    /// Each stretch of it: `gap` where ground went, `outside_boundary` where it came.
    pub defects: Vec<Defect>,
}

impl OutlineChange {
    /// Compares the drawing of a partition with a boundary. A vertex that only one of them has on the same line gives and
    /// takes no ground, and isn't told.
    ///
    /// Errors are those of [`check()`].
    pub fn of(
        partition: &Layer,
        boundary: &Layer,
        reading: &Reading,
    ) -> Result<OutlineChange, Vec<Unreadable>> {
        let mut defects = check(partition, Some(boundary), reading)?.defects;
        defects
            .retain(|defect| matches!(defect.kind, DefectKind::Gap | DefectKind::OutsideBoundary));
        let sum = |kind: DefectKind| -> f64 {
            let those = defects.iter().filter(|defect| defect.kind == kind);
            // A sum of nothing would be -0, and be told as that.
            those.fold(0.0, |sum, defect| sum + defect.area_m2)
        };
        Ok(OutlineChange {
            came_m2: sum(DefectKind::OutsideBoundary),
            went_m2: sum(DefectKind::Gap),
            defects,
        })
    }

    /// Whether nothing came and nothing went.
    pub fn is_none(&self) -> bool {
        self.defects.is_empty()
    }

    /// A sentence for the journal, in both languages.
    pub fn note(&self) -> String {
        let OutlineChange {
            came_m2, went_m2, ..
        } = self;
        format!(
            "辖区边界改变：增加 {came_m2:.1} 平方米，减少 {went_m2:.1} 平方米。 The town's own boundary changes: {came_m2:.1} m² come, {went_m2:.1} m² go."
        )
    }
}

impl Partition {
    /// The outline of the domain, as a boundary that another drawing can be checked against.
    pub fn outline(&self) -> Layer {
        let mut shape = self.polygons(self.root());
        shape
            .iter_mut()
            .flatten()
            .for_each(|ring| ring.push(ring[0]));
        Layer {
            features: vec![Feature {
                number: 1,
                attributes: Map::new(),
                shape: Some(shape),
            }],
            about: Map::new(),
        }
    }
}

//! How far outside the domain a place lies, for a refusal that helps.

use serde::Serialize;

use crate::{
    cell::{CellIndex, Text},
    coord::{Compass, Coord},
    measure::metres_per_degree,
    partition::Partition,
};

/// Where a place outside the domain lies in relation to it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Outside {
    /// Distance in metres from the nearest part of the domain.
    pub distance_m: f64,
    /// The direction in which the place lies, seen from that part.
    pub direction: Compass,
    /// That nearest part.
    pub nearest: Coord,
    /// The leaf whose border that is.
    #[serde(skip)]
    pub cell: Option<CellIndex>,
    /// Whether the place would be in the domain's box with longitude and latitude exchanged.
    pub swapped: bool,
}

impl Outside {
    /// A sentence for the person who gave the place.
    pub fn text(&self) -> Text {
        if self.swapped {
            return Text::new(
                "经纬度像是写反了：先经度，后纬度。",
                "Longitude and latitude seem to be swapped: longitude comes first.",
            );
        }
        let (zh, en) = if self.distance_m < 1000.0 {
            let metres = self.distance_m.ceil();
            (format!("{metres} 米"), format!("{metres} m"))
        } else {
            let km = self.distance_m / 1000.0;
            (format!("{km:.1} 公里"), format!("{km:.1} km"))
        };
        Text {
            zh: format!(
                "这个地点在辖区以外，在辖区{}方向 {zh}处。",
                self.direction.zh()
            ),
            en: format!(
                "The place lies outside the domain, {en} to the {} of it.",
                self.direction.en()
            ),
        }
    }
}

impl Partition {
    /// Where a place lies in relation to the domain's border; meant for places that no cell has.
    pub fn outside(&self, place: Coord) -> Outside {
        let (east, north) = metres_per_degree(place.lat().to_radians());
        let stretch = east / north;
        let local = |c: Coord| {
            (
                (c.x() - place.x()) as f64 * stretch,
                (c.y() - place.y()) as f64,
            )
        };
        let mut best = (f64::INFINITY, self.bounds().min, None);
        let border = self
            .arcs()
            .iter()
            .filter(|arc| arc.left.is_none() || arc.right.is_none());
        let sides = border.flat_map(|arc| {
            let cell = arc.left.or(arc.right);
            arc.points.windows(2).map(move |pair| (cell, pair))
        });
        for (cell, pair) in sides {
            let ((ax, ay), (bx, by)) = (local(pair[0]), local(pair[1]));
            let (dx, dy) = (bx - ax, by - ay);
            let length2 = (dx * dx + dy * dy).max(f64::MIN_POSITIVE);
            let share = (-(ax * dx + ay * dy) / length2).clamp(0.0, 1.0);
            let far = (ax + share * dx).hypot(ay + share * dy);
            if far < best.0 {
                let along = |from: i64, to: i64| from + ((to - from) as f64 * share).round() as i64;
                let lon = along(pair[0].x(), pair[1].x());
                let place = Coord::between(lon, along(pair[0].y(), pair[1].y()));
                best = (far, place, cell);
            }
        }
        let nearest = best.1;
        Outside {
            distance_m: nearest.distance_m(place),
            direction: nearest.direction_to(place),
            nearest,
            cell: best.2,
            swapped: !self.bounds().contains(place)
                && place
                    .swapped()
                    .is_some_and(|swapped| self.bounds().contains(swapped)),
        }
    }
}

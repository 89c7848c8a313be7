//! A drawing as a picture, with what is wrong with it.

use std::fmt::Write;

use crate::{
    coord::{Bounds, Coord},
    defect::Defect,
    head,
    layer::Layer,
    measure::metres_per_degree,
    reading::Reading,
};

/// Pixels of the longer side.
const SIDE: f64 = 1600.0;
const MARGIN: f64 = 24.0;

/// The layer as SVG: every feature with its id as a tooltip, and each defect filled, ringed and numbered, with its
/// sentence as a tooltip. Empty of shapes when nothing was drawn.
pub fn draw(layer: &Layer, reading: &Reading, defects: &[Defect]) -> String {
    let places = layer
        .features
        .iter()
        .flat_map(|f| f.shape.iter().flatten().flatten().flatten());
    let marked = defects.iter().filter_map(|defect| defect.at.as_ref());
    let origin = Bounds {
        min: Coord::ORIGIN,
        max: Coord::ORIGIN,
    };
    let paper = Paper::new(Bounds::around(places.chain(marked).copied()).unwrap_or(origin));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {:.0}\" font-family=\"sans-serif\">\n\
         <style>.cell{{fill:#eef3ea;stroke:#54665a;stroke-width:.8}}.defect{{fill:#d33;fill-opacity:.55;stroke:#a00}}\
         .mark{{fill:none;stroke:#c00;stroke-width:2}}text{{font-size:13px;fill:#a00}}</style>\n",
        paper.width, paper.height
    );
    for feature in &layer.features {
        let name = head::text(&feature.attributes, &reading.id)
            .unwrap_or_else(|| format!("#{}", feature.number));
        let rings = feature.shape.iter().flatten().flatten();
        let path = paper.path(rings.map(Vec::as_slice));
        if !path.is_empty() {
            let title = escaped(&name);
            // Writing to a text cannot fail.
            let _ = writeln!(
                svg,
                "<path class=\"cell\" fill-rule=\"evenodd\" d=\"{path}\"><title>{title}</title></path>"
            );
        }
    }
    for (i, defect) in defects.iter().enumerate() {
        let title = escaped(&format!("{}\n{}", defect.text.zh, defect.text.en));
        let path = paper.path(defect.rings.iter().map(Vec::as_slice));
        let _ = writeln!(svg, "<g><title>{title}</title>");
        if !path.is_empty() {
            let _ = writeln!(
                svg,
                "<path class=\"defect\" fill-rule=\"evenodd\" d=\"{path}\"/>"
            );
        }
        if let Some(at) = defect.at {
            let (x, y) = paper.at(at);
            let _ = writeln!(
                svg,
                "<circle class=\"mark\" cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"9\"/><text x=\"{:.2}\" y=\"{:.2}\">{}</text>",
                x + 12.0,
                y + 4.0,
                i + 1
            );
        }
        svg.push_str("</g>\n");
    }
    svg.push_str("</svg>\n");
    svg
}

/// Where places come to stand.
struct Paper {
    bounds: Bounds,
    /// Pixels for a degree of longitude and of latitude.
    scale: (f64, f64),
    width: f64,
    height: f64,
}

impl Paper {
    fn new(bounds: Bounds) -> Paper {
        let middle = (bounds.min.lat() + bounds.max.lat()) / 2.0;
        let (east, north) = metres_per_degree(middle.to_radians());
        let wide = (bounds.max.lon() - bounds.min.lon()) * east;
        let high = (bounds.max.lat() - bounds.min.lat()) * north;
        let pixels = SIDE / wide.max(high).max(1.0);
        Paper {
            bounds,
            scale: (east * pixels, north * pixels),
            width: wide * pixels + 2.0 * MARGIN,
            height: high * pixels + 2.0 * MARGIN,
        }
    }

    fn at(&self, place: Coord) -> (f64, f64) {
        (
            MARGIN + (place.lon() - self.bounds.min.lon()) * self.scale.0,
            MARGIN + (self.bounds.max.lat() - place.lat()) * self.scale.1,
        )
    }

    fn path<'a>(&self, rings: impl Iterator<Item = &'a [Coord]>) -> String {
        let mut path = String::new();
        for ring in rings {
            for (i, &place) in ring.iter().enumerate() {
                let (x, y) = self.at(place);
                let _ = write!(path, "{}{x:.2} {y:.2}", if i == 0 { 'M' } else { 'L' });
            }
            if !ring.is_empty() {
                path.push('Z');
            }
        }
        path
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

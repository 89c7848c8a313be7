//! KML 2.2 (OGC 07-147): the polygons of placemarks, with their names and extended data.
//!
//! A document type definition is refused, so that no entity can swell or reach outside.

use std::borrow::Cow;

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use serde_json::{Map, Value};

use super::{
    drawing::{Allowance, Drawing, Drawn, Polygons, at, whole},
    encoding,
    geojson::no_area,
};
use crate::{cell::Text, reading::Unreadable};

/// Elements within elements past which a file is refused; KML has a dozen.
const MOST_DEPTH: usize = 200;

pub(super) fn read(bytes: &[u8]) -> Result<Drawing, Vec<Unreadable>> {
    let text = encoding::text_of_file(bytes).ok_or_else(|| {
        whole(
            "XML 的文字编码认不出来；请用 UTF-8 重新导出。",
            "the XML is in an encoding that isn't recognised: export it in UTF-8",
        )
    })?;
    let mut walk = Walk {
        drawing: Drawing::default(),
        faults: Vec::new(),
        allowance: Allowance::new(),
        path: Vec::new(),
        text: String::new(),
        placemark: None,
        number: 0,
    };
    let mut reader = Reader::from_str(&text);
    loop {
        let event = reader.read_event().map_err(|error| {
            let line = line_of(&text, reader.error_position());
            let feature = walk.placemark.is_some().then_some(walk.number);
            let text = Text {
                zh: format!("第 {line} 行的 XML 不对或没有写完：{error}；请重新导出。"),
                en: format!("the XML is wrong or ends in line {line}: {error}; export it again"),
            };
            vec![Unreadable { feature, text }]
        })?;
        if matches!(event, Event::Eof) {
            break;
        }
        walk.event(event)?;
    }
    if !walk.path.is_empty() {
        let feature = walk.placemark.is_some().then_some(walk.number);
        let text = Text::new(
            "文件突然结束，像是没有传完；请重新导出或下载。",
            "the file ends in the middle, as if cut off: export or download it again",
        );
        walk.faults.push(Unreadable { feature, text });
    }
    if walk.faults.is_empty() {
        Ok(walk.drawing)
    } else {
        Err(walk.faults)
    }
}

fn line_of(text: &str, position: u64) -> usize {
    let end = usize::try_from(position).map_or(text.len(), |end| end.min(text.len()));
    text.as_bytes()[..end]
        .iter()
        .filter(|b| **b == b'\n')
        .count()
        + 1
}

struct Walk {
    drawing: Drawing,
    faults: Vec<Unreadable>,
    allowance: Allowance,
    /// The elements around, by their local names.
    path: Vec<String>,
    text: String,
    placemark: Option<Placemark>,
    number: usize,
}

#[derive(Default)]
struct Placemark {
    attributes: Map<String, Value>,
    polygons: Polygons,
    outer: Option<Vec<[f64; 2]>>,
    holes: Vec<Vec<[f64; 2]>>,
    /// A geometry that is no polygon.
    other: Option<String>,
    polygon_seen: bool,
    data: Option<String>,
    fault: Option<Text>,
}

impl Walk {
    fn event(&mut self, event: Event<'_>) -> Result<(), Vec<Unreadable>> {
        match event {
            Event::Start(element) => {
                self.start(&element)?;
            }
            Event::Empty(element) => {
                let name = self.start(&element)?;
                self.end(&name);
            }
            Event::End(element) => {
                let name = element.local_name().as_ref().to_owned();
                self.end(&name);
            }
            Event::Text(text) if self.wanted() => self.text.push_str(&text.xml10_content()),
            Event::CData(text) if self.wanted() => self.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) if self.wanted() => {
                let known = match reference.resolve_char_ref() {
                    Ok(Some(c)) => Some(c),
                    _ => named(&reference.xml10_content()),
                };
                let Some(c) = known else {
                    return Err(self.entities());
                };
                self.text.push(c);
            }
            Event::DocType(_) => return Err(self.entities()),
            _ => {}
        }
        Ok(())
    }

    fn entities(&self) -> Vec<Unreadable> {
        let feature = self.placemark.is_some().then_some(self.number);
        let text = Text::new(
            "XML 里有 DOCTYPE 或自定义实体，出于安全不予读取；请从 Google Earth 或 QGIS 重新导出。",
            "the XML has a DOCTYPE or entities of its own, which aren't read for safety: export it again from Google Earth or QGIS",
        );
        vec![Unreadable { feature, text }]
    }

    /// Whether the text at hand may be of use.
    fn wanted(&self) -> bool {
        self.placemark.is_some()
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<String, Vec<Unreadable>> {
        let name = element.local_name().as_ref().to_owned();
        if self.path.is_empty() && name != "kml" {
            return Err(whole(
                format!(
                    "是 XML，但根元素是 {name}，不是 KML；GML 等请先在 QGIS 中另存为 GeoPackage。"
                ),
                format!(
                    "this is XML, but of {name:?} and not KML: save GML and the like as GeoPackage first, in QGIS for instance"
                ),
            ));
        }
        if self.path.len() >= MOST_DEPTH {
            return Err(whole(
                "XML 嵌套过深，不予读取。",
                "the XML is nested too deep to be a drawing",
            ));
        }
        self.text.clear();
        if name == "Placemark" {
            self.number += 1;
            let mut placemark = Placemark::default();
            if let Some(id) = attribute(element, "id") {
                placemark.attributes.insert("id".into(), id.into());
            }
            self.placemark = Some(placemark);
        }
        if let Some(placemark) = &mut self.placemark {
            match name.as_str() {
                "Data" | "SimpleData" => placemark.data = attribute(element, "name"),
                "Polygon" => placemark.polygon_seen = true,
                "Point" | "LineString" | "Model" | "Track" => {
                    placemark.other = Some(name.clone());
                }
                _ => {}
            }
        }
        self.path.push(name.clone());
        Ok(name)
    }

    fn end(&mut self, name: &str) {
        self.path.pop();
        let parent = self.path.last().map_or("", String::as_str);
        let Some(placemark) = &mut self.placemark else {
            return;
        };
        let text = self.text.trim();
        match (parent, name) {
            ("Placemark", "name" | "description") if !text.is_empty() => {
                placemark.attributes.insert(name.into(), text.into());
            }
            ("Data", "value") | (_, "SimpleData") => {
                if let Some(key) = placemark.data.take() {
                    let value = if text.is_empty() {
                        Value::Null
                    } else {
                        text.into()
                    };
                    placemark.attributes.insert(key, value);
                }
            }
            ("LinearRing", "coordinates") => {
                let outer = self.path.iter().any(|name| name == "outerBoundaryIs");
                let ring = ring(text).and_then(|ring| {
                    self.allowance.ring(ring.len())?;
                    Ok(ring)
                });
                match ring {
                    Ok(ring) if outer => {
                        if placemark.outer.replace(ring).is_some() {
                            placemark.fault = placemark.fault.take().or(Some(two_outer()));
                        }
                    }
                    Ok(ring) => placemark.holes.push(ring),
                    Err(fault) => placemark.fault = placemark.fault.take().or(Some(fault)),
                }
            }
            (_, "Polygon") => {
                // The outer ring comes first whatever the order in the file.
                let holes = std::mem::take(&mut placemark.holes);
                if let Some(outer) = placemark.outer.take() {
                    placemark
                        .polygons
                        .push(std::iter::once(outer).chain(holes).collect());
                }
            }
            (_, "Placemark") => self.close(),
            _ => {}
        }
        self.text.clear();
    }

    fn close(&mut self) {
        let Some(placemark) = self.placemark.take() else {
            return;
        };
        let number = self.number;
        let lone = placemark.other.filter(|_| !placemark.polygon_seen);
        if let Some(fault) = placemark.fault {
            self.faults.push(at(number, fault));
        } else if let Some(other) = lone {
            self.faults.push(at(number, no_area(&other)));
        } else {
            self.drawing.features.push(Drawn {
                number,
                attributes: placemark.attributes,
                shape: placemark.polygon_seen.then_some(placemark.polygons),
            });
        }
    }
}

fn two_outer() -> Text {
    Text::new(
        "一个 Polygon 里有两个外环；请重新导出，或拆成 MultiGeometry。",
        "a Polygon has two outer rings: export it again, or make a MultiGeometry of it",
    )
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.try_get_attribute(name).ok()??;
    let value = found.value.as_ref();
    Some(quick_xml::escape::unescape(value).map_or_else(|_| value.to_owned(), Cow::into_owned))
}

fn named(reference: &str) -> Option<char> {
    Some(match reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// `lon,lat,height lon,lat,height …`
fn ring(text: &str) -> Result<Vec<[f64; 2]>, Text> {
    text.split_ascii_whitespace()
        .map(|tuple| {
            let mut numbers = tuple.split(',').map(str::parse::<f64>);
            match (numbers.next(), numbers.next()) {
                (Some(Ok(x)), Some(Ok(y))) => Ok([x, y]),
                _ => {
                    let shown: String = tuple.chars().take(40).collect();
                    Err(Text {
                        zh: format!("坐标 “{shown}” 不是“经度,纬度”；请重新导出。"),
                        en: format!(
                            "{shown:?} is no pair of longitude and latitude: export it again"
                        ),
                    })
                }
            }
        })
        .collect()
}

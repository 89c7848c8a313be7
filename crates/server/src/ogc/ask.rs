//! Asking for features: how many, where, when, by which properties, in which coordinates.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::response::Response;
use gewang_engine::Engine;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::collections::Collection;
use super::crs::Told;
use super::visitor::Visitor;
use super::{GEOJSON, answer, base, cells, link, not_found, records};
use crate::app::App;
use crate::body::{Path, bad_parameter};
use crate::clock;
use crate::guard;
use crate::problem::{Outcome, Problem};

/// Features on a page, where the caller does not say.
pub(super) const PAGE: usize = 100;
/// Features on a page at most.
pub(super) const MOST: usize = 1000;
const CONTENT_CRS: HeaderName = HeaderName::from_static("content-crs");

/// What is asked of a collection.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub limit: usize,
    /// West, south, east, north in degrees; west lies beyond east where the box crosses the antimeridian.
    pub within: Option<[f64; 4]>,
    /// From when until when, both included.
    pub during: Option<(Timestamp, Timestamp)>,
    /// Values that properties are to have, as texts.
    pub having: Vec<(String, String)>,
    pub cursor: Option<String>,
    pub told: Told,
}

/// A page of features.
pub(super) struct Page {
    pub features: Vec<Value>,
    /// How many match in all, where that is known.
    pub matched: Option<usize>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

impl Asked {
    fn read(engine: &Engine, collection: &Collection, query: &str) -> Outcome<Asked> {
        let bounds = engine.setup().grid().partition().bounds();
        let mut asked = Asked {
            limit: PAGE,
            within: None,
            during: None,
            having: Vec::new(),
            cursor: None,
            told: Told::plain(),
        };
        let (mut bbox, mut bbox_crs) = (None, Told::plain());
        if query.len() > 4096 {
            return Err(bad_parameter(
                "bbox",
                "参数太长",
                "and the others are too long",
            ));
        }
        let queryables = collection.queryables(engine);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "limit" => asked.limit = limit(&value)?,
                "bbox" => bbox = Some(numbers(&value)?),
                "bbox-crs" => bbox_crs = Told::parse("bbox-crs", &value, bounds)?,
                "crs" => asked.told = Told::parse("crs", &value, bounds)?,
                "datetime" => asked.during = during(&value)?,
                "cursor" => asked.cursor = Some(value.into_owned()),
                "f" if matches!(&*value, "json" | "geojson") => {}
                "lang" => {}
                name if queryables.iter().any(|(known, ..)| known == name) => {
                    asked.having.push((name.to_owned(), value.into_owned()));
                }
                name => {
                    let shown: String = name
                        .chars()
                        .filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
                        .take(60)
                        .collect();
                    return Err(bad_parameter(
                        &shown,
                        "这个图层没有这个参数，/queryables 列出可用的",
                        "is none of this collection: its /queryables lists them",
                    ));
                }
            }
        }
        asked.within = bbox.map(|bbox| bbox_crs.degrees(bbox));
        Ok(asked)
    }

    /// Whether a place lies in the box asked for.
    pub fn holds(&self, lon: f64, lat: f64) -> bool {
        self.meets([lon, lat, lon, lat])
    }

    /// Whether a box has a place in common with the one asked for.
    pub fn meets(&self, [west, south, east, north]: [f64; 4]) -> bool {
        self.within.is_none_or(|[w, s, e, n]| {
            let across = match w <= e {
                true => west <= e && w <= east,
                false => east >= w || west <= e,
            };
            across && south <= n && s <= north
        })
    }
}

fn limit(value: &str) -> Outcome<usize> {
    match value.parse::<usize>() {
        Ok(0) | Err(_) => Err(bad_parameter(
            "limit",
            "应为不小于 1 的整数",
            "is a whole number of at least 1",
        )),
        Ok(limit) => Ok(limit.min(MOST)),
    }
}

fn numbers(value: &str) -> Outcome<[f64; 4]> {
    let numbers: Option<Vec<f64>> = value
        .split(',')
        .map(|number| number.trim().parse::<f64>().ok().filter(|n| n.is_finite()))
        .collect();
    match numbers.as_deref() {
        Some(&[a, b, c, d]) if b <= d || a <= c => Ok([a, b, c, d]),
        // With heights, which nothing here has.
        Some(&[a, b, _, c, d, _]) => Ok([a, b, c, d]),
        _ => Err(bad_parameter(
            "bbox",
            "应为 4 个数：左下角和右上角",
            "is four numbers: the lower left corner and the upper right one",
        )),
    }
}

fn during(value: &str) -> Outcome<Option<(Timestamp, Timestamp)>> {
    let wrong = || {
        bad_parameter(
            "datetime",
            "应为时刻或“起/止”，例如 2026-03-01T00:00:00Z/..",
            "is an instant or an interval, as 2026-03-01T00:00:00Z/..",
        )
    };
    let instant = |text: &str, end: bool| -> Outcome<Timestamp> {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(at);
        }
        let day: Date = text.parse().map_err(|_| wrong())?;
        let next = if end {
            day.tomorrow().map_err(|_| wrong())?
        } else {
            day
        };
        let at = next
            .to_zoned(jiff::tz::TimeZone::UTC)
            .map_err(|_| wrong())?
            .timestamp();
        Ok(at)
    };
    let open = |text: &str| matches!(text, "" | "..");
    match value.split_once('/') {
        None => Ok(Some((instant(value, false)?, instant(value, true)?))),
        Some((from, to)) if open(from) && open(to) => Ok(None),
        Some((from, to)) => {
            let from = if open(from) {
                Timestamp::MIN
            } else {
                instant(from, false)?
            };
            let to = if open(to) {
                Timestamp::MAX
            } else {
                instant(to, true)?
            };
            if from > to {
                return Err(wrong());
            }
            Ok(Some((from, to)))
        }
    }
}

pub(super) async fn items(
    State(app): State<Arc<App>>,
    Visitor(caller): Visitor,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Outcome<Response> {
    let base = base(&app, &headers);
    let engine = app.engine();
    let collection = Collection::named(&engine, &caller, &id)?;
    let query = uri.query().unwrap_or_default();
    let asked = Asked::read(&engine, &collection, query)?;
    let told = asked.told;
    let page = match &collection {
        Collection::Cells(level) => cells::page(&app, level, asked).await?,
        Collection::Records(kind) => records::page(&app, &caller, kind, asked).await?,
    };
    let place = format!("{base}/collections/{id}");
    let here = match query.is_empty() {
        true => format!("{place}/items"),
        false => format!("{place}/items?{query}"),
    };
    let mut links = vec![
        link("self", GEOJSON, "This page", here),
        link("collection", super::JSON, "The collection", place.clone()),
    ];
    if let Some(cursor) = &page.next {
        let mut next = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if name != "cursor" {
                next.append_pair(&name, &value);
            }
        }
        next.append_pair("cursor", cursor);
        let href = format!("{place}/items?{}", next.finish());
        links.push(link("next", GEOJSON, "The next page", href));
    }
    let mut body = json!({
        "type": "FeatureCollection",
        "links": links,
        "timeStamp": clock::now().to_string(),
        "numberReturned": page.features.len(),
    });
    if let Some(matched) = page.matched {
        body["numberMatched"] = json!(matched);
    }
    body["features"] = Value::Array(page.features);
    in_crs(answer(GEOJSON, &body)?, told)
}

pub(super) async fn item(
    State(app): State<Arc<App>>,
    Visitor(caller): Visitor,
    Path((id, item)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Outcome<Response> {
    let base = base(&app, &headers);
    let engine = app.engine();
    let collection = Collection::named(&engine, &caller, &id)?;
    let bounds = engine.setup().grid().partition().bounds();
    let mut told = Told::plain();
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        match &*name {
            "crs" => told = Told::parse("crs", &value, bounds)?,
            "f" | "lang" => {}
            _ => {
                return Err(bad_parameter(
                    "crs",
                    "这里只有 crs 一个参数",
                    "is the only one here",
                ));
            }
        }
    }
    let feature = match &collection {
        Collection::Cells(level) => cells::one(&engine, level, &item, told),
        Collection::Records(kind) => records::one(&app, &caller, kind, &item, told).await?,
    };
    let mut feature = feature.ok_or_else(not_found)?;
    let place = format!("{base}/collections/{id}");
    feature["links"] = json!([
        link(
            "self",
            GEOJSON,
            "This feature",
            format!("{place}/items/{item}")
        ),
        link("collection", super::JSON, "The collection", place.clone()),
    ]);
    in_crs(answer(GEOJSON, &feature)?, told)
}

/// Says in which system the coordinates are.
fn in_crs(mut response: Response, told: Told) -> Result<Response, Problem> {
    let value = format!("<{}>", told.uri());
    let value = HeaderValue::from_str(&value).map_err(|_| guard::failed())?;
    response.headers_mut().insert(CONTENT_CRS, value);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_read_with_open_ends() {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        let read = |text: &str| during(text).map_err(|problem| problem.code().to_owned());
        assert_eq!(
            read("2026-03-01T00:00:00Z"),
            Ok(Some((
                at("2026-03-01T00:00:00Z"),
                at("2026-03-01T00:00:00Z")
            )))
        );
        assert_eq!(
            read("2026-03-01"),
            Ok(Some((
                at("2026-03-01T00:00:00Z"),
                at("2026-03-02T00:00:00Z")
            )))
        );
        assert_eq!(
            read("2026-03-01T00:00:00Z/.."),
            Ok(Some((at("2026-03-01T00:00:00Z"), Timestamp::MAX)))
        );
        assert_eq!(
            read("/2026-03-01"),
            Ok(Some((Timestamp::MIN, at("2026-03-02T00:00:00Z"))))
        );
        assert_eq!(read("../.."), Ok(None));
        for wrong in [
            "",
            "x",
            "2026-03-02/2026-03-01T00:00:00Z",
            "2026-03-01/x",
            "a/b/c",
        ] {
            assert_eq!(read(wrong), Err("bad_parameter".into()), "{wrong}");
        }
    }

    #[test]
    fn boxes_are_four_numbers_or_six() {
        assert_eq!(numbers("1,2,3,4").expect("it is one"), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(
            numbers("1,2,0,3,4,9").expect("it is one"),
            [1.0, 2.0, 3.0, 4.0]
        );
        for wrong in ["", "1,2,3", "1,2,3,x", "1,2,3,NaN", "5,6,3,4"] {
            assert!(numbers(wrong).is_err(), "{wrong}");
        }
    }
}

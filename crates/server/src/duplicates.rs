//! Whether somebody reported it already.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::http::StatusCode;
use gewang_engine::{Actor, Engine, Record};
use gewang_grid::Coord;
use gewang_pack::{FieldType, Kind, Stage};
use gewang_store::{Bounds, Nearby};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::app::App;
use crate::body::{Query, bad_parameter};
use crate::caller::Caller;
use crate::clock;
use crate::files::file_key;
use crate::problem::{Outcome, Problem, ProblemBody};
use crate::schema;

/// Likely duplicates that are told at most.
const MOST: usize = 20;

/// What is about to be reported, or was.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The kind, `pack.kind`; with it `lon` and `lat`.
    kind: Option<String>,
    /// Longitude in degrees.
    lon: Option<f64>,
    /// Latitude in degrees.
    lat: Option<f64>,
    /// The fields given so far, as a JSON object; those that the kind's rule compares count.
    #[param(example = r#"{"category":"litter"}"#)]
    data: Option<String>,
    /// Instead of all these: a record that is there already.
    record: Option<Uuid>,
}

/// Likely duplicates.
#[derive(Serialize, ToSchema)]
pub(crate) struct Duplicates {
    /// The nearest first.
    duplicates: Vec<Likely>,
}

/// An open record that is likely the same thing.
#[derive(Serialize, ToSchema)]
pub(crate) struct Likely {
    /// The record, for those who may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<Uuid>,
    /// Its number, for those who may see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// What titles it; for those without an account only if it is a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<Value>,
    /// The fields in which it is the same.
    #[schema(value_type = Object)]
    same: Map<String, Value>,
    /// The address of the small picture of its first photo.
    #[serde(skip_serializing_if = "Option::is_none")]
    photo: Option<String>,
    /// How far away it is, in metres.
    distance_m: f64,
    /// How far it has come.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Stage>)]
    stage: Option<Stage>,
    /// When it was reported.
    #[schema(value_type = String, format = DateTime)]
    opened: Timestamp,
}

/// Was it reported already?
///
/// The open records that are likely the same thing by the kind's own rule (near, recent, equal in some fields). Without
/// an account it tells only what anybody walking by may see: what sort of thing, how far away, since when, a photo.
#[utoipa::path(
    get, path = "/api/v1/duplicates", tag = "records", operation_id = "listDuplicates",
    security(("cookie" = []), ("token" = []), ("follow" = []), ()), params(Asked),
    responses(
        (status = 200, body = Duplicates, description = "Perhaps none"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "`bad_parameter`"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`: not a kind that the caller may report"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json", description = "`too_many_reports`"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Outcome<axum::Json<Duplicates>> {
    let (engine, now) = (app.engine(), clock::now());
    let one = match asked.record {
        Some(record) => crate::records::visible(&app, &caller, record).await?,
        None => Arc::new(supposed(&engine, &asked, now)?),
    };
    if asked.record.is_none() {
        may_report(&engine, &caller, &one.kind, now)?;
    }
    if caller.account.is_none() {
        app.public_uploads
            .take(&caller.client, 1, Instant::now())
            .map_err(|wait| too_often(wait.as_secs() + 1))?;
    }
    let Some(window) = engine.duplicate_window(&one) else {
        return Ok(axum::Json(Duplicates {
            duplicates: Vec::new(),
        }));
    };
    let nearby = Nearby {
        kind: window.kind.clone(),
        bounds: around(window.place, window.radius_m),
        since: window.since,
    };
    let records = app
        .store
        .read(move |reader| reader.nearby(&nearby, 500))
        .await?;
    let mut likely: Vec<Likely> = records
        .iter()
        .filter(|other| engine.likely_same(&one, other))
        .map(|other| {
            view(
                &app,
                &engine,
                &caller.actor,
                &window.same,
                other,
                window.place,
                now,
            )
        })
        .collect();
    likely.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
    likely.truncate(MOST);
    Ok(axum::Json(Duplicates { duplicates: likely }))
}

/// The record that a report would make, as far as the rule looks at it.
fn supposed(engine: &Engine, asked: &Asked, now: Timestamp) -> Outcome<Record> {
    let known = asked
        .kind
        .as_deref()
        .and_then(|kind| Some((kind, engine.setup().kind(kind)?)));
    let Some((kind, (_, pack))) = known else {
        return Err(bad_parameter("kind", "没有这种事项类型", "names no kind"));
    };
    let (Some(lon), Some(lat)) = (asked.lon, asked.lat) else {
        return Err(bad_parameter(
            "lon",
            "和 lat 都要给出",
            "and `lat` are both needed",
        ));
    };
    let place = Coord::from_degrees(lon, lat)
        .map_err(|_| bad_parameter("lon", "不是地球上的位置", "is no place on the Earth"))?;
    let fields = match asked.data.as_deref() {
        None => Map::new(),
        Some(text) if crate::body::depth(text.as_bytes()) <= 4 => serde_json::from_str(text)
            .map_err(|_| bad_parameter("data", "应为 JSON 对象", "is a JSON object"))?,
        Some(_) => return Err(bad_parameter("data", "嵌套太深", "nests too deeply")),
    };
    Ok(Record {
        id: Uuid::nil(),
        kind: kind.to_owned(),
        pack,
        number: None,
        state: String::new(),
        stage: None,
        version: 0,
        seq: 0,
        moved: 0,
        cell: engine.setup().grid().root().to_owned(),
        place: Some(place),
        fields,
        personal: Default::default(),
        assigned: Vec::new(),
        previous: Vec::new(),
        reporters: Vec::new(),
        acted: Default::default(),
        request: None,
        opened: now,
        changed: now,
        since: now,
        closed: None,
        stopped: Vec::new(),
        extensions: Vec::new(),
        late_level: (0, 0),
        merged_into: None,
        merged: Vec::new(),
        timing: Default::default(),
    })
}

fn may_report(engine: &Engine, caller: &Caller, kind: &str, now: Timestamp) -> Outcome<()> {
    if engine
        .creations(&caller.actor, now)
        .iter()
        .any(|offer| offer.kind == kind)
    {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "forbidden",
        "您不能上报这种事项。",
        "You may not report this kind.",
    ))
}

fn view(
    app: &App,
    engine: &Engine,
    actor: &Actor,
    same: &[(String, Value)],
    other: &Record,
    place: Coord,
    now: Timestamp,
) -> Likely {
    let seen = engine.visible(actor, other, now);
    let kind = engine.setup().kind_at(&other.kind, other.pack);
    let title = kind.and_then(|kind| {
        let field = kind.views.title.as_deref()?;
        let chosen = matches!(
            kind.fields.get(field)?.kind,
            FieldType::Choice | FieldType::Choices
        );
        (seen || chosen)
            .then(|| other.fields.get(field).cloned())
            .flatten()
    });
    let photo = kind.and_then(|kind| first_photo(kind, other));
    Likely {
        record: seen.then_some(other.id),
        number: other.number.clone().filter(|_| seen),
        title,
        same: same
            .iter()
            .filter(|(_, value)| !value.is_null())
            .cloned()
            .collect(),
        photo: photo.map(|hash| {
            format!(
                "/api/v1/files/{hash}?size=thumb&key={}",
                file_key(app, hash)
            )
        }),
        distance_m: other.place.map_or(0.0, |at| place.distance_m(at).round()),
        stage: other.stage,
        opened: other.opened,
    }
}

fn first_photo<'r>(kind: &Kind, record: &'r Record) -> Option<&'r str> {
    let photos = kind
        .fields
        .iter()
        .filter(|(_, field)| field.kind == FieldType::Photo && field.personal.is_none());
    photos
        .filter_map(|(id, _)| match record.fields.get(id)? {
            Value::String(hash) => Some(hash.as_str()),
            Value::Array(hashes) => hashes.first()?.as_str(),
            _ => None,
        })
        .next()
}

/// A box that holds the circle; the engine measures the distance itself.
pub(crate) fn around(place: Coord, radius_m: f64) -> Bounds {
    let lat = radius_m / 110_000.0;
    let lon = lat / place.lat().to_radians().cos().max(0.01);
    Bounds {
        west: place.lon() - lon,
        south: place.lat() - lat,
        east: place.lon() + lon,
        north: place.lat() + lat,
    }
}

fn too_often(seconds: u64) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_reports",
        format!("请求太频繁，请 {seconds} 秒后再试。"),
        format!("Too many requests: try again in {seconds} seconds."),
    )
    .retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_holds_the_circle() {
        for lat in [0.0, 31.8, -60.0, 80.0] {
            let place = Coord::from_degrees(120.2, lat).expect("a place");
            let bounds = around(place, 100.0);
            for (lon, lat) in [
                (bounds.west, lat),
                (bounds.east, lat),
                (120.2, bounds.south),
                (120.2, bounds.north),
            ] {
                let edge = Coord::from_degrees(lon, lat).expect("a place");
                assert!(place.distance_m(edge) >= 100.0, "{lon} {lat}");
            }
        }
    }
}

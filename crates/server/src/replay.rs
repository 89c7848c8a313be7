//! A past day, as the wall showed it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use gewang_engine::Engine;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::body::{Query, bad_parameter};
use crate::brief::Brief;
use crate::caller::Caller;
use crate::clock;
use crate::map;
use crate::problem::{Outcome, ProblemBody};
use crate::records::json_response;
use crate::schema;

/// Entries on a page.
const PAGE: usize = 1000;

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The local day, `2026-03-02`.
    #[param(value_type = String, format = Date)]
    date: Date,
    /// From the last page's `next`.
    #[serde(default)]
    cursor: Option<u64>,
}

/// A day to play again.
#[derive(Serialize, ToSchema)]
pub(crate) struct Replay {
    /// Its beginning.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Its end; of today, now.
    #[schema(value_type = String, format = DateTime)]
    to: Timestamp,
    /// The edition of the cells in force at its end, for `GET /tiles`.
    edition: String,
    /// The cases under way when it began; empty on further pages.
    open: Vec<Brief>,
    /// What was received on it, in order, as the live stream told it then.
    #[schema(value_type = Vec<schema::LiveEntry>)]
    entries: Vec<Box<RawValue>>,
    /// Asked with it as `cursor`, the day goes on; absent at its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

/// Play a day again.
///
/// What was under way when it began, and then what the town received on it, each entry with its record as it stood after
/// it. Deadlines are those of the rules now in force.
#[utoipa::path(
    get, path = "/api/v1/replay", tag = "live", operation_id = "getReplay", params(Asked),
    responses(
        (status = 200, body = Replay, description = "A page of the day"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "`bad_parameter`, `required`"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
    )
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Outcome<Response> {
    caller.signed_in()?;
    let (engine, now) = (app.engine(), clock::now());
    let (from, to) = span(&engine, asked.date, now)?;
    let actor = caller.actor.clone();
    let json = app
        .store
        .read(move |reader| {
            let begin = reader.seq_before(from)?;
            let last = reader.seq_before(to)?;
            let after = asked
                .cursor
                .map_or(begin, |cursor| cursor.clamp(begin, last));
            let mut open = Vec::new();
            if asked.cursor.is_none() {
                for id in reader.open_at(from)? {
                    if let Some(record) = reader.as_of(id, begin)?
                        && record.stage.is_some()
                        && record.closed.is_none()
                        && engine.visible(&actor, &record, now)
                    {
                        open.push(Brief::plain(&engine, &record, from));
                    }
                }
            }
            let page = reader.entries_between(after, last, PAGE)?;
            let reached = page.last().map_or(last, |entry| entry.seq);
            let entries = page
                .iter()
                .filter(|entry| engine.visible(&actor, &entry.record, now))
                .map(|entry| RawValue::from_string(entry.json().to_string()))
                .collect::<Result<Vec<_>, _>>()?;
            let grid = match map::domain(reader)? {
                Some(domain) => reader
                    .as_of(domain.id, last)?
                    .and_then(|d| map::grid_of(&d)),
                None => None,
            };
            Ok(serde_json::to_vec(&Replay {
                from,
                to,
                edition: map::edition(&grid.unwrap_or_default()),
                open,
                entries,
                next: (reached < last).then_some(reached),
            })?)
        })
        .await?;
    Ok(json_response(json))
}

/// The instants between which a local day lies, as far as it has passed.
fn span(engine: &Engine, day: Date, now: Timestamp) -> Outcome<(Timestamp, Timestamp)> {
    let calendar = engine.setup().calendar();
    let from = calendar.start_of(day);
    let (Ok(next), true) = (day.tomorrow(), from <= now) else {
        return Err(bad_parameter(
            "date",
            "应为今天或以前的日期",
            "is today or a day before",
        ));
    };
    Ok((from, calendar.start_of(next).min(now)))
}

/// Which days.
#[derive(Serialize, ToSchema)]
pub(crate) struct Days {
    /// The latest first; at most 400.
    days: Vec<Day>,
}

/// A day on which something was received.
#[derive(Serialize, ToSchema)]
pub(crate) struct Day {
    /// The local day.
    #[schema(value_type = String, format = Date)]
    date: Date,
    /// How many entries.
    entries: u64,
}

/// Which days have entries?
///
/// Those that `GET /replay` can play.
#[utoipa::path(
    get, path = "/api/v1/days", tag = "live", operation_id = "listDays",
    responses(
        (status = 200, body = Days, description = "The days"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
    )
)]
pub(crate) async fn days(State(app): State<Arc<App>>, caller: Caller) -> Outcome<axum::Json<Days>> {
    caller.signed_in()?;
    let engine = app.engine();
    let days = app
        .store
        .read(move |reader| {
            let calendar = engine.setup().calendar();
            let mut days = Vec::new();
            let mut last = reader.head()?.seq;
            // Days without entries cost nothing: the next is that of the last entry before.
            while last > 0 && days.len() < 400 {
                let Some(received) = reader.received(last)? else {
                    break;
                };
                let date = calendar.day(received);
                let before = reader.seq_before(calendar.start_of(date))?.min(last - 1);
                days.push(Day {
                    date,
                    entries: last - before,
                });
                last = before;
            }
            Ok(days)
        })
        .await?;
    Ok(axum::Json(Days { days }))
}

//! Sums: how many of what where, standing or by day.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use gewang_engine::Engine;
use gewang_store::{Tally, TallyQuery};
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::body::{Query, bad_parameter};
use crate::caller::Caller;
use crate::problem::{Outcome, ProblemBody};

/// Days that one question may span.
const MOST_DAYS: i32 = 3660;

/// Which sums.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Kinds, `pack.kind`, separated by commas; all by default.
    kind: Option<String>,
    /// The cell over which to sum, with all below it; the whole town by default.
    cell: Option<String>,
    /// Measures, separated by commas; one that ends in `:` stands for all that begin so. Standing: `open`, `late`,
    /// `state:ID`, `stage:ID`, `count:FIELD=OPTION`. Of a day: `opened`, `closed`, `closed_in_time`, `opened:FIELD=OPTION`,
    /// and by its hours `opened_hour:HH`, `closed_hour:HH`.
    measure: Option<String>,
    /// First local day, `2026-03-02`. With it, and `to`, sums of days; without, what stands now.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Last local day.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// `total` (the default), or `child`: one sum for each cell just below, or `cell`: for each leaf.
    by: Option<String>,
}

/// Sums.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tallies {
    /// Ordered by kind, day, measure, cell. What is zero is left out.
    tallies: Vec<Sum>,
}

/// A sum.
#[derive(Serialize, ToSchema)]
pub(crate) struct Sum {
    /// `pack.kind`.
    kind: String,
    /// The cell over which it was summed.
    cell: String,
    /// The local day; absent for what stands now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    day: Option<Date>,
    /// What is counted.
    measure: String,
    /// How many.
    n: i64,
}

/// Sums of records.
///
/// How many stand in which state, are late, were opened and closed, over a cell and all below it. They are counted as
/// entries are written, so asking costs the same however many records there are.
#[utoipa::path(
    get, path = "/api/v1/tallies", tag = "town", operation_id = "listTallies", params(Asked),
    responses(
        (status = 200, body = Tallies, description = "The sums"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "`bad_parameter`"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Outcome<axum::Json<Tallies>> {
    caller.signed_in()?;
    let engine = app.engine();
    let grid = engine.setup().grid();
    let from = asked.cell.clone().unwrap_or_else(|| grid.root().to_owned());
    if grid.cell(&from).is_none() {
        return Err(bad_parameter("cell", "没有这个网格", "names no cell"));
    }
    let words = |list: &Option<String>| -> Vec<String> {
        list.iter()
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let days = days(asked.from, asked.to)?;
    let query = TallyQuery {
        kinds: words(&asked.kind),
        measures: words(&asked.measure),
        days,
        // Over the whole town days are counted too on which the cells were others.
        cells: (from != grid.root())
            .then(|| grid.below(&from).into_iter().map(str::to_owned).collect()),
    };
    if query.kinds.len() > 50 || query.measures.len() > 50 {
        return Err(bad_parameter(
            "measure",
            "最多 50 项",
            "and `kind` name at most 50 each",
        ));
    }
    let by = match asked.by.as_deref() {
        None | Some("total") => By::Total,
        Some("child") => By::Child,
        Some("cell") => By::Cell,
        Some(_) => {
            return Err(bad_parameter(
                "by",
                "应为 total、child 或 cell",
                "is total, child or cell",
            ));
        }
    };
    let tallies = app.store.read(move |reader| reader.tallies(&query)).await?;
    Ok(axum::Json(Tallies {
        tallies: summed(&engine, &from, by, tallies),
    }))
}

#[derive(Clone, Copy)]
enum By {
    Total,
    Child,
    Cell,
}

fn days(from: Option<Date>, to: Option<Date>) -> Outcome<Option<(i32, i32)>> {
    let (Some(first), Some(last)) = (from.or(to), to.or(from)) else {
        return Ok(None);
    };
    let (first, last) = (number(first), number(last));
    if first > last || last - first > MOST_DAYS {
        return Err(bad_parameter(
            "to",
            &format!("应不早于 from，且最多相隔 {MOST_DAYS} 天"),
            &format!("lies no earlier than `from` and at most {MOST_DAYS} days later"),
        ));
    }
    Ok(Some((first, last)))
}

/// Days since 1970-01-01.
fn number(day: Date) -> i32 {
    (day.duration_since(date(1970, 1, 1)).as_hours() / 24) as i32
}

fn day(number: i32) -> Option<Date> {
    (number != 0).then(|| date(1970, 1, 1).saturating_add(jiff::Span::new().days(number)))
}

fn summed(engine: &Engine, from: &str, by: By, tallies: Vec<Tally>) -> Vec<Sum> {
    let grid = engine.setup().grid();
    let mut sums: BTreeMap<(String, i32, String, String), i64> = BTreeMap::new();
    for tally in tallies {
        let over = match by {
            By::Total => from.to_owned(),
            By::Cell => tally.cell,
            // Of the chain up from the leaf, the cell just below `from`.
            By::Child => {
                let chain = grid.chain(&tally.cell);
                let just_below = chain
                    .iter()
                    .position(|cell| *cell == from)
                    .and_then(|at| at.checked_sub(1));
                just_below.map_or_else(|| from.to_owned(), |at| chain[at].to_owned())
            }
        };
        *sums
            .entry((tally.kind, tally.day, tally.measure, over))
            .or_default() += tally.n;
    }
    sums.into_iter()
        .filter(|(_, n)| *n != 0)
        .map(|((kind, number, measure, cell), n)| Sum {
            kind,
            cell,
            day: day(number),
            measure,
            n,
        })
        .collect()
}

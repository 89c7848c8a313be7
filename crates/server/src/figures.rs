//! The figures of a day: what came in, what went out, how much of it in time, and what stands.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use gewang_engine::Engine;
use gewang_pack::{FieldType, Kind, Pack, Text};
use gewang_store::{Tally, TallyQuery};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::body::{Query, bad_parameter};
use crate::caller::Caller;
use crate::clock;
use crate::problem::{Outcome, ProblemBody};
use crate::schema;

/// Which day.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The local day; today by default.
    #[param(value_type = Option<String>, format = Date)]
    date: Option<Date>,
    /// The cell over which to sum, with all below it; the whole town by default.
    cell: Option<String>,
}

/// The figures of a day.
#[derive(Serialize, ToSchema)]
pub(crate) struct Figures {
    /// The local day.
    #[schema(value_type = String, format = Date)]
    date: Date,
    /// Whether it is today.
    today: bool,
    /// The journal's sequence number up to which all of this counts.
    head: u64,
    /// Of all kinds together.
    all: Numbers,
    /// Hour by hour of the town's day, from 0 to 23, all kinds together.
    #[schema(min_items = 24, max_items = 24)]
    hours: Vec<HourFigures>,
    /// Kind by kind, in the order of the packs: those whose states have stages.
    kinds: Vec<KindFigures>,
}

/// Numbers of a day, and of what stands now.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(crate) struct Numbers {
    /// Opened on the day.
    opened: i64,
    /// Closed on the day.
    closed: i64,
    /// Of these before their deadline.
    closed_in_time: i64,
    /// Open now, whatever the day.
    open: i64,
    /// Late now, whatever the day.
    late: i64,
    /// By stage.
    by_stage: ByStage,
}

/// The figures of an hour.
#[derive(Serialize, ToSchema)]
pub(crate) struct HourFigures {
    /// The hour by the town's clocks, 0 to 23.
    #[schema(maximum = 23)]
    hour: u8,
    /// Opened within it.
    opened: i64,
    /// Closed within it.
    closed: i64,
}

/// Numbers by stage.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(crate) struct ByStage {
    /// Under way in it now.
    report: i64,
    /// Under way in it now.
    triage: i64,
    /// Under way in it now.
    handle: i64,
    /// Closed on the day.
    close: i64,
}

/// The figures of a kind.
#[derive(Serialize, ToSchema)]
pub(crate) struct KindFigures {
    /// `pack.kind`.
    kind: String,
    /// Its name.
    #[schema(value_type = schema::Text)]
    title: Text,
    /// Its numbers.
    numbers: Numbers,
    /// By the top-level options of the choices by which it is counted.
    groups: Vec<Group>,
}

/// The figures of an option.
#[derive(Serialize, ToSchema)]
pub(crate) struct Group {
    /// The field.
    field: String,
    /// The option, or the group of options.
    option: String,
    /// Its name.
    #[schema(value_type = schema::Text)]
    title: Text,
    /// Opened on the day.
    opened: i64,
    /// Open now.
    open: i64,
}

/// The figures of a day.
///
/// They are counted as entries are written, so asking costs the same however many records there are.
#[utoipa::path(
    get, path = "/api/v1/figures", tag = "town", operation_id = "getFigures", params(Asked),
    responses(
        (status = 200, body = Figures, description = "The figures"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "`bad_parameter`"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`"),
    )
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Outcome<axum::Json<Figures>> {
    caller.signed_in()?;
    let engine = app.engine();
    let setup = engine.setup();
    let today = setup.day(clock::now());
    let date = asked.date.unwrap_or(today);
    let cells = match &asked.cell {
        None => None,
        Some(cell) if setup.grid().cell(cell).is_some() => Some(
            setup
                .grid()
                .below(cell)
                .into_iter()
                .map(str::to_owned)
                .collect(),
        ),
        Some(_) => return Err(bad_parameter("cell", "没有这个网格", "names no cell")),
    };
    let kinds: Vec<String> = staged(&engine).map(|(name, ..)| name).collect();
    let number = setup.day_number(setup.calendar().start_of(date));
    let query = |days| TallyQuery {
        kinds: kinds.clone(),
        measures: Vec::new(),
        days,
        cells: cells.clone(),
    };
    let (day, now) = (query(Some((number, number))), query(None));
    let (head, day, now) = app
        .store
        .read(move |reader| reader.tallies_at(&[day, now]))
        .await
        .map(|(head, found)| {
            let mut sums = found.into_iter().map(summed);
            let mut next = || sums.next().unwrap_or_default();
            (head, next(), next())
        })?;
    let kinds: Vec<KindFigures> = staged(&engine)
        .map(|(name, pack, kind)| figures(name, pack, kind, &day, &now))
        .collect();
    let mut all = Numbers::default();
    kinds.iter().for_each(|kind| all.add(&kind.numbers));
    Ok(axum::Json(Figures {
        date,
        today: date == today,
        head,
        all,
        hours: (0..24).map(|hour| of_hour(&day, hour)).collect(),
        kinds,
    }))
}

fn of_hour(day: &Sums, hour: u8) -> HourFigures {
    let sum = |what: &str| {
        let measure = format!("{what}_hour:{hour:02}");
        let of = day.iter().filter(|((_, known), _)| *known == measure);
        of.map(|(_, n)| n).sum()
    };
    HourFigures {
        hour,
        opened: sum("opened"),
        closed: sum("closed"),
    }
}

/// The kinds that have stages: cases, and not people or posts.
pub(crate) fn staged(engine: &Engine) -> impl Iterator<Item = (String, &Pack, &Kind)> {
    engine.setup().packs().flat_map(|pack| {
        let kinds = pack.kinds.iter().filter(|(_, kind)| {
            let mut states = kind.states.values();
            states.any(|state| state.stage.is_some())
        });
        kinds.map(|(id, kind)| (format!("{}.{id}", pack.pack), &**pack, kind))
    })
}

/// Sums by kind and measure.
type Sums = HashMap<(String, String), i64>;

fn summed(tallies: Vec<Tally>) -> Sums {
    let mut sums = Sums::new();
    for tally in tallies {
        *sums.entry((tally.kind, tally.measure)).or_default() += tally.n;
    }
    sums
}

fn figures(name: String, pack: &Pack, kind: &Kind, day: &Sums, now: &Sums) -> KindFigures {
    let of = |sums: &Sums, measure: String| -> i64 {
        sums.get(&(name.clone(), measure)).copied().unwrap_or(0)
    };
    let on = |measure: &str| of(day, measure.to_owned());
    let stands = |measure: &str| of(now, measure.to_owned());
    let numbers = Numbers {
        opened: on("opened"),
        closed: on("closed"),
        closed_in_time: on("closed_in_time"),
        open: stands("open"),
        late: stands("late"),
        by_stage: ByStage {
            report: stands("stage:report"),
            triage: stands("stage:triage"),
            handle: stands("stage:handle"),
            close: on("closed"),
        },
    };
    let mut groups = Vec::new();
    for field in &kind.views.count {
        let list = kind
            .fields
            .get(field)
            .filter(|field| matches!(field.kind, FieldType::Choice | FieldType::Choices))
            .and_then(|field| pack.choices.get(field.of.as_deref()?));
        for (option, choice) in list.into_iter().flatten() {
            let below: Vec<&str> = if choice.options.is_empty() {
                vec![option]
            } else {
                choice.options.keys().map(String::as_str).collect()
            };
            let sum = |sums: &Sums, prefix: &str| {
                let one = |option: &&str| of(sums, format!("{prefix}:{field}={option}"));
                below.iter().map(one).sum()
            };
            groups.push(Group {
                field: field.clone(),
                option: option.clone(),
                title: Text {
                    zh: choice.zh.clone(),
                    en: choice.en.clone(),
                },
                opened: sum(day, "opened"),
                open: sum(now, "count"),
            });
        }
    }
    KindFigures {
        kind: name,
        title: kind.title.clone(),
        numbers,
        groups,
    }
}

impl Numbers {
    fn add(&mut self, other: &Numbers) {
        self.opened += other.opened;
        self.closed += other.closed;
        self.closed_in_time += other.closed_in_time;
        self.open += other.open;
        self.late += other.late;
        self.by_stage.report += other.by_stage.report;
        self.by_stage.triage += other.by_stage.triage;
        self.by_stage.handle += other.by_stage.handle;
        self.by_stage.close += other.by_stage.close;
    }
}

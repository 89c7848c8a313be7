//! Which records are asked for.

use gewang_engine::{Engine, Seat};
use gewang_pack::Who;
use gewang_store::{Bounds, Filter, Party, Scope};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::body::bad_parameter;
use crate::problem::Outcome;

/// Which records.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Kinds, `pack.kind`, separated by commas.
    kind: Option<String>,
    /// A cell: records in it and in all below it.
    cell: Option<String>,
    /// States, separated by commas.
    state: Option<String>,
    /// Stages, separated by commas: `report`, `triage`, `handle`, `close`.
    stage: Option<String>,
    /// `me` (the posts I hold), the id of a unit, or the id of a person.
    assignee: Option<String>,
    /// `me`: those I reported.
    reporter: Option<String>,
    /// Only late ones, or only the others.
    late: Option<bool>,
    /// Those in which an action waits for approval: `me`: mine to agree or to decline; `others`: all records but those; `any`:
    /// whoever is to agree; `none`: where nothing waits.
    request: Option<Waiting>,
    /// Only open ones, or only closed ones.
    open: Option<bool>,
    /// Words that all occur in it, Chinese or English; or its number. At most 100 characters.
    text: Option<String>,
    /// A box in degrees: west,south,east,north.
    r#box: Option<String>,
    /// Only what changed after this sequence number.
    since: Option<u64>,
    /// Only what is due at or after this instant (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    due_from: Option<Timestamp>,
    /// Only what is due before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    due_to: Option<Timestamp>,
    /// `newest` (opened last; the default), `oldest` (opened first), `changed`, or `due` (due first).
    pub order: Option<String>,
    /// Records on a page, 1 to 500 (50 by default).
    pub limit: Option<usize>,
    /// From the last page's `next`.
    pub cursor: Option<String>,
}

impl Asked {
    /// What narrows, without order and page.
    pub fn which(&self) -> Which {
        let asked = self;
        Which {
            kind: asked.kind.clone(),
            cell: asked.cell.clone(),
            state: asked.state.clone(),
            stage: asked.stage.clone(),
            assignee: asked.assignee.clone(),
            reporter: asked.reporter.clone(),
            late: asked.late,
            request: asked.request,
            open: asked.open,
            text: asked.text.clone(),
            r#box: asked.r#box.clone(),
            since: asked.since,
            due_from: asked.due_from,
            due_to: asked.due_to,
        }
    }
}

/// Which records to count: what is given narrows, as the parameters of `GET /records` do.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = RecordFilter, default = json!({}))]
pub(crate) struct Which {
    /// Kinds, `pack.kind`, separated by commas.
    kind: Option<String>,
    /// A cell: records in it and in all below it.
    cell: Option<String>,
    /// States, separated by commas.
    state: Option<String>,
    /// Stages, separated by commas: `report`, `triage`, `handle`, `close`.
    stage: Option<String>,
    /// `me` (the posts I hold), the id of a unit, or the id of a person.
    assignee: Option<String>,
    /// `me`: those I reported.
    reporter: Option<String>,
    /// Only late ones, or only the others.
    late: Option<bool>,
    /// Those in which an action waits for approval: `me`: mine to agree or to decline; `others`: all records but those; `any`:
    /// whoever is to agree; `none`: where nothing waits.
    request: Option<Waiting>,
    /// Only open ones, or only closed ones.
    open: Option<bool>,
    /// Words that all occur in it, Chinese or English; or its number. At most 100 characters.
    text: Option<String>,
    /// A box in degrees: west,south,east,north.
    r#box: Option<String>,
    /// Only what changed after this sequence number.
    since: Option<u64>,
    /// Only what is due at or after this instant (RFC 3339).
    #[schema(value_type = Option<String>, format = DateTime)]
    due_from: Option<Timestamp>,
    /// Only what is due before this instant.
    #[schema(value_type = Option<String>, format = DateTime)]
    due_to: Option<Timestamp>,
}

/// Whose approval is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RequestFilter)]
pub(crate) enum Waiting {
    /// The caller may agree or decline.
    Me,
    /// All records but those.
    Others,
    /// Somebody may.
    Any,
    /// Nothing waits.
    None,
}

impl Which {
    /// Whether only what the caller may settle is asked for, or only the rest. The engine alone can tell, record by record.
    pub fn mine(&self) -> Option<bool> {
        match self.request {
            Some(Waiting::Me) => Some(true),
            Some(Waiting::Others) => Some(false),
            Some(Waiting::Any | Waiting::None) | None => None,
        }
    }
}

/// As the store takes it, narrowed to what the person may at most see.
pub(crate) fn filter(
    engine: &Engine,
    person: Uuid,
    now: Timestamp,
    asked: &Which,
) -> Outcome<Filter> {
    let words = |list: &Option<String>| -> Vec<String> {
        list.iter()
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let setup = engine.setup();
    let mut filter = Filter {
        kinds: words(&asked.kind),
        states: words(&asked.state),
        stages: words(&asked.stage),
        open: asked.open,
        late: asked.late,
        waits: match asked.request {
            Some(Waiting::Me | Waiting::Any) => Some(true),
            Some(Waiting::None) => Some(false),
            Some(Waiting::Others) | None => None,
        },
        changed_since: asked.since,
        due_from: asked.due_from,
        due_to: asked.due_to,
        scope: scope(engine, person, now),
        ..Filter::default()
    };
    if let Some(unknown) = filter.kinds.iter().find(|kind| setup.kind(kind).is_none()) {
        let shown: String = unknown
            .chars()
            .filter(|c| c.is_ascii_alphanumeric() || "._".contains(*c))
            .take(60)
            .collect();
        return Err(bad_parameter(
            "kind",
            &format!("没有事项类型 {shown}"),
            &format!("names no kind ({shown})"),
        ));
    }
    if filter
        .stages
        .iter()
        .any(|stage| !["report", "triage", "handle", "close"].contains(&stage.as_str()))
    {
        return Err(bad_parameter(
            "stage",
            "应为 report、triage、handle、close",
            "is report, triage, handle or close",
        ));
    }
    if let Some(cell) = &asked.cell {
        if setup.grid().cell(cell).is_none() {
            return Err(bad_parameter("cell", "没有这个网格", "names no cell"));
        }
        filter.cells = Some(
            setup
                .grid()
                .below(cell)
                .into_iter()
                .map(str::to_owned)
                .collect(),
        );
    }
    match asked.assignee.as_deref() {
        None => {}
        Some("me") => filter.assignee = own_parties(engine, person, now),
        Some(id) => {
            let id: Uuid = id.parse().map_err(|_| {
                bad_parameter(
                    "assignee",
                    "应为 me 或单位、人员的编号",
                    "is `me` or the id of a unit or a person",
                )
            })?;
            filter.assignee = if engine.roster().unit(id).is_some() {
                vec![Party::Unit(id)]
            } else {
                own_parties(engine, id, now)
            };
        }
    }
    match asked.reporter.as_deref() {
        None => {}
        Some("me") => filter.assignee.push(Party::Reporter(person)),
        Some(_) => return Err(bad_parameter("reporter", "应为 me", "is `me`")),
    }
    if let Some(text) = &asked.text {
        if text.chars().count() > 100 {
            return Err(bad_parameter(
                "text",
                "最多 100 个字符",
                "has at most 100 characters",
            ));
        }
        filter.text = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    }
    filter.bounds = asked.r#box.as_deref().map(bounds).transpose()?;
    Ok(filter)
}

fn bounds(text: &str) -> Outcome<Bounds> {
    let edges: Vec<f64> = text
        .split(',')
        .filter_map(|edge| edge.trim().parse().ok())
        .collect();
    match edges[..] {
        [west, south, east, north]
            if [west, south, east, north]
                .iter()
                .all(|edge| edge.is_finite())
                && west <= east
                && south <= north =>
        {
            Ok(Bounds {
                west,
                south,
                east,
                north,
            })
        }
        _ => Err(bad_parameter(
            "box",
            "应为 西,南,东,北 四个度数",
            "is four numbers in degrees: west,south,east,north",
        )),
    }
}

/// To whom a record may be assigned so that it is this person's.
fn own_parties(engine: &Engine, person: Uuid, now: Timestamp) -> Vec<Party> {
    let posts = engine
        .roster()
        .posts_of(person, now)
        .map(|held| match &held.seat {
            Seat::Unit(unit) => Party::Unit(*unit),
            Seat::Cell(cell) => Party::Post {
                cell: cell.clone(),
                post: held.post.clone(),
            },
        });
    posts.chain([Party::Person(person)]).collect()
}

/// What a person may at most see, so that a search need not look at the rest of the town. Whether they may see a record
/// is still the engine's to say of each.
fn scope(engine: &Engine, person: Uuid, now: Timestamp) -> Option<Scope> {
    let grid = engine.setup().grid();
    let mut scope = Scope {
        parties: own_parties(engine, person, now),
        ..Scope::default()
    };
    scope.parties.push(Party::Reporter(person));
    for held in engine.roster().posts_of(person, now) {
        if let Seat::Cell(cell) = &held.seat {
            if cell == grid.root() {
                return None;
            }
            scope
                .cells
                .extend(grid.below(cell).into_iter().map(str::to_owned));
        }
    }
    scope.cells.sort_unstable();
    scope.cells.dedup();
    let open_to_all = engine.setup().kinds().filter(|(_, kind)| {
        kind.see
            .iter()
            .any(|who| matches!(who, Who::Anyone | Who::Public))
    });
    scope.kinds = open_to_all.map(|(name, _)| name.to_owned()).collect();
    Some(scope)
}

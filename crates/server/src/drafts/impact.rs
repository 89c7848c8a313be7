//! What would happen if a draft were adopted now.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use gewang_engine::{
    Actor, Command, Engine, FileInfo, Read, Record, Refusal, Seat, Submission, Verdict, new_home,
};
use gewang_grid::{Coord, Locator, Partition, Text};
use gewang_store::{Reader, Swept};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::boundary::{self, BoundaryChange};
use super::keep::{allowed, with};
use super::work::reading;
use super::{json, written};
use crate::app::App;
use crate::body::Path;
use crate::caller::Caller;
use crate::clock;
use crate::map;
use crate::people::HeldView;
use crate::problem::{Outcome, ProblemBody};
use crate::rehoming::{Rehomed, SHOWN};
use crate::schema;

/// Records looked at in one go.
const PAGE: usize = 2000;

/// What adopting a draft would do.
#[derive(Serialize, ToSchema)]
#[schema(as = DraftImpact)]
pub(crate) struct Impact {
    /// Records that would get another cell, the oldest first; at most 200.
    records: Vec<Rehomed>,
    /// How many more there are.
    more: usize,
    /// Posts at cells that would go: while any is held, the draft is not adopted.
    posts: Vec<HeldThere>,
    /// How the town's own boundary would change: publishing must say that it is meant. Null where it stays.
    #[schema(required = true)]
    boundary: Option<BoundaryChange>,
    /// What the town would say to it now; empty where it would be adopted.
    #[schema(value_type = Vec<schema::Text>)]
    faults: Vec<Text>,
}

/// A post at a cell that would go.
#[derive(Serialize, ToSchema)]
pub(crate) struct HeldThere {
    /// The post.
    #[serde(flatten)]
    held: HeldView,
    /// Who holds it.
    person: Uuid,
    /// Their name.
    name: String,
}

/// What would publishing do?
///
/// Which open records would get another cell, which posts stand in its way, and what the town itself would say.
#[utoipa::path(
    get, path = "/api/v1/drafts/{id}/impact", tag = "grid", operation_id = "getDraftImpact",
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = Impact, description = "As things stand now"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`defective`: it is no partition"),
    )
)]
pub(super) async fn impact(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Outcome<Response> {
    allowed(&app, &caller).await?;
    let impact = with(&app, id, move |held| {
        let partition = held.work.partition()?;
        let engine = held.app.engine();
        let (actor, drawn) = (caller.actor.clone(), partition.to_geojson().to_string());
        let (records, more, refusal) = held.app.store.read_now(|reader| {
            let (records, more) = moving(reader, &engine, &actor, &partition)?;
            let refusal = tried(reader, &engine, &actor, drawn.into_bytes())?;
            Ok((records, more, refusal))
        })?;
        let in_force = engine.setup().grid().partition();
        let (drawn, rules) = (held.work.stage.layer(), reading(held.work.levels()));
        let change = boundary::changed(in_force, &drawn, &rules)?;
        let faults = refusal.into_iter();
        let faults = faults.map(|refusal| Text::new(refusal.text.zh, refusal.text.en));
        written(&Impact {
            records,
            more,
            posts: posts(&engine, &partition),
            boundary: (!change.is_none()).then(|| BoundaryChange::from(&change)),
            faults: faults.collect(),
        })
    });
    json(impact.await?)
}

/// The records that would get another cell, as far as they are told to this actor, and how many more there are.
fn moving(
    reader: &Reader,
    engine: &Engine,
    actor: &Actor,
    partition: &Partition,
) -> Result<(Vec<Rehomed>, usize), gewang_store::Error> {
    let locator = Locator::new(partition);
    let (mut told, mut more) = (Vec::new(), 0);
    let mut swept = Swept::begin(0);
    let now = clock::now();
    loop {
        let page = reader.located(&swept, PAGE)?;
        if page.is_empty() {
            return Ok((told, more));
        }
        swept = swept.past(&page);
        for one in page {
            let place = one
                .place
                .and_then(|(lon, lat)| Coord::from_units(lon, lat).ok());
            let Some(to) = new_home(partition, &locator, &one.cell, place, one.closed) else {
                continue;
            };
            let record = match told.len() < SHOWN {
                true => reader.record(one.id)?,
                false => None,
            };
            match record.filter(|record| engine.visible(actor, record, now)) {
                Some(record) => told.push(Rehomed {
                    id: record.id,
                    number: record.number.clone(),
                    kind: record.kind.clone(),
                    from: one.cell,
                    to: to.to_owned(),
                }),
                None => more += 1,
            }
        }
    }
}

fn posts(engine: &Engine, partition: &Partition) -> Vec<HeldThere> {
    let now = clock::now();
    let roster = engine.roster();
    let mut posts: Vec<HeldThere> = roster
        .all_posts()
        .filter(|held| held.until.is_none_or(|until| until > now))
        .filter(|held| matches!(&held.seat, Seat::Cell(cell) if partition.get(cell).is_none()))
        .map(|held| HeldThere {
            person: held.person,
            name: roster
                .person(held.person)
                .map(|person| person.name.clone())
                .unwrap_or_default(),
            held: HeldView::of(engine, held),
        })
        .collect();
    posts.sort_by(|a, b| (&a.held.cell, a.person).cmp(&(&b.held.cell, b.person)));
    posts
}

/// What the engine says to the adoption of a drawing, which nobody has stored.
fn tried(
    reader: &Reader,
    engine: &Engine,
    actor: &Actor,
    drawing: Vec<u8>,
) -> Result<Option<Refusal>, gewang_store::Error> {
    let Some(domain) = map::domain(reader)? else {
        return Ok(None);
    };
    let hash = blake3::hash(&drawing).to_hex().to_string();
    let data = [("grid", hash.as_str()), ("reason", "-")];
    let data: Map<String, Value> = data
        .into_iter()
        .map(|(key, value)| (key.to_owned(), Value::from(value)))
        .collect();
    let now = clock::now();
    let submission = Submission {
        command: Command {
            id: Uuid::now_v7(),
            at: now,
            kind: domain.kind.clone(),
            record: domain.id,
            action: "adopt".into(),
            version: None,
            place: None,
            data,
            files: Vec::new(),
            backdated: false,
        },
        actor: actor.clone(),
        received: now,
    };
    let world = With {
        reader,
        hash: &hash,
        drawing: &drawing,
    };
    Ok(match engine.decide(&world, &submission)? {
        Verdict::Refused(refusal) => Some(refusal),
        Verdict::Done(_) | Verdict::Merged(_) => None,
    })
}

/// What is stored, and one file more.
struct With<'a> {
    reader: &'a Reader,
    hash: &'a str,
    drawing: &'a [u8],
}

impl Read for With<'_> {
    type Error = gewang_store::Error;

    fn record(&self, id: Uuid) -> Result<Option<Arc<Record>>, Self::Error> {
        Read::record(self.reader, id)
    }

    fn file(&self, hash: &str) -> Result<Option<FileInfo>, Self::Error> {
        if hash == self.hash {
            return Ok(Some(FileInfo {
                media: "application/geo+json".into(),
                bytes: self.drawing.len() as u64,
            }));
        }
        self.reader.file(hash)
    }

    fn content(&self, hash: &str) -> Result<Option<Vec<u8>>, Self::Error> {
        if hash == self.hash {
            return Ok(Some(self.drawing.to_vec()));
        }
        self.reader.content(hash)
    }

    fn opened(&self, kind: &str, day: Date) -> Result<u64, Self::Error> {
        self.reader.opened(kind, day)
    }
}

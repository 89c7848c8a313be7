//! How a draft begins: with an edition, or with a file.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use gewang_engine::Engine;
use gewang_grid::formats::{InFile, Opening, open, to_geojson};
use gewang_grid::{Crs, Layer, Properties, Reading, Text};
use gewang_store::Draft;
use rustc_hash::FxHashMap;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::keep::{allowed, compute, levels, of_town, view};
use super::problems;
use super::view::{Begin, DraftView, Facts, State as DraftState};
use super::work::Work;
use crate::app::App;
use crate::body::{self, Query};
use crate::caller::Caller;
use crate::clock;
use crate::editions;
use crate::problem::{Outcome, Problem, ProblemBody};

/// Drafts that there may be at a time.
const MOST: usize = 50;
/// Characters of a title.
const LONGEST: usize = 120;

/// How a file is to be read.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Told {
    /// What the draft is called.
    title: Option<String>,
    /// The coordinate reference system, whatever the file says: `wgs84`, `cgcs2000`, `gcj02`, `bd09`, `EPSG:4549`.
    crs: Option<String>,
    /// Which of several layers in the file.
    layer: Option<String>,
    /// The property that holds a cell's id, where it can't be guessed.
    id: Option<String>,
    /// The property that holds the id of the cell above.
    parent: Option<String>,
    /// The property that holds a cell's name.
    name: Option<String>,
    /// The file's name: a hint where what it holds leaves a choice.
    file: Option<String>,
}

/// Begin a draft.
///
/// With an edition (`application/json`), or with a file as the body, in any format that drawings are read in: GeoJSON,
/// TopoJSON, a zipped Shapefile, GeoPackage, KML, KMZ, CSV with WKT. What the file is follows from what it holds. A drawing
/// that is no partition is taken as it is, and its defects are told.
#[utoipa::path(
    post, path = "/api/v1/drafts", tag = "grid", operation_id = "beginDraft", params(Told),
    request_body(content((Begin = "application/json"), (Vec<u8> = "application/octet-stream"))),
    responses(
        (status = 201, body = DraftView, description = "It is begun"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`: no such edition"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`too_many_drafts`"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json", description = "`body_too_large`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`unreadable_file`, with all that can't be read; `which_crs`; `bad_value`"),
    )
)]
pub(super) async fn begin(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(told): Query<Told>,
    request: Request,
) -> Outcome<(StatusCode, axum::Json<DraftView>)> {
    let account = allowed(&app, &caller).await?;
    app.writable()?;
    let drafts = app.store.read(|reader| reader.drafts()).await?;
    if drafts.len() >= MOST {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "too_many_drafts",
            format!("最多 {MOST} 份草案，请先删除不用的。"),
            format!("There are at most {MOST} drafts: remove one that nobody needs."),
        ));
    }
    let (parts, body) = request.into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let is_json = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let limits = &app.options.limits;
    let most = if is_json {
        limits.body_bytes
    } else {
        limits.drawing_bytes
    };
    let bytes = body::bytes(&parts.headers, body, most).await?;
    let in_force = editions::in_force(&app).await?;
    let (title, source) = if is_json {
        let Begin { title, from } = body::read(&bytes)?;
        let from = from.filter(|from| from != "in_force");
        let hash = match from {
            None => in_force.hash.clone(),
            Some(name) => editions::named(&app, &name).await?.hash,
        };
        let file = app.store.file_bytes(&hash).await?;
        let bytes = file.ok_or_else(problems::no_such_draft)?;
        (title, Source::Edition(bytes))
    } else {
        (
            told.title.clone().unwrap_or_default(),
            Source::File(bytes.to_vec()),
        )
    };
    let title = self::title(&title)?;
    let draft = Draft {
        id: Uuid::now_v7(),
        title,
        author: account.person,
        based_on: in_force.name,
        created: clock::now(),
        changed: clock::now(),
        version: 1,
        applied: 0,
        facts: String::new(),
        scheduled: None,
    };
    let made = compute(&app, move |app| {
        let engine = app.engine();
        let (layer, read_as) = match source {
            Source::Edition(bytes) => {
                let layer = Layer::from_geojson(&bytes);
                (layer.map_err(|faults| problems::unreadable(&faults))?, None)
            }
            Source::File(bytes) => read(&engine, &told, &bytes)?,
        };
        let mut draft = draft;
        let boundary = engine.setup().grid().partition().outline();
        let work = Work::begun(layer, boundary, levels(&engine))?;
        let facts = work.facts(&Facts {
            state: DraftState::Defective,
            leaves: 0,
            defects: 0,
            area_m2: 0.0,
            edits: 0,
            read_as,
            boundary: None,
            points: None,
            scheduled: None,
            refused: None,
        });
        draft.facts =
            super::written(&facts).map(|json| String::from_utf8_lossy(&json).into_owned())?;
        let drawing = to_geojson(&work.stage.layer()).into_bytes();
        app.store.add_draft_now(draft.clone(), drawing)?;
        view(&draft)
    });
    let made = made.await?;
    tracing::info!(target: "audit", person = %account.person, draft = %made.id, "began a draft of the grid");
    Ok((StatusCode::CREATED, axum::Json(made)))
}

enum Source {
    Edition(Vec<u8>),
    File(Vec<u8>),
}

/// A title as it is kept.
pub(super) fn title(title: &str) -> Outcome<String> {
    let title = title.trim();
    let fits = (1..=LONGEST).contains(&title.chars().count());
    if fits && !title.chars().any(char::is_control) {
        return Ok(title.to_owned());
    }
    Err(problems::bad_value(
        "/title",
        "名称要有 1 到 120 个字，只占一行。",
        "The title has 1 to 120 characters on one line.",
    ))
}

/// The drawing of a file in our own words, and how its coordinates were taken.
fn read(engine: &Engine, told: &Told, bytes: &[u8]) -> Outcome<(Layer, Option<Text>)> {
    let crs = told.crs.as_deref().map(Crs::parse).transpose();
    let opening = Opening {
        crs: crs.map_err(problems::unknown_crs)?,
        layer: told.layer.clone(),
    };
    let file = InFile {
        name: told.file.as_deref().unwrap_or_default(),
        bytes,
    };
    let opened = open(file, &[], &opening).map_err(problems::unopened)?;
    let properties = Properties {
        id: told.id.clone(),
        parent: told.parent.clone(),
        name: told.name.clone(),
    };
    let reading = Reading {
        // Whoever begins a draft sees the ids and goes on from there.
        lenient: true,
        ..Reading::of_town(&opened.layer, &of_town(engine), &properties)
    };
    let mut layer = opened
        .layer
        .normal(&reading)
        .map_err(|faults| problems::unreadable(&faults))?;
    named_as_known(engine, &mut layer);
    let (format, crs) = (opened.format, opened.crs);
    // What was assumed says the system too.
    let read_as = match opened.note {
        None => Text::new(
            format!("按 {format} 读取，坐标系 {crs}。"),
            format!("Read as {format} in {crs}."),
        ),
        Some(assumed) => Text::new(
            format!("按 {format} 读取。{}", assumed.zh),
            format!("Read as {format}; {}.", assumed.en),
        ),
    };
    Ok((layer, Some(read_as)))
}

/// A cell of which the file says no name keeps the one that it has in the town.
fn named_as_known(engine: &Engine, layer: &mut Layer) {
    let partition = engine.setup().grid().partition();
    let names: FxHashMap<&str, &Text> = partition
        .cells()
        .iter()
        .map(|cell| (cell.id.as_str(), &cell.name))
        .collect();
    for feature in &mut layer.features {
        let said = |key: &str| feature.attributes.get(key).and_then(|value| value.as_str());
        let Some(known) = said("id").and_then(|id| names.get(id)) else {
            continue;
        };
        if said("zh") == said("id") && said("en") == said("id") {
            feature
                .attributes
                .insert("zh".into(), known.zh.as_str().into());
            feature
                .attributes
                .insert("en".into(), known.en.as_str().into());
        }
    }
}

//! Changing a draft: edits, back and forth, repair, cells divided anew.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use gewang_grid::formats::to_geojson;
use gewang_grid::{CellId, Coord, Division, Edit, divide, repair as mend};
use gewang_store::DraftStep;
use uuid::Uuid;

use super::keep::{Held, allowed, with};
use super::picture::{LonLat, defect, drawing_of, lon_lat};
use super::problems;
use super::view::{Changed, Edited, MovedGround, Repair, Repaired, Seen, Suggest};
use super::work::{Difference, Mend, Op, Stage, reading};
use super::{json, written};
use crate::app::App;
use crate::body::{Json, Path};
use crate::caller::Caller;
use crate::problem::{Outcome, ProblemBody};

/// Edits that a draft may have.
const MOST_EDITS: u64 = 10_000;
/// Places of a line that is sent.
const MOST_PLACES: usize = 20_000;
/// Barriers of a suggestion.
const MOST_BARRIERS: usize = 1000;

/// Edit a draft.
///
/// One edit of a partition by its borders, so that it stays one; or the removal of a feature while there are defects. An
/// edit that would break the partition is refused with the place (`place`), and nothing changes.
#[utoipa::path(
    post, path = "/api/v1/drafts/{id}/edits", tag = "grid", operation_id = "editDraft", request_body = Edited,
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = Changed, description = "What it changed"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`changed`: by somebody else meanwhile; `scheduled`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`refused_edit`, with `place`; `too_many`"),
    )
)]
pub(super) async fn edit(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(Edited { version, edit }): Json<Edited>,
) -> Outcome<Response> {
    allowed(&app, &caller).await?;
    app.writable()?;
    let changed = with(&app, id, move |held| {
        held.may_change(version)?;
        let after = room(held)?;
        let (difference, body) = match &edit {
            Op::Edit(one) => {
                short(one)?;
                // Refused, it leaves the drawing as it was.
                (held.work.edit(one)?, None)
            }
            Op::Mend(Mend::RemoveFeature { feature }) => {
                let stage = without(held, *feature)?;
                let body = to_geojson(&stage.layer()).into_bytes();
                (held.work.replace(stage)?, Some(body))
            }
            Op::Mend(Mend::Repair { .. }) => {
                return Err(problems::bad_value(
                    "/edit/type",
                    "修复请用 /repair。",
                    "A repair has its own address, /repair.",
                ));
            }
        };
        add(held, after, &edit, body, difference)
    });
    json(changed.await?)
}

/// How many edits are done, if one more may follow.
fn room(held: &Held<'_>) -> Outcome<u64> {
    let done = held.work.applied;
    if done >= MOST_EDITS {
        return Err(problems::too_many(
            format!("一份草案最多 {MOST_EDITS} 次修改，请发布后或从当前图形另建草案再改。"),
            format!("A draft has at most {MOST_EDITS} edits: publish it, or begin another one."),
        ));
    }
    Ok(done)
}

fn add(
    held: &mut Held<'_>,
    after: u64,
    edit: &Op,
    body: Option<Vec<u8>>,
    difference: Difference,
) -> Outcome<Vec<u8>> {
    held.ahead();
    let edit = String::from_utf8_lossy(&written(edit)?).into_owned();
    let draft = held.keep(DraftStep::Adds { after, edit, body })?;
    written(&held.work.changed(draft, difference))
}

fn short(edit: &Edit) -> Outcome<()> {
    let places = match edit {
        Edit::Redraw { through, .. } => through.len(),
        Edit::Split { line, .. } | Edit::HandOver { line, .. } => line.len(),
        Edit::Merge { gone, .. } => gone.len(),
        Edit::Several { edits } => {
            edits.iter().try_for_each(short)?;
            edits.len()
        }
        _ => 0,
    };
    if places <= MOST_PLACES {
        return Ok(());
    }
    Err(problems::too_many(
        format!("一条线最多 {MOST_PLACES} 个点。"),
        format!("A line has at most {MOST_PLACES} places."),
    ))
}

/// The drawing without one of its features.
fn without(held: &Held<'_>, feature: usize) -> Outcome<Stage> {
    let Stage::Defective { layer, .. } = &held.work.stage else {
        return Err(problems::nothing_to_mend());
    };
    let mut layer = layer.clone();
    if feature == 0 || feature > layer.features.len() {
        return Err(problems::bad_value(
            "/edit/feature",
            "图形中没有这个编号的要素。",
            "The drawing has no feature of this number.",
        ));
    }
    layer.features.remove(feature - 1);
    for (at, feature) in layer.features.iter_mut().enumerate() {
        feature.number = at + 1;
    }
    Stage::of(layer, held.work.boundary(), held.work.levels())
}

/// Take the last edit back.
#[utoipa::path(
    post, path = "/api/v1/drafts/{id}/undo", tag = "grid", operation_id = "undoDraft", request_body = Seen,
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = Changed, description = "What it changed"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`changed`, `scheduled`, `nothing_to_undo`"),
    )
)]
pub(super) async fn undo(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(Seen { version }): Json<Seen>,
) -> Outcome<Response> {
    allowed(&app, &caller).await?;
    app.writable()?;
    let changed = with(&app, id, move |held| {
        held.may_change(version)?;
        let before = held.work.applied;
        if before == 0 {
            return Err(problems::nothing_to_undo());
        }
        held.ahead();
        let difference = match held.work.undo() {
            Some(difference) => difference,
            None => {
                held.reload(before - 1)?;
                Difference::All
            }
        };
        let draft = held.keep(DraftStep::Stays(before - 1))?;
        written(&held.work.changed(draft, difference))
    });
    json(changed.await?)
}

/// Make the edit again that was taken back last.
#[utoipa::path(
    post, path = "/api/v1/drafts/{id}/redo", tag = "grid", operation_id = "redoDraft", request_body = Seen,
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = Changed, description = "What it changed"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`changed`, `scheduled`, `nothing_to_redo`"),
    )
)]
pub(super) async fn redo(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(Seen { version }): Json<Seen>,
) -> Outcome<Response> {
    allowed(&app, &caller).await?;
    app.writable()?;
    let changed = with(&app, id, move |held| {
        held.may_change(version)?;
        let next = held.work.applied + 1;
        let edits = held
            .app
            .store
            .read_now(|reader| reader.draft_edits_between(id, next, next))?;
        let Some(edit) = edits.first() else {
            return Err(problems::nothing_to_redo());
        };
        let edit: Op = serde_json::from_str(edit).map_err(|_| problems::stale_draft())?;
        let difference = match &edit {
            Op::Edit(edit) => held.work.edit(edit)?,
            Op::Mend(_) => {
                held.ahead();
                held.reload(next)?;
                Difference::All
            }
        };
        let draft = held.keep(DraftStep::Stays(next))?;
        written(&held.work.changed(draft, difference))
    });
    json(changed.await?)
}

/// Repair a draft.
///
/// Vertices within the tolerance are brought together, those of the boundary stay; slivers go to the neighbour with the
/// longest common border, overlaps stay with the smallest; wide gaps, doubles and the like are left and named. With
/// `preview` nothing is written.
#[utoipa::path(
    post, path = "/api/v1/drafts/{id}/repair", tag = "grid", operation_id = "repairDraft", request_body = Repair,
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = Repaired, description = "What it did, or would do"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`changed`, `scheduled`, `nothing_to_mend`"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`bad_value`"),
    )
)]
pub(super) async fn repair(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(asked): Json<Repair>,
) -> Outcome<Response> {
    allowed(&app, &caller).await?;
    app.writable()?;
    let tolerance_m = asked.tolerance_m.unwrap_or(1.0);
    if !(0.0..=50.0).contains(&tolerance_m) {
        return Err(problems::bad_value(
            "/tolerance_m",
            "容差应在 0 到 50 米之间。",
            "The tolerance lies between 0 and 50 metres.",
        ));
    }
    let repaired = with(&app, id, move |held| {
        held.may_change(asked.version)?;
        let after = room(held)?;
        let layer = match &held.work.stage {
            Stage::Partition(_) if held.work.outline.is_none() => {
                return Err(problems::nothing_to_mend());
            }
            stage => stage.layer(),
        };
        let (boundary, levels) = (held.work.boundary(), held.work.levels());
        let mut rules = reading(levels);
        rules.tolerance_m = tolerance_m;
        let done =
            mend(&layer, Some(boundary), &rules).map_err(|faults| problems::unreadable(&faults))?;
        let stage = Stage::of(done.layer, boundary, levels)?;
        let left = stage.defects(boundary, levels)?;
        let drawing;
        let draft = if asked.preview {
            drawing = drawing_of(&stage, held.work.version);
            held.view()?
        } else {
            let body = to_geojson(&stage.layer()).into_bytes();
            held.work.replace(stage)?;
            held.ahead();
            let edit = Op::Mend(Mend::Repair { tolerance_m });
            let edit = String::from_utf8_lossy(&written(&edit)?).into_owned();
            let body = Some(body);
            let draft = held.keep(DraftStep::Adds { after, edit, body })?;
            drawing = held.work.drawing();
            draft
        };
        let moved = done.moved.iter().map(|change| MovedGround {
            from: change.from.as_ref().map(ToString::to_string),
            to: change.to.as_ref().map(ToString::to_string),
            area_m2: change.area_m2,
            at: lon_lat(change.at),
            why: change.why.clone(),
        });
        written(&Repaired {
            moved: moved.collect(),
            left: left.iter().map(defect).collect(),
            drawing,
            draft,
        })
    });
    json(repaired.await?)
}

/// Divide cells anew.
///
/// By where people live: cells of nearly equal load, cut along barriers where that serves. The leaves named are merged where
/// they lie together below one cell, then cut; it is one edit, to be undone as one.
#[utoipa::path(
    post, path = "/api/v1/drafts/{id}/suggest", tag = "grid", operation_id = "suggestCells", request_body = Suggest,
    params(("id" = Uuid, Path, description = "The draft")),
    responses(
        (status = 200, body = Changed, description = "What it changed"),
        (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "`forbidden`"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`changed`, `scheduled`, `no_points`: give points first"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`bad_value`, `refused_edit`, `too_many`"),
    )
)]
pub(super) async fn suggest(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(asked): Json<Suggest>,
) -> Outcome<Response> {
    allowed(&app, &caller).await?;
    app.writable()?;
    let load = asked.load.unwrap_or(400.0);
    let most = asked.most.unwrap_or(load * 1.25);
    let fits = load.is_finite() && most.is_finite() && load >= 1.0 && most >= load;
    if !fits {
        return Err(problems::bad_value(
            "/load",
            "每个网格的户数至少为 1，上限不小于它。",
            "The load of a cell is at least 1, and the most no less than it.",
        ));
    }
    if CellId::new(&asked.prefix).is_err() || asked.prefix.len() > 56 {
        return Err(problems::bad_value(
            "/prefix",
            "编号前缀只用小写字母、数字、- 和 _，最多 56 个字符。",
            "The prefix of ids takes a-z, 0-9, '-' and '_', at most 56 of them.",
        ));
    }
    let barriers = lines(&asked.barriers)?;
    let changed = with(&app, id, move |held| {
        held.may_change(asked.version)?;
        let after = room(held)?;
        let Some(points) = held.work.points.clone() else {
            return Err(problems::no_points());
        };
        let Stage::Partition(editor) = &mut held.work.stage else {
            return Err(problems::refused_edit(&problems::not_editable()));
        };
        let named = asked.cells.iter().map(|id| CellId::new(id));
        let cells: Vec<CellId> = match asked.cells.is_empty() {
            true => editor.leaves().map(|cell| cell.id.clone()).collect(),
            false => named.collect::<Result<_, _>>().map_err(|_| {
                problems::bad_value("/cells", "没有这个网格。", "There is no such cell.")
            })?,
        };
        let wish = Division {
            prefix: asked.prefix,
            load,
            most,
        };
        let before = editor.steps();
        let edit = divide(editor, &cells, &points, &barriers, &wish)
            .map_err(|refusal| problems::refused_edit(&refusal))?;
        let steps = editor.steps() - before;
        if steps == 0 {
            return Err(problems::nothing_to_divide());
        }
        held.ahead();
        let difference = held.work.made(steps);
        add(held, after, &Op::Edit(edit), None, difference)
    });
    json(changed.await?)
}

fn lines(barriers: &[Vec<LonLat>]) -> Outcome<Vec<Vec<Coord>>> {
    let places: usize = barriers.iter().map(Vec::len).sum();
    if barriers.len() > MOST_BARRIERS || places > MOST_PLACES {
        return Err(problems::too_many(
            format!("最多 {MOST_BARRIERS} 条线、{MOST_PLACES} 个点。"),
            format!("There are at most {MOST_BARRIERS} lines of {MOST_PLACES} places."),
        ));
    }
    let place = |[lon, lat]: &LonLat| Coord::from_degrees(*lon, *lat);
    let line = |line: &Vec<LonLat>| line.iter().map(place).collect::<Result<Vec<Coord>, _>>();
    barriers
        .iter()
        .map(line)
        .collect::<Result<_, _>>()
        .map_err(|bad| {
            problems::bad_value(
                "/barriers",
                "线上有不在地球上的点：先经度、后纬度。",
                &format!("A line has no place on the Earth: {bad}."),
            )
        })
}

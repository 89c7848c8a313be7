//! Why something can't be done with a draft.

use axum::http::StatusCode;
use gewang_grid::formats::OpenError;
use gewang_grid::{BadCrs, Defect, Refusal, Text, Unreadable};

use crate::body::bad_parameter;
use crate::problem::{FileFault, Problem};

pub(crate) fn no_such_draft() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "没有这份草案：可能已经发布或删除。",
        "There is no such draft: it may have been published or removed.",
    )
}

/// The coordinate reference system that was told is none that we know.
pub(crate) fn unknown_crs(bad: BadCrs) -> Problem {
    let text = bad.text();
    bad_parameter("crs", &text.zh, &format!("is not known: {}", text.en))
}

/// Somebody else changed it meanwhile.
pub(crate) fn changed() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "changed",
        "草案在别处改动过，请重新打开后再改。",
        "The draft was changed elsewhere: open it anew and decide again.",
    )
    .at("/version")
}

/// Its edits can't be made again by this version of the server.
pub(crate) fn stale_draft() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "stale_draft",
        "草案里的修改无法按原样重做，请撤回到更早的一步，或新建草案。",
        "The edits of this draft can't be made again as they were: begin another one.",
    )
}

pub(crate) fn scheduled() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "scheduled",
        "草案已定时发布，先取消定时才能修改。",
        "The draft is to be published at a set time: take that back before changing it.",
    )
}

pub(crate) fn nothing_to_undo() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "nothing_to_undo",
        "没有可以撤销的修改。",
        "There is no edit to take back.",
    )
}

pub(crate) fn nothing_to_redo() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "nothing_to_redo",
        "没有可以重做的修改。",
        "There is no edit to make again.",
    )
}

/// More than a draft or a request may hold.
pub(crate) fn too_many(zh: impl Into<String>, en: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "too_many", zh, en)
}

/// A value that makes no sense.
pub(crate) fn bad_value(pointer: &'static str, zh: &str, en: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_value", zh, en).at(pointer)
}

pub(crate) fn refused_edit(refusal: &Refusal) -> Problem {
    let Text { zh, en } = refusal.text.clone();
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "refused_edit", zh, en)
        .on_map(refusal.at.map(|at| [at.lon(), at.lat()]))
}

/// Cells can't be divided by households that nobody told.
pub(crate) fn no_points() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "no_points",
        "草案还没有住户点，请先上传。",
        "The draft has no points where people live: give them first.",
    )
}

/// No cell is to be cut, and none to be merged with another.
pub(crate) fn nothing_to_divide() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "nothing_to_divide",
        "所选网格的户数不超过上限，不需要再分。",
        "The cells named hold no more households than they may: there is nothing to divide.",
    )
}

/// What a drawing with defects answers to an edit of borders.
pub(crate) fn not_editable() -> Refusal {
    Refusal {
        at: None,
        text: Text::new(
            "图形还有缺陷，先修复才能按边界编辑。",
            "The drawing has defects: mend them before editing by borders.",
        ),
    }
}

/// What a partition answers to the mending of defects.
pub(crate) fn nothing_to_mend() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "nothing_to_mend",
        "图形没有缺陷，不需要修复。",
        "The drawing has no defects to mend.",
    )
}

pub(crate) fn defective(defects: &[Defect]) -> Problem {
    let count = defects.len();
    let first = defects.first().map(|defect| defect.text.clone());
    let Text { zh, en } = first.unwrap_or_default();
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "defective",
        format!("图形有 {count} 处缺陷，不是分区，不能发布。第一处：{zh}"),
        format!(
            "The drawing has {count} defects and is no partition, so it can't be published. The first: {en}"
        ),
    )
    .on_map(
        defects
            .iter()
            .find_map(|defect| defect.at)
            .map(|at| [at.lon(), at.lat()]),
    )
}

pub(crate) fn unreadable(faults: &[Unreadable]) -> Problem {
    let first = faults.first().map(|fault| fault.text.clone());
    let Text { zh, en } = first.unwrap_or_default();
    let number = faults.first().and_then(|fault| fault.feature);
    let (zh, en) = match number {
        Some(number) => (
            format!("文件读不了，第 {number} 条：{zh}"),
            format!("The file can't be read, number {number}: {en}"),
        ),
        None => (
            format!("文件读不了：{zh}"),
            format!("The file can't be read: {en}"),
        ),
    };
    let listed = faults.iter().take(100).map(|fault| FileFault {
        feature: fault.feature,
        text: fault.text.clone(),
    });
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unreadable_file", zh, en)
        .listing(listed.collect())
}

/// A file that was not opened.
pub(crate) fn unopened(error: OpenError) -> Problem {
    match error {
        OpenError::Unreadable(faults) => unreadable(&faults),
        OpenError::Unsure { candidates, text } => {
            let names: Vec<String> = candidates.iter().map(ToString::to_string).collect();
            // A long list helps nobody.
            let (zh, en) = match names.len() {
                1..=6 => (
                    format!("{}（可能是：{}）", text.zh, names.join("、")),
                    format!("{} (it could be: {})", text.en, names.join(", ")),
                ),
                _ => (text.zh, text.en),
            };
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "which_crs", zh, en).at("?crs")
        }
    }
}

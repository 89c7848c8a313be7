//! The base map's file, handed out piece by piece.

use std::io::SeekFrom;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::sync::mpsc;

use crate::app::App;
use crate::live::Events;
use crate::problem::{Outcome, Problem, ProblemBody};

/// Bytes read at a time.
const PIECE: usize = 64 << 10;

/// The base map's file.
///
/// The PMTiles file that `town.yaml` names, where it names one. Takes `Range` with one range.
#[utoipa::path(
    get, path = "/api/v1/basemap", tag = "town", operation_id = "getBasemap", security(()),
    params(("Range" = Option<String>, Header, description = "`bytes=FIRST-LAST`")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/vnd.pmtiles", description = "The whole file"),
        (status = 206, body = Vec<u8>, content_type = "application/vnd.pmtiles", description = "The range asked for"),
        (status = 304, description = "As `If-None-Match` says"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`: the town has no such file"),
        (status = 416, body = ProblemBody, content_type = "application/problem+json", description = "`bad_range`"),
    )
)]
pub(crate) async fn get(State(app): State<Arc<App>>, headers: HeaderMap) -> Outcome<Response> {
    let path = named(&app).ok_or_else(no_file)?;
    let mut file = match File::open(&path).await {
        Ok(file) => file,
        Err(error) => {
            tracing::warn!(%error, file = %path.display(), "the base map cannot be read");
            return Err(no_file());
        }
    };
    let about = file.metadata().await.map_err(|_| no_file())?;
    let whole = about.len();
    let changed = about
        .modified()
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let tag = format!(
        "\"{whole:x}-{:x}\"",
        changed.map_or(0, |since| since.as_millis())
    );
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let mut answer = HeaderMap::new();
    let plain = |text: &str| HeaderValue::from_str(text).expect("digits and signs are ASCII");
    answer.insert(header::ETAG, plain(&tag));
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    answer.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if text(header::IF_NONE_MATCH).is_some_and(|known| known == tag) {
        return Ok((StatusCode::NOT_MODIFIED, answer).into_response());
    }
    answer.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/vnd.pmtiles"),
    );
    // A range of another state of the file is of no use to whoever asks.
    let same = text(header::IF_RANGE).is_none_or(|known| known == tag);
    let asked = text(header::RANGE).filter(|_| same);
    let (status, range) = match asked.map(|asked| range(asked, whole)) {
        None | Some(Asked::Whole) => (StatusCode::OK, 0..whole),
        Some(Asked::Part(range)) => (StatusCode::PARTIAL_CONTENT, range),
        Some(Asked::Beyond) => {
            return Err(Problem::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "bad_range",
                format!("文件只有 {whole} 字节。"),
                format!("The file has {whole} bytes."),
            ));
        }
    };
    if status == StatusCode::PARTIAL_CONTENT {
        let said = format!("bytes {}-{}/{whole}", range.start, range.end - 1);
        answer.insert(header::CONTENT_RANGE, plain(&said));
    }
    let length = range.end - range.start;
    answer.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    let (pieces, body) = mpsc::channel(2);
    if file.seek(SeekFrom::Start(range.start)).await.is_ok() {
        tokio::spawn(send(file, length, pieces));
    }
    Ok((status, answer, Body::new(Events(body))).into_response())
}

async fn send(mut file: File, mut left: u64, pieces: mpsc::Sender<Bytes>) {
    let mut buffer = vec![0; PIECE];
    while left > 0 {
        let most = PIECE.min(usize::try_from(left).unwrap_or(PIECE));
        let Ok(read @ 1..) = file.read(&mut buffer[..most]).await else {
            return;
        };
        left -= read as u64;
        if pieces
            .send(Bytes::copy_from_slice(&buffer[..read]))
            .await
            .is_err()
        {
            return;
        }
    }
}

/// The file that the town's settings name. They name no folder.
fn named(app: &App) -> Option<PathBuf> {
    let engine = app.engine();
    let file = engine.setup().town().base_map.as_ref()?.file.as_ref()?;
    Some(app.store.dir().join(file))
}

fn no_file() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "本镇没有自己的底图文件。",
        "The town has no base map of its own.",
    )
}

#[derive(Debug, PartialEq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    Beyond,
}

/// What a `Range` header asks of so many bytes; one that is no single range of bytes asks for the whole (RFC 9110, 14.2).
fn range(asked: &str, whole: u64) -> Asked {
    let Some((first, last)) = asked
        .trim()
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Asked::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>();
    let (from, to) = match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            Ok(count) => (whole.saturating_sub(count), whole),
            Err(_) => return Asked::Whole,
        },
        (first, "") => match number(first) {
            Ok(first) => (first, whole),
            Err(_) => return Asked::Whole,
        },
        (first, last) => match (number(first), number(last)) {
            (Ok(first), Ok(last)) if first <= last => (first, last.saturating_add(1).min(whole)),
            _ => return Asked::Whole,
        },
    };
    if from < to {
        Asked::Part(from..to)
    } else {
        Asked::Beyond
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_what_the_standard_says() {
        for (asked, want) in [
            ("bytes=0-9", Asked::Part(0..10)),
            ("bytes=90-", Asked::Part(90..100)),
            ("bytes=-10", Asked::Part(90..100)),
            ("bytes=-1000", Asked::Part(0..100)),
            ("bytes=95-200", Asked::Part(95..100)),
            ("bytes=100-", Asked::Beyond),
            ("bytes=-0", Asked::Beyond),
            ("bytes=9-0", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("lines=0-1", Asked::Whole),
        ] {
            assert_eq!(range(asked, 100), want, "{asked}");
        }
    }
}

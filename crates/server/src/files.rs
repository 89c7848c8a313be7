//! Photos, sounds and documents.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gewang_engine::Actor;
use gewang_store::{StoredFile, Thumbnail};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::body::{self, Path, Query, bad_parameter};
use crate::caller::Caller;
use crate::clock;
use crate::media::{extension, media_of};
use crate::photo::{self, Unfit};
use crate::problem::{Outcome, Problem, ProblemBody};

/// Room for the frame around the file in a multipart body.
pub(crate) const FRAME_BYTES: usize = 16 << 10;

/// A stored file.
#[derive(Serialize, ToSchema)]
pub(crate) struct Stored {
    /// What fields and commands name it by: the BLAKE3 hash of what is kept, 64 hexadecimal digits.
    hash: String,
    /// Its media type.
    #[schema(example = "image/jpeg")]
    media: String,
    /// Its size as it is kept.
    bytes: u64,
    /// The hash of its small picture, where it is a photo.
    #[serde(skip_serializing_if = "Option::is_none")]
    thumbnail: Option<String>,
    /// The photo's width in pixels, as it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    /// The photo's height in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
}

/// Store a file.
///
/// As `multipart/form-data` with one part, or as the body itself with its `Content-Type`. What it is follows from its
/// bytes. A photo (JPEG, PNG, WebP) is turned upright, shrunk to at most 2560 pixels and encoded anew as JPEG: nothing of
/// the place, the time and the device that cameras write into their files is kept. A small picture of 320 pixels is made.
/// Otherwise: sounds (MP3, M4A, AAC, WAV, OGG, WebM, FLAC, AMR), PDF, XLSX, DOCX, CSV and plain text.
///
/// The answer's `hash` goes into the fields or `files` of a command; the same bytes again are the same file.
#[utoipa::path(
    post, path = "/api/v1/files", tag = "files", operation_id = "storeFile",
    security(("cookie" = []), ("token" = []), ("follow" = []), ()),
    request_body(content((Vec<u8> = "multipart/form-data"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "application/octet-stream"))),
    responses(
        (status = 201, body = Stored, description = "Stored"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json", description = "`body_too_large`, `photo_too_large`"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "`unknown_format`: which are taken"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`bad_photo`, `no_file`"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json", description = "`too_many_files`"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "`files_unreachable`"),
        (status = 507, body = ProblemBody, content_type = "application/problem+json", description = "`disk_full`"),
    )
)]
pub(crate) async fn store(
    State(app): State<Arc<App>>,
    caller: Caller,
    request: Request,
) -> Outcome<(StatusCode, axum::Json<Stored>)> {
    app.writable()?;
    if caller.account.is_none() {
        app.public_uploads
            .take(&caller.client, 1, Instant::now())
            .map_err(|wait| too_many(wait.as_secs() + 1))?;
    }
    let limits = &app.options.limits;
    let bytes = received(request, limits.photo_bytes.max(limits.file_bytes)).await?;
    if bytes.is_empty() {
        return Err(no_file());
    }
    let owner = match &caller.actor {
        Actor::Person(person) => Some(person.to_string()),
        _ => None,
    };
    let now = clock::now();
    if photo::looks_like_photo(&bytes) {
        if bytes.len() > limits.photo_bytes {
            return Err(body::too_large(limits.photo_bytes));
        }
        let most = limits.photo_pixels;
        let permit = app.decoding.acquire().await.map_err(|_| no_file())?;
        let prepared = tokio::task::spawn_blocking(move || photo::prepare(&bytes, most)).await;
        drop(permit);
        let photo = prepared
            .unwrap_or(Err(Unfit::NotAnImage))
            .map_err(|why| unfit(&why, most))?;
        let thumbnail = Thumbnail {
            media: "image/jpeg".into(),
            bytes: photo.thumbnail,
        };
        let file = app
            .store
            .put_file("image/jpeg", photo.image, Some(thumbnail), owner, now)
            .await?;
        return Ok((
            StatusCode::CREATED,
            axum::Json(stored(file, Some((photo.width, photo.height)))),
        ));
    }
    let media = media_of(&bytes).ok_or_else(unknown_format)?;
    let most = if media.starts_with("audio/") {
        limits.photo_bytes
    } else {
        limits.file_bytes
    };
    if bytes.len() > most {
        return Err(body::too_large(most));
    }
    let file = app
        .store
        .put_file(media, bytes.to_vec(), None, owner, now)
        .await?;
    Ok((StatusCode::CREATED, axum::Json(stored(file, None))))
}

fn stored(file: StoredFile, size: Option<(u32, u32)>) -> Stored {
    let StoredFile {
        hash,
        media,
        bytes,
        thumbnail,
        ..
    } = file;
    Stored {
        hash,
        media,
        bytes,
        thumbnail,
        width: size.map(|size| size.0),
        height: size.map(|size| size.1),
    }
}

/// The file in a request: the body, or the one part of a form.
async fn received(request: Request, most: usize) -> Outcome<Bytes> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    if !kind.to_ascii_lowercase().starts_with("multipart/form-data") {
        let (parts, body) = request.into_parts();
        return body::bytes(&parts.headers, body, most).await;
    }
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > (most + FRAME_BYTES) as u64) {
        return Err(body::too_large(most));
    }
    let broken = |status: StatusCode| {
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            return body::too_large(most);
        }
        Problem::new(
            StatusCode::BAD_REQUEST,
            "bad_form",
            "表单（multipart/form-data）格式不正确或没有收全。",
            "The form (multipart/form-data) is malformed or broke off.",
        )
    };
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|error| broken(error.status()))?;
    let part = form
        .next_field()
        .await
        .map_err(|error| broken(error.status()))?
        .ok_or_else(no_file)?;
    part.bytes().await.map_err(|error| broken(error.status()))
}

/// How to give a file.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// `thumb`: the small picture of a photo.
    size: Option<String>,
    /// The key that came with the address, where one did; in the demo also the token of one of its accounts.
    key: Option<String>,
}

/// Read a file.
///
/// For whoever may see a record that it came with, and for whoever stored it. It never changes: keep it as long as you
/// like.
#[utoipa::path(
    get, path = "/api/v1/files/{hash}", tag = "files", operation_id = "getFile",
    security(("cookie" = []), ("token" = []), ("follow" = []), ()),
    params(("hash" = String, Path, description = "Its hash"), Asked),
    responses(
        (status = 200, body = Vec<u8>, content_type = "*/*", description = "The file"),
        (status = 304, description = "As `If-None-Match` says"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`, also for what you may not see"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", description = "`files_unreachable`"),
    )
)]
pub(crate) async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    Path(hash): Path<String>,
    Query(asked): Query<Asked>,
) -> Outcome<Response> {
    if hash.len() != 64
        || !hash
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase())
    {
        return Err(not_found());
    }
    let small = match asked.size.as_deref() {
        None => false,
        Some("thumb") => true,
        Some(_) => return Err(bad_parameter("size", "应为 thumb", "is thumb")),
    };
    let wanted = hash.clone();
    let file = app
        .store
        .read(move |reader| reader.stored_file(&wanted))
        .await?
        .ok_or_else(not_found)?;
    // In the demo a tab may be somebody by a token, and a browser asks for pictures without headers.
    let mut caller = caller;
    if let Some(key) = asked.key.as_deref()
        && app.demo.account(&crate::caller::digest(key)).is_some()
        && let Some(account) = app.credentials.by_token(&app, key).await?
    {
        caller.actor = Actor::Person(account.person);
    }
    // A key opens the small picture, and nothing else.
    let by_key = small
        && asked
            .key
            .as_deref()
            .is_some_and(|key| same(&file_key(&app, &hash), key));
    if !by_key && !may_read(&app, &caller, &file).await? {
        return Err(not_found());
    }
    let file = match (&file.thumbnail, small) {
        (Some(thumbnail), true) => {
            let thumbnail = thumbnail.clone();
            app.store
                .read(move |reader| reader.stored_file(&thumbnail))
                .await?
                .ok_or_else(not_found)?
        }
        (None, true) => return Err(not_found()),
        (_, false) => file,
    };
    let tag = format!("\"{}\"", file.hash);
    let etag = HeaderValue::from_str(&tag).expect("hexadecimal digits are ASCII");
    let caching = [
        (header::ETAG, etag),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, max-age=31536000, immutable"),
        ),
    ];
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes())
    {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let wanted = file.hash.clone();
    let bytes = app
        .store
        .read(move |reader| reader.file_bytes(&wanted))
        .await?
        .ok_or_else(not_found)?;
    let shown = file.media.starts_with("image/") || file.media.starts_with("audio/");
    let disposition = format!(
        "{}; filename=\"{}.{}\"",
        if shown { "inline" } else { "attachment" },
        &file.hash[..12],
        extension(&file.media),
    );
    let text = |text: &str| {
        HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("application/octet-stream"))
    };
    let headers = [
        (header::CONTENT_TYPE, text(&file.media)),
        (header::CONTENT_DISPOSITION, text(&disposition)),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; sandbox"),
        ),
    ];
    Ok((caching, headers, bytes).into_response())
}

async fn may_read(app: &App, caller: &Caller, file: &StoredFile) -> Outcome<bool> {
    if caller.actor == Actor::Public {
        return Ok(false);
    }
    if let (Actor::Person(person), Some(owner)) = (&caller.actor, &file.owner)
        && *owner == person.to_string()
    {
        return Ok(true);
    }
    let (engine, actor, hash) = (app.engine(), caller.actor.clone(), file.hash.clone());
    let now = clock::now();
    let seen = app.store.read(move |reader| {
        for id in reader.records_with_file(&hash)? {
            if reader
                .record(id)?
                .is_some_and(|record| engine.visible(&actor, &record, now))
            {
                return Ok(true);
            }
        }
        Ok(false)
    });
    Ok(seen.await?)
}

/// What opens the small picture of a photo to somebody who may not see its record but was shown that it exists.
pub(crate) fn file_key(app: &App, hash: &str) -> String {
    let key = blake3::keyed_hash(&app.file_secret, hash.as_bytes());
    URL_SAFE_NO_PAD.encode(&key.as_bytes()[..16])
}

fn same(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one
            .bytes()
            .zip(other.bytes())
            .fold(0, |differ, (a, b)| differ | (a ^ b))
            == 0
}

fn not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "没有这个文件，或您无权查看。",
        "There is no such file, or none that you may see.",
    )
}

fn no_file() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "no_file",
        "没有收到文件。",
        "There is no file in the request.",
    )
}

fn unknown_format() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unknown_format",
        "不接受这种文件。可用：照片 JPEG、PNG、WebP；录音 MP3、M4A、AAC、WAV、OGG、WebM、FLAC、AMR；PDF、XLSX、DOCX、CSV、TXT（UTF-8）。",
        "This is no file that is taken: photos (JPEG, PNG, WebP), sounds (MP3, M4A, AAC, WAV, OGG, WebM, FLAC, AMR), PDF, \
         XLSX, DOCX, CSV and plain text (UTF-8).",
    )
}

fn unfit(why: &Unfit, most: u64) -> Problem {
    match why {
        Unfit::NotAnImage => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "bad_photo",
            "照片损坏或不完整，请重新拍摄或选择。",
            "The photo is damaged or incomplete: take or choose it again.",
        ),
        Unfit::TooManyPixels => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "photo_too_large",
            format!("照片像素太多，最多 {} 万像素。", most / 10_000),
            format!("The photo has too many pixels: at most {most}."),
        ),
    }
}

fn too_many(seconds: u64) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too_many_files",
        format!("上传太频繁，请 {seconds} 秒后再试。"),
        format!("Too many files: try again in {seconds} seconds."),
    )
    .retry_after(seconds)
}

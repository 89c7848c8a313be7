use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gewang_engine::{CellInfo, Refusal};
use gewang_pack::Text;
use serde::Serialize;
use utoipa::ToSchema;

use crate::lang::Lang;

/// Why a request was refused, before it is put into a language. The outermost layer writes it as
/// `application/problem+json` (RFC 9457): a handler knows no language.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Parts>);

/// Apart, because a result is as large as its failure.
#[derive(Clone, Debug)]
struct Parts {
    status: StatusCode,
    code: Cow<'static, str>,
    pointer: Option<String>,
    text: Text,
    retry_after_seconds: Option<u64>,
    /// Line and column of the body, from 1.
    position: Option<(usize, usize)>,
    nearest: Option<Nearest>,
    place: Option<[f64; 2]>,
    faults: Vec<FileFault>,
}

/// Something in a file that can't be read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FileFault {
    /// The number of the feature or of the row, from 1; null when it is the file as a whole.
    #[schema(required = true)]
    pub feature: Option<usize>,
    /// What is wrong and how to mend it.
    #[schema(value_type = crate::schema::Text)]
    pub text: gewang_grid::Text,
}

/// The cell nearest to a place outside the town, for whoever meant that one.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = NearestCell)]
pub(crate) struct Nearest {
    /// The cell.
    #[schema(value_type = crate::schema::Cell)]
    pub cell: CellInfo,
    /// How far away its border is, in metres.
    pub distance_m: f64,
    /// A place in it not far from there: longitude and latitude in degrees.
    #[schema(example = json!([120.2, 31.8]))]
    pub place: [f64; 2],
}

/// A problem as it is spoken (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// `about:blank`: the code says which problem it is.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// What the status means, in the caller's language.
    #[schema(example = "The request cannot be taken as it is")]
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// Stable; programs may depend on it.
    #[schema(value_type = String, example = "required")]
    code: Cow<'static, str>,
    /// JSON Pointer (RFC 6901) to what is wrong; in the problem of an outcome it points into the command.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/data/summary")]
    pointer: Option<String>,
    /// What is wrong and what to do, in the caller's language.
    detail: String,
    /// Line of the body, from 1, where it is not JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// Column of that line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    /// Seconds after which to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    /// `detail` in every language.
    #[schema(value_type = crate::schema::Text)]
    text: Text,
    /// With `outside_domain`, where a place was asked for: the nearest cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<Nearest>,
    /// With `refused_edit`: where the partition would have been broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!([120.2, 31.8]))]
    place: Option<[f64; 2]>,
    /// With `unreadable_file`: everything in it that can't be read, up to a hundred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<FileFault>,
}

/// A result whose failure is a problem.
pub(crate) type Outcome<T> = Result<T, Problem>;

impl Problem {
    /// A problem with a text in both languages.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Problem(Box::new(Parts {
            status,
            code: Cow::Borrowed(code),
            pointer: None,
            text: Text {
                zh: zh.into(),
                en: en.into(),
            },
            retry_after_seconds: None,
            position: None,
            nearest: None,
            place: None,
            faults: Vec::new(),
        }))
    }

    /// The same, naming the nearest cell.
    pub fn near(mut self, nearest: Nearest) -> Self {
        self.0.nearest = Some(nearest);
        self
    }

    /// The same, saying where on the map.
    pub fn on_map(mut self, place: Option<[f64; 2]>) -> Self {
        self.0.place = place;
        self
    }

    /// The same, with everything in a file that can't be read.
    pub fn listing(mut self, faults: Vec<FileFault>) -> Self {
        self.0.faults = faults;
        self
    }

    /// The same, saying where in the body.
    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.0.pointer = Some(pointer.into());
        self
    }

    /// The same, for a text that stood at `prefix` in the body.
    pub fn below(mut self, prefix: &str) -> Self {
        self.0.pointer = Some(format!("{prefix}{}", self.0.pointer.unwrap_or_default()));
        self
    }

    /// The same, saying the line and the column of the body.
    pub fn on_line(mut self, line: usize, column: usize) -> Self {
        if line > 0 {
            self.0.position = Some((line, column));
        }
        self
    }

    /// The same, saying after how many seconds to try again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_seconds = Some(seconds.max(1));
        self
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.0.code
    }

    /// What is wrong and what to do, in every language.
    pub fn text(&self) -> Text {
        self.0.text.clone()
    }

    /// The body in a language.
    pub fn body(&self, lang: Lang) -> ProblemBody {
        ProblemBody {
            kind: "about:blank",
            title: title(self.0.status, lang),
            status: self.0.status.as_u16(),
            code: self.0.code.clone(),
            pointer: self.0.pointer.clone(),
            detail: self.0.text.lang(lang.as_str()).to_owned(),
            line: self.0.position.map(|(line, _)| line),
            column: self.0.position.map(|(_, column)| column),
            retry_after: self.0.retry_after_seconds,
            text: self.0.text.clone(),
            nearest: self.0.nearest.clone(),
            place: self.0.place,
            faults: self.0.faults.clone(),
        }
    }

    /// The whole response in a language.
    pub fn response(&self, lang: Lang) -> Response {
        let body =
            serde_json::to_vec(&self.body(lang)).expect("strings and numbers are always JSON");
        let mut response = (
            self.0.status,
            [
                (
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/problem+json"),
                ),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                (
                    header::CONTENT_LANGUAGE,
                    HeaderValue::from_static(lang.as_str()),
                ),
            ],
            body,
        )
            .into_response();
        if let Some(seconds) = self.0.retry_after_seconds {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.0.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Marks the response; the outermost layer, which knows the caller's language, writes it.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.status.into_response();
        response.extensions_mut().insert(std::sync::Arc::new(self));
        response
    }
}

/// A refusal of the engine outside `POST /commands`.
impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Problem(Box::new(Parts {
            status: refusal_status(&refusal.code),
            pointer: (!refusal.pointer.is_empty()).then_some(refusal.pointer),
            code: Cow::Owned(refusal.code),
            text: refusal.text,
            retry_after_seconds: None,
            position: None,
            nearest: None,
            place: None,
            faults: Vec::new(),
        }))
    }
}

/// The one place where the store's failures become HTTP.
impl From<gewang_store::Error> for Problem {
    fn from(error: gewang_store::Error) -> Self {
        store_problem(&error)
    }
}

fn refusal_status(code: &str) -> StatusCode {
    match code {
        "forbidden" | "same_person" => StatusCode::FORBIDDEN,
        "not_found" => StatusCode::NOT_FOUND,
        "wrong_state" | "stale_version" | "record_exists" | "command_reused" | "request_waits"
        | "no_request" => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn title(status: StatusCode, lang: Lang) -> &'static str {
    let (zh, en) = match status.as_u16() {
        400 => ("请求无法读取", "The request cannot be read"),
        401 => ("请先登录", "Sign in first"),
        403 => ("没有权限", "Not allowed"),
        404 => ("没有找到", "Not found"),
        405 => ("不支持这种请求方法", "Method not allowed"),
        408 => ("请求超时", "The request took too long"),
        409 => ("与当前情况不符", "In conflict with how things stand"),
        413 => ("内容太大", "Too large"),
        415 => ("不支持这种内容类型", "Unsupported media type"),
        416 => ("超出文件范围", "Beyond the end of the file"),
        422 => ("内容有误", "The request cannot be taken as it is"),
        429 => ("请求太频繁", "Too many requests"),
        503 => ("暂时不能服务", "Not available now"),
        507 => ("存储空间不足", "Out of space"),
        500..=599 => ("服务器内部错误", "The server failed"),
        _ => ("请求有误", "The request was refused"),
    };
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

fn store_problem(error: &gewang_store::Error) -> Problem {
    use gewang_store::Error as Store;
    match error {
        Store::Full => Problem::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "disk_full",
            "存储空间已满，本次内容没有保存，仍可查询。请保留内容，腾出空间后用同一编号重发。",
            "The disk is full. Nothing of this was saved, and reading goes on. Keep it, and send it again with the same id \
             once there is room.",
        )
        .retry_after(60),
        Store::Broken { seq, .. } => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "journal_broken",
            format!("流水账从第 {seq} 条起无法自证，在修复之前不再接受写入。请联系管理员运行 gewang verify。"),
            format!(
                "The journal does not prove itself from entry {seq} on, and nothing is written until that is mended. \
                 Ask an administrator to run gewang verify."
            ),
        ),
        Store::Again(why) => {
            tracing::warn!(why, "the database was not to be had");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "database_away",
                "数据库暂时连不上。内容请保留，稍后用同一编号重发；已经保存过的不会重复计算。",
                "The database cannot be reached just now. Keep what you wanted to send and send it again with the same id in \
                 a moment: what was saved after all is not counted twice.",
            )
            .retry_after(3)
        }
        Store::BadCursor => Problem::new(
            StatusCode::BAD_REQUEST,
            "bad_cursor",
            "分页标记不正确，请从第一页重新查询。",
            "The cursor is not one that was given for this question: ask again without it.",
        )
        .at("?cursor"),
        Store::NameTaken => Problem::new(
            StatusCode::CONFLICT,
            "name_taken",
            "这个用户名已有人用，请换一个。",
            "This name is taken: choose another.",
        )
        .at("/name"),
        Store::Unreachable(why) => {
            tracing::warn!(why, "the files cannot be reached");
            Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "files_unreachable",
                "文件存储暂时连不上，文件没有保存或读取，请稍后再试。",
                "The storage of files does not answer now: nothing was stored or read. Try again in a moment.",
            )
            .retry_after(10)
        }
        Store::Closed => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "stopping",
            "服务器正在停止，请稍后再试；没有提交的内容请保留并重新发送。",
            "The server is stopping. Keep what you wanted to send and send it again in a moment.",
        )
        .retry_after(5),
        error => {
            tracing::error!(%error, "the store failed");
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "服务器出错，没有保存任何内容，请稍后用同一编号重发。",
                "The server failed. Nothing was saved; send it again later with the same id.",
            )
        }
    }
}

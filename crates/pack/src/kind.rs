use crate::ordered::Ordered;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::{Action, Expr, Field, Metres, Route, Row, Span, Text, Who};

/// What a service deals with: its fields, the states it goes through, and who may do what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// What one record of it is called.
    pub title: Text,
    /// One sentence: what it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Text>,
    /// Letters before the number that people read out, `SJ` in `SJ20260302-0007`. Without it records have no number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Whether a record stands somewhere, and so in a cell.
    #[serde(default)]
    pub place: PlaceRule,
    /// The fields by id, in the order of forms.
    pub fields: Ordered<Field>,
    /// The purposes for which personal fields are collected.
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub personal: Ordered<Purpose>,
    /// The states by id, in the order of a board.
    pub states: Ordered<State>,
    /// The actions by id, in the order in which they are offered.
    pub actions: Ordered<Action>,
    /// Who answers: a decision table to a unit and a post. The most specific row that matches holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Row<Route>>,
    /// How long a case may take: a decision table read by `limit()` in the expressions of `due`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<Row<Span>>,
    /// How long the whole case may take from its opening (CEL giving a span).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Expr>,
    /// What happens when a deadline passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Late>,
    /// When two records are likely the same thing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<Duplicates>,
    /// Who may read records of this kind. Without it: every holder of a post at the record's cell or above, at a unit it
    /// is or was assigned to, and its reporter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub see: Vec<Who>,
    /// What lists, boards, maps and sums show.
    #[serde(default)]
    pub views: Views,
}

/// Whether a record stands somewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceRule {
    /// Every record has a place inside the domain.
    Required,
    /// It may have one; without, it belongs to the domain's root cell.
    Optional,
    /// It has none, and belongs to the domain's root cell.
    #[default]
    None,
}

/// Why a personal datum is collected, how long it is kept and who may read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Purpose {
    /// The purpose in words, shown beside the field.
    pub purpose: Text,
    /// When it erases itself: `90d after closed` or `30d after opened`.
    pub keep: Keep,
    /// Who may read it; every look is logged.
    pub see: Vec<Who>,
}

/// `SPAN after closed` (the record reached a final state) or `SPAN after opened`, in calendar days or hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Keep {
    /// How long.
    pub span: Span,
    /// Counted from the closing (true) or the opening (false).
    pub after_closed: bool,
}

impl TryFrom<String> for Keep {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let (span, event) = text.split_once(" after ").ok_or_else(|| {
            format!("\"{text}\" is not of the form `90d after closed` or `30d after opened`")
        })?;
        let span: Span = span.parse()?;
        if span.unit.is_working() {
            return Err("retention counts calendar days or hours, not working time".into());
        }
        match event.trim() {
            "closed" => Ok(Keep {
                span,
                after_closed: true,
            }),
            "opened" => Ok(Keep {
                span,
                after_closed: false,
            }),
            other => Err(format!("\"{other}\" is neither `closed` nor `opened`")),
        }
    }
}

impl From<Keep> for String {
    fn from(keep: Keep) -> String {
        let event = if keep.after_closed {
            "closed"
        } else {
            "opened"
        };
        format!("{} after {event}", keep.span)
    }
}

impl JsonSchema for Keep {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Keep".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "keep",
            "description": "When a personal datum erases itself: `90d after closed` or `30d after opened`.",
            "examples": ["90d after closed", "30d after opened"],
        })
    }
}

/// One state of a kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Its name, an adjective or a noun.
    pub title: Text,
    /// The stage of the flow it belongs to; registers (people, shops) have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// How long a record may stay in it (CEL giving a span).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Expr>,
    /// Whether it ends the case.
    #[serde(default, rename = "final", skip_serializing_if = "std::ops::Not::not")]
    pub is_final: bool,
    /// `stopped` while the case's own deadline does not run (suspended cases).
    #[serde(default)]
    pub clock: Clock,
}

/// The four stages that every surface shows in one colour, one shape and one word.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// 信息上报
    Report,
    /// 研判分流
    Triage,
    /// 审批阅办
    Handle,
    /// 化解案卷
    Close,
}

/// Whether the case's deadline runs in a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// It runs.
    #[default]
    Running,
    /// It stands still; what passes here is added to the deadline.
    Stopped,
}

/// What happens when a deadline passes: a reminder, then one level up the chain of posts each period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Late {
    /// Who is reminded when it passes.
    pub remind: Who,
    /// The post kinds that are told next, in turn, one each period, looked for at the record's cell and above.
    pub then: Vec<String>,
    /// The period.
    pub every: Span,
}

/// Two open records of this kind are likely the same when all of this holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Duplicates {
    /// At most this far apart.
    pub within: Metres,
    /// Opened at most this long ago.
    #[serde(rename = "for")]
    pub period: Span,
    /// Equal in these fields.
    #[serde(default)]
    pub same: Vec<String>,
}

/// What lists, boards, maps and sums show of a kind. Names are field ids, or `cell`, `state`, `due`, `number`, `opened`, `assignee`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Views {
    /// The field that titles a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The columns of its list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub list: Vec<String>,
    /// How the map shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<MapView>,
    /// The date or `due` by which its calendar is laid out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<String>,
    /// The choice fields whose options are counted as records come and go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub count: Vec<String>,
}

/// How the map shows a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MapView {
    /// `stage`, or a choice field.
    pub colour: String,
}

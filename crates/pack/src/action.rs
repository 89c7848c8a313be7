use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Expr, Text};

/// Something that somebody may do to a record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The verb on its button.
    pub title: Text,
    /// The states in which it is possible: a state, a list of states, or `open` for every state that is not final.
    /// Without it the action creates the record.
    #[serde(default, skip_serializing_if = "From::is_new")]
    pub from: From,
    /// The state it leads to; without it the state stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Who may do it.
    pub by: Vec<Who>,
    /// The fields it asks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub form: Vec<FormItem>,
    /// What becomes of the assignment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assign: Option<Assign>,
    /// What must hold (over the fields as they would be after it).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Guard>,
    /// Actions whose doers on this record may not do this one: who verifies is never who handled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_than: Vec<String>,
    /// With this the action only asks: it takes effect when one of these agrees (`ACTION.approve`; `ACTION.refuse`
    /// declines it). One request waits at a time on a record; who asked may not agree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approval: Vec<Who>,
    /// Time added to the case's deadline and to the state's (CEL giving a span).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extend: Option<Expr>,
    /// The link field naming the record of the same kind into which this one is merged; its reporters follow that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge: Option<String>,
    /// With several assignees, the state changes only when each of them has done it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub each: bool,
}

/// The states from which an action leads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum From {
    /// The action creates the record.
    #[default]
    #[serde(skip)]
    New,
    /// One state, or the word `open`.
    One(String),
    /// Any of these.
    Any(Vec<String>),
}

impl From {
    /// Whether the action creates the record.
    pub fn is_new(&self) -> bool {
        *self == From::New
    }
}

/// Who: the id of a post kind, or one of the words `public` (anybody, without an account), `reporter` (who opened the
/// record, or was merged into it), `assignee` (who holds the post it is assigned to), `anyone` (every account) and
/// `system` (the engine's own clock).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub enum Who {
    /// Anybody, without an account.
    Public,
    /// Who opened the record, or was merged into it.
    Reporter,
    /// Who holds the post that the record is assigned to.
    Assignee,
    /// Every account.
    Anyone,
    /// The engine's own clock.
    System,
    /// Holders of posts of this kind at the record's cell, above it, or at a unit it is assigned to.
    Post(String),
}

impl std::convert::From<String> for Who {
    fn from(word: String) -> Self {
        match word.as_str() {
            "public" => Who::Public,
            "reporter" => Who::Reporter,
            "assignee" => Who::Assignee,
            "anyone" => Who::Anyone,
            "system" => Who::System,
            _ => Who::Post(word),
        }
    }
}

impl std::convert::From<Who> for String {
    fn from(who: Who) -> String {
        match who {
            Who::Public => "public".into(),
            Who::Reporter => "reporter".into(),
            Who::Assignee => "assignee".into(),
            Who::Anyone => "anyone".into(),
            Who::System => "system".into(),
            Who::Post(post) => post,
        }
    }
}

/// A field of an action's form: its id, or its id with what differs here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum FormItem {
    /// As the field says.
    Field(String),
    /// The field, required here or not whatever it says itself.
    Strict {
        /// The field's id.
        field: String,
        /// Whether this form refuses to go without it.
        required: bool,
    },
}

impl FormItem {
    /// The field's id.
    pub fn field(&self) -> &str {
        match self {
            FormItem::Field(id) | FormItem::Strict { field: id, .. } => id,
        }
    }
}

/// What an action does to the assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Assign {
    /// The command names the assignee (`data.assignee`); where it does not, the routes decide.
    Choose,
    /// The routes decide.
    Route,
    /// Adds the named assignee to those there are (joint handling).
    Join,
    /// Back to whom it was assigned before.
    Previous,
    /// To who acts.
    Actor,
    /// To nobody.
    Nobody,
}

/// What must hold for an action, and what to say where it does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Guard {
    /// CEL giving a yes or no.
    pub that: Expr,
    /// The sentence of the refusal.
    #[serde(rename = "else")]
    pub otherwise: Text,
}

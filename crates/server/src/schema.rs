//! The shapes of the engine's types for the OpenAPI document: the engine knows nothing of HTTP, so what it serialises is
//! described here. The tests hold every answer of the server against the document.
#![expect(dead_code, reason = "these shapes are described, and never made")]

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A text in every language of the product.
#[derive(Serialize, ToSchema)]
pub(crate) struct Text {
    /// Simplified Chinese.
    #[schema(example = "事件")]
    pub zh: String,
    /// English.
    #[schema(example = "Matter")]
    pub en: String,
}

/// What became of a command.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum OutcomeKind {
    /// It took effect.
    Done,
    /// It had taken effect before; nothing changed.
    Repeated,
    /// It was refused; nothing changed.
    Refused,
    /// It came too late and was kept as a note.
    Merged,
}

/// The four stages of a case.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Stage {
    /// 信息上报
    Report,
    /// 研判分流
    Triage,
    /// 审批阅办
    Handle,
    /// 化解案卷
    Close,
}

/// Commands to post.
#[derive(ToSchema)]
#[schema(example = json!({"commands": [{
    "id": "01969b1c-7d5e-7aaa-8000-000000000001", "at": "2026-03-02T08:15:00+08:00", "kind": "governance.matter",
    "record": "01969b1c-7d5e-7aaa-8000-000000000002", "action": "report", "place": [120.2003, 31.8004],
    "data": {"category": "litter", "summary": "Litter beside the bus stop"}
}]}))]
pub(crate) struct Commands {
    /// At most 500.
    #[schema(max_items = 500)]
    commands: Vec<Command>,
}

/// Something that somebody wants done to a record, or a record to be created.
#[derive(ToSchema)]
pub(crate) struct Command {
    /// UUIDv7 of the client's making. It names this command for ever.
    id: Uuid,
    /// When its author did it, by the author's clock (RFC 3339).
    #[schema(value_type = String, format = DateTime)]
    at: String,
    /// The kind, `pack.kind`.
    kind: String,
    /// The record acted on; for one to be created a new UUIDv7.
    record: Uuid,
    /// The action, or a built-in one: `note`, `ACTION.approve`, `ACTION.refuse`.
    action: String,
    /// The version of the record that its author saw. With it a change in between is noticed.
    #[schema(required = false)]
    version: Option<u64>,
    /// Longitude and latitude in degrees (WGS 84).
    #[schema(required = false)]
    place: Option<[f64; 2]>,
    /// The form's fields by id; besides them `assignee` (`{unit, post}` or `{cell, post}`, and perhaps `person`) where
    /// the action assigns, and `note`.
    #[schema(value_type = Object, required = false)]
    data: String,
    /// Hashes of stored files beyond those that fields name.
    #[schema(required = false)]
    files: Vec<String>,
    /// True when `at` is the truth however long ago: for administrators who enter old records.
    #[schema(required = false)]
    backdated: bool,
}

/// Who acted: `{"person": ID}`, `{"reporter": RECORD}` (somebody without an account, who reported that record),
/// `"public"` or `"system"`.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Actor {
    /// A person with an account.
    Person(Uuid),
    /// Somebody without an account.
    Public,
    /// The reporter of this record, without an account.
    Reporter(Uuid),
    /// The server's own clock.
    System,
}

/// To whom a record is assigned: a kind of post at a unit or at a cell.
#[derive(ToSchema)]
pub(crate) struct Assignee {
    /// The unit.
    unit: Option<Uuid>,
    /// The cell.
    cell: Option<String>,
    /// The kind of post.
    post: String,
    /// The person, where it is only theirs.
    person: Option<Uuid>,
    /// Whether they have done their part.
    #[schema(required = false)]
    done: bool,
}

/// An action that somebody asked for.
#[derive(ToSchema)]
pub(crate) struct Request {
    /// The action.
    action: String,
    /// The fields that it would set.
    #[schema(value_type = Object, required = false)]
    data: String,
    /// The assignment that it would make.
    assigned: Option<Vec<Assignee>>,
    /// Who asked.
    by: Actor,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: String,
}

/// A deadline.
#[derive(ToSchema)]
pub(crate) struct Deadline {
    /// The instant.
    #[schema(value_type = String, format = DateTime)]
    at: String,
    /// The span that led to it, before extensions.
    #[schema(example = "5 workdays")]
    span: String,
    /// Whether it lies beyond the days for which holidays are known.
    #[schema(required = false)]
    uncertain: bool,
}

/// Time added to the deadlines.
#[derive(ToSchema)]
pub(crate) struct Extension {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: String,
    /// How much.
    #[schema(example = "2 workdays")]
    span: String,
}

/// One line of the journal: who did what to which record, when, with what data. What did not change is absent.
#[derive(ToSchema)]
pub(crate) struct Entry {
    /// Its place in the journal, from 1 without gaps.
    seq: u64,
    /// The command that caused it.
    command: Uuid,
    /// When its author did it, by the author's clock.
    #[schema(value_type = String, format = DateTime)]
    at: String,
    /// When the server received it.
    #[schema(value_type = String, format = DateTime)]
    received: String,
    /// The time that counts for deadlines.
    #[schema(value_type = String, format = DateTime)]
    time: String,
    /// Who.
    actor: Actor,
    /// `pack.kind`.
    kind: String,
    /// The version of the pack that governed.
    pack: u32,
    /// The record.
    record: Uuid,
    /// The action.
    action: String,
    /// The record's version after it.
    version: u64,
    /// The state after it.
    state: Option<String>,
    /// The number given at creation.
    number: Option<String>,
    /// Longitude and latitude in degrees.
    place: Option<[f64; 2]>,
    /// The cell.
    cell: Option<String>,
    /// Fields set; null takes one away.
    #[schema(value_type = Object, required = false)]
    set: String,
    /// Personal data, sealed, by purpose; in the live stream only the purposes, in a list.
    #[schema(value_type = Option<serde_json::Value>, required = false)]
    personal: String,
    /// Everybody to whom it is assigned from now on.
    assigned: Option<Vec<Assignee>>,
    /// Time added to the deadlines.
    #[schema(example = "2 workdays")]
    extended: Option<String>,
    /// An action that waits for approval from now on.
    requested: Option<Request>,
    /// The waiting request was agreed to, or declined.
    settled: Option<bool>,
    /// What somebody wrote.
    note: Option<String>,
    /// What was wanted too late, and was kept as a note.
    instead_of: Option<Request>,
    /// Hashes of files that came with it.
    #[schema(required = false)]
    files: Vec<String>,
    /// The record was merged into that one.
    merged_into: Option<Uuid>,
    /// That record was merged into this one.
    joined: Option<Joined>,
    /// A deadline passed.
    late: Option<LateNotice>,
    /// The purposes whose personal data were erased.
    #[schema(required = false)]
    erased: Vec<String>,
}

/// An action that somebody may do now, with its form.
#[derive(ToSchema)]
pub(crate) struct Offer {
    /// The kind, `pack.kind`.
    kind: String,
    /// The action.
    action: String,
    /// The verb on its button.
    title: Text,
    /// The state that it leads to.
    to: Option<String>,
    /// The fields that it asks.
    form: Vec<AskedField>,
    /// What becomes of the assignment.
    assign: Option<Assign>,
    /// Whom `data.assignee` may name, where it may name somebody.
    #[schema(required = false)]
    assignees: Vec<Candidate>,
    /// Whether it only asks, and somebody else must agree.
    approval: bool,
    /// The waiting request that it settles.
    request: Option<Request>,
    /// Whether a place is asked.
    place: PlaceRule,
    /// Whether `data.note` must be given.
    note_required: bool,
}

/// One field of an offered form.
#[derive(ToSchema)]
pub(crate) struct AskedField {
    /// Its id.
    id: String,
    /// The field as the pack declares it.
    field: Field,
    /// Whether the form refuses to go without it.
    required: bool,
    /// Whether its condition holds as the record is now.
    asked: bool,
    /// What the record holds now, or the default of a new one.
    #[schema(value_type = Option<serde_json::Value>)]
    value: Option<String>,
    /// The options that may be chosen, by code.
    options: Option<std::collections::BTreeMap<String, Choice>>,
    /// Why a personal datum is asked.
    purpose: Option<Text>,
}

/// Somebody to whom a record may be assigned.
#[derive(ToSchema)]
pub(crate) struct Candidate {
    /// The unit.
    unit: Option<Uuid>,
    /// The cell.
    cell: Option<String>,
    /// The kind of post.
    post: String,
    /// In words.
    title: Text,
}

/// A level of the territory.
#[derive(ToSchema)]
pub(crate) struct Level {
    /// Its id.
    #[schema(example = "village")]
    id: String,
    /// Its name here.
    title: Text,
}

/// A cell by name.
#[derive(ToSchema)]
#[schema(as = CellName)]
pub(crate) struct Cell {
    /// Its id, which never changes.
    id: String,
    /// Its name.
    title: Text,
    /// Its level.
    level: String,
    /// The cell above; none above the town.
    parent: Option<String>,
    /// Whether it is one of those that tile the town.
    leaf: bool,
}

/// A kind of post at a cell, and who holds it.
#[derive(ToSchema)]
pub(crate) struct Answering {
    /// The cell.
    cell: String,
    /// The kind of post.
    post: String,
    /// Its name.
    title: Text,
    /// Who holds it, in the order of appointment.
    people: Vec<PersonName>,
}

/// A person by name.
#[derive(ToSchema)]
pub(crate) struct PersonName {
    /// The record of kind `town.person`.
    id: Uuid,
    /// Their name.
    name: String,
    /// False once they are gone.
    active: bool,
}

/// A unit: a centre, a department, a firm's desk.
#[derive(ToSchema)]
pub(crate) struct Unit {
    /// The record of kind `town.unit`.
    id: Uuid,
    /// The role that it fills, as packs name it.
    role: String,
    /// Its name.
    title: Text,
    /// The cell in which it sits.
    cell: Option<String>,
    /// False once it is dissolved.
    active: bool,
}

/// A record that was merged into another, with those who reported it.
#[derive(ToSchema)]
pub(crate) struct Joined {
    /// The record merged.
    record: Uuid,
    /// Its reporters, who follow this one from now on.
    reporters: Vec<Actor>,
}

/// A deadline passed without what it asked for.
#[derive(ToSchema)]
pub(crate) struct LateNotice {
    /// 1: the reminder; 2 and more: the levels up the chain of posts.
    level: u32,
    /// The deadline that passed.
    #[schema(value_type = String, format = DateTime)]
    due: String,
    /// True for the whole case's deadline, false for the state's.
    case: bool,
    /// The people told.
    told: Vec<Uuid>,
}

/// How the deadlines of a record come about.
#[derive(ToSchema)]
pub(crate) struct Explanation {
    /// The whole case's.
    case: Option<Working>,
    /// The state's.
    state: Option<Working>,
}

/// How one deadline comes about.
#[derive(ToSchema)]
pub(crate) struct Working {
    /// The deadline.
    deadline: Deadline,
    /// From when it counts.
    #[schema(value_type = String, format = DateTime)]
    start: String,
    /// The rule as the pack states it.
    rule: String,
    /// What was added to it.
    extensions: Vec<Extension>,
    /// The stretches of time from the start to the deadline, without gaps.
    steps: Vec<Step>,
    /// In words.
    text: Text,
}

/// A stretch of time on the way to a deadline.
#[derive(ToSchema)]
pub(crate) struct Step {
    /// Its beginning.
    #[schema(value_type = String, format = DateTime)]
    from: String,
    /// Its end.
    #[schema(value_type = String, format = DateTime)]
    to: String,
    /// Whether it counts.
    counted: bool,
    /// Why it does or does not.
    why: Text,
}

/// One of the eight directions that people use.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub(crate) enum Direction {
    /// 北
    North,
    /// 东北
    NorthEast,
    /// 东
    East,
    /// 东南
    SouthEast,
    /// 南
    South,
    /// 西南
    SouthWest,
    /// 西
    West,
    /// 西北
    NorthWest,
}

/// An official code of a cell.
#[derive(ToSchema)]
pub(crate) struct Code {
    /// Who gives it: `nbs` (statistics bureau), `mca` (civil affairs), …
    scheme: String,
    /// The day of the list it was taken from.
    date: String,
    /// The code.
    code: String,
}

/// What the live stream tells with `entry`.
#[derive(ToSchema)]
pub(crate) struct LiveEntry {
    /// Its place in the journal.
    seq: u64,
    /// The entry. Of personal data only the purposes stand there, in a list.
    entry: Entry,
    /// The record after it, in brief.
    record: crate::brief::Brief,
}

/// What the live stream tells first, with `hello`.
#[derive(ToSchema)]
pub(crate) struct Hello {
    /// The server's clock.
    #[schema(value_type = String, format = DateTime)]
    time: String,
    /// The journal's last sequence number.
    head: u64,
}

/// What the live stream tells with `resume` before it ends: ask again from there.
#[derive(ToSchema)]
pub(crate) struct Resume {
    /// The last sequence number that was told.
    since: u64,
}

/// Stands in for a type of the pack language, whose schema is the language's own (see `openapi`).
macro_rules! of_the_language {
    ($($name:ident)*) => { $(
        #[derive(ToSchema)]
        pub(crate) struct $name {}
    )* };
}
of_the_language!(Pack PostKind Field Choice PlaceRule Assign);

//! Every way in which the engine says no. One table holds the codes and their words; `docs/refusals.md` is that table.

use gewang_pack::Text;

use crate::Refusal;

/// One row of the table of refusals. `{0}` and `{1}` stand for what the case fills in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wording {
    /// The stable code.
    pub code: &'static str,
    /// Where in the command it points, the usual place first; `*` stands for a field's id.
    pub pointer: &'static str,
    /// Simplified Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

const fn row(
    code: &'static str,
    pointer: &'static str,
    zh: &'static str,
    en: &'static str,
) -> Wording {
    Wording {
        code,
        pointer,
        zh,
        en,
    }
}

/// All refusals of commands.
pub const WORDINGS: &[Wording] = &[
    row(
        "bad_id",
        "/id",
        "命令和记录的编号不能是空 UUID，请由客户端生成 UUIDv7。",
        "The ids of a command and a record are no nil UUIDs: let the client make a UUIDv7.",
    ),
    row(
        "command_reused",
        "/id",
        "这个命令编号已用于另一条命令，请为新命令生成新的编号。",
        "This command id was used for a different command: make a new id for a new command.",
    ),
    row(
        "time_invalid",
        "/at",
        "补录的时间晚于收到的时间，请改正时间。",
        "A backdated time lies after its receipt: correct the time.",
    ),
    row(
        "backdate_forbidden",
        "/backdated",
        "只有全辖区的管理员和系统可以补录旧时间，请去掉 backdated。",
        "Only administrators of the whole domain and the system may backdate: leave `backdated` out.",
    ),
    row(
        "unknown_kind",
        "/kind",
        "没有“{0}”这种事项，请从本辖区启用的事项中选择。",
        "There is no kind \"{0}\": choose one that this domain uses.",
    ),
    row(
        "other_kind",
        "/kind",
        "这条记录属于“{0}”，请改用该事项类型。",
        "This record is of kind \"{0}\": name that kind.",
    ),
    row(
        "unknown_action",
        "/action",
        "这种事项没有“{0}”操作，请从可办操作中选择。",
        "This kind has no action \"{0}\": choose one of those offered.",
    ),
    row(
        "not_found",
        "/record",
        "没有这条记录，或您无权查看。请检查编号。",
        "There is no such record, or none that you may see: check its id.",
    ),
    row(
        "record_exists",
        "/record",
        "已有使用这个编号的记录，新建请换一个编号。",
        "A record with this id exists: make a new id to create another.",
    ),
    row(
        "forbidden",
        "/action",
        "您的岗位不能办理“{0}”，请交由相应岗位办理。",
        "None of your posts allows \"{0}\" here: leave it to one who holds such a post.",
    ),
    row(
        "same_person",
        "/action",
        "办理过“{0}”的人不能再办这一步，请换一个人。",
        "Who did \"{0}\" may not do this: let somebody else.",
    ),
    row(
        "already_done",
        "/action",
        "您的岗位已办完这一部分，等待其他承办方完成。",
        "Your post has done its part: the others have still to do theirs.",
    ),
    row(
        "wrong_state",
        "/action",
        "记录现在是“{0}”，不能办理“{1}”。请刷新后再选操作。",
        "The record is {0} now, where \"{1}\" is not possible: reload it and choose again.",
    ),
    row(
        "stale_version",
        "/version",
        "您看到的是第 {0} 版，现在是第 {1} 版，情况已变化。请刷新后再办。",
        "You saw version {0}, now it is version {1} and things have changed: reload it and decide again.",
    ),
    row(
        "version_ahead",
        "/version",
        "记录现在是第 {1} 版，还没有第 {0} 版。请刷新。",
        "The record is at version {1}, there is no version {0} yet: reload it.",
    ),
    row(
        "request_waits",
        "/action",
        "已有“{0}”的申请等待审批，请先等它办结。",
        "A request for \"{0}\" waits for approval: wait until it is settled.",
    ),
    row(
        "no_request",
        "/action",
        "没有“{0}”的申请等待审批，请刷新。",
        "No request for \"{0}\" waits for approval: reload the record.",
    ),
    row(
        "not_due",
        "/action",
        "时限尚未到，系统无事可办。",
        "Nothing is due yet: the system has nothing to do.",
    ),
    row("guard", "/data", "{0}", "{0}"),
    row("required", "/data/*", "请填写“{0}”。", "Fill in \"{0}\"."),
    row(
        "unknown_field",
        "/data/*",
        "这种事项没有“{0}”这个字段，请删去。",
        "This kind has no field \"{0}\": leave it out.",
    ),
    row(
        "not_asked",
        "/data/*",
        "这一步（或在所填情况下）不填“{0}”，请删去。",
        "\"{0}\" is not asked here: leave it out.",
    ),
    row(
        "wrong_type",
        "/data/*",
        "“{0}”的类型不对，应为{1}。",
        "The value of \"{0}\" has the wrong type: give {1}.",
    ),
    row(
        "too_long",
        "/data/*",
        "太长了，最多 {0} 个字符，请缩短。",
        "It is too long: at most {0} characters.",
    ),
    row(
        "too_short",
        "/data/*",
        "太短了，至少 {0} 个字符，请写详细些。",
        "It is too short: at least {0} characters.",
    ),
    row(
        "too_small",
        "/data/*",
        "太小了，不能小于 {0}。",
        "It is too small: at least {0}.",
    ),
    row(
        "too_large",
        "/data/*",
        "太大了，不能大于 {0}。",
        "It is too large: at most {0}.",
    ),
    row(
        "too_many",
        "/data/*, /files",
        "太多了，最多 {0} 项，请减少。",
        "There are too many: at most {0}.",
    ),
    row(
        "too_few",
        "/data/*",
        "太少了，至少 {0} 项，请补充。",
        "There are too few: at least {0}.",
    ),
    row(
        "repeated_option",
        "/data/*",
        "“{0}”重复了，请只保留一个。",
        "\"{0}\" stands there twice: keep one.",
    ),
    row(
        "unknown_option",
        "/data/*",
        "没有“{0}”这个选项，请从列表中选择。",
        "There is no option \"{0}\": choose one of the list.",
    ),
    row(
        "retired_option",
        "/data/*",
        "选项“{0}”已停用，请改选其他选项。",
        "The option \"{0}\" is retired: choose another.",
    ),
    row(
        "bad_text",
        "/data/*",
        "第 {0} 个字符（{1}）是控制、隐藏或变向字符，请删去后重写。",
        "Character {0} ({1}) is a control, hidden or direction-changing one: delete it and type the text again.",
    ),
    row(
        "bad_name",
        "/data/*",
        "姓名应为 1 到 60 个可见字符且只占一行，请改正。",
        "A name has 1 to 60 visible characters on one line: correct it.",
    ),
    row(
        "bad_phone",
        "/data/*",
        "电话号码应为 3 到 15 位数字，可带空格、+、- 和括号，请改正。",
        "A telephone number has 3 to 15 digits, with spaces, +, - and brackets where you like: correct it.",
    ),
    row(
        "bad_date",
        "/data/*",
        "日期或时间无效，应写成 {0} 这样。",
        "It is no valid date or time: write it like {0}.",
    ),
    row(
        "bad_place",
        "/place, /data/*",
        "这不是地球上的一个位置：先经度、后纬度，单位为度。",
        "It is no place on the Earth: give longitude first, then latitude, in degrees.",
    ),
    row(
        "place_missing",
        "/place",
        "请标出位置。",
        "Say where it is: give a place.",
    ),
    row(
        "place_not_wanted",
        "/place",
        "这一步不填位置，请去掉 place。",
        "No place is asked here: leave `place` out.",
    ),
    row(
        "outside_domain",
        "/place",
        "{0}请核对位置，或向所在地报告。",
        "{0} Check it, or report it where it is.",
    ),
    row(
        "unknown_file",
        "/data/*, /files",
        "没有收到文件 {0}，请先上传。",
        "The file {0} is not stored here: upload it first.",
    ),
    row(
        "wrong_media",
        "/data/*",
        "文件类型是 {0}，这里应为{1}。",
        "The file is {0}, and here belongs {1}.",
    ),
    row(
        "unknown_link",
        "/data/*",
        "没有所指的记录，或类型不符、您无权查看。请重新选择。",
        "The record named does not exist, is of another kind, or you may not see it: choose again.",
    ),
    row(
        "cannot_merge",
        "/data/*",
        "只能并入另一条尚未办结的同类记录，请重新选择。",
        "It can only be merged into another open record of the same kind: choose again.",
    ),
    row(
        "assignee_missing",
        "/data/assignee",
        "没有规则能定出承办方，请指明承办单位或岗位。",
        "No rule says who answers: name the unit or the post.",
    ),
    row(
        "assignee_not_wanted",
        "/data/assignee",
        "这一步不指定承办方，请删去 assignee。",
        "No assignee is named here: leave `assignee` out.",
    ),
    row(
        "unknown_assignee",
        "/data/assignee",
        "没有这样的承办方：{0}。请从列表中选择。",
        "There is no such assignee ({0}): choose one of the list.",
    ),
    row(
        "assignee_repeated",
        "/data/assignee",
        "已经是承办方，请选择其他单位或岗位。",
        "It is assigned to them already: choose another.",
    ),
    row(
        "unknown_post",
        "/data/post",
        "没有“{0}”这种岗位，请从列表中选择。",
        "There is no kind of post \"{0}\": choose one of the list.",
    ),
    row(
        "unknown_cell",
        "/data/cell",
        "没有“{0}”这个网格，请从列表中选择。",
        "There is no cell \"{0}\": choose one of the list.",
    ),
    row(
        "unknown_role",
        "/data/role",
        "没有“{0}”这个单位职能，请从列表中选择。",
        "There is no role of units \"{0}\": choose one of the list.",
    ),
    row(
        "wrong_seat",
        "/data/post",
        "这种岗位应设在{0}，请改正。",
        "This kind of post is held at {0}: correct it.",
    ),
    row(
        "bad_setup",
        "/data/*",
        "设置有错误，未启用：{0}",
        "The set-up has faults and was not taken: {0}",
    ),
    row(
        "other_domain",
        "/data/settings",
        "设置中的辖区是“{0}”，与本辖区不同，请改正 domain。",
        "The settings are of the domain \"{0}\", which is another one: correct `domain`.",
    ),
    row(
        "cells_held",
        "/data/grid",
        "新图中没有这些网格，而它们还有人任职：{0}。请先卸任或改任，再采用。",
        "The new drawing lacks cells at which posts are held: {0}. End or move those posts first.",
    ),
    row(
        "version_dropped",
        "/data/packs",
        "列表里少了以前采用过的服务包文件，旧案卷仍按它办理，请保留并把新版加在后面。",
        "The list lacks files of packs adopted before, by which older records still go: keep them and add the new one.",
    ),
];

/// The refusal with this code at `pointer`, its words filled in.
pub(crate) fn refuse(
    code: &'static str,
    pointer: impl Into<String>,
    zh: &[&str],
    en: &[&str],
) -> Refusal {
    let wording = WORDINGS
        .iter()
        .find(|wording| wording.code == code)
        .expect("every code used stands in the table");
    let text = Text {
        zh: fill(wording.zh, zh),
        en: fill(wording.en, en),
    };
    Refusal {
        code: code.to_owned(),
        pointer: pointer.into(),
        text,
    }
}

/// A refusal whose words are filled the same way in both languages, pointing where the table says.
pub(crate) fn plain(code: &'static str, arguments: &[&str]) -> Refusal {
    let wording = WORDINGS
        .iter()
        .find(|wording| wording.code == code)
        .expect("every code used stands in the table");
    let pointer = wording.pointer.split(", ").next().unwrap_or_default();
    refuse(code, pointer, arguments, arguments)
}

/// A command id was used for another command.
pub fn command_reused() -> Refusal {
    plain("command_reused", &[])
}

/// There is no such record, or none that the asker may see.
pub fn not_found() -> Refusal {
    plain("not_found", &[])
}

/// No post of the asker allows the action.
pub fn forbidden(action: &str) -> Refusal {
    plain("forbidden", &[action])
}

/// A file is not stored.
pub fn unknown_file(hash: &str) -> Refusal {
    let shown: String = hash
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(64)
        .collect();
    refuse("unknown_file", "/files", &[&shown], &[&shown])
}

fn fill(template: &str, arguments: &[&str]) -> String {
    let mut text = template.to_owned();
    for (index, argument) in arguments.iter().enumerate().rev() {
        // What a client sent is quoted shortly and without anything that could deceive the reader.
        let shown: String = argument
            .chars()
            .filter(|c| !crate::wording::is_deceptive(*c))
            .take(400)
            .collect();
        text = text.replace(["{0}", "{1}"][index.min(1)], &shown);
    }
    text
}

/// The table of refusals as it stands in `docs/refusals.md`.
pub fn table() -> String {
    let mut text = String::from("| code | pointer | 中文 | English |\n| --- | --- | --- | --- |\n");
    for row in WORDINGS {
        let cell = |words: &str| words.replace('|', "\\|");
        text += &format!(
            "| `{}` | `{}` | {} | {} |\n",
            row.code,
            row.pointer,
            cell(row.zh),
            cell(row.en)
        );
    }
    text
}

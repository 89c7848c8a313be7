//! Actions: who, what they ask, and which of their keys make sense together.

use super::scope::Scope;
use super::typing::{self, Wanted};
use super::{Check, IdRule, path};
use crate::fault::say;
use crate::{Action, Assign, FieldType, FormItem, Kind, Pack, Who};

/// Checks an action.
pub(super) fn action(
    check: &mut Check<'_, '_>,
    pack: &Pack,
    kind_id: &str,
    kind: &Kind,
    id: &str,
    action: &Action,
    scope: &Scope<'_>,
) {
    let kind_here = path(&["kinds", kind_id]);
    let here = format!("{kind_here}/actions/{id}");
    let at = |key: &str| format!("{here}/{key}");
    check.id(
        id,
        &format!("{kind_here}/actions"),
        &here,
        IdRule::Word,
        &[],
    );
    if action.by.is_empty() && !check.shaped.is_hurt(&at("by")) {
        check.key(
            "nobody",
            &at("by"),
            say("没有人可以做它", "nobody may do it"),
            say("在 `by` 里写岗位", "name posts under `by`"),
        );
    }
    let creates = action.from.is_new() && !check.shaped.is_lost(&at("from"));
    for (key, whos) in [("by", &action.by), ("approval", &action.approval)] {
        for (index, who) in whos.iter().enumerate() {
            let pointer = format!("{here}/{key}/{index}");
            check.who(who, &pointer);
            let senseless = match who {
                Who::Public => key == "approval" || !action.from.is_new(),
                Who::Reporter | Who::Assignee => creates && key == "by",
                Who::System | Who::Anyone => key == "approval",
                Who::Post(_) => false,
            };
            if senseless {
                let word = String::from(who.clone());
                check.value(
                    "senseless-who",
                    &pointer,
                    say(format!("`{word}` 不能写在这里"), format!("`{word}` makes no sense here")),
                    say(
                        "public 只能建立记录；reporter 和 assignee 只对已有的记录存在；批准由岗位作出",
                        "`public` may only create; `reporter` and `assignee` exist for records that exist; posts approve",
                    ),
                );
            }
        }
    }
    form(check, kind, &kind_here, action, &here);
    for (index, guard) in action.needs.iter().enumerate() {
        typing::expression(
            check,
            scope,
            &guard.that,
            &format!("{here}/needs/{index}/that"),
            Wanted::Bool,
        );
    }
    if let Some(extend) = &action.extend {
        typing::expression(check, scope, extend, &at("extend"), Wanted::Span);
    }
    let actions: Vec<&str> = kind.actions.keys().map(String::as_str).collect();
    for (index, other) in action.other_than.iter().enumerate() {
        let table = format!("{kind_here}/actions");
        let pointer = format!("{here}/other_than/{index}");
        check.name(
            other,
            &actions,
            &table,
            &pointer,
            "unknown-action",
            ("操作", "action"),
        );
    }
    if creates {
        // None of these can mean anything before there is a record.
        let set = [
            ("other_than", !action.other_than.is_empty()),
            ("approval", !action.approval.is_empty()),
            ("extend", action.extend.is_some()),
            ("merge", action.merge.is_some()),
            ("each", action.each),
            (
                "assign",
                matches!(
                    action.assign,
                    Some(Assign::Previous | Assign::Join | Assign::Nobody)
                ),
            ),
        ];
        for (key, _) in set.iter().filter(|(_, set)| *set) {
            check.key(
                "misplaced-key",
                &at(key),
                say(
                    format!("`{key}` 对建立记录的操作没有意义"),
                    format!("`{key}` means nothing for an action that creates the record"),
                ),
                say(
                    "删去它，或写 `from`",
                    "remove it, or say `from` which state it leads",
                ),
            );
        }
    } else {
        merge(check, pack, kind_id, kind, action, &here);
        let joins = kind
            .actions
            .values()
            .any(|a| a.assign == Some(Assign::Join));
        if action.each
            && (action.to.is_none()
                || !joins && !check.shaped.is_hurt(&format!("{kind_here}/actions")))
        {
            check.key(
                "each-alone",
                &at("each"),
                say(
                    "`each` 要有多个承办人和一个目标状态",
                    "`each` needs several assignees and a state to reach",
                ),
                say(
                    "写 `to`，并有一个 `assign: join` 的操作",
                    "say `to`, and have an action with `assign: join`",
                ),
            );
        }
    }
}

fn form(check: &mut Check<'_, '_>, kind: &Kind, kind_here: &str, action: &Action, here: &str) {
    let fields: Vec<&str> = kind.fields.keys().map(String::as_str).collect();
    for (index, item) in action.form.iter().enumerate() {
        let pointer = match item {
            FormItem::Field(_) => format!("{here}/form/{index}"),
            FormItem::Strict { .. } => format!("{here}/form/{index}/field"),
        };
        let table = format!("{kind_here}/fields");
        check.name(
            item.field(),
            &fields,
            &table,
            &pointer,
            "unknown-field",
            ("字段", "field"),
        );
        if action.form[..index]
            .iter()
            .any(|earlier| earlier.field() == item.field())
        {
            check.value(
                "asked-twice",
                &pointer,
                say(
                    format!("`{}` 问了两次", item.field()),
                    format!("`{}` is asked twice", item.field()),
                ),
                say("删去一处", "remove one"),
            );
        }
    }
}

fn merge(
    check: &mut Check<'_, '_>,
    pack: &Pack,
    kind_id: &str,
    kind: &Kind,
    action: &Action,
    here: &str,
) {
    let Some(link) = &action.merge else { return };
    let pointer = format!("{here}/merge");
    let table = path(&["kinds", kind_id, "fields"]);
    let fields: Vec<&str> = kind.fields.keys().map(String::as_str).collect();
    if !check.name(
        link,
        &fields,
        &table,
        &pointer,
        "unknown-field",
        ("字段", "field"),
    ) {
        return;
    }
    if let Some(field) = kind.fields.get(link) {
        let full = format!("{}.{kind_id}", pack.pack);
        // A link to a kind that is not there has been told of already.
        let same = field
            .of
            .as_deref()
            .is_none_or(|of| of == kind_id || of == full || check.kind_named(of).is_none());
        if field.kind != FieldType::Link || !same || field.many.is_some() {
            check.value(
                "bad-merge",
                &pointer,
                say(
                    format!("`{link}` 不是指向同类记录的单个 link 字段"),
                    format!("`{link}` is no field that links to one record of this kind"),
                ),
                say(
                    format!("写一个 `type: link, of: {kind_id}` 的字段"),
                    format!("name a field with `type: link, of: {kind_id}`"),
                ),
            );
        }
        if !action.form.iter().any(|item| item.field() == link)
            && !check.shaped.is_hurt(&format!("{here}/form"))
        {
            check.value(
                "bad-merge",
                &pointer,
                say(
                    format!("表单没有问 `{link}`"),
                    format!("its form does not ask `{link}`"),
                ),
                say("把它写进 `form`", "add it to `form`"),
            );
        }
    }
    let ends = action
        .to
        .as_ref()
        .and_then(|to| kind.states.get(to))
        .is_some_and(|state| state.is_final);
    if !ends && !check.shaped.is_hurt(&path(&["kinds", kind_id, "states"])) {
        check.value(
            "bad-merge",
            &pointer,
            say(
                "并入之后这条记录没有终结",
                "the merged record would stay open",
            ),
            say(
                "让 `to` 指向一个 final 状态",
                "let `to` lead to a final state",
            ),
        );
    }
}

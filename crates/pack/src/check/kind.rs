//! A kind: what it names, and what its parts say together.

use super::field::Place;
use super::scope::Scope;
use super::typing::{self, Wanted};
use super::{Check, IdRule, action, field, flow, path, tables, views};
use crate::fault::say;
use crate::{Kind, Pack, Who};

/// Checks a kind.
pub(super) fn kind(check: &mut Check<'_, '_>, pack: &Pack, id: &str, kind: &Kind) {
    let here = path(&["kinds", id]);
    check.id(id, "/kinds", &here, IdRule::Word, &[]);
    number(check, pack, id, kind, &here);
    let place = Place {
        pack,
        kind_id: id,
        kind,
        table: None,
    };
    for (field_id, of) in &kind.fields {
        field::field(
            check,
            place,
            field_id,
            of,
            &format!("{here}/fields/{field_id}"),
        );
    }
    purposes(check, kind, &here);
    let scope = Scope::kind(check, pack, id, kind);
    for (state_id, state) in &kind.states {
        let pointer = format!("{here}/states/{state_id}");
        check.id(
            state_id,
            &format!("{here}/states"),
            &pointer,
            IdRule::Word,
            &["open"],
        );
        if let Some(due) = &state.due {
            typing::expression(check, &scope, due, &format!("{pointer}/due"), Wanted::Span);
            if state.is_final {
                check.key(
                    "misplaced-key",
                    &format!("{pointer}/due"),
                    say("终结状态没有期限", "a final state has no deadline"),
                    say("删去 due 或 final", "remove `due` or `final`"),
                );
            }
        }
    }
    for (action_id, action) in &kind.actions {
        action::action(check, pack, id, kind, action_id, action, &scope);
    }
    flow::flow(check, kind, &here);
    if let Some(due) = &kind.due {
        typing::expression(check, &scope, due, &format!("{here}/due"), Wanted::Span);
    }
    late(check, kind, &here);
    views::duplicates(check, kind, &here);
    for (index, who) in kind.see.iter().enumerate() {
        check.who(who, &format!("{here}/see/{index}"));
    }
    views::views(check, kind, &here);
    for (index, row) in kind.routes.iter().enumerate() {
        tables::route(check, &row.then, &format!("{here}/routes/{index}/then"));
    }
    tables::table(check, pack, kind, &here, "routes", &kind.routes, true);
    tables::table(check, pack, kind, &here, "limits", &kind.limits, true);
}

fn number(check: &mut Check<'_, '_>, pack: &Pack, id: &str, kind: &Kind, here: &str) {
    let Some(letters) = &kind.number else { return };
    let pointer = format!("{here}/number");
    if !(1..=4).contains(&letters.len()) || !letters.chars().all(|c| c.is_ascii_uppercase()) {
        check.value(
            "bad-number",
            &pointer,
            say(
                format!("`{letters}` 不能作编号的字头"),
                format!("`{letters}` cannot begin a number"),
            ),
            say(
                "写 1 到 4 个大写字母，例如 SJ",
                "write 1 to 4 capital letters, for instance SJ",
            ),
        );
    }
    let other = pack.kinds.iter().take_while(|(other, _)| *other != id);
    if let Some((other, _)) = other
        .into_iter()
        .find(|(_, other)| other.number.as_ref() == Some(letters))
    {
        check.value(
            "number-twice",
            &pointer,
            say(
                format!("`{other}` 的编号也以 `{letters}` 开头"),
                format!("numbers of `{other}` begin with `{letters}` too"),
            ),
            say("换一组字母", "choose other letters"),
        );
    }
}

fn purposes(check: &mut Check<'_, '_>, kind: &Kind, here: &str) {
    let ends = kind.states.values().any(|state| state.is_final)
        || check.shaped.is_hurt(&format!("{here}/states"));
    for (id, purpose) in &kind.personal {
        let pointer = format!("{here}/personal/{id}");
        check.id(id, &format!("{here}/personal"), &pointer, IdRule::Word, &[]);
        for (index, who) in purpose.see.iter().enumerate() {
            let pointer = format!("{pointer}/see/{index}");
            if matches!(who, Who::Public | Who::Anyone | Who::System) {
                check.value(
                    "open-person",
                    &pointer,
                    say(
                        "个人信息只给需要的人看",
                        "personal data is seen by those who need it only",
                    ),
                    say(
                        "写岗位、assignee 或 reporter",
                        "name posts, `assignee` or `reporter`",
                    ),
                );
            }
            check.who(who, &pointer);
        }
        if purpose.keep.after_closed && !ends {
            check.value(
                "never-erased",
                &format!("{pointer}/keep"),
                say(
                    "这类记录没有终结状态，个人信息永远不会删除",
                    "no state of this kind is final, so it would never be erased",
                ),
                say(
                    "用 `after opened`，或设一个 final 状态",
                    "use `after opened`, or make a state final",
                ),
            );
        }
    }
}

fn late(check: &mut Check<'_, '_>, kind: &Kind, here: &str) {
    let Some(late) = &kind.late else { return };
    let pointer = format!("{here}/late");
    check.who(&late.remind, &format!("{pointer}/remind"));
    for (index, post) in late.then.iter().enumerate() {
        check.post(post, &format!("{pointer}/then/{index}"));
    }
    let timed = kind.due.is_some() || kind.states.values().any(|state| state.due.is_some());
    if !timed
        && !check.shaped.is_hurt(&format!("{here}/states"))
        && !check.shaped.is_lost(&format!("{here}/due"))
    {
        check.key(
            "late-without-due",
            &pointer,
            say(
                "没有期限，就不会逾期",
                "nothing is ever late without a deadline",
            ),
            say(
                "给事项或状态写 `due`，或删去 `late`",
                "give the kind or a state a `due`, or remove `late`",
            ),
        );
    }
}

//! What a new version of a pack may not do to the old one's records.

use crate::fault::{Fault, Finding, Place, Source, in_order, say};
use crate::yaml::{Body, Mark, Node, escape, merge, read};
use crate::{Choice, ChoiceList, Pack, Text};

/// Compares a pack with the version in force before it. A code never changes its meaning: options, fields, states and
/// actions stay, an option keeps its words and a field its type, and the version counts up where anything changed.
/// `sources` are the new version's texts, from which the faults have their places.
pub fn compare(old: &Pack, new: &Pack, sources: &[Source]) -> Vec<Fault> {
    if old == new {
        return Vec::new();
    }
    let trees = sources
        .iter()
        .enumerate()
        .filter_map(|(file, s)| read(file, &s.text, &mut Vec::new()))
        .collect();
    let mut compare = Compare {
        root: merge(trees, &mut Vec::new()),
        findings: Vec::new(),
    };
    compare.packs(old, new);
    in_order(compare.findings, sources)
}

struct Compare {
    root: Option<Node>,
    findings: Vec<Finding>,
}

impl Compare {
    fn packs(&mut self, old: &Pack, new: &Pack) {
        if new.pack != old.pack {
            self.fault(
                "other-pack",
                "/pack",
                say(
                    format!("旧版叫 `{}`", old.pack),
                    format!("the old version is called `{}`", old.pack),
                ),
                say("包的标识不变", "a pack keeps its id"),
            );
        }
        if new.version <= old.version {
            self.fault(
                "version-not-raised",
                "/version",
                say(
                    format!("内容变了，版本仍不大于 {}", old.version),
                    format!(
                        "the pack changed and its version is not above {}",
                        old.version
                    ),
                ),
                say(
                    format!("写 version: {}", old.version.saturating_add(1)),
                    format!("write version: {}", old.version.saturating_add(1)),
                ),
            );
        }
        for (id, list) in &old.choices {
            match new.choices.get(id) {
                Some(now) => self.choices(list, now, &format!("/choices/{id}")),
                None => self.gone(id, &format!("/choices/{id}"), "选项表", "choice list"),
            }
        }
        for (id, kind) in &old.kinds {
            let here = format!("/kinds/{id}");
            let Some(now) = new.kinds.get(id) else {
                self.gone(id, &here, "事项类型", "kind");
                continue;
            };
            for state in kind
                .states
                .keys()
                .filter(|state| !now.states.contains_key(*state))
            {
                self.gone(state, &format!("{here}/states/{state}"), "状态", "state");
            }
            for (field_id, field) in &kind.fields {
                let pointer = format!("{here}/fields/{field_id}");
                match now.fields.get(field_id) {
                    Some(now) => {
                        self.field(field, now, &pointer);
                        for (column, was) in &field.columns {
                            let pointer = format!("{pointer}/columns/{column}");
                            match now.columns.get(column) {
                                Some(now) => self.field(was, now, &pointer),
                                None => self.gone(column, &pointer, "列", "column"),
                            }
                        }
                    }
                    None => self.gone(field_id, &pointer, "字段", "field"),
                }
            }
        }
    }

    fn field(&mut self, old: &crate::Field, new: &crate::Field, pointer: &str) {
        let same = old.kind == new.kind
            && old.of == new.of
            && old.many.is_some() == new.many.is_some()
            && old.unit.as_ref().map(|unit| &unit.en) == new.unit.as_ref().map(|unit| &unit.en)
            && old.personal.is_some() == new.personal.is_some();
        if !same {
            self.fault(
                "field-changed",
                pointer,
                say(
                    "字段的类型、选项表、单位或密封变了，旧记录会读错",
                    "its type, choice list, unit or sealing changed: old records would be misread",
                ),
                say(
                    "保留原样，另立一个新字段",
                    "leave it as it was and add a field of another id",
                ),
            );
        }
    }

    fn choices(&mut self, old: &ChoiceList, new: &ChoiceList, here: &str) {
        let flat = |list: &ChoiceList| -> Vec<(String, String, Choice)> {
            list.iter()
                .flat_map(|(code, choice)| {
                    let own = (code.clone(), format!("{here}/{code}"), choice.clone());
                    let inner = choice.options.iter().map(move |(inner, option)| {
                        (
                            inner.clone(),
                            format!("{here}/{code}/options/{inner}"),
                            option.clone(),
                        )
                    });
                    std::iter::once(own).chain(inner)
                })
                .collect()
        };
        let now = flat(new);
        for (code, pointer, was) in flat(old) {
            match now.iter().find(|(known, _, _)| *known == code) {
                None => self.gone(&code, &pointer, "选项", "option"),
                Some((_, pointer, is)) if is.zh != was.zh || is.en != was.en => self.fault(
                    "option-changed",
                    pointer,
                    say(
                        format!("`{code}` 原来是“{}”：编码不能换含义", was.zh),
                        format!(
                            "`{code}` was \"{}\": a code never changes its meaning",
                            was.en
                        ),
                    ),
                    say(
                        "恢复原文并标 `retired: true`，另加一个新编码",
                        "restore the words, mark it `retired: true`, and add a new code",
                    ),
                ),
                Some(_) => {}
            }
        }
    }

    fn gone(&mut self, id: &str, pointer: &str, zh: &str, en: &str) {
        let mend = if zh == "选项" {
            say(
                "恢复它，并标 `retired: true`",
                "restore it and mark it `retired: true`",
            )
        } else {
            say("恢复它：旧记录还在用", "restore it: old records use it")
        };
        self.fault(
            "removed",
            pointer,
            say(
                format!("{zh} `{id}` 不见了"),
                format!("the {en} `{id}` is gone"),
            ),
            mend,
        );
    }

    fn fault(&mut self, code: &'static str, pointer: &str, text: Text, mend: Text) {
        let mark = self.root.as_ref().map_or(
            Mark {
                file: 0,
                line: 1,
                column: 1,
            },
            |root| place(root, pointer),
        );
        let place = Place {
            pointer: pointer.to_owned(),
            ..mark.at("")
        };
        self.findings.push(Finding {
            code,
            place,
            text,
            mend,
        });
    }
}

/// Where the pointer's key stands, or the nearest around it that is still there.
fn place(root: &Node, pointer: &str) -> Mark {
    let (mut node, mut mark) = (root, root.mark);
    for step in pointer.split('/').skip(1) {
        let Body::Map(entries) = &node.body else {
            break;
        };
        let Some((key, inner)) = entries.iter().find(|(key, _)| escape(&key.text) == step) else {
            break;
        };
        (node, mark) = (inner, key.mark);
    }
    mark
}

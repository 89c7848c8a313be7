//! The checks of meaning, run over what has the right shape.

mod action;
mod base_map;
mod field;
mod flow;
mod functions;
mod kind;
mod scope;
mod tables;
mod text;
mod town;
mod typing;
mod views;

use crate::fault::{Finding, Place, instead, say};
use crate::shaped::Shaped;
use crate::yaml::escape;
use crate::{Kind, Pack, PostKind, Text, Town, Who};

/// What the checks lean on: the places of the description, and the packs around it.
pub(crate) struct Known<'k> {
    pub shaped: &'k Shaped,
    pub packs: &'k [Pack],
}

/// Checks a pack.
pub(crate) fn pack(pack: &Pack, known: &Known<'_>, findings: &mut Vec<Finding>) {
    let mut check = Check::new(
        known,
        Some(pack),
        pack.uses.iter().map(String::as_str).collect(),
        findings,
    );
    text::texts(&mut check);
    check.id(&pack.pack, "/pack", "/pack", IdRule::Word, &[]);
    if pack.version == 0 && !known.shaped.is_lost("/version") {
        check.value(
            "bad-version",
            "/version",
            say("版本从 1 开始", "versions count from 1"),
            say("写 version: 1", "write version: 1"),
        );
    }
    for (index, used) in pack.uses.iter().enumerate() {
        let packs: Vec<&str> = known.packs.iter().map(|p| p.pack.as_str()).collect();
        check.name(
            used,
            &packs,
            "/packs-around",
            &format!("/uses/{index}"),
            "unknown-pack",
            ("服务包", "pack"),
        );
    }
    for id in pack.posts.keys() {
        let words = ["public", "reporter", "assignee", "anyone", "system"];
        check.id(id, "/posts", &path(&["posts", id]), IdRule::Word, &words);
    }
    for id in pack.units.keys() {
        check.id(id, "/units", &path(&["units", id]), IdRule::Word, &[]);
    }
    for (id, list) in &pack.choices {
        field::choices(&mut check, id, list);
    }
    for (id, kind) in &pack.kinds {
        kind::kind(&mut check, pack, id, kind);
    }
}

/// Checks a town.
pub(crate) fn town(town: &Town, known: &Known<'_>, findings: &mut Vec<Finding>) {
    // The built-in pack is always in use where there is one.
    let built_in = known
        .packs
        .iter()
        .map(|pack| pack.pack.as_str())
        .filter(|pack| *pack == "town");
    let uses: Vec<&str> = town
        .packs
        .iter()
        .map(String::as_str)
        .chain(built_in)
        .collect();
    let mut check = Check::new(known, None, uses, findings);
    text::texts(&mut check);
    town::town(&mut check, town);
}

/// A JSON Pointer from its steps.
fn path(steps: &[&str]) -> String {
    steps
        .iter()
        .map(|step| format!("/{}", escape(step)))
        .collect()
}

/// How an id may look.
#[derive(Clone, Copy, PartialEq)]
enum IdRule {
    /// A letter first.
    Word,
    /// A digit may stand first: official codes.
    Code,
}

/// One run of the checks.
struct Check<'k, 'f> {
    shaped: &'k Shaped,
    packs: &'k [Pack],
    own: Option<&'k Pack>,
    uses: Vec<&'k str>,
    findings: &'f mut Vec<Finding>,
}

impl<'k, 'f> Check<'k, 'f> {
    fn new(
        known: &Known<'k>,
        own: Option<&'k Pack>,
        uses: Vec<&'k str>,
        findings: &'f mut Vec<Finding>,
    ) -> Self {
        Check {
            shaped: known.shaped,
            packs: known.packs,
            own,
            uses,
            findings,
        }
    }

    /// Tells of a fault in the value at the pointer.
    fn value(&mut self, code: &'static str, pointer: &str, text: Text, mend: Text) {
        let place = self.shaped.value_place(pointer);
        self.report(code, place, text, mend);
    }

    /// Tells of a fault in the declaration at the pointer.
    fn key(&mut self, code: &'static str, pointer: &str, text: Text, mend: Text) {
        let place = self.shaped.key_place(pointer);
        self.report(code, place, text, mend);
    }

    fn report(&mut self, code: &'static str, place: Place, text: Text, mend: Text) {
        self.findings.push(Finding {
            code,
            place,
            text,
            mend,
        });
    }

    /// An id: snake_case, at most 40 characters, no reserved word. `table` is where it is declared.
    fn id(&mut self, id: &str, table: &str, pointer: &str, rule: IdRule, reserved: &[&str]) {
        if self.shaped.is_lost(table) {
            return;
        }
        let first = |c: char| c.is_ascii_lowercase() || rule == IdRule::Code && c.is_ascii_digit();
        let good = id.starts_with(first)
            && id.len() <= 40
            && id
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !good {
            self.key(
                "bad-id",
                pointer,
                say(format!("`{id}` 不能作标识"), format!("`{id}` is no id")),
                say(
                    "用小写字母、数字和下划线，以字母开头，至多 40 个字符",
                    "use small letters, digits and underscores, a letter first, at most 40 characters",
                ),
            );
        }
        if reserved.contains(&id) {
            self.key(
                "reserved-id",
                pointer,
                say(
                    format!("`{id}` 另有含义"),
                    format!("`{id}` means something else here"),
                ),
                say("换一个标识", "choose another id"),
            );
        }
    }

    /// A mention of something declared in the table at the pointer `table`. Whether it is known, or only broken.
    fn name(
        &mut self,
        word: &str,
        known: &[&str],
        table: &str,
        pointer: &str,
        code: &'static str,
        (zh, en): (&str, &str),
    ) -> bool {
        if known.contains(&word) || self.shaped.is_lost(&format!("{table}/{}", escape(word))) {
            return true;
        }
        self.value(
            code,
            pointer,
            say(
                format!("没有{zh} `{word}`"),
                format!("there is no {en} `{word}`"),
            ),
            instead(word, known.iter().copied()),
        );
        false
    }

    /// The packs whose names count here: its own, then those it uses.
    fn around(&self) -> impl Iterator<Item = &'k Pack> {
        let (uses, packs) = (self.uses.clone(), self.packs);
        self.own.into_iter().chain(
            packs
                .iter()
                .filter(move |p| uses.contains(&p.pack.as_str())),
        )
    }

    /// Whether a pack that it uses is not there, so that nothing can be said about names.
    fn is_blind(&self) -> bool {
        let missing = |used: &&str| !self.packs.iter().any(|pack| pack.pack == **used);
        self.shaped.is_lost("/uses")
            || self.shaped.is_lost("/packs")
            || self.uses.iter().any(missing)
    }

    fn post_kind(&self, post: &str) -> Option<&'k PostKind> {
        self.around().find_map(|pack| pack.posts.get(post))
    }

    /// A mention of a post kind.
    fn post(&mut self, post: &str, pointer: &str) {
        let known: Vec<&str> = self
            .around()
            .flat_map(|p| p.posts.keys())
            .map(String::as_str)
            .collect();
        if known.contains(&post) || !self.is_blind() {
            self.name(
                post,
                &known,
                "/posts",
                pointer,
                "unknown-post",
                ("岗位", "kind of post"),
            );
        }
    }

    /// A mention of somebody: a post kind or one of the words.
    fn who(&mut self, who: &Who, pointer: &str) {
        if let Who::Post(post) = who {
            self.post(post, pointer);
        }
    }

    /// A mention of a unit's role.
    fn unit(&mut self, unit: &str, pointer: &str) {
        let known: Vec<&str> = self
            .around()
            .flat_map(|p| p.units.keys())
            .map(String::as_str)
            .collect();
        if known.contains(&unit) || !self.is_blind() {
            self.name(
                unit,
                &known,
                "/units",
                pointer,
                "unknown-unit",
                ("单位", "unit"),
            );
        }
    }

    /// The kind called `kind` or `pack.kind`, where there is one.
    fn kind_named(&self, name: &str) -> Option<&'k Kind> {
        match name.split_once('.') {
            None => self.own?.kinds.get(name),
            Some((pack, kind)) => self.around().find(|p| p.pack == pack)?.kinds.get(kind),
        }
    }
}

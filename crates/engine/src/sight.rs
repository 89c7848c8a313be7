use gewang_pack::Who;
use jiff::Timestamp;

use crate::{Actor, Engine, Seat};

impl Engine {
    /// Whether an actor may read every record of a kind, whatever it holds: then nobody need ask of each. False does not
    /// say that there is one they may not read.
    pub fn sees_all(&self, actor: &Actor, kind: &str, at: Timestamp) -> bool {
        let Actor::Person(person) = actor else {
            return *actor == Actor::System;
        };
        let root = self.setup.grid().root();
        let at_root = |post: Option<&str>| {
            self.roster.posts_of(*person, at).any(|held| {
                post.is_none_or(|post| held.post == post)
                    && matches!(&held.seat, Seat::Cell(cell) if cell == root)
            })
        };
        let Some((_, newest)) = self.setup.kind(kind) else {
            return false;
        };
        // A record is read by the rules of the version under which it began.
        let mut versions = (1..=newest).filter_map(|version| self.setup.kind_at(kind, version));
        versions.all(|kind| {
            if kind.see.is_empty() {
                return at_root(None);
            }
            kind.see.iter().any(|who| match who {
                Who::Public => true,
                Who::Anyone => self
                    .roster
                    .person(*person)
                    .is_some_and(|person| person.active),
                Who::Post(post) => at_root(Some(post)),
                Who::Reporter | Who::Assignee | Who::System => false,
            })
        })
    }
}

use gewang_pack::{PostAt, Who};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{Actor, Assignee, Engine, Record, Seat};

/// What authority looks at: a record, or one that is about to be.
pub(crate) struct Ground<'a> {
    pub cell: &'a str,
    /// To whom it is assigned now.
    pub assigned: &'a [Assignee],
    /// To whom it was assigned before.
    pub previous: &'a [Assignee],
    pub reporters: &'a [Actor],
    /// Whether there is no record yet: then a post at a unit counts wherever it is held.
    pub new: bool,
}

impl<'a> From<&'a Record> for Ground<'a> {
    fn from(record: &'a Record) -> Self {
        Ground {
            cell: &record.cell,
            assigned: &record.assigned,
            previous: &record.previous,
            reporters: &record.reporters,
            new: false,
        }
    }
}

impl Engine {
    /// Whether an actor is any of these to a record at an instant. There is no other permission than this.
    pub fn may(&self, actor: &Actor, who: &[Who], record: &Record, at: Timestamp) -> bool {
        self.may_on(actor, who, &Ground::from(record), at)
    }

    /// Whether an actor may read a record (its personal data apart).
    pub fn visible(&self, actor: &Actor, record: &Record, at: Timestamp) -> bool {
        if *actor == Actor::System {
            return true;
        }
        let ground = Ground::from(record);
        let Some(plan) = self.setup.plan_at(&record.kind, record.pack) else {
            return false;
        };
        let see = &plan.kind().see;
        if !see.is_empty() {
            return see.contains(&Who::Public) || self.may_on(actor, see, &ground, at);
        }
        if self.is_gone(actor) {
            return false;
        }
        if record.reporters.contains(actor) {
            return true;
        }
        let Actor::Person(person) = actor else {
            return false;
        };
        let seats = |seat: &Seat| match seat {
            Seat::Cell(cell) => self.setup.grid().covers(cell, &record.cell),
            Seat::Unit(unit) => record
                .assigned
                .iter()
                .chain(&record.previous)
                .any(|assignee| assignee.unit == Some(*unit)),
        };
        let named = |assignee: &Assignee| assignee.person == Some(*person);
        self.roster
            .posts_of(*person, at)
            .any(|held| seats(&held.seat))
            || record.assigned.iter().chain(&record.previous).any(named)
                && self
                    .roster
                    .person(*person)
                    .is_some_and(|person| person.active)
    }

    /// Whether an actor may read a record's personal data of a purpose. Every look must be logged.
    pub fn may_open(&self, actor: &Actor, record: &Record, purpose: &str, at: Timestamp) -> bool {
        let Some(plan) = self.setup.plan_at(&record.kind, record.pack) else {
            return false;
        };
        plan.kind()
            .personal
            .get(purpose)
            .is_some_and(|purpose| self.may(actor, &purpose.see, record, at))
    }

    pub(crate) fn may_on(
        &self,
        actor: &Actor,
        who: &[Who],
        ground: &Ground<'_>,
        at: Timestamp,
    ) -> bool {
        !self.is_gone(actor) && who.iter().any(|who| self.is(actor, who, ground, at))
    }

    /// Whether the actor is a person who is not, or no longer, one of the town's.
    fn is_gone(&self, actor: &Actor) -> bool {
        matches!(actor, Actor::Person(person) if !self.roster.person(*person).is_some_and(|person| person.active))
    }

    fn is(&self, actor: &Actor, who: &Who, ground: &Ground<'_>, at: Timestamp) -> bool {
        match (who, actor) {
            (Who::System, actor) => *actor == Actor::System,
            (_, Actor::System) => false,
            // The public opens records; what becomes of them it may only follow.
            (Who::Public, _) => ground.new,
            (Who::Reporter, actor) => ground.reporters.contains(actor),
            (Who::Anyone, Actor::Person(_)) => true,
            (Who::Assignee, Actor::Person(person)) => ground
                .assigned
                .iter()
                .any(|assignee| self.is_assignee(*person, assignee, at)),
            (Who::Post(post), Actor::Person(person)) => self
                .roster
                .posts_of(*person, at)
                .any(|held| held.post == *post && self.reaches(&held.seat, ground)),
            (Who::Anyone | Who::Assignee | Who::Post(_), Actor::Public | Actor::Reporter(_)) => {
                false
            }
        }
    }

    fn reaches(&self, seat: &Seat, ground: &Ground<'_>) -> bool {
        match seat {
            Seat::Cell(cell) => self.setup.grid().covers(cell, ground.cell),
            Seat::Unit(unit) => {
                ground.new
                    || ground
                        .assigned
                        .iter()
                        .any(|assignee| assignee.unit == Some(*unit))
            }
        }
    }

    /// Whether a person holds the post to which a record is assigned, or is the one it is assigned to.
    pub(crate) fn is_assignee(&self, person: Uuid, assignee: &Assignee, at: Timestamp) -> bool {
        if let Some(only) = assignee.person
            && only != person
        {
            return false;
        }
        self.roster.posts_of(person, at).any(|held| {
            held.post == assignee.post
                && match &held.seat {
                    Seat::Unit(unit) => assignee.unit == Some(*unit),
                    Seat::Cell(cell) => {
                        assignee.unit.is_none() && assignee.cell.as_deref() == Some(cell)
                    }
                }
        })
    }

    /// The people who answer for an assignment at an instant.
    pub(crate) fn people_of(&self, assignee: &Assignee, at: Timestamp) -> Vec<Uuid> {
        let mut people: Vec<Uuid> = match (assignee.person, assignee.unit, assignee.cell.as_deref())
        {
            (Some(person), _, _) => vec![person],
            (None, Some(unit), _) => self.roster.at_unit(unit, &assignee.post, at).collect(),
            (None, None, Some(cell)) => self.roster.at_cell(cell, &assignee.post, at).collect(),
            (None, None, None) => Vec::new(),
        };
        people.dedup();
        people
    }

    /// The cell, from `cell` upwards, at which somebody holds a kind of post.
    pub(crate) fn nearest<'e>(&'e self, cell: &str, post: &str, at: Timestamp) -> Option<&'e str> {
        let chain = self.setup.grid().chain(cell);
        chain
            .into_iter()
            .find(|above| self.roster.at_cell(above, post, at).next().is_some())
    }

    /// The assignment to who acts: the post by which they may.
    pub(crate) fn acting_post(
        &self,
        actor: &Actor,
        by: &[Who],
        ground: &Ground<'_>,
        at: Timestamp,
    ) -> Option<Assignee> {
        let Actor::Person(person) = actor else {
            return None;
        };
        let assigned = |assignee: &&Assignee| {
            by.contains(&Who::Assignee) && self.is_assignee(*person, assignee, at)
        };
        if let Some(assignee) = ground.assigned.iter().find(assigned) {
            return Some(Assignee {
                person: Some(*person),
                done: false,
                ..assignee.clone()
            });
        }
        let named = |post: &str| {
            by.iter()
                .any(|who| matches!(who, Who::Post(named) if named == post))
        };
        let reaching = || {
            self.roster
                .posts_of(*person, at)
                .filter(|held| self.reaches(&held.seat, ground))
        };
        let held = reaching()
            .find(|held| named(&held.post))
            .or_else(|| reaching().next())?;
        let (unit, cell) = match &held.seat {
            Seat::Unit(unit) => (Some(*unit), None),
            Seat::Cell(cell) => (None, Some(cell.clone())),
        };
        Some(Assignee {
            unit,
            cell,
            post: held.post.clone(),
            person: Some(*person),
            done: false,
        })
    }

    /// Whether an actor holds post `administrator` at the root: who may import what happened long ago.
    pub(crate) fn is_administrator(&self, actor: &Actor, at: Timestamp) -> bool {
        let root = self.setup.grid().root();
        matches!(actor, Actor::Person(person) if self.roster.posts_of(*person, at)
            .any(|held| held.post == "administrator" && held.seat == Seat::Cell(root.to_owned())))
    }

    /// Where a kind of post is held, as the packs in force say.
    pub(crate) fn post_at(&self, post: &str) -> Option<PostAt> {
        self.setup.post(post).map(|info| info.at)
    }
}

use std::sync::Arc;

use jiff::Timestamp;

use crate::{Entry, Record, Refusal, Roster, Setup, TallyKey};

/// The rules of one town at one moment: its set-up and its roster. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) setup: Arc<Setup>,
    pub(crate) roster: Arc<Roster>,
}

/// What a command comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It takes effect by these entries.
    Done(Vec<Entry>),
    /// What it wanted is no longer possible; these entries keep it as a note.
    Merged(Vec<Entry>),
    /// It changes nothing.
    Refused(Refusal),
}

/// What an entry made of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The record after it.
    pub record: Record,
    /// What it adds to the tallies.
    pub tallies: Vec<(TallyKey, i64)>,
}

impl Engine {
    /// The engine of a town in which nobody is anything yet.
    pub fn found(setup: Arc<Setup>) -> Engine {
        Engine {
            setup,
            roster: Arc::default(),
        }
    }

    /// The set-up in force.
    pub fn setup(&self) -> &Arc<Setup> {
        &self.setup
    }

    /// Who there is and who holds which post.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Puts another set-up in force. Records whose timing should follow it go through [`Engine::retime`].
    pub fn adopt(&mut self, setup: Arc<Setup>) {
        self.setup = setup;
    }

    /// Takes people, units and posts in as their records come to be; true where the record is one of these.
    pub fn absorb(&mut self, record: &Record) -> bool {
        if !matches!(
            record.kind.as_str(),
            "town.person" | "town.unit" | "town.post"
        ) {
            return false;
        }
        Arc::make_mut(&mut self.roster).absorb(record, self.setup.calendar())
    }

    /// Whether the record names the town's set-up: after it changed, [`Setup::read`] and [`Engine::adopt`].
    pub fn concerns_setup(record: &Record) -> bool {
        record.kind == "town.domain"
    }

    /// The local start of the day of an instant.
    pub(crate) fn number(&self, prefix: &str, time: Timestamp, nth: u64) -> String {
        let day = self.setup.day(time);
        format!(
            "{prefix}{:04}{:02}{:02}-{nth:04}",
            day.year(),
            day.month(),
            day.day()
        )
    }
}

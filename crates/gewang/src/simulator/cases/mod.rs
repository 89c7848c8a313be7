mod leaf;
mod report;
mod step;

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use gewang_engine::{Actor, Record};
use serde_json::Value;
use uuid::Uuid;

use super::chance::Chance;
use super::pace::{Pace, Step};
use super::script::Script;
use super::voices::{Voice, Voices};
use super::ways::WAYS;
pub(crate) use leaf::{Leaf, leaves};

/// The kind that comes up.
pub(super) const KIND: &str = "governance.matter";

/// The cases under way, and what is to be done next with each.
pub(crate) struct Cases {
    script: Script,
    voices: Voices,
    leaves: Vec<Leaf>,
    chance: Chance,
    agenda: BinaryHeap<Task>,
    open: HashMap<Uuid, Case>,
    /// How long things take where days are lived whole; without it a demo's day, in which all goes quickly.
    pace: Option<Pace>,
}

struct Case {
    category: String,
    urgent: bool,
    reporter: Voice,
    /// Steps taken; a case that goes round in circles is left alone.
    steps: u32,
    /// What was tried in this state and is not tried again.
    strayed: Vec<String>,
}

struct Task {
    minute: f64,
    record: Uuid,
}

impl PartialEq for Task {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Task {}

impl PartialOrd for Task {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The earliest is the greatest.
impl Ord for Task {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .minute
            .total_cmp(&self.minute)
            .then_with(|| other.record.cmp(&self.record))
    }
}

impl Cases {
    /// No case yet.
    pub fn new(script: Script, voices: Voices, leaves: Vec<Leaf>, chance: Chance) -> Cases {
        Cases {
            script,
            voices,
            leaves,
            chance,
            agenda: BinaryHeap::new(),
            open: HashMap::new(),
            pace: None,
        }
    }

    /// The same, lived at the pace of a town.
    pub fn paced(self, pace: Pace) -> Cases {
        Cases {
            pace: Some(pace),
            ..self
        }
    }

    /// Those who speak.
    pub fn voices(&mut self) -> &mut Voices {
        &mut self.voices
    }

    /// What the cases came to, for those who spoke.
    pub fn into_voices(self) -> Voices {
        self.voices
    }

    /// Takes up a case that was under way before.
    pub fn take_up(&mut self, record: &Record, minute: f64) {
        let reporter = record.reporters.iter().find_map(|actor| match actor {
            Actor::Person(person) => self.voices.of_person(*person),
            _ => None,
        });
        // Who reported without an account is not known again: a dispatcher looks after it.
        let dispatchers = self.voices.holders("dispatcher", &record.cell);
        let Some(reporter) = reporter.or_else(|| dispatchers.first().cloned()) else {
            return;
        };
        let text = |field: &str| record.fields.get(field).and_then(Value::as_str);
        let case = Case {
            category: text("category").unwrap_or_default().to_owned(),
            urgent: text("severity") == Some("urgent"),
            reporter,
            steps: 0,
            strayed: Vec::new(),
        };
        self.open.insert(record.id, case);
        self.agenda.push(Task {
            minute,
            record: record.id,
        });
    }

    /// The chance of this day.
    pub fn chance(&mut self) -> &mut Chance {
        &mut self.chance
    }

    /// How busy an hour is, as a share of the day.
    pub fn share_of(&self, hour: usize) -> f64 {
        self.script.share_of(hour)
    }

    /// How busy a day without work is, beside one with.
    pub fn free(&self) -> f64 {
        self.script.day.free
    }

    /// The minute of the next step of any case.
    pub fn due(&self) -> Option<f64> {
        self.agenda.peek().map(|task| task.minute)
    }

    /// A matter comes up.
    pub fn matter(&mut self, hour: usize, minute: f64) {
        if let Err(error) = self.report(hour, minute) {
            tracing::info!("simulator: a report failed: {error:#}");
        }
    }

    /// Takes the next step that is due, if one is.
    pub fn next(&mut self, minute: f64) -> bool {
        if self.due().is_none_or(|due| due > minute) {
            return false;
        }
        let Some(task) = self.agenda.pop() else {
            return false;
        };
        if let Err(error) = self.step(task.record, minute) {
            tracing::info!(record = %task.record, "simulator: a step failed: {error:#}");
        }
        true
    }

    fn plan(&mut self, record: Uuid, state: &str, minute: f64) {
        let usual = WAYS
            .iter()
            .find(|(known, ..)| *known == state)
            .map_or((10.0, 60.0), |(_, minutes, ..)| *minutes);
        let wait = self.chance.between(usual.0, usual.1);
        let late = self.script.happens("late", &mut self.chance);
        let urgent = self.open.get(&record).is_some_and(|case| case.urgent);
        let minute = match &self.pace {
            Some(pace) => {
                let due = self.voices.past().and_then(|past| past.due(record));
                let step = Step {
                    state,
                    wait,
                    urgent,
                    late,
                    due,
                };
                pace.after(minute, &step, self.chance.share())
            }
            None if late => minute + wait * 12.0,
            None => minute + wait,
        };
        self.agenda.push(Task { minute, record });
    }
}

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use anyhow::Context as _;
use gewang_engine::{
    Actor, Command, FileInfo, LateNotice, Memory, Outcome, OutcomeKind, Record, Submission,
};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde_json::{Map, Value};
use uuid::{Builder, Uuid};

use super::scenario::{Place, Scenario, Step};
use super::{Surprise, Town, expect};
use crate::founding::{self, Person, Plan, Post, Seat};

/// The files that a scenario may name, with what each is.
const FILES: [(&str, &str); 9] = [
    ("@photo", "image/jpeg"),
    ("@photo2", "image/jpeg"),
    ("@photo3", "image/jpeg"),
    ("@audio", "audio/mpeg"),
    ("@audio2", "audio/mpeg"),
    ("@audio3", "audio/mpeg"),
    ("@file", "application/pdf"),
    ("@file2", "application/pdf"),
    ("@file3", "application/pdf"),
];

/// What all plays of a pack did together: kind and action.
#[derive(Debug, Default)]
pub(crate) struct Played {
    /// Done at least once.
    pub done: BTreeSet<(String, String)>,
    /// Refused at least once, as a scenario expected.
    pub refused: BTreeSet<(String, String)>,
}

/// One play under way.
pub(crate) struct Player<'p> {
    world: Memory,
    zone: TimeZone,
    pack: String,
    people: HashMap<String, Uuid>,
    units: HashMap<String, Uuid>,
    records: HashMap<String, Uuid>,
    last: HashMap<(String, String), Command>,
    ids: u64,
    played: &'p mut Played,
}

impl<'p> Player<'p> {
    /// A fresh town with the scenario's people in their posts.
    pub fn new(
        town: &Town,
        pack: &str,
        scenario: &Scenario,
        played: &'p mut Played,
    ) -> anyhow::Result<Player<'p>> {
        let zone = TimeZone::get(&town.setup.town().time_zone)?;
        let first = scenario.steps[0].1.at;
        let people = scenario
            .people
            .iter()
            .map(|(key, posts)| Person {
                key: key.clone(),
                name: format!("Player {key}"),
                phone: None,
                posts: posts
                    .all()
                    .iter()
                    .filter_map(|post| {
                        let seat = post
                            .cell
                            .clone()
                            .map(Seat::Cell)
                            .or(post.unit.clone().map(Seat::Unit))?;
                        Some(Post {
                            post: post.post.clone(),
                            seat,
                            from: None,
                            until: None,
                        })
                    })
                    .collect(),
            })
            .collect();
        let plan = Plan {
            town: gewang_pack::Source {
                file: String::new(),
                text: String::new(),
            },
            packs: Vec::new(),
            cells: String::new(),
            units: town.units.clone(),
            people,
            from: first.date().saturating_sub(1.year()),
        };
        let before = first
            .checked_sub(30.days())?
            .to_zoned(zone.clone())?
            .timestamp();
        let commands = founding::commands(&plan)?;
        let mut world = Memory::new(town.setup.clone());
        for (name, media) in FILES {
            world.keep(
                hash(name),
                FileInfo {
                    media: media.into(),
                    bytes: 1000,
                },
                None,
            );
        }
        for command in commands.list {
            let what = format!("{} {}", command.kind, command.action);
            let command = Command {
                at: before,
                ..command
            };
            let outcome = world.post(Submission {
                command,
                actor: Actor::System,
                received: before,
            });
            if let Some(problem) = outcome.problem {
                anyhow::bail!(
                    "{what}: {} at {}: {}",
                    problem.code,
                    problem.pointer,
                    problem.text.en
                );
            }
        }
        Ok(Player {
            world,
            zone,
            pack: pack.to_owned(),
            people: commands.people,
            units: commands.units,
            records: HashMap::new(),
            last: HashMap::new(),
            ids: 0,
            played,
        })
    }

    /// Plays every step and gives what came otherwise than expected.
    pub fn play(&mut self, scenario: &Scenario) -> Vec<Surprise> {
        let mut surprises = Vec::new();
        for (line, step) in &scenario.steps {
            match self.step(step) {
                Ok(more) => {
                    surprises.extend(more.into_iter().map(|text| Surprise { line: *line, text }))
                }
                Err(error) => surprises.push(Surprise {
                    line: *line,
                    text: format!("{error:#}"),
                }),
            }
        }
        surprises
    }

    fn step(&mut self, step: &Step) -> anyhow::Result<Vec<String>> {
        let now = self.instant(step.at)?;
        let seen = self.world.entries().len();
        let mut wrong = Vec::new();
        if step.wait {
            self.wait(now);
        }
        let outcome = match &step.action {
            Some(action) => Some(self.act(step, action, now, &mut wrong)?),
            None => None,
        };
        if let Some(by) = &step.by
            && step.action.is_none()
        {
            self.look(step, by, now, &mut wrong)?;
        }
        if let Some(then) = &step.then {
            let on = step.on.as_deref().context("`then` of what? Add `on`")?;
            if let (Some(wanted), Some(came)) = (&then.outcome, &outcome)
                && *wanted != word(came.outcome)
            {
                wrong.push(format!(
                    "outcome: expected {wanted}, came {}",
                    word(came.outcome)
                ));
            }
            let record = self.record(on)?;
            let told = self.told(seen);
            wrong.extend(expect::differences(
                then,
                &record,
                &expect::Names {
                    people: &self.people,
                    units: &self.units,
                    records: &self.records,
                    zone: &self.zone,
                    told: &told,
                },
            ));
        }
        Ok(wrong)
    }

    /// Lets the engine's clock run up to `now`, each of its commands at its own instant.
    fn wait(&mut self, now: Timestamp) {
        loop {
            let next = self
                .world
                .records()
                .filter_map(|record| record.timing.wake)
                .min();
            let Some(next) = next.filter(|wake| *wake <= now) else {
                return;
            };
            let before = self.world.entries().len();
            self.world.tick(next);
            if self.world.entries().len() == before {
                return;
            }
        }
    }

    fn act(
        &mut self,
        step: &Step,
        action: &str,
        now: Timestamp,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<Outcome> {
        let (by, on) = (
            step.by.clone().unwrap_or_default(),
            step.on.clone().unwrap_or_default(),
        );
        let command = match self.last.get(&(by.clone(), on.clone())) {
            Some(last) if step.again => last.clone(),
            _ if step.again => {
                anyhow::bail!("{by} did nothing to {on} before that could be sent again")
            }
            _ => self.command(step, action, &on, now)?,
        };
        let actor = self.actor(&by, Some(command.record))?;
        let before = self.world.entries().len();
        self.last.insert((by, on.clone()), command.clone());
        let outcome = self.world.post(Submission {
            command: command.clone(),
            actor,
            received: now,
        });
        let after = self.world.entries().len();
        let done = (command.kind.clone(), action.to_owned());
        match (&step.refused, &outcome.problem) {
            (None, None) => {
                self.records.insert(on, command.record);
                let wanted = step.then.as_ref().and_then(|then| then.outcome.clone());
                if wanted.is_none() && outcome.outcome != OutcomeKind::Done {
                    wrong.push(format!("expected done, came {}", word(outcome.outcome)));
                }
                if outcome.outcome == OutcomeKind::Done {
                    self.played.done.insert(done);
                }
            }
            (Some(code), Some(problem)) => {
                if *code != problem.code {
                    wrong.push(format!(
                        "expected refused {code}, came {} ({})",
                        problem.code, problem.text.en
                    ));
                } else {
                    self.played.refused.insert(done);
                }
                if let Some(pointer) = step
                    .pointer
                    .as_ref()
                    .filter(|pointer| **pointer != problem.pointer)
                {
                    wrong.push(format!(
                        "pointer: expected {pointer}, came {}",
                        problem.pointer
                    ));
                }
                if before != after {
                    wrong.push("it was refused, and yet something changed".into());
                }
            }
            (Some(code), None) => {
                self.records.insert(on, command.record);
                wrong.push(format!(
                    "expected refused {code}, came {}",
                    word(outcome.outcome)
                ));
            }
            (None, Some(problem)) => wrong.push(format!(
                "{action}: came refused {} at {} ({})",
                problem.code, problem.pointer, problem.text.en
            )),
        }
        Ok(outcome)
    }

    fn look(
        &mut self,
        step: &Step,
        by: &str,
        now: Timestamp,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        let record = match &step.on {
            Some(on) if self.records.contains_key(on) => Some(self.record(on)?),
            Some(on) if step.sees.is_some() || step.opens.is_some() => {
                anyhow::bail!("there is no {on}")
            }
            _ => None,
        };
        let actor = self.actor(by, record.as_ref().map(|record| record.id))?;
        let engine = self.world.engine();
        let offered: Vec<String> = match &record {
            Some(record) => engine
                .offers(&actor, record, now)
                .into_iter()
                .map(|offer| offer.action)
                .collect(),
            None => engine
                .creations(&actor, now)
                .into_iter()
                .map(|offer| offer.action)
                .collect(),
        };
        for action in step.may.iter().filter(|action| !offered.contains(action)) {
            wrong.push(format!(
                "{by} should be offered {action}; offered are {}",
                offered.join(", ")
            ));
        }
        for action in step
            .may_not
            .iter()
            .filter(|action| offered.contains(action))
        {
            wrong.push(format!("{by} should not be offered {action}"));
        }
        if let Some(record) = &record {
            if let Some(sees) = step
                .sees
                .filter(|sees| engine.visible(&actor, record, now) != *sees)
            {
                wrong.push(format!(
                    "{by} {} see it",
                    if sees { "should" } else { "should not" }
                ));
            }
            if let Some(purpose) = &step.opens
                && (engine.may_open(&actor, record, purpose, now)
                    && record.personal.contains_key(purpose))
                    != step.is
            {
                wrong.push(format!(
                    "{by} {} open {purpose}",
                    if step.is { "should" } else { "should not" }
                ));
            }
        }
        Ok(())
    }

    fn command(
        &mut self,
        step: &Step,
        action: &str,
        on: &str,
        now: Timestamp,
    ) -> anyhow::Result<Command> {
        let kind = match &step.kind {
            Some(kind) => kind.clone(),
            None => match self.records.get(on).and_then(|id| self.find(*id)) {
                Some(record) => record.kind.clone(),
                None => self.only_kind()?,
            },
        };
        let record = match self.records.get(on) {
            Some(record) => *record,
            None => self.fresh(),
        };
        let place = match &step.place {
            None => None,
            Some(Place::Degrees(degrees)) => Some(*degrees),
            Some(Place::Cell(cell)) => {
                let partition = self.world.engine().setup().grid().partition();
                let index = partition
                    .index_of(cell)
                    .with_context(|| format!("there is no cell {cell}"))?;
                let point = partition.label_point(index);
                Some([point.lon(), point.lat()])
            }
        };
        let data = self.resolved(&Value::Object(step.data.clone()))?;
        Ok(Command {
            id: self.fresh(),
            at: step.sent.map_or(Ok(now), |sent| self.instant(sent))?,
            kind,
            record,
            action: action.to_owned(),
            version: step.version,
            place,
            data: data.as_object().cloned().unwrap_or_else(Map::new),
            files: Vec::new(),
            backdated: false,
        })
    }

    fn only_kind(&self) -> anyhow::Result<String> {
        let setup = self.world.engine().setup();
        let mut kinds = setup
            .kinds()
            .map(|(kind, _)| kind)
            .filter(|kind| kind.split('.').next() == Some(&self.pack));
        match (kinds.next(), kinds.next()) {
            (Some(only), None) => Ok(only.to_owned()),
            _ => anyhow::bail!("the pack has several kinds: say `kind`"),
        }
    }

    /// The data with what begins with `@` put in.
    fn resolved(&self, value: &Value) -> anyhow::Result<Value> {
        Ok(match value {
            Value::String(text) if text.starts_with('@') => {
                let named = |map: &HashMap<String, Uuid>, name: &str, what: &str| {
                    let id = map
                        .get(name.trim())
                        .with_context(|| format!("there is no {what} {name}"))?;
                    anyhow::Ok(Value::String(id.to_string()))
                };
                match text.split_once(' ') {
                    Some(("@record", name)) => named(&self.records, name, "record")?,
                    Some(("@person", name)) => named(&self.people, name, "person")?,
                    Some(("@unit", role)) => named(&self.units, role, "unit")?,
                    _ if FILES.iter().any(|(file, _)| file == text) => Value::String(hash(text)),
                    _ => anyhow::bail!("{text} stands for nothing"),
                }
            }
            Value::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|item| self.resolved(item))
                    .collect::<anyhow::Result<_>>()?,
            ),
            Value::Object(map) => Value::Object(
                map.iter()
                    .map(|(key, item)| Ok((key.clone(), self.resolved(item)?)))
                    .collect::<anyhow::Result<_>>()?,
            ),
            other => other.clone(),
        })
    }

    fn actor(&self, by: &str, record: Option<Uuid>) -> anyhow::Result<Actor> {
        Ok(match by {
            "public" => Actor::Public,
            "system" => Actor::System,
            "reporter" => Actor::Reporter(record.context("the reporter of what? Add `on`")?),
            person => Actor::Person(
                *self
                    .people
                    .get(person)
                    .with_context(|| format!("nobody is called {person}"))?,
            ),
        })
    }

    fn record(&self, name: &str) -> anyhow::Result<Arc<Record>> {
        let id = self
            .records
            .get(name)
            .with_context(|| format!("there is no {name}"))?;
        self.find(*id)
            .with_context(|| format!("there is no {name}"))
    }

    fn find(&self, id: Uuid) -> Option<Arc<Record>> {
        self.world.records().find(|record| record.id == id).cloned()
    }

    /// Everybody told of lateness by the entries since the first `seen`.
    fn told(&self, seen: usize) -> Vec<Uuid> {
        let notices = self.world.entries()[seen..]
            .iter()
            .filter_map(|entry| entry.change.late.as_ref());
        notices
            .flat_map(|LateNotice { told, .. }| told.iter().copied())
            .collect()
    }

    fn instant(&self, civil: DateTime) -> anyhow::Result<Timestamp> {
        Ok(civil.to_zoned(self.zone.clone())?.timestamp())
    }

    /// Ids that are the same in every run.
    fn fresh(&mut self) -> Uuid {
        self.ids += 1;
        Builder::from_custom_bytes(u128::from(self.ids).to_be_bytes()).into_uuid()
    }
}

fn hash(name: &str) -> String {
    blake3::hash(name.as_bytes()).to_hex().to_string()
}

fn word(kind: OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Done => "done",
        OutcomeKind::Repeated => "repeated",
        OutcomeKind::Refused => "refused",
        OutcomeKind::Merged => "merged",
    }
}

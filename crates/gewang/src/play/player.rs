use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use anyhow::Context as _;
use gewang_engine::{Actor, Command, LateNotice, Memory, Outcome, OutcomeKind, Record, Submission};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use uuid::Uuid;

use super::scenario::{Scenario, Step};
use super::{Surprise, Town, expect, samples::Samples};
use crate::founding::{self, Person, Plan, Post, Seat};

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
    pub(super) world: Memory,
    zone: TimeZone,
    pub(super) pack: String,
    pub(super) people: HashMap<String, Uuid>,
    pub(super) units: HashMap<String, Uuid>,
    pub(super) records: HashMap<String, Uuid>,
    last: HashMap<(String, String), Command>,
    pub(super) ids: u64,
    pub(super) samples: Samples,
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
        let samples = Samples::keep(&mut world, &town.files);
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
            samples,
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

    pub(super) fn find(&self, id: Uuid) -> Option<Arc<Record>> {
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

    pub(super) fn instant(&self, civil: DateTime) -> anyhow::Result<Timestamp> {
        Ok(civil.to_zoned(self.zone.clone())?.timestamp())
    }
}

fn word(kind: OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Done => "done",
        OutcomeKind::Repeated => "repeated",
        OutcomeKind::Refused => "refused",
        OutcomeKind::Merged => "merged",
    }
}

//! Where commands of an import go: a data directory that nobody serves, or a server.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use gewang_engine::{
    Actor, Command, Engine, FileInfo, Outcome, OutcomeKind, Read, Record, Refusal, Submission,
    Verdict,
};
use gewang_store::{Error, Reader, Store};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::map::Mapping;
use crate::at::At;
use crate::client::Client;

/// Where commands go.
pub(crate) enum Target {
    /// A data directory, as this person.
    Data(Store, Actor),
    /// A server, as the owner of a token.
    Server(Client),
}

/// What became of one command, wherever it was decided.
#[derive(Clone, Debug)]
pub(crate) struct Became {
    /// How it ended.
    pub kind: OutcomeKind,
    /// Why it was refused.
    pub problem: Option<Refusal>,
}

impl Target {
    /// Opens a town and finds the person as whom rows are imported: the account named, or the only
    /// administrator there is.
    pub fn data(at: &At, account: Option<&str>) -> anyhow::Result<Target> {
        let store = at.open()?;
        let person = crate::account::administrator(&store, account)?;
        Ok(Target::Data(store, Actor::Person(person)))
    }

    /// That a data directory knows the kind and the actions of a map: a slip there would be told once for every row.
    pub fn knows(&self, kind: &str, mapping: &Mapping) -> anyhow::Result<()> {
        let Target::Data(store, _) = self else {
            return Ok(());
        };
        let engine = store.engine();
        let setup = engine.setup();
        let Some((described, _)) = setup.kind(kind) else {
            let kinds: Vec<&str> = setup.kinds().map(|(kind, _)| kind).collect();
            anyhow::bail!(
                "no pack in use has the kind {kind}; there are: {}",
                kinds.join(", ")
            );
        };
        for step in &mapping.steps {
            let action = step.action.as_str();
            // An approval bears the name of what is approved: `extend.approve`.
            let of = action.split('.').next().unwrap_or(action);
            if action != "note" && !described.actions.contains_key(of) {
                let actions: Vec<&str> = described.actions.keys().map(String::as_str).collect();
                anyhow::bail!(
                    "{kind} has no action {action}; there are: note, {}",
                    actions.join(", ")
                );
            }
        }
        Ok(())
    }

    /// What would become of a row's commands: all of them are decided, nothing is written. `None` where only the server
    /// can tell.
    pub fn try_row(&self, commands: &[Command]) -> anyhow::Result<Option<Vec<Became>>> {
        let Target::Data(store, actor) = self else {
            return Ok(None);
        };
        let engine = store.engine();
        let received = Timestamp::now();
        Ok(Some(store.read_now(|reader| {
            let mut trial = Trial {
                reader,
                engine: &engine,
                changed: HashMap::new(),
                known: HashMap::new(),
            };
            commands
                .iter()
                .map(|command| trial.decide(command, actor, received))
                .collect()
        })?))
    }

    /// Posts the commands of whole rows; the answers stand in the same order and are durable.
    pub fn post(&self, commands: Vec<Command>) -> anyhow::Result<Vec<Became>> {
        match self {
            Target::Data(store, actor) => {
                let received = Timestamp::now();
                let submissions = commands
                    .into_iter()
                    .map(|command| Submission {
                        command,
                        actor: actor.clone(),
                        received,
                    })
                    .collect();
                let outcomes = store.post_now(submissions)?;
                Ok(outcomes.into_iter().map(Became::from).collect())
            }
            Target::Server(client) => {
                let outcomes = client.commands(&commands)?;
                outcomes.iter().map(Became::read).collect()
            }
        }
    }
}

impl From<Outcome> for Became {
    fn from(outcome: Outcome) -> Self {
        Became {
            kind: outcome.outcome,
            problem: outcome.problem,
        }
    }
}

impl Became {
    fn read(outcome: &serde_json::Value) -> anyhow::Result<Became> {
        let kind = serde_json::from_value(outcome["outcome"].clone())
            .map_err(|_| anyhow::anyhow!("the server's answer is not understood: {outcome}"))?;
        let problem = outcome
            .get("problem")
            .filter(|problem| !problem.is_null())
            .map(|problem| {
                let text = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
                let said = |lang: &str| {
                    problem["text"][lang]
                        .as_str()
                        .unwrap_or(&text("detail"))
                        .to_owned()
                };
                Refusal {
                    code: text("code"),
                    pointer: text("pointer"),
                    text: gewang_pack::Text {
                        zh: said("zh"),
                        en: said("en"),
                    },
                }
            });
        Ok(Became { kind, problem })
    }
}

/// A town as it would be after some commands that were not written.
struct Trial<'r> {
    reader: &'r Reader,
    engine: &'r Engine,
    changed: HashMap<Uuid, Arc<Record>>,
    known: HashMap<Uuid, HashSet<Uuid>>,
}

impl Trial<'_> {
    fn decide(
        &mut self,
        command: &Command,
        actor: &Actor,
        received: Timestamp,
    ) -> Result<Became, Error> {
        if !self.known.contains_key(&command.record) {
            let entries = self.reader.journal(command.record, 0, 10_000)?;
            self.known.insert(
                command.record,
                entries.iter().map(|entry| entry.command).collect(),
            );
        }
        if self.known[&command.record].contains(&command.id) {
            return Ok(Became {
                kind: OutcomeKind::Repeated,
                problem: None,
            });
        }
        let submission = Submission {
            command: command.clone(),
            actor: actor.clone(),
            received,
        };
        let (kind, entries) = match self.engine.decide(self, &submission)? {
            Verdict::Refused(refusal) => {
                return Ok(Became {
                    kind: OutcomeKind::Refused,
                    problem: Some(refusal),
                });
            }
            Verdict::Done(entries) => (OutcomeKind::Done, entries),
            Verdict::Merged(entries) => (OutcomeKind::Merged, entries),
        };
        for entry in &entries {
            let before = self.record(entry.record)?;
            let applied = self.engine.apply(before.as_deref().cloned(), entry);
            self.changed.insert(entry.record, Arc::new(applied.record));
        }
        Ok(Became {
            kind,
            problem: None,
        })
    }
}

impl Read for Trial<'_> {
    type Error = Error;

    fn record(&self, id: Uuid) -> Result<Option<Arc<Record>>, Error> {
        match self.changed.get(&id) {
            Some(record) => Ok(Some(record.clone())),
            None => self.reader.record(id),
        }
    }

    fn file(&self, hash: &str) -> Result<Option<FileInfo>, Error> {
        let stored = self.reader.stored_file(hash)?;
        Ok(stored.map(|file| FileInfo {
            media: file.media,
            bytes: file.bytes,
        }))
    }

    fn content(&self, hash: &str) -> Result<Option<Vec<u8>>, Error> {
        self.reader.file_bytes(hash)
    }

    /// The number that a trial gives is thrown away with it.
    fn opened(&self, _: &str, _: Date) -> Result<u64, Error> {
        Ok(0)
    }
}

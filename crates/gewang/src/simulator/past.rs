use std::collections::HashMap;

use anyhow::Context as _;
use gewang_engine::{Actor, Command, FileInfo, Memory, OutcomeKind, Read, Record, Submission};
use gewang_store::{Store, Thumbnail};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::chance::Chance;
use super::picture::{self, Scene};

/// Pictures of a scene, of which people send one or another: drawing and keeping hundreds would take long.
pub(super) const PICTURES: usize = 2;

/// A town's past while it is lived through: in memory, where a month passes in a moment. What was done is kept, to be
/// posted to the town's store in the same order, where it comes to the same.
pub(crate) struct Past {
    memory: Memory,
    store: Store,
    now: Timestamp,
    submissions: Vec<Submission>,
    pictures: HashMap<Scene, Vec<String>>,
    /// Makes the ids.
    ids: Chance,
}

impl Past {
    /// A town just founded by these commands, in which nothing has happened yet.
    pub fn new(store: &Store, founding: &[Command], begin: Timestamp) -> Past {
        let mut memory = Memory::new(store.engine().setup().clone());
        for command in founding {
            memory.post(Submission {
                command: command.clone(),
                actor: Actor::System,
                received: begin,
            });
        }
        Past {
            memory,
            store: store.clone(),
            now: begin,
            submissions: Vec::new(),
            pictures: HashMap::new(),
            ids: Chance::new(begin.as_microsecond().unsigned_abs()),
        }
    }

    /// Lets time pass; what the town's own clock owes on the way happens when it is due.
    pub fn pass(&mut self, until: Timestamp) {
        loop {
            let due = self
                .memory
                .records()
                .filter_map(|record| Some((record.timing.wake?, record)))
                .filter(|(wake, _)| *wake <= until)
                .min_by_key(|(wake, record)| (*wake, record.id));
            let Some((wake, record)) = due else { break };
            let received = wake.max(self.now);
            let commands = self.memory.engine().wake(record, received);
            let before = self.memory.entries().len();
            for command in commands {
                let submission = Submission {
                    command,
                    actor: Actor::System,
                    received,
                };
                self.submissions.push(submission.clone());
                self.memory.post(submission);
            }
            self.now = received;
            if self.memory.entries().len() == before {
                break;
            }
        }
        self.now = self.now.max(until);
    }

    /// Now, then.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// An id made then.
    pub fn id(&mut self) -> Uuid {
        id_of(self.now, &mut self.ids)
    }

    /// A record as somebody saw it then.
    pub fn record(&self, actor: &Actor, id: Uuid) -> anyhow::Result<Value> {
        let record = self.seen(actor, id).context("there is no such record")?;
        Ok(serde_json::to_value(&*record)?)
    }

    fn seen(&self, actor: &Actor, id: Uuid) -> Option<std::sync::Arc<Record>> {
        let Ok(record) = Read::record(&self.memory, id);
        record.filter(|record| self.memory.engine().visible(actor, record, self.now))
    }

    /// By when a case must be closed.
    pub fn due(&self, id: Uuid) -> Option<Timestamp> {
        let Ok(record) = Read::record(&self.memory, id);
        Some(record?.timing.case?.at)
    }

    /// What somebody might do to a record then.
    pub fn offers(&self, actor: &Actor, id: Uuid) -> anyhow::Result<(Vec<Value>, Option<u64>)> {
        let Some(record) = self.seen(actor, id) else {
            return Ok((Vec::new(), None));
        };
        let offers = self.memory.engine().offers(actor, &record, self.now);
        let offers = offers.iter().map(serde_json::to_value);
        Ok((offers.collect::<Result<_, _>>()?, Some(record.version)))
    }

    /// Does what somebody wanted then; what came of it, as a server answers.
    pub fn send(&mut self, actor: Actor, command: Command) -> anyhow::Result<Value> {
        let public = actor == Actor::Public;
        let submission = Submission {
            command,
            actor,
            received: self.now,
        };
        let outcome = self.memory.post(submission.clone());
        if outcome.outcome != OutcomeKind::Refused {
            self.submissions.push(submission);
            // Two things never happen in one instant.
            self.now = self
                .now
                .checked_add(SignedDuration::from_millis(1))
                .unwrap_or(self.now);
        }
        let mut answer = serde_json::to_value(&outcome)?;
        if let Some(problem) = &outcome.problem {
            answer["problem"]["detail"] = json!(problem.text.en);
        } else if public {
            // Nobody asks for a token here: who reported it is known without.
            answer["follow"] = json!({"token": ""});
        }
        Ok(answer)
    }

    /// A photo of a scene; its hash.
    pub fn photo(&mut self, scene: Scene, chance: &mut Chance) -> anyhow::Result<String> {
        let known = self.pictures.entry(scene).or_default();
        if known.len() < PICTURES {
            let drawn = picture::draw(scene, chance)?;
            let thumbnail = Thumbnail {
                media: "image/jpeg".into(),
                bytes: drawn.thumbnail,
            };
            let file = self.store.put_file_now(
                "image/jpeg",
                &drawn.image,
                Some(&thumbnail),
                None,
                self.now,
            )?;
            let info = FileInfo {
                media: file.media,
                bytes: file.bytes,
            };
            self.memory.keep(file.hash.clone(), info, None);
            known.push(file.hash.clone());
            return Ok(file.hash);
        }
        chance.one(known).cloned().context("there is a picture")
    }

    /// Everything that was done, in its order.
    pub fn submissions(self) -> Vec<Submission> {
        self.submissions
    }
}

/// An id as it would have been made at an instant (RFC 9562, version 7).
fn id_of(at: Timestamp, ids: &mut Chance) -> Uuid {
    let milliseconds = at.as_millisecond().unsigned_abs();
    let random = u128::from(ids.next()) << 64 | u128::from(ids.next());
    let mut bytes = random.to_be_bytes();
    bytes[..6].copy_from_slice(&milliseconds.to_be_bytes()[2..]);
    bytes[6] = 0x70 | bytes[6] & 0x0f;
    bytes[8] = 0x80 | bytes[8] & 0x3f;
    Uuid::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_of_their_time() {
        let at = Timestamp::from_millisecond(1_772_412_900_123).expect("an instant");
        let mut chance = Chance::new(1);
        let (one, other) = (id_of(at, &mut chance), id_of(at, &mut chance));
        assert_ne!(one, other);
        assert_eq!(one.get_version_num(), 7);
        let made = one.get_timestamp().expect("a time").to_unix();
        assert_eq!(made, (1_772_412_900, 123_000_000));
    }
}

//! What becomes of a case, one step after the other.

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::form::{self, Known};
use super::super::voices::{Sending, Voice};
use super::super::ways::WAYS;
use super::{Cases, KIND};

impl Cases {
    /// Somebody does with a case what is to be done next.
    pub(super) fn step(&mut self, id: Uuid, minute: f64) -> anyhow::Result<()> {
        let Some(case) = self.open.get_mut(&id) else {
            return Ok(());
        };
        case.steps += 1;
        if case.steps > 40 {
            self.open.remove(&id);
            return Ok(());
        }
        let (category, reporter) = (case.category.clone(), case.reporter.clone());
        let record = self.voices.record(&reporter, id)?;
        let record = record.get("record").cloned().unwrap_or(record);
        let state = record["state"].as_str().unwrap_or_default().to_owned();
        let known = Known {
            category: &category,
            twin: self.twin(id, &category),
        };
        for wanted in self.wanted(id, &state, &record) {
            if let Some(after) = self.try_action(id, &record, &wanted, &known, &reporter)? {
                let ended = !WAYS.iter().any(|(known, ..)| *known == after);
                if let Some(case) = self.open.get_mut(&id) {
                    if after == state {
                        case.strayed.push(wanted);
                    } else {
                        case.strayed.clear();
                    }
                }
                if ended {
                    self.farewell(id, &known, &reporter)?
                } else {
                    self.plan(id, &after, minute)
                }
                return Ok(());
            }
        }
        // Nobody may do anything: somebody else has taken it up, or it is over.
        if WAYS.iter().any(|(known, ..)| *known == state) {
            self.plan(id, &state, minute + 60.0);
        } else {
            self.open.remove(&id);
        }
        Ok(())
    }

    /// What should happen next, the most wanted first.
    fn wanted(&mut self, id: Uuid, state: &str, record: &Value) -> Vec<String> {
        let waiting = record["request"]["action"].as_str();
        if let Some(action) = waiting {
            let verdict = if self.chance.below(10) == 0 {
                "refuse"
            } else {
                "approve"
            };
            return vec![format!("{action}.{verdict}"), format!("{action}.approve")];
        }
        let Some((_, _, straight, rarer)) = WAYS.iter().find(|(known, ..)| *known == state) else {
            return Vec::new();
        };
        let strayed = self
            .open
            .get(&id)
            .map(|case| case.strayed.clone())
            .unwrap_or_default();
        let mut wanted = Vec::new();
        for (share, action) in *rarer {
            if self.script.happens(share, &mut self.chance)
                && !strayed.iter().any(|done| done == action)
            {
                wanted.push((*action).to_owned());
                break;
            }
        }
        wanted.extend(straight.iter().map(|action| (*action).to_owned()));
        wanted
    }

    /// Another open case of the same category.
    fn twin(&self, id: Uuid, category: &str) -> Option<Uuid> {
        let mut twins: Vec<Uuid> = self
            .open
            .iter()
            .filter(|(other, case)| **other != id && case.category == category)
            .map(|(other, _)| *other)
            .collect();
        twins.sort_unstable();
        twins.first().copied()
    }

    /// Has somebody do it to whom it is offered; the state after it, or nothing where it is offered to nobody.
    fn try_action(
        &mut self,
        id: Uuid,
        record: &Value,
        action: &str,
        known: &Known<'_>,
        reporter: &Voice,
    ) -> anyhow::Result<Option<String>> {
        let mut voices = self.voices.concerned(record);
        voices.push(reporter.clone());
        // Those whose office it usually is are asked first: it saves asking the others.
        let office = match action {
            "register" | "dispatch" | "decline" | "merge" | "void" | "close" | "transfer"
            | "join" => "dispatcher",
            "verify" | "rework" | "spot_check" => "verifier",
            "report_back" | "send_back" => "head",
            "supervise" => "committee",
            "check_on_site" | "claim" => "worker",
            action if action.ends_with(".approve") || action.ends_with(".refuse") => "approver",
            _ => "clerk",
        };
        voices.sort_by_key(|voice| !self.voices.posts(voice).contains(&office));
        for voice in voices.into_iter().take(14) {
            let (offers, version) = self.voices.offers(&voice, id)?;
            let Some(offer) = offers.iter().find(|offer| offer["action"] == action) else {
                continue;
            };
            let mut data = form::fill(
                offer,
                known,
                &self.script,
                &mut self.voices,
                &voice,
                &mut self.chance,
            )?;
            if matches!(action, "transfer" | "join") {
                let candidates = offer["assignees"].as_array().cloned().unwrap_or_default();
                let clerks: Vec<Value> = candidates
                    .into_iter()
                    .filter(|one| one["post"] == "clerk")
                    .collect();
                let Some(one) = self.chance.one(&clerks) else {
                    continue;
                };
                data.insert(
                    "assignee".into(),
                    json!({"unit": one["unit"], "post": one["post"]}),
                );
            }
            let sending = Sending {
                kind: KIND,
                record: id,
                action,
                version,
                place: None,
                data,
            };
            let outcome = self.voices.send(&voice, sending)?;
            match outcome["outcome"].as_str() {
                Some("done" | "merged") => return Ok(outcome["state"].as_str().map(str::to_owned)),
                _ => {
                    tracing::info!(record = %id, action, "simulator: refused: {}", outcome["problem"]["detail"])
                }
            }
        }
        Ok(None)
    }

    /// What may still happen to a case that is over.
    fn farewell(&mut self, id: Uuid, known: &Known<'_>, reporter: &Voice) -> anyhow::Result<()> {
        let record = self.voices.record(reporter, id)?;
        let record = record.get("record").cloned().unwrap_or(record);
        for (share, action) in [
            ("evaluated", "evaluate"),
            ("spot_checked", "spot_check"),
            ("reopened", "reopen"),
        ] {
            if self.script.happens(share, &mut self.chance) {
                self.try_action(id, &record, action, known, reporter)?;
            }
        }
        self.open.remove(&id);
        Ok(())
    }
}

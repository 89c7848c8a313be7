use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use anyhow::Context as _;
use gewang_engine::{Actor, Engine, Record};
use gewang_grid::Bounds;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::chance::Chance;
use super::form::{self, Known};
use super::pace::{Pace, Step};
use super::picture::{Scene, Theme};
use super::script::Script;
use super::voices::{Sending, Voice, Voices};
use super::ways::WAYS;

/// The kind that comes up.
pub(super) const KIND: &str = "governance.matter";

/// A cell that can be walked in.
pub(crate) struct Leaf {
    id: String,
    label: [f64; 2],
    bounds: Bounds,
}

/// The cells without cells below.
pub(crate) fn leaves(engine: &Engine) -> Vec<Leaf> {
    let partition = engine.setup().grid().partition();
    partition
        .leaves()
        .map(|index| {
            let label = partition.label_point(index);
            Leaf {
                id: partition.cell(index).id.as_str().to_owned(),
                label: [label.lon(), label.lat()],
                bounds: partition
                    .shape(index)
                    .and_then(|shape| shape.bounds())
                    .unwrap_or_else(|| partition.bounds()),
            }
        })
        .collect()
}

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

    fn report(&mut self, hour: usize, minute: f64) -> anyhow::Result<()> {
        let (category, matter) = self
            .script
            .category(hour, &mut self.chance)
            .context("the script has no matter")?;
        let category = category.to_owned();
        let severity = self.chance.weighted(
            matter
                .severity
                .iter()
                .map(|(id, weight)| (id.clone(), *weight)),
        );
        let summary = self
            .chance
            .one(&matter.summaries)
            .map(|said| said.zh.clone());
        let result = self.chance.one(&matter.results).map(|said| said.zh.clone());
        let (cell, place) = self.place()?;
        let severity = severity.unwrap_or_else(|| "normal".into());
        let mut data = Map::new();
        data.insert("category".into(), json!(category));
        data.insert("severity".into(), json!(severity));
        data.insert("summary".into(), json!(summary));
        let by_public = self.script.happens("by_public", &mut self.chance);
        let workers = self.voices.holders("worker", &cell);
        let voice = match self.chance.one(&workers) {
            Some(worker) if !by_public => worker.clone(),
            _ => Voice::Public,
        };
        let on_the_spot = voice != Voice::Public
            && matches!(severity.as_str(), "minor" | "normal")
            && self.script.happens("on_the_spot", &mut self.chance);
        if voice != Voice::Public && (on_the_spot || self.chance.below(2) == 0) {
            let scene = Scene {
                theme: Theme::of(&category),
                mended: on_the_spot,
            };
            let hash = self.voices.photo(&voice, scene, &mut self.chance)?;
            let field = if on_the_spot {
                "after_photos"
            } else {
                "photos"
            };
            data.insert(field.into(), json!([hash]));
        }
        let mut action = "report";
        if on_the_spot {
            action = "self_handle";
            data.insert("result".into(), json!(result));
        }
        let record = self.voices.id();
        let send = |voices: &mut Voices, voice: &Voice, action: &str, data: &Map<String, Value>| {
            voices.send(
                voice,
                Sending {
                    kind: KIND,
                    record,
                    action,
                    version: None,
                    place: Some(place),
                    data: data.clone(),
                },
            )
        };
        let mut outcome = send(&mut self.voices, &voice, action, &data)?;
        if outcome["outcome"] == "refused" && action == "self_handle" {
            // Not everything may be settled on the spot; then it is reported.
            data.remove("result");
            if let Some(photos) = data.remove("after_photos") {
                data.insert("photos".into(), photos);
            }
            outcome = send(&mut self.voices, &voice, "report", &data)?;
        }
        if outcome["outcome"] != "done" {
            anyhow::bail!("{category}: {}", outcome["problem"]["detail"]);
        }
        if outcome["state"] == "closed" {
            return Ok(());
        }
        let reporter = match outcome["follow"]["token"].as_str() {
            Some(token) => Voice::Reporter(record, token.to_owned()),
            None => voice,
        };
        self.open.insert(
            record,
            Case {
                category,
                urgent: severity == "urgent",
                reporter,
                steps: 0,
                strayed: Vec::new(),
            },
        );
        self.plan(record, "reported", minute);
        Ok(())
    }

    /// A place in a cell: a random one of its box that lies in it, or else its middle.
    fn place(&mut self) -> anyhow::Result<(String, [f64; 2])> {
        let leaf = self
            .chance
            .one(&self.leaves)
            .context("the town has no cell")?;
        let (id, label, bounds) = (leaf.id.clone(), leaf.label, leaf.bounds);
        let (west, east) = (bounds.min.lon(), bounds.max.lon());
        let (south, north) = (bounds.min.lat(), bounds.max.lat());
        // Towards the middle, so that nearly all lie inside whatever its shape.
        let towards = |from: f64, low: f64, high: f64, share: f64| {
            from + (low + (high - low) * share - from) * 0.35
        };
        let place = [
            towards(label[0], west, east, self.chance.share()),
            towards(label[1], south, north, self.chance.share()),
        ];
        Ok((id, place))
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

    fn step(&mut self, id: Uuid, minute: f64) -> anyhow::Result<()> {
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

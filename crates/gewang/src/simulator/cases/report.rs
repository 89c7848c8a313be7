//! A matter is reported.

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use super::super::picture::{Scene, Theme};
use super::super::voices::{Sending, Voice, Voices};
use super::{Case, Cases, KIND};

impl Cases {
    /// Somebody meets a matter and reports it, or settles it on the spot.
    pub(super) fn report(&mut self, hour: usize, minute: f64) -> anyhow::Result<()> {
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
}

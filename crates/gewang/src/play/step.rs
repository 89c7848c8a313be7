//! A step of a scenario as the command that it sends.

use std::collections::HashMap;

use anyhow::Context as _;
use gewang_engine::Command;
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::{Builder, Uuid};

use super::player::Player;
use super::scenario::{Place, Step};

impl Player<'_> {
    /// The command that a step sends.
    pub(super) fn command(
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
                    _ => self
                        .samples
                        .named(text)
                        .with_context(|| format!("{text} stands for nothing"))?,
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

    /// Ids that are the same in every run.
    fn fresh(&mut self) -> Uuid {
        self.ids += 1;
        Builder::from_custom_bytes(u128::from(self.ids).to_be_bytes()).into_uuid()
    }
}

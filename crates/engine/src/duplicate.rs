use gewang_grid::Coord;
use jiff::Timestamp;
use serde_json::Value;

use crate::{Engine, Record};

/// Where records that are likely the same as another one are to be looked for; [`Engine::likely_same`] decides.
#[derive(Clone, Debug, PartialEq)]
pub struct DuplicateWindow {
    /// The kind, `pack.kind`.
    pub kind: String,
    /// The place around which.
    pub place: Coord,
    /// How far around it, in metres.
    pub radius_m: f64,
    /// Opened no earlier.
    pub since: Timestamp,
    /// Opened no later.
    pub until: Timestamp,
    /// Fields, and what they hold.
    pub same: Vec<(String, Value)>,
}

impl Engine {
    /// Where to look for records that are likely the same thing; none for kinds and records that have no such rule.
    pub fn duplicate_window(&self, record: &Record) -> Option<DuplicateWindow> {
        let plan = self.setup.plan_at(&record.kind, record.pack)?;
        let rule = plan.kind().duplicates.as_ref()?;
        let value = |field: &String| {
            (
                field.clone(),
                record.fields.get(field).cloned().unwrap_or(Value::Null),
            )
        };
        let calendar = self.setup.calendar();
        let until = calendar.advance(record.opened, rule.period, &[])?;
        // Looking back as far as forward: working time backwards would need its own arithmetic, so the window is the
        // calendar length of the same span from here on.
        let since = record.opened - record.opened.duration_until(until);
        Some(DuplicateWindow {
            kind: record.kind.clone(),
            place: record.place?,
            radius_m: rule.within.0,
            since,
            until,
            same: rule.same.iter().map(value).collect(),
        })
    }

    /// Whether two open records are likely the same thing by their kind's rule.
    pub fn likely_same(&self, one: &Record, other: &Record) -> bool {
        let (Some(window), Some(place)) = (self.duplicate_window(one), other.place) else {
            return false;
        };
        let equal = |(field, value): &(String, Value)| {
            other.fields.get(field).unwrap_or(&Value::Null) == value
        };
        one.id != other.id
            && other.kind == window.kind
            && one.closed.is_none()
            && other.closed.is_none()
            && (window.since..=window.until).contains(&other.opened)
            && window.same.iter().all(equal)
            && window.place.distance_m(place) <= window.radius_m
    }
}

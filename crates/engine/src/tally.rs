use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Engine, Record};

/// What is counted: records of a kind in a cell by a measure, standing (`day` 0) or on a local day.
///
/// Standing: `open`, `late`, `state:ID`, `stage:ID`, `count:FIELD=OPTION` (open ones). Of a day: `opened`, `closed`,
/// `closed_in_time`, `opened:FIELD=OPTION`, and by the hour of that day `opened_hour:HH`, `closed_hour:HH`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TallyKey {
    /// `pack.kind`.
    pub kind: String,
    /// A leaf, or the root. Sums over a subtree are made at reading.
    pub cell: String,
    /// Days since 1970-01-01 in the town's time zone; 0 for a standing count.
    pub day: i32,
    /// What of them is counted.
    pub measure: String,
}

impl Engine {
    /// What the step from one version of a record to the next adds to the tallies.
    pub fn tallies(&self, before: Option<&Record>, after: &Record) -> Vec<(TallyKey, i64)> {
        let lost = before.map(|record| (record.cell.clone(), self.standing(record)));
        self.step(
            before.and_then(|record| record.closed).is_some(),
            before.is_none(),
            self.in_time(before, after),
            lost,
            after,
        )
    }

    /// As [`Engine::tallies`], where the record before is only known by what it counted for.
    pub(crate) fn step(
        &self,
        was_closed: bool,
        new: bool,
        in_time: bool,
        lost: Option<(String, Vec<String>)>,
        after: &Record,
    ) -> Vec<(TallyKey, i64)> {
        let key = |cell: &str, day: i32, measure: String| TallyKey {
            kind: after.kind.clone(),
            cell: cell.to_owned(),
            day,
            measure,
        };
        let mut changes = Vec::new();
        let gained = self.standing(after);
        let (cell, lost) = lost.unwrap_or_default();
        let moved = cell != after.cell;
        changes.extend(
            lost.iter()
                .filter(|measure| moved || !gained.contains(measure))
                .map(|measure| (key(&cell, 0, measure.clone()), -1)),
        );
        if new {
            let day = self.setup.day_number(after.opened);
            changes.push((key(&after.cell, day, "opened".into()), 1));
            let hour = self.setup.calendar().hour(after.opened);
            changes.push((key(&after.cell, day, format!("opened_hour:{hour:02}")), 1));
            for (field, option) in self.counted(after) {
                changes.push((key(&after.cell, day, format!("opened:{field}={option}")), 1));
            }
        }
        if let (false, Some(closed)) = (was_closed, after.closed) {
            let day = self.setup.day_number(closed);
            changes.push((key(&after.cell, day, "closed".into()), 1));
            let hour = self.setup.calendar().hour(closed);
            changes.push((key(&after.cell, day, format!("closed_hour:{hour:02}")), 1));
            if in_time {
                changes.push((key(&after.cell, day, "closed_in_time".into()), 1));
            }
        }
        changes.extend(
            gained
                .into_iter()
                .filter(|measure| moved || !lost.contains(measure))
                .map(|measure| (key(&after.cell, 0, measure), 1)),
        );
        changes
    }

    /// Whether a record closes before its deadline; one without a deadline always does.
    pub(crate) fn in_time(&self, before: Option<&Record>, after: &Record) -> bool {
        let due = before.and_then(|record| record.timing.case);
        due.is_none_or(|due| after.closed.is_none_or(|closed| closed <= due.at))
    }

    /// The standing measures for which a record counts.
    pub(crate) fn standing(&self, record: &Record) -> Vec<String> {
        let mut measures = vec![format!("state:{}", record.state)];
        if let Some(stage) = record.stage {
            let name = serde_json::to_value(stage).ok();
            if let Some(Value::String(name)) = name {
                measures.push(format!("stage:{name}"));
            }
        }
        if record.closed.is_none() {
            measures.push("open".into());
            if record.late_level != (0, 0) {
                measures.push("late".into());
            }
            for (field, option) in self.counted(record) {
                measures.push(format!("count:{field}={option}"));
            }
        }
        measures
    }

    /// The options of the counted fields that a record holds.
    fn counted<'r>(&'r self, record: &'r Record) -> Vec<(&'r str, &'r str)> {
        let Some(plan) = self.setup.plan_at(&record.kind, record.pack) else {
            return Vec::new();
        };
        let mut counted = Vec::new();
        for field in &plan.kind().views.count {
            match record.fields.get(field) {
                Some(Value::String(option)) => counted.push((field.as_str(), option.as_str())),
                Some(Value::Array(options)) => {
                    counted.extend(
                        options
                            .iter()
                            .filter_map(Value::as_str)
                            .map(|option| (field.as_str(), option)),
                    );
                }
                _ => {}
            }
        }
        counted
    }
}

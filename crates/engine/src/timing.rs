use gewang_pack::{Clock, Span};
use jiff::Timestamp;

use crate::{Deadline, Engine, Record, Timing, case::Case, setup::Plan};

impl Engine {
    /// Works a record's deadlines out again, by the rules and the calendar now in force.
    pub fn retime(&self, record: &mut Record) {
        if let Some(plan) = self.setup.plan_at(&record.kind, record.pack) {
            record.timing = self.timing(plan, record);
        }
    }

    pub(crate) fn timing(&self, plan: &Plan, record: &Record) -> Timing {
        let mut timing = Timing::default();
        if record.closed.is_none() {
            timing.case = self.case_deadline(plan, record);
            timing.state = self.state_deadline(plan, record);
        }
        timing.wake = [
            timing
                .case
                .and_then(|due| self.next_level(plan, record.late_level.0, due.at)),
            timing
                .state
                .and_then(|due| self.next_level(plan, record.late_level.1, due.at)),
            self.next_erasure(plan, record),
        ]
        .into_iter()
        .flatten()
        .min();
        timing
    }

    pub(crate) fn case_deadline(&self, plan: &Plan, record: &Record) -> Option<Deadline> {
        let rule = plan.due.as_ref()?;
        let span = Case::of(&self.setup, plan, record, record.opened).span(rule)?;
        self.deadline(record.opened, span, record, &record.stopped, |_| true)
    }

    pub(crate) fn state_deadline(&self, plan: &Plan, record: &Record) -> Option<Deadline> {
        let rule = plan.state_due.get(&record.state)?;
        let span = Case::of(&self.setup, plan, record, record.since).span(rule)?;
        self.deadline(record.since, span, record, &[], |at| at >= record.since)
    }

    fn deadline(
        &self,
        start: Timestamp,
        span: Span,
        record: &Record,
        stops: &[(Timestamp, Option<Timestamp>)],
        counts: impl Fn(Timestamp) -> bool,
    ) -> Option<Deadline> {
        let calendar = self.setup.calendar();
        let mut at = calendar.advance(start, span, stops)?;
        for extension in record
            .extensions
            .iter()
            .filter(|extension| counts(extension.at))
        {
            at = calendar.advance(at, extension.span, stops)?;
        }
        Some(Deadline {
            at,
            span,
            uncertain: calendar.is_uncertain(at),
        })
    }

    /// When lateness climbs to the level after `level`.
    pub(crate) fn next_level(&self, plan: &Plan, level: u32, due: Timestamp) -> Option<Timestamp> {
        if level == 0 {
            return Some(due);
        }
        let late = plan.kind().late.as_ref()?;
        if level as usize > late.then.len() {
            return None;
        }
        let period = Span {
            count: late.every.count.checked_mul(level)?,
            unit: late.every.unit,
        };
        self.setup.calendar().advance(due, period, &[])
    }

    /// When the next of a record's personal data must be erased.
    fn next_erasure(&self, plan: &Plan, record: &Record) -> Option<Timestamp> {
        record
            .personal
            .keys()
            .filter_map(|purpose| self.erasure(plan, record, purpose))
            .min()
    }

    pub(crate) fn erasure(&self, plan: &Plan, record: &Record, purpose: &str) -> Option<Timestamp> {
        let keep = &plan.kind().personal.get(purpose)?.keep;
        let from = if keep.after_closed {
            record.closed?
        } else {
            record.opened
        };
        self.setup.calendar().advance(from, keep.span, &[])
    }

    /// Whether the case's clock stands still in a state.
    pub(crate) fn stands_still(plan: &Plan, state: &str) -> bool {
        let state = plan.kind().states.get(state);
        state.is_some_and(|state| state.is_final || state.clock == Clock::Stopped)
    }
}

use gewang_pack::{Span, SpanUnit, Text};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    Deadline, Engine, Record,
    calendar::{DayNature, WorkCalendar},
    setup::{Plan, Rule},
    wording::say,
};

/// How the deadlines of a record come about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The whole case's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<Working>,
    /// The state's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<Working>,
}

/// How one deadline comes about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Working {
    /// The deadline.
    pub deadline: Deadline,
    /// From when it counts.
    pub start: Timestamp,
    /// The rule as the pack states it.
    pub rule: String,
    /// What was added to it.
    pub extensions: Vec<crate::Extension>,
    /// The stretches of time from the start to the deadline, without gaps.
    pub steps: Vec<Step>,
    /// In words.
    pub text: Text,
}

/// A stretch of time on the way to a deadline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// Whether it counts.
    pub counted: bool,
    /// Why it does or does not.
    pub why: Text,
}

/// Stretches beyond this many are told as one: nobody reads on, and a deadline may lie years ahead.
const MOST_DAYS: i32 = 400;

impl Engine {
    /// How the deadlines of a record come about, stretch by stretch.
    pub fn explain(&self, record: &Record) -> Explanation {
        let Some(plan) = self.setup.plan_at(&record.kind, record.pack) else {
            return Explanation {
                case: None,
                state: None,
            };
        };
        if record.closed.is_some() {
            return Explanation {
                case: None,
                state: None,
            };
        }
        let case = self.case_deadline(plan, record).map(|deadline| {
            let stops = &record.stopped;
            self.working(
                deadline,
                record.opened,
                plan.due.as_ref(),
                rule_text(plan, None),
                record,
                stops,
                |_| true,
            )
        });
        let state = self.state_deadline(plan, record).map(|deadline| {
            let rule = plan.state_due.get(&record.state);
            let text = rule_text(plan, Some(&record.state));
            self.working(deadline, record.since, rule, text, record, &[], |at| {
                at >= record.since
            })
        });
        Explanation { case, state }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "each is a part of one calculation"
    )]
    fn working(
        &self,
        deadline: Deadline,
        start: Timestamp,
        rule: Option<&Rule>,
        text: String,
        record: &Record,
        stops: &[(Timestamp, Option<Timestamp>)],
        counts: impl Fn(Timestamp) -> bool,
    ) -> Working {
        let calendar = self.setup.calendar();
        let extensions: Vec<_> = record
            .extensions
            .iter()
            .filter(|extension| counts(extension.at))
            .copied()
            .collect();
        let steps = steps(calendar, start, deadline.at, stops, deadline.span.unit);
        let by_limits = matches!(rule, Some(Rule::Limit));
        let civil = |at: Timestamp| calendar.civil(at).strftime("%Y-%m-%d %H:%M").to_string();
        let span = span_text(deadline.span);
        let mut zh = format!("自 {} 起 {}", civil(start), span.zh);
        let mut en = format!("{} from {}", span.en, civil(start));
        if by_limits {
            zh += "（按时限表）";
            en += " (by the table of limits)";
        }
        for extension in &extensions {
            let added = span_text(extension.span);
            zh += &format!("，延期 {}", added.zh);
            en += &format!(", extended by {}", added.en);
        }
        zh += &format!("，到 {} 为止", civil(deadline.at));
        en += &format!(", until {}", civil(deadline.at));
        if deadline.uncertain {
            zh += "；此日的节假日安排尚未公布";
            en += "; the holidays of that day are not known yet";
        }
        Working {
            deadline,
            start,
            rule: text,
            extensions,
            steps,
            text: say(zh, en),
        }
    }
}

fn rule_text(plan: &Plan, state: Option<&str>) -> String {
    let kind = plan.kind();
    let expr = match state {
        None => kind.due.as_ref(),
        Some(state) => kind.states.get(state).and_then(|state| state.due.as_ref()),
    };
    expr.map(|expr| expr.source().to_owned())
        .unwrap_or_default()
}

fn steps(
    calendar: &WorkCalendar,
    start: Timestamp,
    end: Timestamp,
    stops: &[(Timestamp, Option<Timestamp>)],
    unit: SpanUnit,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut from = start;
    for (stop, go) in stops {
        let (stop, go) = ((*stop).max(start), go.unwrap_or(end).min(end));
        if stop >= go {
            continue;
        }
        stretch(calendar, from, stop, unit, &mut steps);
        push(
            &mut steps,
            stop,
            go,
            false,
            say("中止计时", "the clock stood still"),
        );
        from = go;
    }
    stretch(calendar, from, end, unit, &mut steps);
    steps
}

/// The stretches of a time in which the clock runs.
fn stretch(
    calendar: &WorkCalendar,
    from: Timestamp,
    to: Timestamp,
    unit: SpanUnit,
    steps: &mut Vec<Step>,
) {
    if !unit.is_working() {
        push(steps, from, to, true, say("自然时间", "calendar time"));
        return;
    }
    let (first, last) = (calendar.day_number(from), calendar.day_number(to));
    if last - first > MOST_DAYS {
        push(
            steps,
            from,
            to,
            true,
            say("只计工作时间", "working time alone counts"),
        );
        return;
    }
    let mut at = from;
    for number in first..=last {
        let day = crate::calendar::date_of(number);
        let night = say("非工作时间", "outside working hours");
        let (worked, free) = match calendar.nature(day) {
            DayNature::Working => (say("工作时间", "working hours"), night.clone()),
            DayNature::MakeUp => (say("调休上班", "make-up working day"), night.clone()),
            DayNature::Weekend => (night.clone(), say("周末", "weekend")),
            DayNature::Holiday(title) => (
                night.clone(),
                say(
                    format!("节假日（{}）", title.zh),
                    format!("holiday ({})", title.en),
                ),
            ),
        };
        for (begin, end) in calendar.hours_of(day) {
            let (begin, end) = (begin.clamp(at, to), end.clamp(at, to));
            push(steps, at, begin, false, free.clone());
            push(steps, begin, end, true, worked.clone());
            at = end.max(at);
        }
        let midnight = calendar
            .start_of(crate::calendar::date_of(number + 1))
            .clamp(at, to);
        push(steps, at, midnight, false, free);
        at = midnight;
    }
}

/// Adds a stretch, joined to the last one where the same is said of both.
fn push(steps: &mut Vec<Step>, from: Timestamp, to: Timestamp, counted: bool, why: Text) {
    if from >= to {
        return;
    }
    match steps.last_mut() {
        Some(last) if last.to == from && last.counted == counted && last.why == why => last.to = to,
        _ => steps.push(Step {
            from,
            to,
            counted,
            why,
        }),
    }
}

pub(crate) fn span_text(span: Span) -> Text {
    let (zh, en) = match span.unit {
        SpanUnit::Minutes => ("分钟", "minutes"),
        SpanUnit::Hours => ("小时", "hours"),
        SpanUnit::Days => ("天", "days"),
        SpanUnit::Workhours => ("个工作小时", "working hours"),
        SpanUnit::Workdays => ("个工作日", "working days"),
    };
    let en = if span.count == 1 {
        en.trim_end_matches('s')
    } else {
        en
    };
    say(
        format!("{} {zh}", span.count),
        format!("{} {en}", span.count),
    )
}

//! Working time, and what is said of it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{Town, at, setup};
use gewang_engine::{DayNature, WorkCalendar};
use gewang_pack::{Calendar, Span};
use jiff::{Timestamp, ToSpan, civil::date};
use proptest::prelude::*;
use serde_json::json;

fn after(start: &str, span: &str) -> Timestamp {
    setup()
        .calendar()
        .advance(at(start), span.parse().unwrap(), &[])
        .unwrap()
}

#[test]
fn working_time_skips_nights_weekends_and_lunch() {
    // Friday 16:50 and four hours: 1 h 10 min on Friday, 2 h 50 min on Monday.
    assert_eq!(
        after("2026-01-09 16:50", "4 workhours"),
        at("2026-01-12 11:20")
    );
    assert_eq!(
        after("2026-01-09 16:50", "1 workday"),
        at("2026-01-12 16:50")
    );
    assert_eq!(
        after("2026-01-09 11:30", "1 workhour"),
        at("2026-01-09 14:00")
    );
    assert_eq!(
        after("2026-01-09 12:30", "1 workhour"),
        at("2026-01-09 14:30")
    );
    assert_eq!(
        after("2026-01-10 10:00", "1 workday"),
        at("2026-01-12 18:00")
    );
    assert_eq!(
        after("2026-01-09 08:30", "8 workhours"),
        at("2026-01-09 18:00"),
        "a day's end is no next morning"
    );
    assert_eq!(after("2026-01-09 16:50", "2 days"), at("2026-01-11 16:50"));
    assert_eq!(
        after("2026-01-09 16:50", "36 hours"),
        at("2026-01-11 04:50")
    );
    assert_eq!(
        after("2026-01-09 16:50", "90 minutes"),
        at("2026-01-09 18:20")
    );
}

#[test]
fn spring_festival_counts_its_make_up_days() {
    // Saturday 14 February is worked for the holiday from the 15th to the 23rd.
    assert_eq!(
        after("2026-02-13 16:00", "1 workday"),
        at("2026-02-14 16:00")
    );
    assert_eq!(
        after("2026-02-14 16:00", "1 workday"),
        at("2026-02-24 16:00")
    );
    assert_eq!(
        after("2026-02-27 16:00", "1 workday"),
        at("2026-02-28 16:00")
    );
    let calendar = setup();
    let calendar = calendar.calendar();
    assert_eq!(calendar.nature(date(2026, 2, 14)), DayNature::MakeUp);
    assert!(matches!(
        calendar.nature(date(2026, 2, 15)),
        DayNature::Holiday(_)
    ));
    assert_eq!(calendar.nature(date(2026, 3, 1)), DayNature::Weekend);
    assert!(
        calendar.is_working(at("2026-02-14 09:00")) && !calendar.is_working(at("2026-02-16 09:00"))
    );
    assert!(
        !calendar.is_working(at("2026-01-09 12:00")) && calendar.is_working(at("2026-01-09 11:59"))
    );
}

#[test]
fn a_stopped_clock_adds_what_passed() {
    let setup = setup();
    let calendar = setup.calendar();
    let span: Span = "1 workday".parse().unwrap();
    let stop = |from: &str, to: Option<&str>| (at(from), to.map(at));
    let due = |stops: &[_]| calendar.advance(at("2026-01-05 09:00"), span, stops);
    assert_eq!(due(&[]), Some(at("2026-01-06 09:00")));
    assert_eq!(
        due(&[stop("2026-01-05 10:00", Some("2026-01-05 11:00"))]),
        Some(at("2026-01-06 10:00"))
    );
    // A night adds nothing to working time.
    assert_eq!(
        due(&[stop("2026-01-05 18:00", Some("2026-01-06 08:30"))]),
        Some(at("2026-01-06 09:00"))
    );
    assert_eq!(due(&[stop("2026-01-05 10:00", None)]), None);
    assert_eq!(
        due(&[stop("2026-01-07 10:00", None)]),
        Some(at("2026-01-06 09:00")),
        "it was late before"
    );
    let hours: Span = "24 hours".parse().unwrap();
    let stops = [stop("2026-01-05 18:00", Some("2026-01-06 08:00"))];
    assert_eq!(
        calendar.advance(at("2026-01-05 09:00"), hours, &stops),
        Some(at("2026-01-06 23:00"))
    );
}

#[test]
fn a_suspended_case_stands_still_and_says_so() {
    let mut town = Town::new();
    town.report("w1", 1, "dump");
    town.does("dispatcher", 1, "dispatch", json!({}));
    assert_eq!(
        town.record(1).timing.case.unwrap().at,
        at("2026-01-12 09:00")
    );
    town.does("crew", 1, "suspend", json!({ "reason": "frost" }));
    town.does("approver", 1, "suspend.approve", json!({}));
    let still = town.record(1);
    assert_eq!((still.timing.case, still.timing.wake), (None, None));
    town.now = at("2026-01-07 09:00");
    town.does("dispatcher", 1, "resume", json!({}));
    let record = town.record(1);
    assert_eq!(record.timing.case.unwrap().at, at("2026-01-14 09:00"));
    assert_eq!(record.timing.state.unwrap().at, at("2026-01-09 09:00"));
    let why = town.world.engine().explain(&record).case.unwrap();
    assert_eq!(
        (why.deadline.at, why.rule.as_str()),
        (at("2026-01-14 09:00"), "limit()")
    );
    assert_eq!(
        why.text.en,
        "5 working days from 2026-01-05 09:00 (by the table of limits), until 2026-01-14 09:00"
    );
    assert_eq!(
        why.text.zh,
        "自 2026-01-05 09:00 起 5 个工作日（按时限表），到 2026-01-14 09:00 为止"
    );
    assert_eq!(why.steps[0].why.en, "the clock stood still");
    assert!(
        why.steps
            .iter()
            .any(|step| step.why.en == "weekend" && !step.counted)
    );
    let counted: i64 = why
        .steps
        .iter()
        .filter(|s| s.counted)
        .map(|s| (s.to - s.from).total(jiff::Unit::Second).unwrap() as i64)
        .sum();
    assert_eq!(counted, 5 * 8 * 3600, "the steps that count are the span");
    assert!(why.steps.windows(2).all(|pair| pair[0].to == pair[1].from));
}

#[test]
fn beyond_the_known_holidays_a_deadline_is_uncertain() {
    let mut town = Town::new();
    town.now = at("2026-12-30 10:00");
    town.report("w1", 1, "dump");
    let due = town.record(1).timing.case.unwrap();
    assert!(due.uncertain && due.at == at("2027-01-06 10:00"));
    let why = town.world.engine().explain(&town.record(1)).case.unwrap();
    assert!(why.text.en.contains("not known yet") && why.text.zh.contains("尚未公布"));
}

#[test]
fn clocks_that_change_are_followed() {
    let settings: Calendar = serde_json::from_value(json!({
        "hours": [["09:00:00", "17:00:00"]], "week": ["mon", "tue", "wed", "thu", "fri"], "known_until": "2030-12-31"
    }))
    .unwrap();
    let calendar = WorkCalendar::new(&settings, "America/New_York").unwrap();
    let instant = |text: &str| text.parse::<Timestamp>().unwrap();
    // Over the night of 8 March 2026 the clocks go forward.
    let start = instant("2026-03-06T16:00:00-05:00");
    assert_eq!(
        calendar.advance(start, "2 workhours".parse().unwrap(), &[]),
        Some(instant("2026-03-09T10:00:00-04:00"))
    );
    assert_eq!(
        calendar.advance(start, "3 days".parse().unwrap(), &[]),
        Some(instant("2026-03-09T16:00:00-04:00"))
    );
    assert_eq!(
        calendar.start_of(date(2026, 11, 1)),
        instant("2026-11-01T00:00:00-04:00")
    );
    assert_eq!(
        calendar.start_of(date(2026, 11, 2)),
        instant("2026-11-02T00:00:00-05:00")
    );
    assert!(WorkCalendar::new(&settings, "Mars/Olympus").is_err());
}

/// Working minutes counted one by one.
fn counted(from: Timestamp, to: Timestamp) -> i64 {
    let setup = setup();
    let mut minutes = 0;
    let mut at = from;
    while at < to {
        minutes += i64::from(setup.calendar().is_working(at));
        at += 1.minute();
    }
    minutes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn adding_working_time_agrees_with_counting_minutes(start in 0..80_000_i64, hours in 1..30_u32) {
        let setup = setup();
        let calendar = setup.calendar();
        let from = at("2026-01-05 00:00") + jiff::SignedDuration::from_mins(start);
        let to = calendar.advance(from, Span { count: hours, unit: gewang_pack::SpanUnit::Workhours }, &[]).unwrap();
        prop_assert_eq!(counted(from, to), i64::from(hours) * 60);
        prop_assert_eq!(calendar.worked_between(from, to), i64::from(hours) * 3_600_000_000);
        prop_assert!(counted(from, to - 1.minute()) < i64::from(hours) * 60, "it is the earliest such instant");
    }

    #[test]
    fn local_days_agree_with_the_time_zone(seconds in 0..3_900_000_000_i64) {
        let instant = Timestamp::from_second(seconds).unwrap();
        let setup = setup();
        let calendar = setup.calendar();
        prop_assert_eq!(calendar.day(instant), calendar.civil(instant).date());
        let start = calendar.start_of(calendar.day(instant));
        prop_assert!(start <= instant && calendar.day(start) == calendar.day(instant));
    }
}

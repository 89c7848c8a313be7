use anyhow::bail;
use gewang_engine::{Command, DayNature, OutcomeKind};
use gewang_store::Store;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::Somebody;
use super::cases::{self, Cases};
use super::chance::Chance;
use super::pace::Pace;
use super::past::Past;
use super::voices::Voices;

/// Matters that come up on a working day of the past.
const MATTERS_A_DAY: f64 = 26.0;
/// Commands posted at once.
const BATCH: usize = 500;

/// When a town with so many past days is founded: at a midnight.
pub(crate) fn beginning(now: Timestamp, days: u16) -> Timestamp {
    if days == 0 {
        return now;
    }
    // The demo's town keeps the time of China, which has had no summer time for decades.
    let zone = TimeZone::fixed(jiff::tz::offset(8));
    let first = now
        .to_zoned(zone.clone())
        .date()
        .saturating_sub(jiff::Span::new().days(i64::from(days)));
    first
        .to_zoned(zone)
        .map_or(now, |midnight| midnight.timestamp())
}

/// Lets a town just founded live from its beginning until now: matters come up, and its people deal with them.
pub(crate) fn live_through(
    store: &Store,
    founding: &[Command],
    people: Vec<Somebody>,
    begin: Timestamp,
) -> anyhow::Result<()> {
    let engine = store.engine();
    let calendar = engine.setup().calendar().clone();
    let end = Timestamp::now();
    let pace = Pace::new(calendar.clone(), begin);
    let clock = Pace::new(calendar.clone(), begin);
    let past = Past::new(store, founding, begin);
    let voices = Voices::of_the_past(past, people, &engine);
    // Another run than the day that follows it.
    let chance = Chance::new(super::SEED ^ 0x5eed);
    let mut cases =
        Cases::new(super::script()?, voices, cases::leaves(&engine), chance).paced(pace);
    let mut hour = begin;
    while hour < end {
        let next = hour.checked_add(SignedDuration::from_hours(1))?;
        let free = !matches!(
            calendar.nature(calendar.day(hour)),
            DayNature::Working | DayNature::MakeUp
        );
        let clock_hour = usize::from(calendar.civil(hour).hour().unsigned_abs());
        let mut rate = MATTERS_A_DAY * cases.share_of(clock_hour);
        if free {
            rate *= cases.free();
        }
        let count = (rate + cases.chance().share()) as usize;
        let mut minutes: Vec<f64> = (0..count)
            .map(|_| clock.minute(hour) + cases.chance().between(0.0, 60.0))
            .collect();
        minutes.sort_by(f64::total_cmp);
        for minute in minutes {
            steps(&mut cases, &clock, minute.min(clock.minute(end)));
            if clock.at(minute) < end {
                pass(&mut cases, clock.at(minute));
                cases.matter(clock_hour, minute);
            }
        }
        steps(&mut cases, &clock, clock.minute(next.min(end)));
        hour = next;
    }
    pass(&mut cases, end);
    let Some(past) = cases.into_voices().into_past() else {
        return Ok(());
    };
    for batch in past.submissions().chunks(BATCH) {
        for outcome in store.post_now(batch.to_vec())? {
            if outcome.outcome == OutcomeKind::Refused {
                bail!("what happened in memory was refused: {:?}", outcome.problem);
            }
        }
    }
    Ok(())
}

/// Takes every step due by a minute, each in its time.
fn steps(cases: &mut Cases, clock: &Pace, until: f64) {
    while let Some(due) = cases.due().filter(|due| *due <= until) {
        pass(cases, clock.at(due));
        cases.next(due);
    }
}

fn pass(cases: &mut Cases, until: Timestamp) {
    if let Some(past) = cases.voices().past() {
        past.pass(until);
    }
}

use gewang_pack::{Calendar, Span, SpanUnit, Text};
use jiff::{
    Timestamp,
    civil::{Date, DateTime, date},
    tz::TimeZone,
};

/// The instants of a town's working time, worked out once for the years that records can touch, so that adding working
/// time to an instant is two look-ups. Times are local microseconds since 1970-01-01T00:00 on the town's clocks.
#[derive(Clone, Debug)]
pub struct WorkCalendar {
    zone: TimeZone,
    /// Offsets of the zone in microseconds, each from an instant on.
    offsets: Vec<(i64, i64)>,
    /// Working hours within a day, in microseconds.
    hours: Vec<(i64, i64)>,
    /// Their sum.
    full: i64,
    /// For each day from `FIRST`: how many working days lie before it; one item more than there are days.
    before: Vec<u32>,
    /// The working days, as indexes into `before`.
    working: Vec<u32>,
    settings: Calendar,
}

/// Why a day is worked or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DayNature {
    /// An ordinary working day.
    Working,
    /// A make-up working day that would be free otherwise.
    MakeUp,
    /// A free day of the week.
    Weekend,
    /// A public holiday.
    Holiday(Text),
}

const FIRST: Date = date(1970, 1, 1);
const DAYS: usize = 130 * 365 + 32;
const DAY: i64 = 86_400_000_000;

impl WorkCalendar {
    /// The calendar of a town whose time zone is named `zone`.
    pub fn new(settings: &Calendar, zone: &str) -> Result<WorkCalendar, String> {
        let zone = TimeZone::get(zone).map_err(|error| error.to_string())?;
        let start = Timestamp::UNIX_EPOCH;
        let mut offsets = vec![(
            i64::MIN,
            i64::from(zone.to_offset(start).seconds()) * 1_000_000,
        )];
        let end = date(2100, 1, 1)
            .to_zoned(TimeZone::UTC)
            .map_or(Timestamp::MAX, |z| z.timestamp());
        for change in zone.following(start) {
            if change.timestamp() > end {
                break;
            }
            let offset = i64::from(change.offset().seconds()) * 1_000_000;
            offsets.push((change.timestamp().as_microsecond(), offset));
        }
        let mut hours: Vec<(i64, i64)> = settings
            .hours
            .iter()
            .map(|(from, to)| (time_of_day(*from), time_of_day(*to)))
            .filter(|(from, to)| from < to)
            .collect();
        hours.sort_unstable();
        let full = hours.iter().map(|(from, to)| to - from).sum();
        let mut before = Vec::with_capacity(DAYS + 1);
        let mut working = Vec::new();
        let mut day = FIRST;
        let mut known = settings.clone();
        known.workdays.sort_unstable();
        known.holidays.sort_by_key(|holiday| holiday.from);
        for index in 0..DAYS {
            before.push(working.len() as u32);
            if matches!(nature(&known, day), DayNature::Working | DayNature::MakeUp) {
                working.push(index as u32);
            }
            day = match day.tomorrow() {
                Ok(day) => day,
                Err(_) => break,
            };
        }
        before.push(working.len() as u32);
        Ok(WorkCalendar {
            zone,
            offsets,
            hours,
            full,
            before,
            working,
            settings: known,
        })
    }

    /// The town's time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The settings from which it was made.
    pub fn settings(&self) -> &Calendar {
        &self.settings
    }

    /// The local date of an instant.
    pub fn day(&self, at: Timestamp) -> Date {
        date_of(self.day_number(at))
    }

    /// The local date of an instant as days since 1970-01-01.
    pub fn day_number(&self, at: Timestamp) -> i32 {
        self.local(at).div_euclid(DAY) as i32
    }

    /// The local hour of an instant, 0 to 23.
    pub fn hour(&self, at: Timestamp) -> u8 {
        (self.local(at).rem_euclid(DAY) / (DAY / 24)) as u8
    }

    /// The local date and time of an instant.
    pub fn civil(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at)
    }

    /// The instant at which a local day begins.
    pub fn start_of(&self, day: Date) -> Timestamp {
        self.instant(i64::from(number_of(day)) * DAY)
    }

    /// Why a day is worked or not.
    pub fn nature(&self, day: Date) -> DayNature {
        nature(&self.settings, day)
    }

    /// Whether an instant lies within working hours.
    pub fn is_working(&self, at: Timestamp) -> bool {
        let local = self.local(at);
        let time = local.rem_euclid(DAY);
        self.works(local.div_euclid(DAY))
            && self
                .hours
                .iter()
                .any(|(from, to)| (*from..*to).contains(&time))
    }

    /// Whether an instant lies beyond the days for which holidays are known.
    pub fn is_uncertain(&self, at: Timestamp) -> bool {
        self.day(at) > self.settings.known_until
    }

    /// The instant at which `span` has passed since `start`, not counting the `stops` (in order, apart; the last may be
    /// open). `None` where it stands in an open stop for ever, or lies beyond the calendar.
    pub fn advance(
        &self,
        start: Timestamp,
        span: Span,
        stops: &[(Timestamp, Option<Timestamp>)],
    ) -> Option<Timestamp> {
        let mut amount = self.amount(span)?;
        let mut end = self.plus(start, span.unit, amount)?;
        for (from, to) in stops {
            let to_or_end = to.unwrap_or(Timestamp::MAX);
            if to_or_end <= start {
                continue;
            }
            if end <= *from {
                break;
            }
            let from = (*from).max(start);
            let to = (*to)?;
            if to <= from {
                continue;
            }
            amount += match span.unit.is_working() {
                true => self.worked(to) - self.worked(from),
                false => to.as_microsecond() - from.as_microsecond(),
            };
            end = self.plus(start, span.unit, amount)?;
        }
        Some(end)
    }

    /// The working time between two instants in microseconds.
    pub fn worked_between(&self, from: Timestamp, to: Timestamp) -> i64 {
        self.worked(to) - self.worked(from)
    }

    /// The spans of working time within a local day.
    pub fn hours_of(&self, day: Date) -> Vec<(Timestamp, Timestamp)> {
        let number = i64::from(number_of(day));
        if !self.works(number) {
            return Vec::new();
        }
        let start = number * DAY;
        self.hours
            .iter()
            .map(|(from, to)| (self.instant(start + from), self.instant(start + to)))
            .collect()
    }

    fn amount(&self, span: Span) -> Option<i64> {
        let unit = match span.unit {
            SpanUnit::Minutes => 60_000_000,
            SpanUnit::Hours | SpanUnit::Workhours => 3_600_000_000,
            SpanUnit::Days => DAY,
            SpanUnit::Workdays => self.full,
        };
        i64::from(span.count).checked_mul(unit)
    }

    fn plus(&self, start: Timestamp, unit: SpanUnit, amount: i64) -> Option<Timestamp> {
        match unit {
            SpanUnit::Workhours | SpanUnit::Workdays if amount == 0 => Some(start),
            SpanUnit::Workhours | SpanUnit::Workdays => self.reach(self.worked(start) + amount),
            // Civil days: the same time of day, whatever the clocks did in between.
            SpanUnit::Days => Some(self.instant(self.local(start).checked_add(amount)?)),
            SpanUnit::Hours | SpanUnit::Minutes => {
                Timestamp::from_microsecond(start.as_microsecond().checked_add(amount)?).ok()
            }
        }
    }

    /// Working time before an instant, from the calendar's first day on.
    fn worked(&self, at: Timestamp) -> i64 {
        let local = self.local(at);
        let day = local.div_euclid(DAY);
        if day < 0 {
            return 0;
        }
        let index = (day as usize).min(DAYS);
        let whole = i64::from(self.before[index.min(self.before.len() - 1)]) * self.full;
        if !self.works(day) {
            return whole;
        }
        let time = local.rem_euclid(DAY);
        whole
            + self
                .hours
                .iter()
                .map(|(from, to)| time.clamp(*from, *to) - from)
                .sum::<i64>()
    }

    /// The first instant before which so much working time lies.
    fn reach(&self, amount: i64) -> Option<Timestamp> {
        if self.full == 0 || amount <= 0 {
            return None;
        }
        // A deadline at the very end of a day stays there and does not slide to the next morning.
        let nth = (amount - 1) / self.full;
        let mut rest = amount - nth * self.full;
        let day = i64::from(*self.working.get(usize::try_from(nth).ok()?)?);
        for (from, to) in &self.hours {
            if rest <= to - from {
                return Some(self.instant(day * DAY + from + rest));
            }
            rest -= to - from;
        }
        None
    }

    fn works(&self, day: i64) -> bool {
        let Ok(index) = usize::try_from(day) else {
            return false;
        };
        index + 1 < self.before.len() && self.before[index + 1] > self.before[index]
    }

    fn local(&self, at: Timestamp) -> i64 {
        let instant = at.as_microsecond();
        instant.saturating_add(self.offset(instant))
    }

    fn offset(&self, instant: i64) -> i64 {
        let next = self.offsets.partition_point(|(from, _)| *from <= instant);
        self.offsets[next.max(1) - 1].1
    }

    /// The instant of a local time: the earlier one where clocks are set back, as much later as they are set forward.
    fn instant(&self, local: i64) -> Timestamp {
        let earlier = self.offset(local.saturating_sub(DAY));
        let later = self.offset(local.saturating_add(DAY));
        let first = local - earlier;
        let instant = if self.offset(first) == earlier || self.offset(local - later) != later {
            first
        } else {
            local - later
        };
        Timestamp::from_microsecond(instant).unwrap_or(Timestamp::MAX)
    }
}

fn time_of_day(time: jiff::civil::Time) -> i64 {
    let seconds =
        i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    seconds * 1_000_000 + i64::from(time.subsec_nanosecond()) / 1000
}

fn nature(settings: &Calendar, day: Date) -> DayNature {
    let in_week = settings.week.contains(&day.weekday());
    if settings.workdays.binary_search(&day).is_ok() {
        return if in_week && holiday(settings, day).is_none() {
            DayNature::Working
        } else {
            DayNature::MakeUp
        };
    }
    match holiday(settings, day) {
        Some(title) => DayNature::Holiday(title.clone()),
        None if in_week => DayNature::Working,
        None => DayNature::Weekend,
    }
}

fn holiday(settings: &Calendar, day: Date) -> Option<&Text> {
    settings
        .holidays
        .iter()
        .take_while(|h| h.from <= day)
        .find(|h| day <= h.to)
        .map(|holiday| &holiday.title)
}

/// Days since 1970-01-01, by the algorithm of Howard Hinnant's `days_from_civil`.
pub(crate) fn number_of(day: Date) -> i32 {
    let (month, of_month) = (i32::from(day.month()), i32::from(day.day()));
    let year = i32::from(day.year()) - i32::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + of_month - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date so many days after 1970-01-01 (Hinnant's `civil_from_days`), clamped to the years that dates know.
pub(crate) fn date_of(number: i32) -> Date {
    let shifted = number + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i32::from(month <= 2);
    Date::new(year as i16, month as i8, day as i8).unwrap_or(Date::MAX)
}

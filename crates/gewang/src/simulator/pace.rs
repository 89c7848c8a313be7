use gewang_engine::WorkCalendar;
use jiff::{SignedDuration, Timestamp};

/// How long things take where days are lived whole: offices work in working hours, the grid from morning to evening, and
/// what is urgent at any hour.
pub(crate) struct Pace {
    calendar: WorkCalendar,
    /// When the minutes began.
    begin: Timestamp,
}

/// Working minutes that are kept free for review, verification and closing.
const AFTERWARDS: f64 = 240.0;

/// A step to be taken.
pub(crate) struct Step<'s> {
    /// The state from which it leads.
    pub state: &'s str,
    /// Minutes that a demo's day would take for it.
    pub wait: f64,
    /// Whether the case is urgent.
    pub urgent: bool,
    /// Whether it is taken too late.
    pub late: bool,
    /// By when the case must be closed.
    pub due: Option<Timestamp>,
}

impl Pace {
    /// Minutes are counted from `begin`.
    pub fn new(calendar: WorkCalendar, begin: Timestamp) -> Pace {
        Pace { calendar, begin }
    }

    /// The instant of a minute.
    pub fn at(&self, minute: f64) -> Timestamp {
        let passed = SignedDuration::from_millis((minute * 60_000.0) as i64);
        self.begin.checked_add(passed).unwrap_or(self.begin)
    }

    /// The minute of an instant.
    pub fn minute(&self, at: Timestamp) -> f64 {
        at.duration_since(self.begin).as_secs_f64() / 60.0
    }

    /// The minute at which a step is taken that could be taken from `minute` on; `share`, from 0 to 1, says how soon of
    /// those moments that are usual.
    pub fn after(&self, minute: f64, step: &Step<'_>, share: f64) -> f64 {
        if step.urgent {
            return minute + step.wait;
        }
        match step.state {
            // Dispatchers sit there from early to late, on every day.
            "reported" | "registered" => self.waking(minute + step.wait),
            "handling" => {
                let now = self.at(minute);
                let due = step.due.unwrap_or(now).max(now);
                let room = self.calendar.worked_between(now, due) as f64 / 60e6;
                // What is to be done afterwards takes some hours too.
                let room = (room - AFTERWARDS).max(60.0);
                self.worked(
                    minute,
                    if step.late {
                        room + AFTERWARDS + share * 900.0
                    } else {
                        room * (0.15 + 0.8 * share)
                    },
                )
            }
            "suspended" => self.worked(minute, step.wait * 10.0),
            _ => self.worked(minute, step.wait * 1.6),
        }
    }

    /// The same minute, or the next morning.
    fn waking(&self, minute: f64) -> f64 {
        let local = self.calendar.civil(self.at(minute));
        let hour = f64::from(local.hour()) + f64::from(local.minute()) / 60.0;
        let wait_h = if hour < 7.5 {
            7.5 - hour
        } else if hour > 21.0 {
            31.5 - hour
        } else {
            return minute;
        };
        minute + wait_h * 60.0
    }

    /// When so many minutes of working time have passed.
    fn worked(&self, minute: f64, minutes: f64) -> f64 {
        let start = self.at(minute);
        let mut left = minutes;
        let mut day = self.calendar.day(start);
        for _ in 0..120 {
            for (from, to) in self.calendar.hours_of(day) {
                let from = from.max(start);
                let room = to.duration_since(from).as_secs_f64() / 60.0;
                if room <= 0.0 {
                    continue;
                }
                if left <= room {
                    return self.minute(from) + left;
                }
                left -= room;
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        minute + minutes
    }
}

//! A believable working day, lived through ordinary commands alone: over HTTP, signed in as people of the demo or
//! without an account. It knows no more than any other client, follows what the server offers, and takes a refusal as
//! people do: it notes it and goes on.

mod canvas;
mod cases;
mod chance;
mod form;
mod history;
mod pace;
mod past;
mod picture;
mod scenes;
mod script;
mod voices;
mod ways;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use gewang_engine::{Engine, Record, Seat};
use gewang_store::{Filter, Order, Reader, Store};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use cases::Cases;
use chance::Chance;
pub(crate) use history::{beginning, live_through};
use script::Script;
use voices::Voices;

/// Matters that come up on a working day.
const MATTERS_A_DAY: f64 = 160.0;
/// The hour at which the day begins, whatever the clock says: a demo shows no empty night.
const MORNING: f64 = 8.0;
/// What happens is the same in every run.
const SEED: u64 = 20_200_302;

/// Somebody of the demo who can sign in.
#[derive(Clone, Debug)]
pub(crate) struct Somebody {
    /// The account.
    pub account: String,
    /// The person's record.
    pub person: Uuid,
    /// The posts: kind and seat.
    pub posts: Vec<(String, Seat)>,
}

/// What the simulator says and how often.
fn script() -> anyhow::Result<Script> {
    let text = crate::carried::file("zhoutie", "simulator.yaml")
        .context("the program carries no script of the day")?;
    Script::read(text).context("simulator.yaml")
}

/// Everybody who can sign in.
pub(crate) fn people(store: &Store) -> anyhow::Result<Vec<Somebody>> {
    let engine = store.engine();
    let now = Timestamp::now();
    let mut people: Vec<Somebody> = store
        .read_now(Reader::accounts)?
        .into_iter()
        .filter(|account| !account.disabled)
        .map(|account| Somebody {
            posts: engine
                .roster()
                .posts_of(account.person, now)
                .map(|held| (held.post.clone(), held.seat.clone()))
                .collect(),
            person: account.person,
            account: account.name,
        })
        .collect();
    people.sort_by(|a, b| a.account.cmp(&b.account));
    Ok(people)
}

/// The cases that are under way, the oldest first.
pub(crate) fn under_way(store: &Store) -> anyhow::Result<Vec<Arc<Record>>> {
    let filter = Filter {
        kinds: vec![cases::KIND.into()],
        open: Some(true),
        ..Filter::default()
    };
    let page =
        store.read_now(|reader| reader.records(&filter, Order::Oldest, None, 500, &|_| true))?;
    Ok(page.records)
}

/// A simulated day under way.
pub(crate) struct Simulator {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Simulator {
    /// Begins the day. `speed`: how many of its minutes pass in one minute.
    pub fn start(
        url: &str,
        speed: f64,
        engine: &Engine,
        people: Vec<Somebody>,
        under_way: Vec<Arc<Record>>,
    ) -> anyhow::Result<Simulator> {
        let script = script()?;
        let stop = Arc::new(AtomicBool::new(false));
        let voices = Voices::new(url, people, engine);
        let zone = TimeZone::get(&engine.setup().town().time_zone)?;
        let free = !matches!(
            engine
                .setup()
                .calendar()
                .nature(Timestamp::now().to_zoned(zone).date()),
            gewang_engine::DayNature::Working | gewang_engine::DayNature::MakeUp
        );
        let cells = cases::leaves(engine);
        let stopped = stop.clone();
        let thread = std::thread::Builder::new()
            .name("gewang-simulator".into())
            .spawn(move || {
                let mut cases = Cases::new(script, voices, cells, Chance::new(SEED));
                // They move in the course of the day, and not all at once.
                for record in &under_way {
                    let minute = cases.chance().between(5.0, 900.0);
                    cases.take_up(record, minute);
                }
                live(cases, speed, free, &stopped);
            })?;
        Ok(Simulator { stop, thread })
    }

    /// Ends it after what is under way.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Release);
        self.thread.thread().unpark();
        // A day that panicked has printed why, and the server's own end must not depend on it.
        let _ = self.thread.join();
    }
}

/// Lets the minutes pass.
fn live(mut cases: Cases, speed: f64, free: bool, stop: &AtomicBool) {
    let begun = Instant::now();
    let mut next_matter = 0.0;
    while !stop.load(Ordering::Acquire) {
        let minute = begun.elapsed().as_secs_f64() / 60.0 * speed;
        if minute >= next_matter {
            let hour = ((MORNING + minute / 60.0) as usize) % 24;
            let rate = MATTERS_A_DAY
                * cases.share_of(hour).max(0.004)
                * if free { cases.free() } else { 1.0 }
                / 60.0;
            cases.matter(hour, minute);
            // The gaps between events that know nothing of one another are exponential; cut, so that none is endless.
            next_matter = minute + (-cases.chance().between(1e-6, 1.0).ln()).min(4.0) / rate;
        } else if !cases.next(minute) {
            let wait = next_matter.min(cases.due().unwrap_or(f64::INFINITY)) - minute;
            let seconds = (wait / speed * 60.0).clamp(0.005, 1.0);
            std::thread::park_timeout(Duration::from_secs_f64(seconds));
        }
    }
}

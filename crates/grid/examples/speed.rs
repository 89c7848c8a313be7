//! How fast the crate is on a made-up town: `cargo run --release -p gewang-grid --example speed [CELLS]`.
//!
//! `gewang bench grid` measures the same beside what else could do the work.

use std::time::Duration;

use gewang_grid::{Locator, Partition, Reading, check, sample};

fn main() {
    let cells = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(100_000);
    let town = sample::Town::new(cells, 7);
    for (name, layer) in [("whole", town.layer()), ("spoilt", town.spoilt().0)] {
        let reading = Reading::guessed(&layer);
        for _ in 0..5 {
            let start = Clock::start();
            let verdict = check(&layer, None, &reading).expect("it can be read");
            let ms = start.seconds() * 1e3;
            println!(
                "check {name}: {ms:.0} ms, {} defects",
                verdict.defects.len()
            );
        }
    }
    let layer = town.layer();
    let start = Clock::start();
    let partition = Partition::from_layer(&layer, &Reading::guessed(&layer)).expect("a partition");
    println!("partition: {:.0} ms", start.seconds() * 1e3);
    let start = Clock::start();
    let locator = Locator::new(&partition);
    let places: usize = layer
        .features
        .iter()
        .flat_map(|f| f.shape.iter().flatten().flatten())
        .map(Vec::len)
        .sum();
    println!(
        "locator: {:.0} ms, {:.2} times the WKB",
        start.seconds() * 1e3,
        locator.size_bytes() as f64 / (places * 16 + cells * 13) as f64
    );
    let places = sample::places(partition.bounds(), 1_000_000, 7);
    for _ in 0..5 {
        let start = Clock::start();
        let found = places
            .iter()
            .filter(|place| locator.locate(**place).is_some())
            .count();
        let one = places.len() as f64 / start.seconds() / 1e6;
        let mut answers = vec![None; places.len()];
        let start = Clock::start();
        locator.locate_all(&places, &mut answers);
        let all = places.len() as f64 / start.seconds() / 1e6;
        println!("locate: {one:.1} M places a second one by one, {all:.1} at once, {found} inside");
    }
}

/// Processor time where the system tells it, so that a busy machine doesn't count; otherwise time as it passes.
struct Clock {
    used: Duration,
}

impl Clock {
    fn start() -> Clock {
        Clock { used: used() }
    }

    fn seconds(&self) -> f64 {
        (used() - self.used).as_secs_f64()
    }
}

/// What the process used so far, all threads together.
fn used() -> Duration {
    let of = |task: std::io::Result<std::fs::DirEntry>| {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    };
    let tasks = std::fs::read_dir("/proc/self/task");
    Duration::from_nanos(tasks.map_or(0, |tasks| tasks.filter_map(of).sum()))
}

//! How fast the crate is on a made-up town: `cargo run --release -p gewang-grid --example speed [CELLS]`.
//!
//! `gewang bench grid` measures the same beside what else could do the work.

use std::time::{Duration, Instant};

use gewang_grid::{Arc, Coord, Editor, Locator, Partition, Reading, check, sample};

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
    let mut built = Vec::new();
    let mut build = || {
        let start = (Instant::now(), Clock::start());
        let locator = Locator::new(&partition);
        let wall_ms = start.0.elapsed().as_secs_f64() * 1e3;
        built.push(format!("{wall_ms:.0} ({:.0})", start.1.seconds() * 1e3));
        locator
    };
    for _ in 0..4 {
        build();
    }
    let locator = build();
    let places: usize = layer
        .features
        .iter()
        .flat_map(|f| f.shape.iter().flatten().flatten())
        .map(Vec::len)
        .sum();
    println!(
        "locator: {} ms by the wall (by this thread), {:.2} times the WKB",
        built.join(", "),
        locator.size_bytes() as f64 / (places * 16 + cells * 13) as f64
    );
    edits(&partition);
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

/// Moves a vertex of each of many borders there and back again.
fn edits(partition: &Partition) {
    let start = Clock::start();
    let mut editor = Editor::new(partition);
    println!("editor: {:.0} ms", start.seconds() * 1e3);
    let inner = partition
        .arcs()
        .iter()
        .filter(|arc| arc.left.is_some() && arc.right.is_some());
    let all: Vec<&Arc> = inner.collect();
    let mut took: Vec<f64> = Vec::new();
    for arc in all.iter().step_by(all.len() / 1000 + 1) {
        for place in [arc.points[0], arc.points[arc.points.len() / 2]] {
            let to = Coord::from_units(place.lon_units() + 20, place.lat_units() + 20);
            let start = Instant::now();
            let made = editor.move_vertex(place, to.expect("near a place that is one"));
            took.push(start.elapsed().as_secs_f64() * 1e6);
            if made.is_ok() {
                editor.undo();
            }
        }
    }
    took.sort_by(f64::total_cmp);
    println!(
        "edit: {:.0} µs at the median, {:.0} for 99 of 100",
        took[took.len() / 2],
        took[took.len() * 99 / 100]
    );
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

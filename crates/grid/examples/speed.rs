//! How fast the crate is on a made-up town: `cargo run --release -p gewang-grid --example speed [CELLS]`.
//!
//! `gewang bench grid` measures the same beside what else could do the work.

use std::time::Instant;

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
            let start = Instant::now();
            let verdict = check(&layer, None, &reading).expect("it can be read");
            let ms = start.elapsed().as_secs_f64() * 1e3;
            println!(
                "check {name}: {ms:.0} ms, {} defects",
                verdict.defects.len()
            );
        }
    }
    let layer = town.layer();
    let start = Instant::now();
    let partition = Partition::from_layer(&layer, &Reading::guessed(&layer)).expect("a partition");
    println!("partition: {:.0} ms", start.elapsed().as_secs_f64() * 1e3);
    let start = Instant::now();
    let locator = Locator::new(&partition);
    let places: usize = layer
        .features
        .iter()
        .flat_map(|f| f.shape.iter().flatten().flatten())
        .map(Vec::len)
        .sum();
    println!(
        "locator: {:.0} ms, {:.2} times the WKB",
        start.elapsed().as_secs_f64() * 1e3,
        locator.size_bytes() as f64 / (places * 16 + cells * 13) as f64
    );
    let places = sample::places(partition.bounds(), 1_000_000, 7);
    for _ in 0..5 {
        let start = Instant::now();
        let found = places
            .iter()
            .filter(|place| locator.locate(**place).is_some())
            .count();
        let one = places.len() as f64 / start.elapsed().as_secs_f64() / 1e6;
        let mut answers = vec![None; places.len()];
        let start = Instant::now();
        locator.locate_all(&places, &mut answers);
        let all = places.len() as f64 / start.elapsed().as_secs_f64() / 1e6;
        println!("locate: {one:.1} M places a second one by one, {all:.1} at once, {found} inside");
    }
}

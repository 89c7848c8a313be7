//! The demo town's cells are what the generator draws, and a partition.

use std::path::Path;

use gewang_grid::{Coord, Locator, Partition, Reading};

#[allow(
    dead_code,
    reason = "its main writes to standard output, which the test doesn't need"
)]
#[path = "../examples/zhoutie.rs"]
mod zhoutie;

fn file() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/zhoutie/cells.geojson");
    std::fs::read_to_string(path).expect("the pack has its cells")
}

#[test]
fn the_file_is_what_the_generator_draws() {
    assert!(
        zhoutie::text() == file(),
        "run: cargo run -p gewang-grid --example zhoutie > packs/zhoutie/cells.geojson"
    );
}

#[test]
fn the_town_is_a_partition_that_says_it_is_made_up() {
    let town = Partition::from_geojson(file().as_bytes(), &Reading::default()).unwrap();
    let of_level = |level: &str| {
        town.cells()
            .iter()
            .filter(|cell| cell.level == level)
            .count()
    };
    assert_eq!(of_level("town"), 1);
    assert_eq!(of_level("village"), 18);
    assert!(town.leaves().count() >= 60);
    assert_eq!(town.leaves().count(), of_level("cell"));
    assert_eq!(town.about()["made_up"], true);
    let km2 = town.area_m2(town.root()) / 1e6;
    assert!((km2 - 73.0).abs() < 2.0, "{km2}");
    // Every village hangs together, and so does the town.
    for index in town.indices() {
        assert_eq!(town.polygons(index).len(), 1, "{}", town.cell(index).id);
        assert_eq!(town.polygons(index)[0].len(), 1, "{}", town.cell(index).id);
    }
    for leaf in town.leaves() {
        let households = town.cell(leaf).attributes["households"].as_u64().unwrap();
        assert!((180..=520).contains(&households));
    }
}

#[test]
fn known_places_lie_where_they_should() {
    let town = Partition::from_geojson(file().as_bytes(), &Reading::default()).unwrap();
    let locator = Locator::new(&town);
    let at = |lon, lat| Coord::from_degrees(lon, lat).unwrap();
    let seat = locator.locate(at(119.99542, 31.43889)).unwrap();
    let community = town.index_of("zhoutie-shequ").unwrap();
    assert!(town.is_below(seat, community));
    // Neighbouring towns, after GeoNames: Fangqiao, Wanshi, Xueyan, and Maji across the water.
    for (lon, lat, side) in [
        (119.9352, 31.41524, "south-west"),
        (119.92749, 31.47587, "west"),
        (120.09471, 31.51006, "north-east"),
        (120.10229, 31.43945, "east"),
    ] {
        assert_eq!(locator.locate(at(lon, lat)), None);
        assert_eq!(town.outside(at(lon, lat)).direction.en(), side);
    }
}

//! Real requests imported: each in its county, opened and closed at its own time, and a second time changing nothing.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Caller, Served, run, run_with_input, stderr, stdout};

const PASSWORD: &str = "brackish-Kettle-99";

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/boston")
        .join(name)
}

fn counties() -> PathBuf {
    support::repository().join("crates/grid/tests/data/us_newengland_counties_10m.geojson")
}

/// Founds the town of the requests.
fn found(dir: &Path) {
    let output = run_with_input(
        &[
            "init",
            "--data",
            dir.to_str().unwrap(),
            "--town",
            data("town.yaml").to_str().unwrap(),
            "--packs",
            data("requests").to_str().unwrap(),
            "--cells",
            counties().to_str().unwrap(),
            "--cell-id",
            "code",
            "--cell-name",
            "name",
            "--cell-parent",
            "parent",
            "--admin",
            "clerk",
            "--password-stdin",
        ],
        &format!("{PASSWORD}\n"),
    );
    assert!(output.status.success(), "{}", stderr(&output));
}

fn import(dir: &Path, file: &Path, more: &[&str]) -> (i32, Value) {
    let mut args = vec![
        "import",
        file.to_str().unwrap(),
        "--kind",
        "requests.request",
        "--data",
        dir.to_str().unwrap(),
        "--format",
        "json",
    ];
    let map = data("map.yaml");
    args.extend(["--map", map.to_str().unwrap()]);
    args.extend(more);
    let output = run(&args);
    let code = output.status.code().unwrap();
    let report =
        serde_json::from_str(&stdout(&output)).unwrap_or_else(|_| panic!("{}", stderr(&output)));
    (code, report)
}

/// The county of a point by even and odd crossings of its outlines, for comparison with what the grid says.
fn county(features: &[Value], lon: f64, lat: f64) -> Option<String> {
    let crossings = |ring: &Value| {
        let points: Vec<(f64, f64)> = ring
            .as_array()
            .unwrap()
            .iter()
            .map(|p| (p[0].as_f64().unwrap(), p[1].as_f64().unwrap()))
            .collect();
        points
            .windows(2)
            .filter(|pair| {
                let ((x1, y1), (x2, y2)) = (pair[0], pair[1]);
                (y1 > lat) != (y2 > lat) && lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1
            })
            .count()
    };
    let inside = |feature: &&Value| {
        let shape = &feature["geometry"]["coordinates"];
        let polygons = match feature["geometry"]["type"].as_str() {
            Some("Polygon") => vec![shape.clone()],
            _ => shape.as_array().unwrap().clone(),
        };
        polygons.iter().any(|rings| {
            rings
                .as_array()
                .unwrap()
                .iter()
                .map(crossings)
                .sum::<usize>()
                % 2
                == 1
        })
    };
    features
        .iter()
        .find(inside)
        .map(|feature| feature["properties"]["code"].as_str().unwrap().to_owned())
}

/// What the clocks of Boston said, as an instant.
fn instant(text: &str) -> jiff::Timestamp {
    text.parse::<jiff::civil::DateTime>()
        .unwrap()
        .in_tz("America/New_York")
        .unwrap()
        .timestamp()
}

/// All requests, by their case numbers.
fn requests(caller: &Caller) -> HashMap<String, Value> {
    let mut all = HashMap::new();
    let mut cursor = String::new();
    loop {
        let answer = caller
            .get(&format!(
                "/api/v1/records?kind=requests.request&limit=100{cursor}"
            ))
            .body;
        for record in answer["records"]
            .as_array()
            .unwrap_or_else(|| panic!("{answer}"))
        {
            all.insert(
                record["fields"]["case"].as_str().unwrap().to_owned(),
                record.clone(),
            );
        }
        match answer["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return all,
        }
    }
}

#[test]
fn a_hundred_requests_of_boston() {
    let dir = tempfile::tempdir().unwrap();
    found(dir.path());
    let file = data("boston311_2022_100.csv");

    let (code, dry) = import(dir.path(), &file, &["--dry-run"]);
    assert_eq!(
        (code, &dry["sums"]["done"], &dry["dry_run"]),
        (0, &100.into(), &true.into()),
        "{dry}"
    );
    let (code, first) = import(dir.path(), &file, &[]);
    assert_eq!(
        (code, &first["sums"]["done"], &first["sums"]["commands"]),
        (0, &100.into(), &185.into()),
        "{first}"
    );
    let (code, second) = import(dir.path(), &file, &[]);
    assert_eq!(
        (
            code,
            &second["sums"]["repeated"],
            &second["sums"]["commands"]
        ),
        (0, &100.into(), &0.into()),
        "{second}"
    );
    assert!(
        run(&["verify", "--data", dir.path().to_str().unwrap()])
            .status
            .success()
    );

    let drawing: Value =
        serde_json::from_str(&std::fs::read_to_string(counties()).unwrap()).unwrap();
    let features = drawing["features"].as_array().unwrap();
    let served = Served::start(dir.path(), "clerk", PASSWORD);
    let records = requests(&served.caller);
    assert_eq!(records.len(), 100);
    let (mut wanted, mut came) = (BTreeMap::new(), BTreeMap::new());
    for row in csv::Reader::from_path(&file)
        .unwrap()
        .deserialize::<HashMap<String, String>>()
    {
        let row = row.unwrap();
        let record = &records[&row["case_enquiry_id"]];
        let cell = county(
            features,
            row["longitude"].parse().unwrap(),
            row["latitude"].parse().unwrap(),
        )
        .unwrap();
        assert_eq!(record["cell"], cell.as_str(), "{}", row["case_enquiry_id"]);
        *wanted.entry(cell).or_insert(0) += 1;
        *came
            .entry(record["cell"].as_str().unwrap().to_owned())
            .or_insert(0) += 1;
        let time = |key: &str| {
            record[key]
                .as_str()
                .map(|text| text.parse::<jiff::Timestamp>().unwrap())
        };
        assert_eq!(time("opened"), Some(instant(&row["open_dt"])));
        let closed = (row["case_status"] == "Closed").then(|| instant(&row["closed_dt"]));
        let full = served
            .caller
            .get(&format!(
                "/api/v1/records/{}",
                record["id"].as_str().unwrap()
            ))
            .body;
        assert_eq!(
            full["closed"]
                .as_str()
                .map(|text| text.parse::<jiff::Timestamp>().unwrap()),
            closed
        );
        assert_eq!(full["fields"]["title"], row["case_title"].trim());
    }
    assert_eq!(wanted, came);
    assert_eq!(
        came,
        BTreeMap::from([("25021".to_owned(), 1), ("25025".to_owned(), 99)])
    );
}

#[test]
fn a_row_that_is_refused_is_told_and_nothing_of_it_stays() {
    let dir = tempfile::tempdir().unwrap();
    found(dir.path());
    let text = std::fs::read_to_string(data("boston311_2022_100.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let heading = reader.headers().unwrap().clone();
    let at = |name: &str| heading.iter().position(|column| column == name).unwrap();
    let closed: Vec<Vec<String>> = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>())
        .filter(|row: &Vec<String>| row[at("case_status")] == "Closed")
        .take(5)
        .collect();
    let mut rows = closed.clone();
    // In the sea; without what its second step needs; from a source nobody knows; a time that is none.
    rows[0][at("longitude")] = "-60.0".into();
    rows[1][at("closure_reason")] = String::new();
    rows[2][at("source")] = "Pigeon".into();
    rows[3][at("open_dt")] = "yesterday".into();
    let write = |rows: &[Vec<String>]| {
        let file = dir.path().join("rows.csv");
        let mut writer = csv::Writer::from_path(&file).unwrap();
        writer.write_record(&heading).unwrap();
        rows.iter()
            .for_each(|row| writer.write_record(row).unwrap());
        writer.flush().unwrap();
        file
    };
    let (code, report) = import(dir.path(), &write(&rows), &[]);
    assert_eq!(
        (code, &report["sums"]["done"], &report["sums"]["refused"]),
        (1, &1.into(), &4.into()),
        "{report}"
    );
    let refused: Vec<(u64, &str, &str)> = report["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["row"].as_u64().unwrap(),
                one["code"].as_str().unwrap(),
                one["columns"][0].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        refused,
        [
            (2, "outside_domain", "longitude"),
            (3, "required", "closure_reason"),
            (4, "not_mapped", "source"),
            (5, "not_a_time", "open_dt"),
        ]
    );
    {
        let served = Served::start(dir.path(), "clerk", PASSWORD);
        assert_eq!(
            requests(&served.caller).len(),
            1,
            "a row is in as a whole or not at all"
        );
    }
    // Corrected, the rest goes in.
    let (code, report) = import(dir.path(), &write(&closed), &[]);
    assert_eq!(
        (code, &report["sums"]["done"], &report["sums"]["repeated"]),
        (0, &4.into(), &1.into()),
        "{report}"
    );
}

#[test]
fn a_table_without_the_columns_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    found(dir.path());
    let file = dir.path().join("other.csv");
    std::fs::write(&file, "case_enquiry,open dt,longitude\n1,2,3\n").unwrap();
    let map = data("map.yaml");
    let output = run(&[
        "import",
        file.to_str().unwrap(),
        "--kind",
        "requests.request",
        "--map",
        map.to_str().unwrap(),
        "--data",
        dir.path().to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    for line in [
        "open_dt (is it \"open dt\"?)",
        "case_enquiry_id (is it \"case_enquiry\"?)",
        "latitude",
        "closure_reason",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
}

#[test]
fn a_password_that_everybody_knows_founds_no_town() {
    for weak in ["short", "password123", "gewang-demo", "1234567890"] {
        let dir = tempfile::tempdir().unwrap();
        let output = run_with_input(
            &[
                "init",
                "--data",
                dir.path().to_str().unwrap(),
                "--town",
                data("town.yaml").to_str().unwrap(),
                "--packs",
                data("requests").to_str().unwrap(),
                "--cells",
                counties().to_str().unwrap(),
                "--cell-id",
                "code",
                "--cell-name",
                "name",
                "--cell-parent",
                "parent",
                "--admin",
                "clerk",
                "--password-stdin",
            ],
            weak,
        );
        assert_eq!(output.status.code(), Some(2), "{weak}");
        assert!(stderr(&output).contains("password"), "{}", stderr(&output));
        assert!(!dir.path().join("gewang.sqlite").exists());
    }
}

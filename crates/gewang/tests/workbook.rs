//! A register kept in Excel becomes cases of the demo town; what is wrong in it is told by row, column and cell.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use support::{Demo, run, stderr, stdout};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/workbook")
        .join(name)
}

fn import(town: &Path, file: &Path, map: &Path, more: &[&str]) -> std::process::Output {
    let mut args = vec![
        "import",
        file.to_str().unwrap(),
        "--kind",
        "governance.matter",
        "--map",
    ];
    args.extend([map.to_str().unwrap(), "--data", town.to_str().unwrap()]);
    args.extend(more);
    run(&args)
}

/// The demo town, founded and left.
fn town() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    Demo::start(dir.path()).stop();
    dir
}

fn report(output: &std::process::Output) -> Value {
    serde_json::from_str(&stdout(output)).unwrap_or_else(|_| panic!("{}", stderr(output)))
}

#[test]
fn a_register_of_excel_becomes_cases() {
    let dir = town();
    let first = import(
        dir.path(),
        &data("matters.xlsx"),
        &data("map.yaml"),
        &["--format", "json"],
    );
    let told = report(&first);
    assert_eq!(first.status.code(), Some(0), "{told}");
    assert_eq!(told["sums"]["done"], 6);
    assert_eq!(told["sums"]["commands"], 8, "six reports and two notes");
    assert_eq!(told["read_as"], "xlsx: 事件台账");
    let again = report(&import(
        dir.path(),
        &data("matters.xlsx"),
        &data("map.yaml"),
        &["--format", "json"],
    ));
    assert_eq!(
        (&again["sums"]["repeated"], &again["sums"]["commands"]),
        (&json!(6), &json!(0))
    );

    let demo = Demo::start(dir.path());
    let admin = demo.sign_in("admin");
    let listed = admin
        .get("/api/v1/records?kind=governance.matter&limit=100")
        .body;
    let records = listed["records"].as_array().unwrap();
    assert_eq!(records.len(), 6);
    let find = |summary: &str| {
        records
            .iter()
            .map(|record| {
                let id = record["id"].as_str().unwrap();
                admin.get(&format!("/api/v1/records/{id}")).body
            })
            .find(|record| record["fields"]["summary"] == summary)
            .unwrap_or_else(|| panic!("{summary}"))
    };
    // Excel keeps days and their parts as numbers: the seconds must not slip.
    for (summary, opened, cell, category) in [
        (
            "菜场东门垃圾堆放三天未清",
            "2026-03-02T01:15:00Z",
            "penggan-01",
            "litter",
        ),
        (
            "村口第三盏路灯不亮",
            "2026-03-02T08:50:30Z",
            "penggan-02",
            "streetlight",
        ),
        (
            "早市摊位占用机动车道",
            "2026-03-02T16:00:00Z",
            "penggan-03",
            "street_vending",
        ),
        (
            "路中井盖缺失，已放警示桩",
            "2026-03-04T03:00:00Z",
            "huguang-01",
            "manhole",
        ),
    ] {
        let record = find(summary);
        assert_eq!(record["opened"], opened, "{summary}");
        assert_eq!(record["cell"], cell, "{summary}");
        assert_eq!(record["fields"]["category"], category, "{summary}");
    }
    let noted = find("夜间施工噪声");
    let id = noted["id"].as_str().unwrap();
    let journal = admin.get(&format!("/api/v1/records/{id}/journal")).body;
    assert!(
        journal
            .to_string()
            .contains("第二次反映（原台账 20260303002）"),
        "{journal}"
    );
}

#[test]
fn a_wrong_register_is_told_by_row_and_column() {
    let dir = town();
    let output = import(
        dir.path(),
        &data("wrong.xlsx"),
        &data("map.yaml"),
        &["--format", "json"],
    );
    assert_eq!(output.status.code(), Some(1));
    let told = report(&output);
    assert_eq!(told["sums"]["commands"], 0);
    let refused: Vec<(u64, &str, &str, &str)> = told["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["row"].as_u64().unwrap(),
                one["code"].as_str().unwrap(),
                one["columns"][0].as_str().unwrap(),
                one["cells"][0].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        refused,
        [
            (3, "not_a_time", "上报时间", "B3"),
            (4, "not_mapped", "事件类别", "C4"),
            (5, "outside_domain", "经度", "F5"),
            (6, "not_a_time", "上报时间", "B6"),
            (7, "place_half", "纬度", "G7"),
            (8, "required", "情况描述", "E8"),
            (9, "key_repeated", "工单号", "A9"),
        ]
    );
    for one in told["refused"].as_array().unwrap() {
        for lang in ["zh", "en"] {
            assert!(
                one["text"][lang]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{one}"
            );
        }
    }
    let zh = stdout(&import(
        dir.path(),
        &data("wrong.xlsx"),
        &data("map.yaml"),
        &["--lang", "zh"],
    ));
    for line in [
        "第 3 行 (20260302001), report, 列 上报时间 (B3): “三月二号上午”不是时间",
        "第 6 行 (20260303002), report, 列 上报时间 (B6): “46084.9375”是数字",
        "拒绝 7 行",
    ] {
        assert!(zh.contains(line), "{line}\n{zh}");
    }
}

/// What is wrong with the whole file is told once, before any row.
#[test]
fn a_file_that_does_not_fit_its_map_is_refused_at_once() {
    let dir = town();
    let map = std::fs::read_to_string(data("map.yaml")).unwrap();
    let broken = dir.path().join("broken.xlsx");
    std::fs::write(&broken, "no workbook at all").unwrap();
    let good = data("matters.xlsx");
    for (file, from, to, told) in [
        (
            &good,
            "sheet: 事件台账",
            "sheet: 事件登记",
            "there is no sheet \"事件登记\"; there are: 说明, 事件台账",
        ),
        (
            &good,
            "heading: 2",
            "heading: 1",
            "row 2 looks like the headings",
        ),
        (
            &good,
            "column: 程度",
            "column: 严重程度",
            "  严重程度 (is it \"程度\"?)",
        ),
        (
            &good,
            "do: report",
            "do: reprt",
            "governance.matter has no action reprt",
        ),
        (&broken, "", "", "is no workbook, or is damaged"),
    ] {
        let changed = dir.path().join("map.yaml");
        std::fs::write(&changed, map.replace(from, to)).unwrap();
        let output = import(dir.path(), file, &changed, &[]);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(
            stderr(&output).contains(told),
            "{told}\n{}",
            stderr(&output)
        );
    }
}

/// As Excel on a Chinese Windows saves "CSV".
#[test]
fn a_table_in_gbk_is_read() {
    let dir = town();
    let text = "工单号,上报时间,事件类别,程度,情况描述,经度,纬度,经办备注,备注时间\r\n\
                1,2026/3/2 9:15,暴露垃圾,一般,菜场东门垃圾堆放三天未清,119.98515,31.415593,,\r\n\
                2,2026年3月3日 10:00,路灯故障,轻微,“村口”路灯不亮,119.98515,31.415593,已报修,2026/3/3\r\n";
    let (bytes, _, failed) = encoding_rs::GBK.encode(text);
    assert!(!failed);
    let file = dir.path().join("matters.csv");
    std::fs::write(&file, &bytes).unwrap();
    let map = dir.path().join("map.yaml");
    let workbook = std::fs::read_to_string(data("map.yaml")).unwrap();
    std::fs::write(
        &map,
        workbook.replace("table: { sheet: 事件台账, heading: 2 }\n", ""),
    )
    .unwrap();
    let output = import(dir.path(), &file, &map, &["--format", "json"]);
    let told = report(&output);
    assert_eq!(told["read_as"], "GBK", "{told}");
    assert_eq!(told["sums"]["done"], 2, "{told}");
    let demo = Demo::start(dir.path());
    let listed = demo
        .sign_in("admin")
        .get("/api/v1/records?kind=governance.matter&limit=100")
        .body;
    assert!(listed.to_string().contains("“村口”路灯不亮"), "{listed}");
}

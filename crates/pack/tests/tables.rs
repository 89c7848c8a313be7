//! Looking something up in a decision table: the row inside all others that match.

use gewang_pack::{PackContext, Row, Source, Subjects, load_pack, lookup};
use serde_json::json;

/// A record at a cell, in working time or not; cells lie in each other by their names: `v1` in `v`.
struct Case<'c>(&'c [(&'c str, &'c str)]);

impl Subjects for Case<'_> {
    fn holds(&self, subject: &str, value: &str) -> bool {
        self.0
            .iter()
            .any(|(known, has)| *known == subject && self.inside(subject, has, &[value.to_owned()]))
    }
    fn inside(&self, subject: &str, narrow: &str, wide: &[String]) -> bool {
        wide.iter().any(|wide| match subject {
            "cell" => narrow.starts_with(wide.as_str()),
            "area" => narrow == wide || wide == "village" && ["litter", "roads"].contains(&narrow),
            _ => narrow == wide,
        })
    }
}

fn rows() -> Vec<Row<u32>> {
    serde_json::from_value(json!([
        { "then": 0 },
        { "when": { "area": "village" }, "then": 1 },
        { "when": { "area": "roads" }, "then": 2 },
        { "when": { "area": "roads", "cell": ["v", "w"] }, "then": 3 },
        { "when": { "area": "roads", "cell": "v1" }, "then": 4 },
        { "when": { "area": ["roads", "litter"], "cell": "v1", "time": "off" }, "then": 5 },
        { "when": { "area": "roads", "cell": "v1", "time": "off" }, "then": 6 },
    ]))
    .expect("the rows are well formed")
}

#[test]
fn the_narrowest_row_holds_in_any_order() {
    let cases: [(&[(&str, &str)], u32); 7] = [
        (&[("area", "order")], 0),
        (&[("area", "litter")], 1),
        (&[("area", "roads"), ("cell", "x")], 2),
        (&[("area", "roads"), ("cell", "w7")], 3),
        (
            &[("area", "roads"), ("cell", "v12"), ("time", "working")],
            4,
        ),
        (&[("area", "litter"), ("cell", "v1"), ("time", "off")], 5),
        (&[("area", "roads"), ("cell", "v1"), ("time", "off")], 6),
    ];
    for turn in 0..7 {
        let mut rows = rows();
        rows.rotate_left(turn);
        for (case, wanted) in &cases {
            let (index, then) =
                lookup(&rows, &Case(case)).expect("a row without conditions matches");
            assert_eq!(
                (then, &rows[index].then),
                (wanted, wanted),
                "{case:?}, turned by {turn}"
            );
        }
        rows.reverse();
        for (case, wanted) in &cases {
            assert_eq!(
                lookup(&rows, &Case(case)).map(|(_, then)| then),
                Some(wanted),
                "{case:?}, reversed"
            );
        }
    }
}

#[test]
fn no_row_no_answer() {
    assert_eq!(lookup(&rows()[1..], &Case(&[("area", "order")])), None);
    assert_eq!(lookup::<u32>(&[], &Case(&[])), None);
}

#[test]
fn groups_of_options() {
    let text = include_str!("fixtures/matter.yaml");
    let source = Source {
        file: "matter.yaml".into(),
        text: text.into(),
    };
    let pack = load_pack(&[source], &PackContext::default()).expect("it is sound");
    let wide = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>();
    assert_eq!(pack.options("area", "village"), ["litter", "roads"]);
    assert_eq!(pack.options("area", "order"), ["order"]);
    assert!(pack.inside("area", "village", &wide(&["litter", "roads"])));
    assert!(pack.inside("area", "roads", &wide(&["village"])));
    assert!(!pack.inside("area", "village", &wide(&["roads"])));
    assert!(pack.within("roads", "village") && !pack.within("order", "village"));
    assert_eq!(
        pack.option("area", "litter").map(|o| o.en.as_str()),
        Some("Litter")
    );
    assert!(
        pack.option("area", "village").is_none(),
        "a group is no option"
    );
}

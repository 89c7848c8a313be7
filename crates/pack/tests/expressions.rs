//! What expressions give, over a record in memory.

use std::borrow::Cow;

use gewang_pack::{Datum, EvalError, Expr, Scope, Span};
use serde_json::{Value, json};

struct Record(Value);

impl Scope for Record {
    fn value(&self, name: &str) -> Cow<'_, Value> {
        self.0
            .get(name)
            .map_or(Cow::Owned(Value::Null), Cow::Borrowed)
    }
    fn limit(&self) -> Option<Span> {
        (self.0["severity"] == "urgent").then(|| "4 workhours".parse().expect("it is a span"))
    }
    fn within(&self, value: &str, group: &str) -> bool {
        group == "village" && ["litter", "roads"].contains(&value)
    }
}

fn record() -> Record {
    Record(json!({
        "severity": "urgent", "area": "roads", "areas": ["order", "litter"], "weight": 2, "share": 0.5,
        "found": "2026-03-02", "from": "2026-03-02T16:50:00+08:00", "to": "2026-03-02T09:00:00Z",
        "summary": "井盖 lost", "photos": ["a", "b"], "yes": true,
        "parts": [{ "what": "lid", "count": 2 }, { "what": "ring", "count": 0 }, { "what": "bolt" }],
        "state": "handling",
    }))
}

#[track_caller]
fn gives(source: &str, wanted: Value) {
    let (expr, record) = (Expr::new(source), record());
    match expr.value(&record) {
        Ok(Datum::Json(value)) => assert_eq!(*value, wanted, "{source}"),
        other => panic!("{source} gives {other:?}"),
    }
}

#[track_caller]
fn fails(source: &str, wanted: EvalError) {
    assert_eq!(
        Expr::new(source).value(&record()).err(),
        Some(wanted),
        "{source}"
    );
}

#[test]
fn values() {
    gives("1 + 2 * 3", json!(7));
    gives("weight * share", json!(1));
    gives("weight / 4", json!(0.5));
    gives("7 % 4 - -1", json!(4));
    gives("weight == 2.0 && 2 == weight && weight != 3", json!(true));
    gives("'urgent' == severity ? 'a' : 'b'", json!("a"));
    gives(
        "string(weight) + '|' + string(share) + '|' + string(yes)",
        json!("2|0.5|true"),
    );
    gives("size(summary) + size(photos) + size(nothing)", json!(9));
    gives(
        "summary.contains('盖') && summary.startsWith('井') && summary.endsWith('lost')",
        json!(true),
    );
    gives("found < '2026-03-10' && found >= '2026-03-02'", json!(true));
    gives(
        "area in ['order', 'roads'] && !('x' in nothing)",
        json!(true),
    );
    gives("photos[1] + photos[0]", json!("ba"));
    gives("[1, 2] + [3] == [1.0, 2, 3]", json!(true));
    gives(
        "within(area, 'village') && within(areas, 'village') && !within(severity, 'village')",
        json!(true),
    );
    gives("nothing == null && severity != null", json!(true));
}

#[test]
fn instants_compare_across_offsets() {
    gives("from < to", json!(true));
    gives("from == '2026-03-02T08:50:00Z'", json!(true));
}

#[test]
fn macros_over_lists() {
    gives("parts.exists(p, p.count > 1)", json!(true));
    gives("parts.all(p, p.what != 'lamp')", json!(true));
    gives("parts.exists_one(p, p.what == 'lid')", json!(true));
    gives(
        "parts.filter(p, has(p.count)).map(p, p.what)",
        json!(["lid", "ring"]),
    );
    gives("parts.map(p, has(p.count), p.count + 1)", json!([3, 1]));
    gives(
        "nothing.all(x, false) && !nothing.exists(x, true)",
        json!(true),
    );
    gives(
        "parts.exists(p, photos.exists(q, q == 'b' && p.count == 2))",
        json!(true),
    );
    fails("parts.all(p, p.count < 3)", EvalError::Empty);
    // What decides, decides; an item without a value elsewhere does not matter.
    gives("parts.all(p, p.count > 0)", json!(false));
}

#[test]
fn an_empty_field_decides_nothing() {
    fails("nothing > 3", EvalError::Empty);
    fails("nothing + 'x'", EvalError::Empty);
    gives("nothing > 3 || yes", json!(true));
    gives("!yes && nothing > 3", json!(false));
    let test = |source: &str| Expr::new(source).test(&record());
    assert_eq!(test("nothing > 3"), Ok(false));
    assert_eq!(test("!(nothing > 3)"), Ok(false));
    assert_eq!(test("yes && weight > 1"), Ok(true));
    assert_eq!(test("nothing"), Ok(false));
    assert_eq!(test("weight"), Err(EvalError::Type("a condition".into())));
}

#[test]
fn spans() {
    let span = |source: &str| {
        Expr::new(source)
            .span(&record())
            .map(|span| span.to_string())
    };
    assert_eq!(
        span("severity == 'urgent' ? workhours(4) : workdays(5)"),
        Ok("4 workhours".into())
    );
    assert_eq!(span("days(weight + 1)"), Ok("3 days".into()));
    assert_eq!(span("limit()"), Ok("4 workhours".into()));
    assert_eq!(span("minutes(30)"), Ok("30 minutes".into()));
    assert_eq!(span("hours(nothing)"), Err(EvalError::Empty));
    assert_eq!(
        span("workdays(share)"),
        Err(EvalError::Range("workdays(0.5)".into()))
    );
    assert_eq!(
        span("workdays(0 - 1)"),
        Err(EvalError::Range("workdays(-1)".into()))
    );
    assert_eq!(span("yes"), Err(EvalError::Type("a deadline".into())));
    let calm = Record(json!({ "severity": "normal" }));
    assert_eq!(Expr::new("limit()").span(&calm), Err(EvalError::Empty));
    assert_eq!(
        Expr::new("severity == 'x' ? limit() : days(1)")
            .span(&calm)
            .map(|s| s.count),
        Ok(1)
    );
}

#[test]
fn mistakes() {
    fails("1 / 0", EvalError::Zero);
    fails("photos[2]", EvalError::Range("[2]".into()));
    fails("photos[-1]", EvalError::Range("[-1]".into()));
    fails("frobnicate(1)", EvalError::Unknown("frobnicate".into()));
    fails("{'a': 1}", EvalError::Unknown("{…}".into()));
    fails("summary < 3", EvalError::Type("a comparison".into()));
    assert!(matches!(
        Expr::new("1 +").value(&record()),
        Err(EvalError::Syntax(_))
    ));
    assert!(matches!(
        Expr::new("x".repeat(1001)).compile(),
        Err(EvalError::Syntax(_))
    ));
}

#[test]
fn an_expression_takes_a_bounded_number_of_steps() {
    let many: Vec<u32> = (0..100).collect();
    let record = Record(json!({ "n": many }));
    let greedy = "n.all(a, n.all(b, n.all(c, n.all(d, a + b + c + d >= 0))))";
    assert_eq!(
        Expr::new(greedy).value(&record).err(),
        Some(EvalError::TooLong)
    );
}

#[test]
fn it_says_what_it_reads() {
    let expr = Expr::new("parts.all(p, p.count > weight) && severity == 'x' && has(a.b)");
    assert_eq!(expr.names(), ["a", "parts", "severity", "weight"]);
    assert!(Expr::new("1 +").names().is_empty());
}

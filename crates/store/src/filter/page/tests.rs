//! How SQLite goes about lists: by the right index, and without sorting where an index has the order.

use rusqlite::Connection;

use super::*;

fn database() -> Link {
    let link = Link::Sqlite(Connection::open_in_memory().unwrap());
    link.batch(include_str!("../../../schema.sqlite.sql"))
        .unwrap();
    link.batch(include_str!("../../../search.sqlite.sql"))
        .unwrap();
    link
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|&text| text.to_owned()).collect()
}

/// So many closed records of a kind, in a cell and a state.
fn fill(link: &Link, [kind, cell, state]: [&str; 3], count: u64) {
    link.batch(&format!(
        "WITH RECURSIVE n(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < {count})
         INSERT INTO record (domain, id, kind, state, cell, opened, changed, closed, late, body)
         SELECT 'd', '{kind}{cell}{state}' || n, '{kind}', '{state}', '{cell}', n, n, n, 0, '{{}}' FROM n"
    ))
    .unwrap();
}

/// How the beginning of a list is come by: `walk`, `merge` or `fetch`, and the index.
#[track_caller]
fn check(link: &Link, filter: &Filter, phase: Phase, expected: &str) {
    let (way, common) = way(link, "d", filter, phase).unwrap();
    let listing = Listing {
        link,
        domain: "d",
        filter,
        limit: 10,
        visible: &|_| true,
        page: Page::default(),
        judged: 0,
    };
    let (does, index) = match way {
        Way::Walk(index) => ("walk", index),
        Way::Merge(index, ..) => ("merge", index),
        Way::Fetch(index) => ("fetch", index),
        Way::Words => ("words", ""),
    };
    assert_eq!(format!("{does} {index}"), expected, "{filter:?} {phase:?}");
    if does == "words" {
        return;
    }
    let mut ask = listing
        .ask(phase, &way, common, Some((5, Uuid::nil())), None)
        .unwrap();
    ask.sql.insert_str(0, "EXPLAIN QUERY PLAN ");
    let plan: Vec<String> = link.all(&ask.sql, &ask.given(), |row| row.get(3)).unwrap();
    let sorts = plan.iter().any(|line| line.contains("ORDER BY"));
    assert_eq!(sorts, does == "fetch", "{plan:#?}");
}

#[test]
fn an_index_that_has_the_order_is_walked() {
    let link = database();
    for place in ["x", "y"] {
        fill(&link, ["a.b", place, "done"], 2000);
    }
    let of_kind = Filter {
        kinds: texts(&["a.b"]),
        ..Filter::default()
    };
    let open = Filter {
        open: Some(true),
        ..of_kind.clone()
    };
    let of_cells = Filter {
        cells: Some(texts(&["x", "y", "x"])),
        ..of_kind.clone()
    };
    let of_states = Filter {
        states: texts(&["done"]),
        ..of_kind.clone()
    };
    let late = Filter {
        late: Some(true),
        ..of_cells.clone()
    };
    let (newest, oldest) = (Phase::Newest, Phase::Oldest);
    check(&link, &Filter::default(), newest, "walk record_opened");
    check(&link, &of_kind, newest, "merge record_kind");
    check(&link, &of_kind, oldest, "merge record_kind");
    check(&link, &of_kind, Phase::Undue, "merge record_kind");
    check(&link, &of_kind, Phase::Due, "walk record_due");
    check(&link, &of_kind, Phase::Changed, "walk record_changed");
    check(&link, &of_cells, newest, "merge record_cell");
    check(&link, &of_states, oldest, "merge record_state");
    check(&link, &open, newest, "walk record_open");
    check(&link, &open, Phase::Due, "walk record_due");
    check(&link, &late, Phase::Undue, "walk record_open");
}

#[test]
fn what_is_rare_is_fetched() {
    let link = database();
    fill(&link, ["a.b", "x", "done"], 2000);
    fill(&link, ["a.c", "x", "done"], 30);
    fill(&link, ["a.b", "y", "done"], 30);
    fill(&link, ["a.b", "x", "void"], 30);
    let common = Filter {
        kinds: texts(&["a.b"]),
        cells: Some(texts(&["x"])),
        states: texts(&["done"]),
        ..Filter::default()
    };
    let changed = Phase::Changed;
    check(&link, &common, changed, "walk record_changed");
    let rare = |change: fn(&mut Filter)| {
        let mut filter = common.clone();
        change(&mut filter);
        filter
    };
    let kind = rare(|filter| filter.kinds = texts(&["a.c", "a.d"]));
    check(&link, &kind, changed, "fetch record_kind");
    check(&link, &kind, Phase::Newest, "fetch record_kind");
    let cell = rare(|filter| filter.cells = Some(texts(&["y"])));
    check(&link, &cell, changed, "fetch record_cell");
    let state = rare(|filter| filter.states = texts(&["void"]));
    check(&link, &state, changed, "fetch record_state");
    let waits = rare(|filter| filter.waits = Some(true));
    check(&link, &waits, Phase::Due, "fetch record_waits");
    let open = rare(|filter| filter.open = Some(true));
    check(&link, &open, changed, "fetch record_open");
    let since = rare(|filter| filter.changed_since = Some(1990));
    check(&link, &since, Phase::Newest, "fetch record_changed");
    let by_id = "fetch sqlite_autoindex_record_1";
    let words = rare(|filter| filter.text = Some("路灯".into()));
    check(&link, &words, Phase::Due, by_id);
    check(&link, &words, Phase::Changed, by_id);
    check(&link, &words, Phase::Newest, "words ");
    let of_somebody = rare(|filter| filter.assignee = vec![crate::Party::Unit(Uuid::nil())]);
    check(&link, &of_somebody, Phase::Due, by_id);
}

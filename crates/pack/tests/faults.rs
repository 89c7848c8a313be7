//! One faulty description for each fault: the sound one of `fixtures/`, changed in one place. `▸` marks where the fault
//! has to be told; that fault and no other.

use gewang_pack::{Fault, Pack, PackContext, Source, compare, load_pack, load_town};

const MATTER: &str = include_str!("fixtures/matter.yaml");
const TOWN: &str = include_str!("fixtures/town.yaml");

fn source(text: &str) -> Source {
    Source {
        file: "pack.yaml".into(),
        text: text.into(),
    }
}

fn load(text: &str) -> Result<Pack, Vec<Fault>> {
    load_pack(&[source(text)], &PackContext::default())
}

fn sound() -> Pack {
    load(MATTER).expect("the sound pack loads")
}

/// The text with `from` replaced by `to`, the mark taken out, and the line and column where the mark was.
#[track_caller]
fn changed(sound: &str, from: &str, to: &str) -> (String, u32, u32) {
    assert_eq!(
        sound.matches(from).count(),
        1,
        "{from:?} stands once in the sound description"
    );
    let text = sound.replace(from, to);
    let before = &text[..text.find('▸').expect("the case marks its place")];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (text.replace('▸', ""), line as u32, column as u32)
}

fn told(faults: &[Fault]) -> Vec<(&str, u32, u32)> {
    faults
        .iter()
        .map(|fault| (fault.code, fault.line, fault.column))
        .collect()
}

/// Exactly this fault at this place, told in both languages.
#[track_caller]
fn only(faults: &[Fault], code: &str, line: u32, column: u32) {
    assert_eq!(told(faults), [(code, line, column)], "{faults:#?}");
    for text in [&faults[0].text, &faults[0].mend] {
        assert!(
            !text.en.is_empty() && text.zh.chars().any(|c| c > '\u{4dff}'),
            "{faults:#?}"
        );
    }
    assert!(faults[0].pointer.is_empty() || faults[0].pointer.starts_with('/'));
}

#[track_caller]
fn check(code: &str, from: &str, to: &str) {
    let (text, line, column) = changed(MATTER, from, to);
    only(&load(&text).expect_err(to), code, line, column);
}

#[track_caller]
fn check_town(code: &str, from: &str, to: &str) {
    let (text, line, column) = changed(TOWN, from, to);
    only(
        &load_town(&source(&text), &[sound()]).expect_err(to),
        code,
        line,
        column,
    );
}

/// A new version of the pack, told from the sound one.
#[track_caller]
fn check_change(code: &str, from: &str, to: &str) {
    let newer = MATTER.replace("version: 2", "version: 3");
    let (text, line, column) = changed(&newer, from, to);
    let new = load(&text).expect("the change is sound in itself");
    only(
        &compare(&sound(), &new, &[source(&text)]),
        code,
        line,
        column,
    );
}

/// A field more, at the mark.
fn field(id: &str, rest: &str) -> String {
    format!("      ▸{id}: {{ {rest} }}\n      summary:")
}

const SUMMARY: &str = "      summary:";

#[test]
fn the_sound_descriptions_load() {
    let pack = sound();
    assert_eq!(pack.kinds["matter"].actions.len(), 9);
    let town = load_town(&source(TOWN), &[pack]).expect("the sound town loads");
    assert_eq!(town.codes[0].code, "320282110");
    assert_eq!(town.calendar.hours[1].0.to_string(), "13:30:00");
}

#[test]
fn scalars_mean_what_the_place_asks() {
    let text = MATTER
        .replace("en: Litter", "en: No")
        .replace("max: 100,", "max: 1e2,")
        .replace("many: 9", "many: 0x9")
        .replace("max: 100 }", "max: 1e2 }");
    let faults = load(&text).expect_err("0x9 is no number here");
    assert_eq!(
        told(&faults).iter().map(|f| f.0).collect::<Vec<_>>(),
        ["wrong-type"]
    );
    let pack = load(&text.replace("0x9", "9")).expect("the rest is as meant");
    assert_eq!(pack.choices["area"]["village"].options["litter"].en, "No");
    assert_eq!(pack.kinds["matter"].fields["weight"].max, Some(100.0));
}

#[test]
fn of_yaml() {
    check(
        "yaml-syntax",
        "en: All-in-one grid }\n",
        "en: All-in-one grid\nposts▸: {}\n",
    );
    check(
        "yaml-tab",
        "  worker: { title: { zh: 网格员",
        "▸\tworker: { title: { zh: 网格员",
    );
    check("yaml-documents", "choices:\n", "▸---\nchoices:\n");
    check(
        "yaml-alias",
        "remind: assignee, then: [dispatcher]",
        "remind: &who assignee, then: [▸*who]",
    );
    check("yaml-tag", "remind: assignee", "remind: ▸!who assignee");
    check("yaml-key", "remind: assignee", "▸[a, b]: assignee");
    check(
        "too-deep",
        "remind: assignee",
        &format!("remind: {}▸[{}", "[".repeat(28), "]".repeat(29)),
    );
    check(
        "duplicate-key",
        "    see: [dispatcher]\n",
        "    see: [dispatcher]\n    ▸see: [approver]\n",
    );
}

#[test]
fn of_whole_files() {
    let faults = |text: &str| load(text).unwrap_err();
    assert_eq!(told(&faults("")), [("empty", 1, 1)]);
    assert_eq!(told(&faults("# nothing\n")), [("empty", 1, 1)]);
    assert_eq!(told(&faults("\n- one\n")), [("wrong-type", 2, 1)]);
    assert_eq!(
        told(&faults(&" ".repeat((1 << 20) + 1))),
        [("too-large", 1, 1)]
    );
    assert_eq!(
        told(&load_pack(&[], &PackContext::default()).unwrap_err()),
        [("empty", 1, 1)]
    );
}

#[test]
fn of_several_files() {
    let file = |name: &str, text: &str| Source {
        file: name.into(),
        text: text.into(),
    };
    let (head, kinds) = MATTER.split_once("kinds:\n").expect("it has kinds");
    let rest = format!("pack: governance\nkinds:\n{kinds}");
    let both = [file("a.yaml", head), file("b.yaml", &rest)];
    assert_eq!(
        load_pack(&both, &PackContext::default()).expect("two halves make a whole"),
        sound()
    );

    let again = file(
        "c.yaml",
        "choices:\n  severity:\n    urgent: { zh: 急, en: Hot }\n",
    );
    let faults = load_pack(
        &[both[0].clone(), both[1].clone(), again],
        &PackContext::default(),
    )
    .unwrap_err();
    let places: Vec<_> = faults
        .iter()
        .map(|f| (f.code, f.file.as_str(), f.line))
        .collect();
    assert_eq!(
        places,
        [
            ("duplicate-key", "c.yaml", 3),
            ("duplicate-key", "c.yaml", 3)
        ]
    );

    // One file that cannot be read does not hide the faults of the others, nor make up new ones.
    let faults = load_pack(
        &[file("a.yaml", "pack: {"), file("b.yaml", "titel: {}\n")],
        &PackContext::default(),
    )
    .unwrap_err();
    let places: Vec<_> = faults.iter().map(|f| (f.code, f.file.as_str())).collect();
    assert_eq!(
        places,
        [("yaml-syntax", "a.yaml"), ("unknown-key", "b.yaml")]
    );
}

#[test]
fn of_shape() {
    check("unknown-key", "assign: choose", "▸asign: choose");
    check(
        "unknown-key",
        "en: Say what was done",
        "en: Say, ▸and say it well",
    );
    check(
        "missing-key",
        "reported: { title: { zh: 已上报, en: Reported }",
        "reported: { ▸title: { zh: 已上报 }",
    );
    check("wrong-type", "max: 120", "max: ▸many");
    check("wrong-type", "by: [assignee]\n", "by: ▸assignee\n");
    check("wrong-type", "each: true", "each: ▸yes");
    check("wrong-type", "many: 9", "many: ▸-9");
    check("unknown-word", "stage: triage", "stage: ▸triaged");
    check("wrong-form", "keep: 90d after closed", "keep: ▸90 days");
    check("wrong-form", "every: 1 workdays", "every: ▸1 workmonth");
    check("wrong-form", "within: 50 m", "within: ▸50 km");
}

#[test]
fn of_ids_and_texts() {
    let text = "title: { zh: 摘, en: S }, type: text";
    check("bad-version", "version: 2", "version: ▸0");
    check("bad-id", SUMMARY, &field("Summary2", text));
    check("reserved-id", SUMMARY, &field("state", text));
    check("reserved-id", SUMMARY, &field("cell", text));
    check("empty-text", "en: Litter", "en: ▸\" \"");
    check("unseen-character", "en: Litter", "en: ▸\"Lit\u{202e}ter\"");
    check("not-chinese", "zh: 垃圾", "zh: ▸Rubbish");
    check("not-english", "en: Litter", "en: ▸垃圾");
    check("forbidden-field", SUMMARY, &field("religion", text));
    check(
        "forbidden-field",
        SUMMARY,
        &field("people", "title: { zh: 民族, en: People }, type: text"),
    );
    check(
        "forbidden-field",
        SUMMARY,
        &field("face", "title: { zh: 脸, en: F }, type: photo"),
    );
    check(
        "forbidden-field",
        SUMMARY,
        &field(
            "rank",
            "title: { zh: 排名, en: Credit score }, type: number",
        ),
    );
    let masks = field(
        "face_masks",
        "title: { zh: 口罩, en: Face masks }, type: integer",
    )
    .replace('▸', "");
    load(&MATTER.replace(SUMMARY, &masks)).expect("a face mask is no face");
}

#[test]
fn of_choices() {
    check(
        "no-options",
        "  severity:\n    normal",
        "  ▸nothing: {}\n  severity:\n    normal",
    );
    check(
        "duplicate-option",
        "        litter: {",
        "        ▸order: { zh: 秩序, en: Order }\n        litter: {",
    );
    check(
        "deep-options",
        "        roads: { zh: 道路, en: Roads }",
        "        roads: { zh: 道路, en: Roads }\n        ▸mud: { zh: 泥, en: Mud, options: { a: { zh: 甲, en: A } } }",
    );
}

#[test]
fn of_fields() {
    let title = "title: { zh: 某, en: Some }";
    check("misplaced-key", "type: date }", "type: date, ▸of: area }");
    check(
        "misplaced-key",
        "type: date }",
        "type: date, ▸unit: { zh: 天, en: days } }",
    );
    check("misplaced-key", "type: date }", "type: date, ▸many: 3 }");
    check("misplaced-key", "type: date }", "type: date, ▸min: 3 }");
    check(
        "misplaced-key",
        "type: date }",
        "type: date, ▸office: true }",
    );
    check(
        "misplaced-key",
        "en: What }, type: text",
        "en: What }, ▸personal: contact, type: text",
    );
    check(
        "missing-key",
        SUMMARY,
        &field("note", &format!("{title}, type: choice")),
    );
    check(
        "missing-key",
        SUMMARY,
        &field("note", &format!("{title}, type: table")),
    );
    check("unknown-kind", SUMMARY, &with("link", "of: ▸mater"));
    check(
        "unknown-choices",
        SUMMARY,
        &with("choice", "of: ▸severities"),
    );
    check("bad-limit", "max: 120", "max: ▸1.5");
    check("bad-limit", "many: 9", "many: ▸0");
    check("min-above-max", "min: 0, max: 100", "min: ▸200, max: 100");
    check(
        "unknown-purpose",
        "personal: contact }",
        "personal: ▸contacts }",
    );
    check(
        "unsealed-person",
        SUMMARY,
        &field("tenant", &format!("{title}, type: name")),
    );
    check(
        "unsealed-person",
        "          what: {",
        &format!("          ▸who: {{ {title}, type: name }}\n          what: {{"),
    );
    check(
        "deep-table",
        "          what: {",
        &format!("          inner: {{ {title}, type: ▸table, columns: {{}} }}\n          what: {{"),
    );
    check(
        "bad-default",
        "type: date }",
        "type: date, default: ▸tomorrow }",
    );
    check(
        "bad-default",
        "type: number,",
        "type: number, default: ▸101,",
    );
    check("bad-default", "default: normal", "default: ▸3");
    check(
        "retired-default",
        "of: area, required",
        "of: area, default: ▸signs, required",
    );
    check("unknown-option", "default: normal", "default: ▸norml");
    let desk = field("desk", &format!("{title}, type: phone, office: true")).replace('▸', "");
    load(&MATTER.replace(SUMMARY, &desk)).expect("the telephone of an office is nobody's secret");
}

/// A field of the type with one key more, which may hold the mark.
fn with(kind: &str, key: &str) -> String {
    format!("      note: {{ title: {{ zh: 某, en: Some }}, type: {kind}, {key} }}\n      summary:")
}

#[test]
fn of_kinds() {
    let register = "    states: { kept: { title: { zh: 留存, en: Kept } } }
    actions: { keep: { title: { zh: 留存, en: Keep }, to: kept, by: [worker] } }\n";
    let note = |number: &str, rest: &str| {
        format!("kinds:\n  note:\n    title: {{ zh: 便条, en: Note }}\n{number}{rest}{register}")
    };
    let (head, kinds) = MATTER.split_once("kinds:\n").expect("it has kinds");
    check("bad-number", "number: SJ", "number: ▸sj");
    let text = format!(
        "{head}{}{kinds}",
        note("    number: SJ\n", "    fields: {}\n")
    );
    let faults = load(&text).unwrap_err();
    assert_eq!(
        faults.iter().map(|f| f.code).collect::<Vec<_>>(),
        ["number-twice"]
    );
    let text = format!("{head}{}{kinds}", note("", "    fields: {}\n"));
    load(&text).expect("a register has one state that is no dead end");
    let late = "    fields: {}\n    late: { remind: assignee, then: [dispatcher], every: 1d }\n";
    let faults = load(&format!("{head}{}{kinds}", note("", late))).unwrap_err();
    assert_eq!(
        faults.iter().map(|f| f.code).collect::<Vec<_>>(),
        ["late-without-due"]
    );
    let kept = "    fields: {}\n    personal:\n      call: { purpose: { zh: 联系, en: call }, keep: 1d after closed, see: [worker] }\n";
    let faults = load(&format!("{head}{}{kinds}", note("", kept))).unwrap_err();
    assert_eq!(
        faults.iter().map(|f| f.code).collect::<Vec<_>>(),
        ["never-erased"]
    );
    let nowhere = MATTER.replace("    place: required\n", "");
    assert_eq!(told(&load(&nowhere).unwrap_err()), [("no-place", 81, 5)]);
}

#[test]
fn of_people_who_may() {
    check(
        "open-person",
        "see: [dispatcher, assignee]",
        "see: [dispatcher, ▸anyone]",
    );
    check(
        "unknown-post",
        "by: [worker, public]",
        "by: [▸wroker, public]",
    );
    check("unknown-post", "then: [dispatcher]", "then: [▸dispatchers]");
    check(
        "unknown-post",
        "see: [dispatcher]\n",
        "see: [▸nobody_known]\n",
    );
    check(
        "unknown-unit",
        "{ unit: centre, post: approver }",
        "{ unit: ▸center, post: approver }",
    );
    check("unknown-pack", "posts:\n", "uses: [▸roads]\nposts:\n");
    check(
        "post-elsewhere",
        "then: { post: worker }",
        "then: { post: ▸dispatcher }",
    );
    check(
        "post-elsewhere",
        "{ unit: centre, post: approver }",
        "{ unit: centre, post: ▸worker }",
    );
    check("nobody", "by: [worker, public]", "▸by: []");
    check(
        "senseless-who",
        "by: [worker, public]",
        "by: [worker, ▸reporter]",
    );
    check(
        "senseless-who",
        "from: handling, by: [dispatcher]",
        "from: handling, by: [▸public]",
    );
}

#[test]
fn of_actions() {
    check("unknown-field", "form: [severity]", "form: [▸severty]");
    check(
        "unknown-field",
        "{ field: result, required: true }",
        "{ field: ▸results, required: true }",
    );
    check("unknown-field", "merge: same_as }", "merge: ▸same }");
    check(
        "asked-twice",
        "summary, photos, phone]",
        "summary, photos, phone, ▸area]",
    );
    check(
        "unknown-action",
        "other_than: [finish]",
        "other_than: [▸finsh]",
    );
    check(
        "misplaced-key",
        "to: reported, by",
        "to: reported, ▸each: true, by",
    );
    check(
        "misplaced-key",
        "stage: close, final: true }\n      merged",
        "stage: close, ▸due: limit(), final: true }\n      merged",
    );
    check(
        "each-alone",
        "assign: join }",
        "assign: join, ▸each: true }",
    );
    check(
        "bad-merge",
        "form: [same_as], merge: same_as }",
        "form: [summary], merge: ▸summary }",
    );
    check(
        "bad-merge",
        "form: [same_as], merge: same_as }",
        "merge: ▸same_as }",
    );
    check(
        "bad-merge",
        "to: merged, by: [dispatcher], form: [same_as], merge: same_as }",
        "by: [dispatcher], form: [same_as], merge: ▸same_as }
      drop: { title: { zh: 作废, en: Drop }, from: open, to: merged, by: [approver] }",
    );
}

#[test]
fn of_the_flow() {
    let lost = "{ title: { zh: 遗失, en: Lost }";
    check(
        "unknown-state",
        "from: approval, to: handling",
        "from: approval, to: ▸handlng",
    );
    check(
        "unknown-state",
        "from: [reported, triaged]",
        "from: [reported, ▸open]",
    );
    check(
        "no-first-state",
        "      approve: {",
        "      ▸start: { title: { zh: 开始, en: Start }, by: [worker] }\n      approve: {",
    );
    check(
        "unreachable-state",
        "      merged: {",
        &format!("      ▸lost: {lost}, final: true }}\n      merged: {{"),
    );
    check(
        "dead-end",
        "      merged: { title: { zh: 已并案, en: Merged }, stage: close, final: true }\n    actions:\n",
        &format!(
            "      merged: {{ title: {{ zh: 已并案, en: Merged }}, stage: close, final: true }}\n      ▸lost: {lost} }}\n    actions:\n      lose: {{ title: {{ zh: 丢, en: Lose }}, from: [handling], to: lost, by: [worker] }}\n"
        ),
    );
    let (head, rest) = MATTER.split_once("    actions:\n").expect("it has actions");
    let (_, tail) = rest.split_once("    routes:\n").expect("it has routes");
    let faults = load(&format!("{head}    actions: {{}}\n    routes:\n{tail}")).unwrap_err();
    assert_eq!(told(&faults), [("no-beginning", 54, 5)]);
    let (head, rest) = MATTER.split_once("    states:\n").expect("it has states");
    let (_, tail) = rest.split_once("    routes:\n").expect("it has routes");
    let text = format!(
        "{head}    states: {{}}\n    actions: {{}}\n    routes:\n{}",
        tail.replace("closed", "opened")
    );
    let codes: Vec<_> = load(&text).unwrap_err().iter().map(|f| f.code).collect();
    assert!(codes.contains(&"no-states"), "{codes:?}");
}

#[test]
fn of_expressions() {
    let needs = |text: &str| format!("that: ▸\"{text}\"");
    let that = |code: &str, text: &str| {
        check(
            code,
            "that: size(result) > 3 && parts.all(part, part.count > 0)",
            &needs(text),
        );
    };
    that("expr-syntax", "size(result >");
    that("expr-syntax", &"(".repeat(60));
    that("expr-name", "sevrity == 'urgent'");
    that("expr-name", "now > found");
    that("expr-name", "parts.all(part, part.cuont > 0)");
    that("expr-function", "sizes(result) > 3");
    that("expr-function", "size(result, 2) > 3");
    that("expr-function", "matches(result, 'a+')");
    that("expr-type", "weight == 'heavy'");
    that("expr-type", "result + 1 == 2");
    that("expr-type", "severity > 'urgent'");
    that("expr-type", "found > 'today'");
    that("expr-type", "summary.all(x, true)");
    that("expr-option", "severity == 'urgnt'");
    that("expr-option", "severity in ['normal', 'urgnt']");
    that("expr-option", "area == 'village'");
    that("expr-option", "within(area, 'vilage')");
    that("expr-option", "state != 'handled'");
    that("expr-option", "stage == 'handling'");
    that("expr-sealed", "phone != null");
    that("expr-result", "weight + 1");
    that("expr-result", "workdays(1)");
    that(
        "expr-cost",
        "parts.all(a, parts.all(b, parts.all(c, true)))",
    );
    check(
        "expr-result",
        "    due: limit()\n",
        "    due: ▸size(photos)\n",
    );
    check(
        "expr-type",
        "    due: limit()\n",
        "    due: ▸workdays(1.5)\n",
    );
    check(
        "expr-limit",
        "when: what != null",
        "when: ▸limit() == limit()",
    );
    that("expr-limit", "limit() == limit()");
    for good in [
        "found >= '2026-01-01' && weight / 2 < 3.5",
        "within(area, 'village') || area in ['order', 'signs']",
        "parts.exists(p, p.what.startsWith('灯')) && !(state == 'handling')",
        "size(parts.filter(p, p.count > 2).map(p, p.what)) == 1",
        "photos[0] != null && string(weight) != '' && cell == 'z_01'",
        "(severity == 'urgent' ? 1 : 2) > 1",
    ] {
        let text = MATTER.replace(
            "that: size(result) > 3 && parts.all(part, part.count > 0)",
            &format!("that: \"{good}\""),
        );
        assert_eq!(load(&text).err(), None, "{good}");
    }
}

#[test]
fn of_tables() {
    check(
        "unknown-option",
        "{ area: roads, time: off }",
        "{ area: ▸raods, time: off }",
    );
    check(
        "unknown-option",
        "{ area: roads, time: off }",
        "{ area: roads, time: ▸night }",
    );
    check(
        "unknown-subject",
        "{ area: roads, time: off }",
        "{ ▸found: roads, time: off }",
    );
    check(
        "empty-condition",
        "{ area: roads, time: off }",
        "{ ▸area: [], time: off }",
    );
    check(
        "table-hole",
        "    routes:\n      - { when: { area: order }",
        "    ▸routes:\n      - { when: { area: order, time: working }",
    );
    check(
        "table-clash",
        "      - { when: { area: roads, time: off }",
        "      - ▸{ when: { area: [order, roads] }",
    );
    check(
        "sealed-field",
        "      - { when: { area: roads, time: off }",
        "      - { when: { ▸phone: roads, time: off }",
    );
    // A row for what two others share takes the clash away.
    let shared = MATTER.replace(
        "      - { when: { area: roads, time: off }, then: { unit: centre, post: approver } }",
        "      - { when: { time: off }, then: { unit: centre, post: approver } }
      - { when: { area: order, time: off }, then: { unit: centre, post: approver } }
      - { when: { area: village, time: off }, then: { unit: centre, post: approver } }",
    );
    assert_eq!(load(&shared).err(), None);
}

#[test]
fn a_table_too_large_to_check_is_refused() {
    let (head, tail) = MATTER.split_once("kinds:\n").expect("it has kinds");
    let options: String = (0..60)
        .map(|n| format!("    o{n}: {{ zh: 选项{n}, en: Option {n} }}\n"))
        .collect();
    let fields: String = (0..4)
        .map(|n| format!("      f{n}: {{ title: {{ zh: 某, en: F }}, type: choice, of: many }}\n"))
        .collect();
    let text = format!("{head}  many:\n{options}kinds:\n{tail}")
        .replace("    fields:\n", &format!("    fields:\n{fields}"))
        .replace(
            "{ area: roads, time: off }",
            "{ f0: o1, f1: o1, f2: o1, f3: o1 }",
        );
    let codes: Vec<_> = load(&text).unwrap_err().iter().map(|f| f.code).collect();
    assert_eq!(codes, ["table-too-large"]);
}

#[test]
fn of_views() {
    check(
        "unknown-field",
        "list: [summary, area,",
        "list: [▸sumary, area,",
    );
    check(
        "sealed-field",
        "list: [summary, area,",
        "list: [▸phone, area,",
    );
    check("sealed-field", "same: [area]", "same: [▸phone]");
    check("wrong-field", "colour: stage", "colour: ▸summary");
    check("wrong-field", "calendar: found", "calendar: ▸area");
    check("wrong-field", "count: [area]", "count: [▸weight]");
}

#[test]
fn of_towns() {
    check_town("unknown-time-zone", "Asia/Shanghai", "▸Asia/Zhoutie");
    check_town("wrong-form", "date: 2023-09-11", "date: ▸2023-09-31");
    check_town("wrong-form", "[13:30, 17:30]", "[▸25:30, 17:30]");
    check_town("unknown-word", "week: [mon,", "week: [▸monday,");
    check_town("unknown-word", "hash: sm3", "hash: ▸sm4");
    check_town("bad-hours", "[13:30, 17:30]", "▸[11:30, 17:30]");
    check_town("bad-week", "week: [mon,", "week: [mon, ▸mon,");
    check_town("bad-holiday", "to: 2026-10-07", "to: ▸2026-09-30");
    check_town("bad-workday", "2026-09-27,", "▸2026-09-28,");
    check_town("bad-workday", "2026-09-27,", "▸2026-10-03,");
    check_town("bad-workday", ", 2026-10-10", ", ▸2026-09-27");
    check_town("beyond-known", "2026-10-10]", "2026-10-10, ▸2027-01-02]");
    check_town("bad-levels", "id: village", "id: ▸town");
    let map = |about: &str| {
        let text = format!("{about}, attribution: {{ zh: 地图, en: A map }} }}\npacks:");
        check_town("bad-base-map", "packs:", &text);
    };
    map("▸base_map: { tile_size: 256");
    map("▸base_map: { url: 'https://t.example/{z}/{x}/{y}', file: town.pmtiles");
    map("base_map: { url: ▸'ftp://t.example/{z}/{x}/{y}'");
    map("base_map: { url: ▸'https://t.example/{z}/{x}'");
    map("base_map: { url: ▸'https://t.exam ple/{z}/{x}/{y}'");
    map("base_map: { url: ▸'https://a;b/{z}/{x}/{y}'");
    map("base_map: { file: ▸../town.pmtiles");
    map("base_map: { file: ▸town.mbtiles");
    map("base_map: { file: town.pmtiles, tile_size: ▸300");
    map("base_map: { file: town.pmtiles, max_zoom: ▸40");
    check_town("unknown-pack", "[governance]", "[governance, ▸fire]");
    check_town("pack-twice", "[governance]", "[governance, ▸governance]");
    check_town("unknown-post", "  worker: {", "  ▸wroker: {");
    check_town(
        "unknown-kind",
        "  governance.matter:",
        "  ▸governance.mater:",
    );
    check_town("unknown-unit", "unit: centre", "unit: ▸center");
    check_town("not-chinese", "zh: 周铁镇", "zh: ▸Zhoutie");
}

#[test]
fn of_changes() {
    let same = MATTER.replace("All-in-one", "One");
    let new = load(&same).expect("it is sound");
    let faults = compare(&sound(), &new, &[source(&same)]);
    assert_eq!(told(&faults), [("version-not-raised", 2, 1)]);
    assert_eq!(compare(&sound(), &sound(), &[source(MATTER)]), []);
    check_change(
        "option-changed",
        "    urgent: { zh: 紧急, en: Urgent }",
        "    ▸urgent: { zh: 特急, en: Urgent }",
    );
    check_change(
        "removed",
        "      options:\n        litter: { zh: 垃圾, en: Litter }\n",
        "      ▸options:\n",
    );
    check_change(
        "field-changed",
        "      found: { title: { zh: 发现日期, en: Found on }, type: date }",
        "      ▸found: { title: { zh: 发现日期, en: Found on }, type: datetime }",
    );
}

//! Many faults at once, how people read them, hostile texts, and the schemas.

use gewang_pack::{
    Fault, PackContext, Source, load_pack, load_town, pack_schema, render, town_schema,
};
use proptest::prelude::*;

const MATTER: &str = include_str!("fixtures/matter.yaml");
const TOWN: &str = include_str!("fixtures/town.yaml");

fn source(text: &str) -> Source {
    Source {
        file: "packs/governance/matter.yaml".into(),
        text: text.into(),
    }
}

fn faults(text: &str) -> Vec<Fault> {
    load_pack(&[source(text)], &PackContext::default())
        .err()
        .unwrap_or_default()
}

#[test]
fn twenty_faults_of_every_stage_are_told_in_one_go() {
    let edits = [
        // YAML
        (
            "    see: [dispatcher]\n",
            "    see: [dispatcher]\n    see: [approver]\n",
            "duplicate-key",
        ),
        // Structure
        ("many: 9", "many: nine", "wrong-type"),
        ("stage: triage", "stage: triaged", "unknown-word"),
        ("assign: choose", "asign: choose", "unknown-key"),
        ("keep: 90d after closed", "keep: 90 days", "wrong-form"),
        ("within: 50 m", "within: far", "wrong-form"),
        ("zh: 回访, en: call back", "zh: 回访", "missing-key"),
        // Names
        (
            "by: [worker, public]",
            "by: [wroker, public]",
            "unknown-post",
        ),
        ("form: [severity]", "form: [severty]", "unknown-field"),
        (
            "other_than: [finish]",
            "other_than: [finsh]",
            "unknown-action",
        ),
        ("default: normal", "default: norml", "unknown-option"),
        (
            "type: link, of: matter",
            "type: link, of: mater",
            "unknown-kind",
        ),
        (
            "from: triaged, to: handling",
            "from: triaged, to: handlng",
            "unknown-state",
        ),
        // Texts
        ("en: Litter", "en: 垃圾", "not-english"),
        ("zh: 紧急程度", "zh: \"\"", "empty-text"),
        // Sense
        ("min: 0, max: 100", "min: 200, max: 100", "min-above-max"),
        ("colour: stage", "colour: summary", "wrong-field"),
        (
            "same_as: {",
            "religion: { title: { zh: 信, en: R }, type: text }\n      same_as: {",
            "forbidden-field",
        ),
        // Expressions
        (
            "when: severity != 'urgent'",
            "when: severity != 'urgnt'",
            "expr-option",
        ),
        (
            "that: size(result) > 3",
            "that: phone != null",
            "expr-sealed",
        ),
        ("due: limit() }", "due: size(photos) }", "expr-result"),
        // Tables
        (
            "{ when: { area: order }",
            "{ when: { area: order, time: off }",
            "table-hole",
        ),
    ];
    let mut text = MATTER.to_owned();
    for (from, to, _) in edits {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text = text.replace(from, to);
    }
    let found = faults(&text);
    let mut told: Vec<&str> = found.iter().map(|fault| fault.code).collect();
    let mut wanted: Vec<&str> = edits.iter().map(|(_, _, code)| *code).collect();
    assert!(found.is_sorted_by_key(|fault| (fault.line, fault.column)));
    told.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(told, wanted, "{found:#?}");
}

#[test]
fn people_read_it_with_the_line_and_the_mend() {
    let text = MATTER
        .replace("form: [severity]", "form: [severty]")
        .replace("zh: 垃圾", "zh: Rubbish");
    let sources = [source(&text)];
    let shown: Vec<String> = faults(&text)
        .iter()
        .flat_map(|f| ["zh", "en"].map(|lang| render(f, &sources, lang, false)))
        .collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn programs_read_it_as_json() {
    let fault = &faults(&MATTER.replace("form: [severity]", "form: [severty]"))[0];
    let json = serde_json::to_value(fault).expect("a fault is plain data");
    assert_eq!(json["code"], "unknown-field");
    assert_eq!(json["pointer"], "/kinds/matter/actions/triage/form/0");
    assert_eq!(json["mend"]["en"], "did you mean `severity`?");
    assert_eq!(
        (json["line"].as_u64(), json["column"].as_u64()),
        (Some(56), Some(102))
    );
}

#[test]
fn a_pointer_counts_the_items_as_they_stand_in_the_file() {
    let text = MATTER
        .replace("then: { post: worker }", "than: {}")
        .replace("area: roads, time", "area: raods, time");
    let pointers: Vec<String> = faults(&text)
        .into_iter()
        .map(|fault| fault.pointer)
        .collect();
    assert!(
        pointers.contains(&"/kinds/matter/routes/1/than".into()),
        "{pointers:?}"
    );
    assert!(
        pointers.contains(&"/kinds/matter/routes/2/when/area".into()),
        "{pointers:?}"
    );
}

/// `GEWANG_UPDATE=1` writes the schemas anew.
#[test]
fn the_schemas_in_packs_are_current() {
    let packs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
    for (file, schema) in [
        ("schema.json", pack_schema()),
        ("town.schema.json", town_schema()),
    ] {
        let path = packs.join(file);
        if std::env::var_os("GEWANG_UPDATE").is_some() {
            std::fs::write(&path, &schema).expect("packs/ can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == schema,
            "packs/{file} is stale: GEWANG_UPDATE=1 cargo nextest run -p gewang-pack schema"
        );
    }
}

fn load_both(text: &str) {
    for fault in faults(text) {
        assert!(fault.line >= 1 && fault.column >= 1, "{fault:?}");
        let _ = render(&fault, &[source(text)], "zh", false);
    }
    let _ = load_town(&source(text), &[]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn no_text_brings_it_down(text in "\\PC{0,200}|[a-z:{}\\[\\],\"'&*!|>#%@`\\-? \\t\\r\\n]{0,200}") {
        load_both(&text);
    }

    #[test]
    fn no_slip_brings_it_down(
        town in any::<bool>(),
        slips in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..12, "[a-z\\[\\]{}:,'\"()&|! \\n中\u{0}\u{202e}-]{0,6}"), 1..6),
    ) {
        let mut text: Vec<char> = if town { TOWN } else { MATTER }.chars().collect();
        for (at, drop, put) in slips {
            let at = at.index(text.len());
            let end = (at + drop).min(text.len());
            text.splice(at..end, put.chars());
        }
        load_both(&text.into_iter().collect::<String>());
    }

    #[test]
    fn no_expression_brings_it_down(source in "[a-z0-9'\"().,\\[\\]{}<>=!&|?:+*/% -]{0,80}") {
        let text = MATTER.replace("size(result) > 3", &format!("'{}'", source.replace('\'', "''")));
        load_both(&text);
    }
}

//! The bytes that are chained, and their hashes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::Town;
use gewang_engine::{
    Entry,
    chain::{canonical, link},
};
use gewang_pack::HashKind;
use serde_json::json;

fn entry() -> Entry {
    let mut town = Town::new();
    town.report("public", 1, "noise");
    town.world.entries().last().unwrap().clone()
}

#[test]
fn the_order_of_free_members_does_not_matter() {
    let mut one = entry();
    let mut other = one.clone();
    for (entry, keys) in [(&mut one, ["b", "a"]), (&mut other, ["a", "b"])] {
        entry.change.set.clear();
        for key in keys {
            entry
                .change
                .set
                .insert(key.into(), json!([{ keys[0]: 1, keys[1]: 2 }]));
        }
    }
    let same = |one: &Entry, other: &Entry| canonical(one, "t") == canonical(other, "t");
    one.change
        .set
        .insert("a".into(), json!([{ "x": 1, "y": 2 }]));
    one.change.set.insert("b".into(), json!(1));
    other.change.set.insert("b".into(), json!(1));
    other
        .change
        .set
        .insert("a".into(), json!([{ "y": 2, "x": 1 }]));
    assert!(same(&one, &other));
    other.change.set.insert("b".into(), json!(2));
    assert!(!same(&one, &other));
}

#[test]
fn it_survives_its_text_and_knows_its_domain() {
    let entry = entry();
    let again: Entry = serde_json::from_str(&serde_json::to_string(&entry).unwrap()).unwrap();
    assert_eq!(canonical(&entry, "a"), canonical(&again, "a"));
    assert_ne!(canonical(&entry, "a"), canonical(&entry, "b"));
    let text = String::from_utf8(canonical(&entry, "test_town")).unwrap();
    assert!(
        text.starts_with(r#"{"domain":"test_town","seq":"#),
        "{text}"
    );
    assert!(
        text.contains(r#""set":{"category":"noise","severity":"normal","summary":"something"}"#),
        "{text}"
    );
}

#[test]
fn links_are_the_named_hashes() {
    let hex = |hash: [u8; 32]| {
        hash.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let blake = link(&[0; 32], b"abc", HashKind::Blake3);
    let mut whole = vec![0; 32];
    whole.extend(b"abc");
    assert_eq!(blake, *blake3::hash(&whole).as_bytes());
    // GB/T 32905-2016, example 2: the 64 bytes "abcd" repeated.
    let text = b"abcd".repeat(16);
    let first: [u8; 32] = text[..32].try_into().unwrap();
    assert_eq!(
        hex(link(&first, &text[32..], HashKind::Sm3)),
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    );
    assert_ne!(link(&[1; 32], b"abc", HashKind::Blake3), blake);
}

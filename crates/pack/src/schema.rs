use std::sync::OnceLock;

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::Value;

use crate::{Pack, Town};

/// The JSON Schema of a pack, pretty-printed, for editors: `packs/schema.json`.
pub fn pack_schema() -> String {
    pretty(pack())
}

/// The JSON Schema of `town.yaml`, pretty-printed, for editors: `packs/town.schema.json`.
pub fn town_schema() -> String {
    pretty(town())
}

/// The schema of a pack as the structural check walks it.
/// JSON Schema of a pack as it is told, not as it is written: what has a default stands there. The types that it leans on
/// stand under `$defs`.
pub fn told_pack_schema() -> Value {
    SchemaSettings::default()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Pack>()
        .to_value()
}

pub(crate) fn pack() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        SchemaGenerator::default()
            .into_root_schema_for::<Pack>()
            .to_value()
    })
}

/// The schema of a town as the structural check walks it.
pub(crate) fn town() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        SchemaGenerator::default()
            .into_root_schema_for::<Town>()
            .to_value()
    })
}

fn pretty(schema: &Value) -> String {
    let mut text =
        serde_json::to_string_pretty(schema).expect("a JSON value can always be written");
    text.push('\n');
    text
}

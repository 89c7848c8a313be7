//! Holds an answer against the OpenAPI document: every status is described, every body has the shape described, and
//! nothing is answered that is not described.

use std::sync::OnceLock;

use serde_json::Value;

use crate::town::Answer;

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_str(&gewang_server::document()).expect("it is JSON"))
}

/// Checks an answer of an address that the document knows.
pub fn check(method: &str, path: &str, answer: &Answer) {
    let path = path.split('?').next().expect("a path");
    let known = document()["paths"]
        .as_object()
        .expect("addresses")
        .iter()
        .find(|(known, _)| {
            let (a, b): (Vec<_>, Vec<_>) = (known.split('/').collect(), path.split('/').collect());
            a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a == b || a.starts_with('{'))
        });
    let Some(operation) = known.and_then(|(_, item)| item.get(method.to_ascii_lowercase())) else {
        return;
    };
    let problem = answer.header("content-type") == Some("application/problem+json");
    let described = &operation["responses"][answer.status.to_string()];
    if problem {
        fits(
            &answer.json(),
            &document()["components"]["schemas"]["Problem"],
            "a problem",
        );
        return;
    }
    assert!(
        described.is_object(),
        "{method} {path} answers {}, which is not described",
        answer.status
    );
    let plain = answer.header("content-encoding").is_none();
    if plain && answer.header("content-type") == Some("application/json") {
        let schema = &described["content"]["application/json"]["schema"];
        fits(&answer.json(), schema, &format!("{method} {path}"));
    }
}

fn fits(value: &Value, schema: &Value, at: &str) {
    if let Err(why) = fit(value, schema, at) {
        panic!("{why}");
    }
}

fn fit(value: &Value, schema: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document()
            .pointer(reference.trim_start_matches('#'))
            .ok_or(format!("{reference} leads nowhere"))?;
        return fit(value, target, at);
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[key].as_array() {
            let mut whys = Vec::new();
            for choice in choices {
                match fit(value, choice, at) {
                    Ok(()) => return Ok(()),
                    Err(why) => whys.push(why),
                }
            }
            return Err(whys.join("; "));
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        return if values.contains(value) {
            Ok(())
        } else {
            Err(format!("{at}: {value} is none of {values:?}"))
        };
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    let is = |kind: &str| match kind {
        "null" => value.is_null(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => false,
    };
    if !kinds.iter().any(|kind| is(kind)) {
        return Err(format!("{at}: {value} is no {kinds:?}"));
    }
    if let (Some(items), Some(schema)) = (value.as_array(), schema.get("items")) {
        for (index, item) in items.iter().enumerate() {
            fit(item, schema, &format!("{at}/{index}"))?;
        }
    }
    if let (Some(members), Some(properties)) = (value.as_object(), schema["properties"].as_object())
    {
        for name in schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            if !members.contains_key(name) {
                return Err(format!("{at}: {name} is missing"));
            }
        }
        for (name, member) in members {
            let schema = properties
                .get(name)
                .ok_or(format!("{at}: {name} is not described"))?;
            fit(member, schema, &format!("{at}/{name}"))?;
        }
    }
    Ok(())
}

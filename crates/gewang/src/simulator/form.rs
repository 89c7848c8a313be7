use jiff::{ToSpan as _, tz::TimeZone};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::chance::Chance;
use super::picture::{Scene, Theme};
use super::script::Script;
use super::voices::{Voice, Voices};

/// What is known of the case while its form is filled in.
pub(crate) struct Known<'k> {
    /// Its category.
    pub category: &'k str,
    /// Another open record of the same kind and category.
    pub twin: Option<Uuid>,
}

/// Fills in an offered form as somebody would: everything that is required, and what belongs to the action.
pub(crate) fn fill(
    offer: &Value,
    known: &Known<'_>,
    script: &Script,
    voices: &mut Voices,
    voice: &Voice,
    chance: &mut Chance,
) -> anyhow::Result<Map<String, Value>> {
    let action = offer["action"].as_str().unwrap_or_default();
    let mut data = Map::new();
    for asked in offer["form"].as_array().into_iter().flatten() {
        let id = asked["id"].as_str().unwrap_or_default();
        let required = asked["required"] == true;
        let kind = asked["field"]["type"].as_str().unwrap_or_default();
        if asked["asked"] == false || (!required && !usual(id)) {
            continue;
        }
        let value = match kind {
            "text" | "long_text" => text(action, id, known, script, chance).map(Value::String),
            "choice" => match script.option("comment", chance) {
                Some((option, said)) if id == "satisfaction" => {
                    if let Some(said) = said {
                        data.insert("comment".into(), json!(said));
                    }
                    Some(json!(option))
                }
                _ => first_option(asked, chance).map(Value::String),
            },
            "integer" | "number" => Some(json!(
                asked["field"]["min"].as_f64().unwrap_or(1.0).max(1.0) as i64
                    + chance.below(4) as i64
            )),
            "yes_no" => Some(json!(chance.below(2) == 0)),
            "date" => {
                let days = 1 + chance.below(6) as i64;
                let today = voices.now().to_zoned(TimeZone::UTC).date();
                Some(json!(today.saturating_add(days.days())))
            }
            "photo" => {
                let scene = Scene {
                    theme: Theme::of(known.category),
                    mended: !matches!(id, "photos" | "finding_photos"),
                };
                let hash = voices.photo(voice, scene, chance)?;
                let many = asked["field"]["many"].is_u64();
                Some(if many { json!([hash]) } else { json!(hash) })
            }
            "link" => known.twin.map(|twin| json!(twin)),
            _ => None,
        };
        if let Some(value) = value {
            data.entry(id.to_owned()).or_insert(value);
        }
    }
    if offer["note_required"] == true {
        let said = script
            .words("note", chance)
            .unwrap_or_else(|| "已了解。".into());
        data.insert("note".into(), json!(said));
    }
    Ok(data)
}

/// Fields that people fill in although nothing makes them.
fn usual(id: &str) -> bool {
    [
        "after_photos",
        "finding_photos",
        "photos",
        "instructions",
        "plan",
        "review",
        "closing_note",
        "comment",
    ]
    .contains(&id)
}

fn text(
    action: &str,
    id: &str,
    known: &Known<'_>,
    script: &Script,
    chance: &mut Chance,
) -> Option<String> {
    let matter = script.matters.get(known.category);
    match id {
        "result" => matter
            .and_then(|matter| chance.one(&matter.results))
            .map(|said| said.zh.clone()),
        "summary" => matter
            .and_then(|matter| chance.one(&matter.summaries))
            .map(|said| said.zh.clone()),
        "closing_note" => script.words("closing", chance),
        "reason" => script
            .words(&format!("{action}_reason"), chance)
            .or_else(|| Some("情况属实，按规定办理。".into())),
        _ => script.words(id, chance),
    }
}

fn first_option(asked: &Value, chance: &mut Chance) -> Option<String> {
    let options = asked["options"].as_object()?;
    let mut codes = Vec::new();
    for (code, option) in options {
        match option["options"].as_object() {
            Some(inside) => codes.extend(inside.keys().cloned()),
            None => codes.push(code.clone()),
        }
    }
    // The first is the usual one.
    if chance.below(3) > 0 {
        codes.first().cloned()
    } else {
        chance.one(&codes).cloned()
    }
}

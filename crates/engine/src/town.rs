//! What the built-in pack `town` asks beyond its forms: its records are what authority follows from.

use gewang_pack::PostAt;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    Engine, Read, Record, Seat, Setup,
    decide::Matter,
    halt::Halt,
    pointer::DATA,
    refusal::{plain, refuse},
    value::{missing, short},
};

/// The cells that another set-up lacks though a post is held there, or will be.
fn held_nowhere(engine: &Engine, next: &Setup, now: Timestamp) -> Vec<String> {
    let posts = engine.roster.all_posts();
    let mut cells: Vec<String> = posts
        .filter(|held| held.until.is_none_or(|until| until > now))
        .filter_map(|held| match &held.seat {
            Seat::Cell(cell) if next.grid().cell(cell).is_none() => Some(cell.clone()),
            _ => None,
        })
        .collect();
    cells.sort();
    cells.dedup();
    cells
}

/// Checks what a command sets on a record of pack `town`; other kinds pass.
pub(crate) fn check<R: Read>(
    matter: &Matter<'_, R>,
    set: &Map<String, Value>,
    record: Option<&Record>,
) -> Result<(), Halt<R::Error>> {
    if !matter.plan.name.starts_with("town.") || set.is_empty() {
        return Ok(());
    }
    let value = |field: &str| {
        set.get(field)
            .or_else(|| record?.fields.get(field))
            .cloned()
            .unwrap_or(Value::Null)
    };
    let setup = &matter.engine.setup;
    if let Some(cell) = set.get("cell").and_then(Value::as_str)
        && setup.grid().cell(cell).is_none()
    {
        return Err(plain("unknown_cell", &[&short(cell)]).into());
    }
    match matter.plan.name.as_str() {
        "town.unit" => {
            if let Some(role) = set.get("role").and_then(Value::as_str)
                && setup.role(role).is_none()
            {
                return Err(plain("unknown_role", &[&short(role)]).into());
            }
        }
        "town.post" => {
            let post = value("post");
            let id = post.as_str().unwrap_or_default();
            let Some(info) = setup.post(id) else {
                return Err(plain("unknown_post", &[&short(id)]).into());
            };
            let (seat, other, zh, en) = match info.at {
                PostAt::Cell => ("cell", "unit", "网格", "a cell"),
                PostAt::Unit => ("unit", "cell", "单位", "a unit"),
            };
            if !value(other).is_null() {
                return Err(refuse("wrong_seat", "/data/post", &[zh], &[en]).into());
            }
            if value(seat).is_null() {
                return Err(match matter.plan.kind().fields.get(seat) {
                    Some(field) => missing(field, &DATA.name(seat)),
                    None => refuse("wrong_seat", "/data/post", &[zh], &[en]),
                }
                .into());
            }
        }
        "town.domain" => {
            let packs = |value: &Value| value.as_array().cloned().unwrap_or_default();
            let (next, now) = (
                packs(&value("packs")),
                record.map(|r| packs(&r.fields["packs"])),
            );
            if now.is_some_and(|now| now.iter().any(|hash| !next.contains(hash))) {
                return Err(plain("version_dropped", &[]).into());
            }
            let loaded = Setup::read_fields(matter.world, &value).map_err(Halt::Failed)?;
            if let (Ok(loaded), Some(_)) = (&loaded, record)
                && loaded.town().domain != setup.town().domain
            {
                return Err(plain("other_domain", &[&short(&loaded.town().domain)]).into());
            }
            if let (Ok(loaded), Some(_)) = (&loaded, record) {
                let now = matter.received();
                let lost = held_nowhere(matter.engine, loaded, now);
                if !lost.is_empty() {
                    return Err(plain("cells_held", &[&lost.join(", ")]).into());
                }
            }
            if let Err(faults) = loaded {
                let told = |zh: bool| -> String {
                    let one = |fault: &gewang_pack::Fault| {
                        let text = if zh { &fault.text.zh } else { &fault.text.en };
                        format!("{}:{}:{} {text}", fault.file, fault.line, fault.column)
                    };
                    faults
                        .iter()
                        .take(5)
                        .map(one)
                        .collect::<Vec<_>>()
                        .join("; ")
                };
                return Err(refuse("bad_setup", "/data", &[&told(true)], &[&told(false)]).into());
            }
        }
        _ => {}
    }
    Ok(())
}

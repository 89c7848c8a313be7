use gewang_pack::{Assign, ChoiceList, Route, Row, Text};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Assignee, Engine, Record, Refusal, authority::Ground, case::Case, refusal::plain, setup::Plan,
    value::unknown_assignee, wording::say,
};

/// Which row of the routes holds for a record, and whom it names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Routing {
    /// The row, counted from 0: the town's own rows first, then the pack's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<usize>,
    /// Whether it is one of the town's own.
    pub own: bool,
    /// What the row says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<Route>,
    /// Whom that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Assignee>,
    /// Why, in words.
    pub why: Text,
}

impl Engine {
    /// Who answers for a record by the routes, at an instant.
    pub fn route(&self, record: &Record, at: Timestamp) -> Routing {
        match self.setup.plan_at(&record.kind, record.pack) {
            Some(plan) => self.routing(plan, &Case::of(&self.setup, plan, record, at)),
            None => Routing {
                row: None,
                own: false,
                route: None,
                assignee: None,
                why: no_row(),
            },
        }
    }

    pub(crate) fn routing(&self, plan: &Plan, case: &Case<'_>) -> Routing {
        let own = plan.own_routes.lookup(case);
        let (table, found) = match own {
            Some(_) => (&plan.own_routes, own),
            None => (&plan.routes, plan.routes.lookup(case)),
        };
        let Some((row, route)) = found else {
            return Routing {
                row: None,
                own: false,
                route: None,
                assignee: None,
                why: no_row(),
            };
        };
        let assignee = self.answering(route, case.cell, case.time);
        let conditions = self.conditions(plan, table.row(row));
        let (by_zh, by_en) = if own.is_some() {
            ("本辖区规则", "the town's own rule")
        } else {
            ("服务包规则", "the pack's rule")
        };
        let number = row + 1;
        let post = self
            .setup
            .post(&route.post)
            .map_or_else(|| say(&route.post, &route.post), |info| info.title.clone());
        let seat = self.seat_name(assignee.as_ref(), route);
        let why = say(
            format!(
                "{by_zh}第 {number} 行（{}）：{}{}",
                conditions.zh, seat.zh, post.zh
            ),
            format!(
                "{by_en} {number} ({}): {} of {}",
                conditions.en, post.en, seat.en
            ),
        );
        Routing {
            row: Some(row),
            own: own.is_some(),
            route: Some(route.clone()),
            assignee,
            why,
        }
    }

    /// What a row asks, in the words of the pack and of the town.
    fn conditions<T>(&self, plan: &Plan, row: &Row<T>) -> Text {
        let parts: Vec<Text> = row
            .when
            .iter()
            .map(|(subject, condition)| {
                let field = plan.kind().fields.get(subject);
                let asked = match (field, subject.as_str()) {
                    (Some(field), _) => field.title.clone(),
                    (None, "cell") => say("位置", "Place"),
                    (None, "time") => say("时间", "Time"),
                    (None, other) => say(other, other),
                };
                let list = field
                    .and_then(|field| field.of.as_deref())
                    .and_then(|list| plan.pack.choices.get(list));
                let values: Vec<Text> = condition
                    .values()
                    .iter()
                    .map(|value| {
                        list.and_then(|list| option_title(list, value))
                            .or_else(|| self.setup.grid().cell(value).map(|c| c.title.clone()))
                            .unwrap_or_else(|| match value.as_str() {
                                "working" => say("工作时间", "working hours"),
                                "off" => say("非工作时间", "outside working hours"),
                                other => say(other, other),
                            })
                    })
                    .collect();
                let join = |word: fn(&Text) -> &str, or: &str| {
                    values.iter().map(word).collect::<Vec<_>>().join(or)
                };
                say(
                    format!("{}为{}", asked.zh, join(|text| &text.zh, "或")),
                    format!("{}: {}", asked.en, join(|text| &text.en, " or ")),
                )
            })
            .collect();
        if parts.is_empty() {
            return say("任何情况", "any case");
        }
        let join = |word: fn(&Text) -> &str, and: &str| {
            parts.iter().map(word).collect::<Vec<_>>().join(and)
        };
        say(join(|text| &text.zh, "，"), join(|text| &text.en, ", "))
    }

    fn seat_name(&self, assignee: Option<&Assignee>, route: &Route) -> Text {
        match (assignee, &route.unit) {
            (
                Some(Assignee {
                    unit: Some(unit), ..
                }),
                _,
            ) => self
                .roster
                .unit(*unit)
                .map_or_else(|| say("", ""), |unit| unit.title.clone()),
            (
                Some(Assignee {
                    cell: Some(cell), ..
                }),
                _,
            ) => self
                .setup
                .grid()
                .cell(cell)
                .map_or_else(|| say(cell, cell), |cell| cell.title.clone()),
            (None, Some(role)) => {
                let name = self
                    .setup
                    .role(role)
                    .cloned()
                    .unwrap_or_else(|| say(role, role));
                say(
                    format!("{}（尚无此单位）", name.zh),
                    format!("{} (there is no such unit yet)", name.en),
                )
            }
            _ => say("", ""),
        }
    }

    /// Whom a route names for a case in `cell`: the unit of the role that sits nearest above, or the post at the nearest
    /// cell where somebody holds it. `None` where the town has no such unit.
    fn answering(&self, route: &Route, cell: &str, at: Timestamp) -> Option<Assignee> {
        let post = route.post.clone();
        let Some(role) = &route.unit else {
            let held = self.nearest(cell, &post, at).unwrap_or(cell).to_owned();
            return Some(Assignee {
                unit: None,
                cell: Some(held),
                post,
                person: None,
                done: false,
            });
        };
        let grid = self.setup.grid();
        let near = self
            .roster
            .units_of(role)
            .filter(|unit| {
                unit.cell
                    .as_deref()
                    .is_some_and(|above| grid.covers(above, cell))
            })
            .max_by_key(|unit| {
                unit.cell
                    .as_deref()
                    .map_or(0, |cell| grid.chain(cell).len())
            });
        let unit = near.or_else(|| self.roster.units_of(role).next())?;
        Some(Assignee {
            unit: Some(unit.id),
            cell: None,
            post,
            person: None,
            done: false,
        })
    }

    /// What an action makes of the assignment.
    pub(crate) fn assignment(
        &self,
        assign: Assign,
        named: Option<&Value>,
        case: &Case<'_>,
        ground: &Ground<'_>,
        acting: impl FnOnce() -> Option<Assignee>,
        at: Timestamp,
    ) -> Result<Vec<Assignee>, Refusal> {
        let named = match (assign, named) {
            (Assign::Choose | Assign::Join, Some(named)) => Some(self.named(named, at)?),
            (_, Some(_)) => return Err(plain("assignee_not_wanted", &[])),
            (_, None) => None,
        };
        let missing = || plain("assignee_missing", &[]);
        match assign {
            Assign::Choose | Assign::Route => match named {
                Some(assignee) => Ok(vec![assignee]),
                None => Ok(vec![
                    self.routing(case.plan, case).assignee.ok_or_else(missing)?,
                ]),
            },
            Assign::Join => {
                let added = named.ok_or_else(missing)?;
                if ground
                    .assigned
                    .iter()
                    .any(|there| crate::apply::same_assignee(there, &added))
                {
                    return Err(plain("assignee_repeated", &[]));
                }
                const MOST: usize = 20;
                if ground.assigned.len() >= MOST {
                    return Err(crate::refusal::refuse(
                        "too_many",
                        "/data/assignee",
                        &["20"],
                        &["20"],
                    ));
                }
                Ok(ground.assigned.iter().cloned().chain([added]).collect())
            }
            Assign::Previous => match ground.previous {
                [] => Err(missing()),
                previous => Ok(previous.to_vec()),
            },
            Assign::Actor => Ok(vec![acting().ok_or_else(missing)?]),
            Assign::Nobody => Ok(Vec::new()),
        }
    }

    /// The assignee that a command names: `{"unit": role or id, "post"}` or `{"cell", "post"}`, with `person` or without.
    fn named(&self, named: &Value, at: Timestamp) -> Result<Assignee, Refusal> {
        let Some(map) = named.as_object() else {
            return Err(unknown_assignee("{}"));
        };
        if let Some(other) = map
            .keys()
            .find(|key| !["unit", "cell", "post", "person"].contains(&key.as_str()))
        {
            return Err(unknown_assignee(other));
        }
        let text = |key: &str| map.get(key).and_then(Value::as_str);
        let post = text("post").unwrap_or_default();
        let Some(post_at) = self.post_at(post) else {
            return Err(unknown_assignee(post));
        };
        let (unit, cell) = match (text("unit"), text("cell"), post_at) {
            (Some(unit), None, gewang_pack::PostAt::Unit) => {
                let found = match unit.parse::<Uuid>() {
                    Ok(id) => self.roster.unit(id).filter(|unit| unit.active),
                    Err(_) => self.roster.units_of(unit).next(),
                };
                (Some(found.ok_or_else(|| unknown_assignee(unit))?.id), None)
            }
            (None, Some(cell), gewang_pack::PostAt::Cell) => {
                let found = self
                    .setup
                    .grid()
                    .cell(cell)
                    .ok_or_else(|| unknown_assignee(cell))?;
                (None, Some(found.id.clone()))
            }
            _ => return Err(unknown_assignee(post)),
        };
        let mut assignee = Assignee {
            unit,
            cell,
            post: post.to_owned(),
            person: None,
            done: false,
        };
        if let Some(person) = text("person") {
            let id: Uuid = person.parse().map_err(|_| unknown_assignee(person))?;
            if !self.is_assignee(id, &assignee, at) {
                return Err(unknown_assignee(person));
            }
            assignee.person = Some(id);
        }
        Ok(assignee)
    }
}

/// The name of an option, or of a group of options.
fn option_title(list: &ChoiceList, value: &str) -> Option<Text> {
    let choice = list
        .get(value)
        .or_else(|| list.values().find_map(|group| group.options.get(value)))?;
    Some(say(&choice.zh, &choice.en))
}

fn no_row() -> Text {
    say("没有一行规则适用", "no row of the routes applies")
}

use gewang_pack::{Action, Assign, ChoiceList, Field, PlaceRule, PostAt, Text};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Actor, Engine, Record, Request,
    authority::Ground,
    case::Case,
    decide::is_from,
    form::is_required,
    setup::{Plan, is_choice},
    wording::say,
};

/// An action that somebody may do now, with its form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Offer {
    /// The kind, `pack.kind`.
    pub kind: String,
    /// The action.
    pub action: String,
    /// The verb on its button.
    pub title: Text,
    /// The state it leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The fields it asks.
    pub form: Vec<Asked>,
    /// What becomes of the assignment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assign: Option<Assign>,
    /// Whom `data.assignee` may name, where the command may name somebody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assignees: Vec<Candidate>,
    /// Whether it only asks, and somebody else must agree.
    pub approval: bool,
    /// The waiting request that it settles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// Whether a place is asked.
    pub place: PlaceRule,
    /// Whether `data.note` must be given.
    pub note_required: bool,
}

/// One field of an offered form.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// Its id.
    pub id: String,
    /// What it is.
    pub field: Field,
    /// Whether the form refuses to go without it.
    pub required: bool,
    /// Whether its condition holds as the record is; it may change as the form is filled in.
    pub asked: bool,
    /// What the record holds now, or the default of a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// The options that may be chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<ChoiceList>,
    /// Why a personal datum is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Text>,
}

/// Somebody to whom a record may be assigned: a kind of post at a unit or at a cell above the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// The unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Uuid>,
    /// The cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// The kind of post.
    pub post: String,
    /// In words.
    pub title: Text,
}

impl Engine {
    /// What an actor may do to a record now, in the order of the pack; the built-in ones come last.
    pub fn offers(&self, actor: &Actor, record: &Record, now: Timestamp) -> Vec<Offer> {
        let Some(plan) = self.setup.plan_at(&record.kind, record.pack) else {
            return Vec::new();
        };
        let mut offers = Vec::new();
        for (id, action) in &plan.kind().actions {
            if self.is_offered(actor, record, action, now) {
                offers.push(self.offer(plan, id, action, Some(record), &record.cell, now));
            }
            if let Some(request) = record
                .request
                .as_ref()
                .filter(|request| request.action == *id)
                && self.may_settle(actor, record, now)
            {
                offers.push(settling(plan, id, action, request, true));
                offers.push(settling(plan, id, action, request, false));
            }
        }
        if *actor != Actor::System
            && (record.reporters.contains(actor) || self.visible(actor, record, now))
        {
            offers.push(Offer {
                note_required: true,
                ..bare(plan, "note".into(), say("补充说明", "Add a note"))
            });
        }
        offers
    }

    /// Whether an actor may agree to what waits for approval in a record, or decline it.
    pub fn may_settle(&self, actor: &Actor, record: &Record, now: Timestamp) -> bool {
        let Some(request) = record.request.as_ref().filter(|one| one.by != *actor) else {
            return false;
        };
        self.setup
            .plan_at(&record.kind, record.pack)
            .and_then(|plan| plan.kind().actions.get(&request.action))
            .is_some_and(|action| self.may(actor, &action.approval, record, now))
    }

    /// The actions by which an actor may create records, kind by kind.
    pub fn creations(&self, actor: &Actor, now: Timestamp) -> Vec<Offer> {
        let grid = self.setup.grid();
        let mut offers = Vec::new();
        for plan in self.setup.current_plans() {
            for (id, action) in plan
                .kind()
                .actions
                .iter()
                .filter(|(_, action)| action.from.is_new())
            {
                let on = |cell: &str| {
                    let ground = Ground {
                        cell,
                        assigned: &[],
                        previous: &[],
                        reporters: &[],
                        new: true,
                    };
                    self.may_on(actor, &action.by, &ground, now)
                };
                let root = grid.root();
                let anywhere = match plan.kind().place {
                    PlaceRule::None => on(root),
                    PlaceRule::Optional | PlaceRule::Required => {
                        on(root)
                            || grid
                                .cells()
                                .iter()
                                .filter(|cell| cell.leaf)
                                .any(|cell| on(&cell.id))
                    }
                };
                if anywhere {
                    let offer = self.offer(plan, id, action, None, root, now);
                    offers.push(Offer {
                        place: plan.kind().place,
                        ..offer
                    });
                }
            }
        }
        offers
    }

    fn is_offered(&self, actor: &Actor, record: &Record, action: &Action, now: Timestamp) -> bool {
        let done = |before: &String| {
            record
                .acted
                .get(before)
                .is_some_and(|doers| doers.contains(actor))
        };
        is_from(action, record)
            && self.may(actor, &action.by, record, now)
            && !action.other_than.iter().any(done)
            && (action.approval.is_empty() || record.request.is_none())
            && !(action.each && self.part_is_done(actor, record, now))
    }

    fn part_is_done(&self, actor: &Actor, record: &Record, now: Timestamp) -> bool {
        let Actor::Person(person) = actor else {
            return false;
        };
        record.assigned.len() > 1
            && !record
                .assigned
                .iter()
                .any(|part| !part.done && self.is_assignee(*person, part, now))
    }

    fn offer(
        &self,
        plan: &Plan,
        id: &str,
        action: &Action,
        record: Option<&Record>,
        cell: &str,
        now: Timestamp,
    ) -> Offer {
        let kind = plan.kind();
        let case = Case {
            setup: &self.setup,
            plan,
            fields: record.map(|record| &record.fields),
            over: None,
            personal: None,
            state: record.map_or(action.to.as_deref().unwrap_or_default(), |record| {
                &record.state
            }),
            cell,
            time: now,
        };
        let form = action
            .form
            .iter()
            .filter_map(|item| {
                let field = kind.fields.get(item.field())?;
                let value = match record {
                    Some(record) => record.fields.get(item.field()).cloned(),
                    None => field.default.clone(),
                };
                let list = field.of.as_deref().filter(|_| is_choice(field));
                Some(Asked {
                    id: item.field().to_owned(),
                    field: field.clone(),
                    required: is_required(item, field),
                    asked: field.when.as_ref().is_none_or(|when| case.test(when)),
                    options: list
                        .and_then(|list| plan.pack.choices.get(list))
                        .map(open_options),
                    value,
                    purpose: field
                        .personal
                        .as_ref()
                        .and_then(|id| kind.personal.get(id))
                        .map(|p| p.purpose.clone()),
                })
            })
            .collect();
        let asks_place = record.is_some() && action.form.iter().any(|item| item.field() == "place");
        Offer {
            to: action.to.clone(),
            form,
            assign: action.assign,
            assignees: match action.assign {
                Some(Assign::Choose | Assign::Join) => self.candidates(cell, now),
                _ => Vec::new(),
            },
            approval: !action.approval.is_empty(),
            place: if asks_place {
                PlaceRule::Optional
            } else {
                PlaceRule::None
            },
            ..bare(plan, id.to_owned(), action.title.clone())
        }
    }

    /// Everybody to whom a record in a cell may be assigned: the posts held at units, and at its cell and above.
    fn candidates(&self, cell: &str, now: Timestamp) -> Vec<Candidate> {
        let mut units: Vec<_> = self.roster.units().filter(|unit| unit.active).collect();
        units.sort_by_key(|unit| unit.id);
        let mut posts: Vec<(&str, &crate::PostInfo)> = self.setup.posts().collect();
        posts.sort_by_key(|(id, _)| *id);
        let mut candidates = Vec::new();
        for unit in units {
            for (post, info) in posts.iter().filter(|(_, info)| info.at == PostAt::Unit) {
                if self.roster.at_unit(unit.id, post, now).next().is_some() {
                    candidates.push(Candidate {
                        unit: Some(unit.id),
                        cell: None,
                        post: (*post).to_owned(),
                        title: say(
                            format!("{}{}", unit.title.zh, info.title.zh),
                            format!("{} of {}", info.title.en, unit.title.en),
                        ),
                    });
                }
            }
        }
        for above in self.setup.grid().chain(cell) {
            let Some(info) = self.setup.grid().cell(above) else {
                continue;
            };
            for (post, kind) in posts.iter().filter(|(_, info)| info.at == PostAt::Cell) {
                if self.roster.at_cell(above, post, now).next().is_some() {
                    candidates.push(Candidate {
                        unit: None,
                        cell: Some(above.to_owned()),
                        post: (*post).to_owned(),
                        title: say(
                            format!("{}{}", info.title.zh, kind.title.zh),
                            format!("{} of {}", kind.title.en, info.title.en),
                        ),
                    });
                }
            }
        }
        candidates
    }
}

fn bare(plan: &Plan, action: String, title: Text) -> Offer {
    Offer {
        kind: plan.name.clone(),
        action,
        title,
        to: None,
        form: Vec::new(),
        assign: None,
        assignees: Vec::new(),
        approval: false,
        request: None,
        place: PlaceRule::None,
        note_required: false,
    }
}

fn settling(plan: &Plan, id: &str, action: &Action, request: &Request, agrees: bool) -> Offer {
    let (name, title) = match agrees {
        true => (
            format!("{id}.approve"),
            say(
                format!("同意{}", action.title.zh),
                format!("Agree: {}", action.title.en),
            ),
        ),
        false => (
            format!("{id}.refuse"),
            say(
                format!("不同意{}", action.title.zh),
                format!("Decline: {}", action.title.en),
            ),
        ),
    };
    Offer {
        to: action.to.clone().filter(|_| agrees),
        request: Some(request.clone()),
        note_required: !agrees,
        ..bare(plan, name, title)
    }
}

/// The options that a new value may take.
fn open_options(list: &ChoiceList) -> ChoiceList {
    let open = |options: &ChoiceList| -> ChoiceList {
        options
            .iter()
            .filter(|(_, choice)| !choice.retired)
            .map(|(id, choice)| (id.clone(), choice.clone()))
            .collect()
    };
    open(list)
        .into_iter()
        .map(|(id, mut choice)| {
            choice.options = open(&choice.options);
            (id, choice)
        })
        .collect()
}

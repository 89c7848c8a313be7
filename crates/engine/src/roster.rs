use std::sync::Arc;

use gewang_pack::Text;
use jiff::{Timestamp, civil::Date};
use rustc_hash::FxHashMap;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{Record, WorkCalendar};

/// Who there is, in which units, and who holds which post from when to when: the records of pack `town`, as the engine
/// asks them.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    people: FxHashMap<Uuid, Arc<Person>>,
    units: FxHashMap<Uuid, Arc<Unit>>,
    held: FxHashMap<Uuid, Arc<Held>>,
    by_person: FxHashMap<Uuid, Vec<Arc<Held>>>,
    by_cell: FxHashMap<String, Vec<Arc<Held>>>,
    by_unit: FxHashMap<Uuid, Vec<Arc<Held>>>,
    by_role: FxHashMap<String, Vec<Uuid>>,
}

/// A person with an account, or who had one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The record.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// False once they are gone.
    pub active: bool,
}

/// A unit: a centre, a department, a firm's desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// The record.
    pub id: Uuid,
    /// The role it fills, as packs name it.
    pub role: String,
    /// Its name.
    pub title: Text,
    /// The cell in which it sits, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<String>,
    /// False once it is dissolved.
    pub active: bool,
}

/// A post held by somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The record.
    pub id: Uuid,
    /// Who.
    pub person: Uuid,
    /// The kind of post.
    pub post: String,
    /// Where.
    pub seat: Seat,
    /// From when on.
    pub from: Timestamp,
    /// Until when (not included).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Where a post is held.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seat {
    /// At a cell.
    Cell(String),
    /// At a unit.
    Unit(Uuid),
}

impl Held {
    /// Whether it is held at an instant.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

impl Roster {
    /// The person with this id.
    pub fn person(&self, id: Uuid) -> Option<&Person> {
        self.people.get(&id).map(|person| &**person)
    }

    /// Everybody, in no order.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values().map(|person| &**person)
    }

    /// The unit with this id.
    pub fn unit(&self, id: Uuid) -> Option<&Unit> {
        self.units.get(&id).map(|unit| &**unit)
    }

    /// All units, in no order.
    pub fn units(&self) -> impl Iterator<Item = &Unit> {
        self.units.values().map(|unit| &**unit)
    }

    /// The units that fill a role, the oldest first.
    pub fn units_of(&self, role: &str) -> impl Iterator<Item = &Unit> {
        self.by_role
            .get(role)
            .into_iter()
            .flatten()
            .filter_map(|id| self.unit(*id))
            .filter(|unit| unit.active)
    }

    /// The posts that a person holds at an instant; none once they are gone.
    pub fn posts_of(&self, person: Uuid, at: Timestamp) -> impl Iterator<Item = &Held> {
        let active = self.person(person).is_some_and(|person| person.active);
        let posts = if active {
            self.by_person.get(&person)
        } else {
            None
        };
        posts
            .into_iter()
            .flatten()
            .map(|held| &**held)
            .filter(move |held| held.holds(at))
    }

    /// Every post ever held, in no order.
    pub fn all_posts(&self) -> impl Iterator<Item = &Held> {
        self.held.values().map(|held| &**held)
    }

    /// Who holds a kind of post at a cell (there, not above) at an instant, in the order of appointment.
    pub fn at_cell<'r>(
        &'r self,
        cell: &str,
        post: &'r str,
        at: Timestamp,
    ) -> impl Iterator<Item = Uuid> + 'r {
        self.seated(self.by_cell.get(cell), post, at)
    }

    /// Who holds a kind of post at a unit at an instant, in the order of appointment.
    pub fn at_unit<'r>(
        &'r self,
        unit: Uuid,
        post: &'r str,
        at: Timestamp,
    ) -> impl Iterator<Item = Uuid> + 'r {
        self.seated(self.by_unit.get(&unit), post, at)
    }

    /// The posts held at a cell at an instant, in the order of appointment.
    pub fn posts_at_cell(&self, cell: &str, at: Timestamp) -> impl Iterator<Item = &Held> {
        let posts = self.by_cell.get(cell);
        posts
            .into_iter()
            .flatten()
            .map(|held| &**held)
            .filter(move |held| held.holds(at) && self.is_active(held.person))
    }

    fn seated<'r>(
        &'r self,
        posts: Option<&'r Vec<Arc<Held>>>,
        post: &'r str,
        at: Timestamp,
    ) -> impl Iterator<Item = Uuid> + 'r {
        posts
            .into_iter()
            .flatten()
            .filter(move |held| held.post == post && held.holds(at) && self.is_active(held.person))
            .map(|held| held.person)
    }

    fn is_active(&self, person: Uuid) -> bool {
        self.person(person).is_some_and(|person| person.active)
    }

    /// Takes a record of pack `town` in; true where it changed anything.
    pub(crate) fn absorb(&mut self, record: &Record, calendar: &WorkCalendar) -> bool {
        match record.kind.as_str() {
            "town.person" => {
                let name = text(record, "name").unwrap_or_default().to_owned();
                let person = Person {
                    id: record.id,
                    name,
                    active: record.closed.is_none(),
                };
                self.people.insert(record.id, Arc::new(person));
                true
            }
            "town.unit" => self.absorb_unit(record),
            "town.post" => self.absorb_post(record, calendar),
            _ => false,
        }
    }

    fn absorb_unit(&mut self, record: &Record) -> bool {
        let role = text(record, "role").unwrap_or_default().to_owned();
        let unit = Unit {
            id: record.id,
            role: role.clone(),
            title: Text {
                zh: text(record, "title_zh").unwrap_or_default().to_owned(),
                en: text(record, "title_en").unwrap_or_default().to_owned(),
            },
            cell: text(record, "cell").map(str::to_owned),
            active: record.closed.is_none(),
        };
        if let Some(before) = self.units.insert(record.id, Arc::new(unit))
            && before.role != role
            && let Some(ids) = self.by_role.get_mut(&before.role)
        {
            ids.retain(|id| *id != record.id);
        }
        let ids = self.by_role.entry(role).or_default();
        if let Err(place) = ids.binary_search(&record.id) {
            ids.insert(place, record.id);
        }
        true
    }

    fn absorb_post(&mut self, record: &Record, calendar: &WorkCalendar) -> bool {
        if let Some(before) = self.held.remove(&record.id) {
            let forget = |list: Option<&mut Vec<Arc<Held>>>| {
                if let Some(list) = list {
                    list.retain(|held| held.id != record.id);
                }
            };
            forget(self.by_person.get_mut(&before.person));
            match &before.seat {
                Seat::Cell(cell) => forget(self.by_cell.get_mut(cell)),
                Seat::Unit(unit) => forget(self.by_unit.get_mut(unit)),
            }
        }
        let id = |field: &str| text(record, field).and_then(|text| text.parse::<Uuid>().ok());
        let (Some(person), Some(post)) = (id("person"), text(record, "post")) else {
            return true;
        };
        let seat = match (id("unit"), text(record, "cell")) {
            (Some(unit), _) => Seat::Unit(unit),
            (None, Some(cell)) => Seat::Cell(cell.to_owned()),
            (None, None) => return true,
        };
        let day = |field: &str| text(record, field).and_then(|text| text.parse::<Date>().ok());
        let from = day("from").map_or(record.opened, |day| calendar.start_of(day));
        let last = day("until")
            .and_then(|day| day.tomorrow().ok())
            .map(|day| calendar.start_of(day));
        let until = match (last, record.closed) {
            (Some(last), Some(closed)) => Some(last.min(closed)),
            (last, closed) => last.or(closed),
        };
        let held = Arc::new(Held {
            id: record.id,
            person,
            post: post.to_owned(),
            seat,
            from,
            until,
        });
        self.held.insert(record.id, held.clone());
        let keep = |list: &mut Vec<Arc<Held>>, held: Arc<Held>| {
            let place = list.partition_point(|other| (other.from, other.id) < (held.from, held.id));
            list.insert(place, held);
        };
        keep(self.by_person.entry(person).or_default(), held.clone());
        match &held.seat {
            Seat::Cell(cell) => keep(self.by_cell.entry(cell.clone()).or_default(), held.clone()),
            Seat::Unit(unit) => keep(self.by_unit.entry(*unit).or_default(), held.clone()),
        }
        true
    }
}

fn text<'r>(record: &'r Record, field: &str) -> Option<&'r str> {
    record
        .fields
        .get(field)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

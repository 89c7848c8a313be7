use std::time::Duration;

use anyhow::Result;
use gewang_engine::{Actor, Command, Submission};
use gewang_store::Home;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{ENTRIES, Places};
use crate::bench::inside::Inside;
use crate::bench::machine::processor_seconds;
use crate::bench::matters::{CATEGORIES, Dice, PHRASES};

/// Records in a post.
const POST: u32 = 100;
/// Of so many one stays open.
const OPEN: u32 = 500;
/// What is noted of those.
pub(super) const UNCHECKED: &str = "待核实";
/// How often it is looked whether all is done.
const LOOK: Duration = Duration::from_millis(500);
/// Over so long the records are spread; all that time the demo's people hold their posts.
const PAST: SignedDuration = SignedDuration::from_hours(24 * 300);
/// Roads of the town; each has so many houses that a house is named by a few records among a million.
const ROADS: [&str; 8] = [
    "人民", "澄鹿", "镇澄", "西横", "长山", "滨江", "世纪", "文化",
];
const HOUSES: usize = 5000;

/// A town while its past is told.
pub(super) struct Filling {
    town: Inside,
    reporter: Actor,
    dispatcher: Actor,
    places: Places,
    begin: Timestamp,
    all: u32,
    filled: u32,
    dice: Dice,
}

impl Filling {
    /// Founds it in the past.
    pub fn begin(home: Home, all: u32, places: Places) -> Result<Filling> {
        let begin = Timestamp::now() - PAST;
        let town = Inside::found(home, "zhoutie", Some(begin))?;
        Ok(Filling {
            reporter: town.reporter()?,
            dispatcher: town.dispatcher()?,
            town,
            places,
            begin,
            all,
            filled: 0,
            dice: Dice::new(1),
        })
    }

    /// How many records there are.
    pub fn filled(&self) -> u32 {
        self.filled
    }

    pub fn town(&self) -> &Inside {
        &self.town
    }

    pub fn places(&self) -> &Places {
        &self.places
    }

    pub fn end(self) -> Inside {
        self.town
    }

    /// Posts more until there are so many, and waits until their words are found and nothing works in the background.
    pub fn up_to(&mut self, count: u32) -> Result<()> {
        while self.filled < count {
            let mut submissions = Vec::with_capacity((POST * ENTRIES) as usize);
            for _ in 0..POST.min(count - self.filled) {
                self.one(&mut submissions);
            }
            self.town.post(submissions)?;
        }
        let head = self.town.store.head();
        while self.town.store.searched() < head {
            std::thread::sleep(LOOK);
        }
        let mut used = f64::NEG_INFINITY;
        loop {
            std::thread::sleep(LOOK);
            let now = processor_seconds(std::process::id())?;
            if now - used < LOOK.as_secs_f64() / 20.0 {
                return Ok(());
            }
            used = now;
        }
    }

    /// A report, three notes, and that it is declined, unless it is one of those that stay open.
    fn one(&mut self, submissions: &mut Vec<Submission>) {
        let n = self.filled;
        self.filled += 1;
        let share = PAST.as_secs_f64() * f64::from(n) / f64::from(self.all);
        let received = self.begin + SignedDuration::from_secs_f64(share);
        let record = id(n);
        let [lon, lat] = self.places[self.dice.below(self.places.len())];
        let mut phrase = || PHRASES[self.dice.below(PHRASES.len())];
        let details: String = (0..24).map(|_| phrase()).collect();
        let notes: Vec<&str> = (0..3).map(|_| phrase()).collect();
        let category = CATEGORIES[self.dice.below(CATEGORIES.len())];
        let summary = format!("{}，{}", house(&mut self.dice), PHRASES[n as usize % 16]);
        let mut act = |actor: &Actor, action: &str, place, data: Value| {
            let data: Map<String, Value> = match data {
                Value::Object(data) => data,
                _ => Map::new(),
            };
            submissions.push(Submission {
                command: Command {
                    id: Uuid::now_v7(),
                    at: received,
                    kind: "governance.matter".into(),
                    record,
                    action: action.into(),
                    version: None,
                    place,
                    data,
                    files: Vec::new(),
                    backdated: false,
                },
                actor: actor.clone(),
                received,
            });
        };
        let report = json!({
            "category": category, "severity": "normal", "summary": summary, "details": details,
        });
        act(&self.reporter, "report", Some([lon, lat]), report);
        for note in notes {
            act(&self.dispatcher, "note", None, json!({ "note": note }));
        }
        match n % OPEN {
            0 => act(&self.dispatcher, "note", None, json!({ "note": UNCHECKED })),
            _ => act(
                &self.dispatcher,
                "decline",
                None,
                json!({ "reason": "不属于受理范围" }),
            ),
        }
    }
}

/// The id of the n-th record: they are asked for again.
pub(super) fn id(n: u32) -> Uuid {
    let time = u128::from(n) << 80;
    Uuid::from_u128(time | 0x7000_8000_0000_0000_0000 | u128::from(n.wrapping_mul(0x9E37_79B9)))
}

/// A house of the town, as it is written in a summary.
pub(super) fn house(dice: &mut Dice) -> String {
    let road = ROADS[dice.below(ROADS.len())];
    format!("{road}路{}号", dice.below(HOUSES) + 1)
}

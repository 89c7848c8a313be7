use std::sync::Arc;

use gewang_pack::{
    ChoiceList, Expr, Fault, Field, FieldType, Kind, Pack, PackContext, PostAt, PostKind, Route,
    Source, Span, Text, Town, compare, load_pack, load_town,
};
use jiff::{Timestamp, civil::Date};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::Value;

use crate::{Grid, Read, Record, WorkCalendar, table::Table, wording::say};

/// Everything that a town has set up: its settings, every version of its packs, its territory, its calendar. It never
/// changes; adopting something new makes another one.
#[derive(Debug)]
pub struct Setup {
    town: Town,
    /// Every version of each pack, the oldest first.
    packs: FxHashMap<String, Vec<Arc<Pack>>>,
    /// The ids of the packs in the order in which the town names them.
    order: Vec<String>,
    plans: FxHashMap<String, Vec<Arc<Plan>>>,
    posts: FxHashMap<String, PostInfo>,
    grid: Grid,
    calendar: WorkCalendar,
}

/// A kind of post as this town calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostInfo {
    /// Its name here.
    pub title: Text,
    /// Where it is held.
    pub at: PostAt,
}

/// What is worked out once for each version of a kind, so that no command has to.
#[derive(Debug)]
pub(crate) struct Plan {
    /// `pack.kind`.
    pub name: String,
    pub pack: Arc<Pack>,
    index: usize,
    /// The town's own rows, which go before the pack's.
    pub own_routes: Table<Route>,
    pub routes: Table<Route>,
    pub limits: Table<Span>,
    pub due: Option<Rule>,
    pub state_due: FxHashMap<String, Rule>,
}

/// A deadline's rule, with the common cases recognised.
#[derive(Debug)]
pub(crate) enum Rule {
    Fixed(Span),
    Limit,
    Depends(Expr),
}

impl Plan {
    pub fn kind(&self) -> &Kind {
        self.pack
            .kinds
            .get_index(self.index)
            .expect("the plan was made from this kind of this pack")
            .1
    }

    pub fn version(&self) -> u32 {
        self.pack.version
    }

    /// The name of the kind to which a link field leads, as `pack.kind`.
    pub fn linked(&self, field: &Field) -> String {
        match field.of.as_deref() {
            Some(of) if of.contains('.') => of.to_owned(),
            of => format!("{}.{}", self.pack.pack, of.unwrap_or_default()),
        }
    }
}

impl Setup {
    /// Makes a town's set-up from its texts: `town.yaml`, each version of each pack (the built-in `town` among them) and
    /// the cells as GeoJSON. The highest version of a pack is in force.
    pub fn load(town: Source, packs: Vec<Vec<Source>>, cells: &str) -> Result<Setup, Vec<Fault>> {
        let loaded = load_packs(&packs)?;
        let faults = changed_meanings(&loaded);
        if !faults.is_empty() {
            return Err(faults);
        }
        let loaded: Vec<Pack> = loaded.into_iter().map(|(pack, _)| pack).collect();
        let mut in_force: Vec<Pack> = Vec::new();
        for pack in &loaded {
            match in_force.iter_mut().find(|other| other.pack == pack.pack) {
                Some(other) if other.version < pack.version => *other = pack.clone(),
                Some(_) => {}
                None => in_force.push(pack.clone()),
            }
        }
        let file = town.file.clone();
        let settings = load_town(&town, &in_force)?;
        let fault = |code: &'static str, pointer: &str, text: Text, mend: Text| {
            vec![Fault {
                code,
                file: file.clone(),
                line: 1,
                column: 1,
                pointer: pointer.into(),
                text,
                mend,
            }]
        };
        let calendar =
            WorkCalendar::new(&settings.calendar, &settings.time_zone).map_err(|error| {
                fault(
                    "unknown-time-zone",
                    "/time_zone",
                    say(
                        format!("没有时区“{}”：{error}", settings.time_zone),
                        format!("there is no time zone \"{}\": {error}", settings.time_zone),
                    ),
                    say(
                        "写 IANA 名称，例如 Asia/Shanghai",
                        "write an IANA name, for instance Asia/Shanghai",
                    ),
                )
            })?;
        let grid = Grid::read(cells, &settings).map_err(|problems| {
            problems
                .into_iter()
                .flat_map(|text| {
                    fault(
                        "bad-cells",
                        "",
                        text,
                        say("改正网格图", "mend the drawing of the cells"),
                    )
                })
                .collect::<Vec<_>>()
        })?;
        for pack in std::iter::once("town").chain(settings.packs.iter().map(String::as_str)) {
            if !in_force.iter().any(|known| known.pack == pack) {
                return Err(fault(
                    "unknown-pack",
                    "/packs",
                    say(
                        format!("没有给出“{pack}”包"),
                        format!("the pack \"{pack}\" was not given"),
                    ),
                    say(
                        "给出这个包，或从列表中去掉",
                        "give it, or take it off the list",
                    ),
                ));
            }
        }
        Ok(Setup::assemble(settings, loaded, grid, calendar))
    }

    /// Makes the set-up that a record of kind `town.domain` names, from the stored files.
    pub fn read<R: Read>(
        world: &R,
        domain: &Record,
    ) -> Result<Result<Setup, Vec<Fault>>, R::Error> {
        Setup::read_fields(world, &|name| {
            domain.fields.get(name).cloned().unwrap_or(Value::Null)
        })
    }

    /// The same from its fields, where nothing has made a record of them yet.
    pub fn read_fields<R: Read>(
        world: &R,
        field: &dyn Fn(&str) -> Value,
    ) -> Result<Result<Setup, Vec<Fault>>, R::Error> {
        let text = |hash: &Value| -> Result<String, R::Error> {
            let bytes = match hash.as_str() {
                Some(hash) => world.content(hash)?,
                None => None,
            };
            Ok(bytes
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .unwrap_or_default())
        };
        let town = Source {
            file: "town.yaml".into(),
            text: text(&field("settings"))?,
        };
        let cells = text(&field("grid"))?;
        let mut packs = Vec::new();
        for hash in field("packs").as_array().into_iter().flatten() {
            match serde_json::from_str::<Bundle>(&text(hash)?) {
                Ok(bundle) => packs.push(
                    bundle
                        .files
                        .into_iter()
                        .map(|file| Source {
                            file: file.name,
                            text: file.text,
                        })
                        .collect(),
                ),
                Err(error) => {
                    let fault = Fault {
                        code: "bad-bundle",
                        file: hash.as_str().unwrap_or_default().to_owned(),
                        line: error.line().max(1) as u32,
                        column: error.column().max(1) as u32,
                        pointer: String::new(),
                        text: say(
                            format!("包文件读不懂：{error}"),
                            format!("the file of a pack cannot be read: {error}"),
                        ),
                        mend: say(
                            "应为 {\"files\": [{\"name\", \"text\"}]}",
                            "it is {\"files\": [{\"name\", \"text\"}]}",
                        ),
                    };
                    return Ok(Err(vec![fault]));
                }
            }
        }
        Ok(Setup::load(town, packs, &cells))
    }

    fn assemble(town: Town, loaded: Vec<Pack>, grid: Grid, calendar: WorkCalendar) -> Setup {
        let mut packs: FxHashMap<String, Vec<Arc<Pack>>> = FxHashMap::default();
        for pack in loaded {
            packs
                .entry(pack.pack.clone())
                .or_default()
                .push(Arc::new(pack));
        }
        let mut plans: FxHashMap<String, Vec<Arc<Plan>>> = FxHashMap::default();
        for versions in packs.values_mut() {
            versions.sort_by_key(|pack| pack.version);
            versions.dedup_by_key(|pack| pack.version);
            for pack in versions {
                for (index, (id, kind)) in pack.kinds.iter().enumerate() {
                    let name = format!("{}.{id}", pack.pack);
                    let own = town.routes.get(&name).cloned().unwrap_or_default();
                    let plan = Plan {
                        name: name.clone(),
                        pack: pack.clone(),
                        index,
                        own_routes: Table::new(own, pack, kind),
                        routes: Table::new(kind.routes.clone(), pack, kind),
                        limits: Table::new(kind.limits.clone(), pack, kind),
                        due: kind.due.as_ref().map(rule),
                        state_due: kind
                            .states
                            .iter()
                            .filter_map(|(id, state)| Some((id.clone(), rule(state.due.as_ref()?))))
                            .collect(),
                    };
                    plans.entry(name).or_default().push(Arc::new(plan));
                }
            }
        }
        let mut order = vec!["town".to_owned()];
        order.extend(town.packs.iter().filter(|pack| *pack != "town").cloned());
        let mut posts = FxHashMap::default();
        for pack in order.iter().filter_map(|id| packs.get(id)?.last()) {
            for (id, PostKind { title, at }) in &pack.posts {
                let title = town.posts.get(id).unwrap_or(title).clone();
                posts.insert(id.clone(), PostInfo { title, at: *at });
            }
        }
        Setup {
            town,
            packs,
            order,
            plans,
            posts,
            grid,
            calendar,
        }
    }

    /// The town's settings.
    pub fn town(&self) -> &Town {
        &self.town
    }

    /// The packs in force, `town` first, then as the town names them.
    pub fn packs(&self) -> impl Iterator<Item = &Arc<Pack>> {
        self.order
            .iter()
            .filter_map(|id| self.packs.get(id)?.last())
    }

    /// A version of a pack.
    pub fn pack(&self, id: &str, version: u32) -> Option<&Arc<Pack>> {
        self.packs
            .get(id)?
            .iter()
            .find(|pack| pack.version == version)
    }

    /// A kind (`pack.kind`) in force, with the version of its pack.
    pub fn kind(&self, name: &str) -> Option<(&Kind, u32)> {
        self.plan(name).map(|plan| (plan.kind(), plan.version()))
    }

    /// A kind as a version of its pack describes it.
    pub fn kind_at(&self, name: &str, version: u32) -> Option<&Kind> {
        self.plan_at(name, version).map(|plan| plan.kind())
    }

    /// The kinds in force by name, in the order of the packs.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &Kind)> {
        self.current_plans()
            .map(|plan| (plan.name.as_str(), plan.kind()))
    }

    /// The options of a choice field of a kind.
    pub fn options(&self, kind: &str, version: u32, field: &str) -> Option<&ChoiceList> {
        let plan = self.plan_at(kind, version)?;
        plan.pack
            .choices
            .get(plan.kind().fields.get(field)?.of.as_deref()?)
    }

    /// A kind of post of the packs in force.
    pub fn post(&self, id: &str) -> Option<&PostInfo> {
        self.posts.get(id)
    }

    /// The kinds of post of the packs in force, in no order.
    pub fn posts(&self) -> impl Iterator<Item = (&str, &PostInfo)> {
        self.posts.iter().map(|(id, info)| (id.as_str(), info))
    }

    /// The name of a role of units, where a pack in force declares it.
    pub fn role(&self, id: &str) -> Option<&Text> {
        self.packs().find_map(|pack| pack.units.get(id))
    }

    /// The territory.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The working calendar.
    pub fn calendar(&self) -> &WorkCalendar {
        &self.calendar
    }

    /// The local date of an instant.
    pub fn day(&self, at: Timestamp) -> Date {
        self.calendar.day(at)
    }

    /// The local date of an instant as days since 1970-01-01.
    pub fn day_number(&self, at: Timestamp) -> i32 {
        self.calendar.day_number(at)
    }

    pub(crate) fn plan(&self, name: &str) -> Option<&Arc<Plan>> {
        let plan = self.plans.get(name)?.last()?;
        // A pack that is no longer in use lets its records go on, and none begin.
        self.order.contains(&plan.pack.pack).then_some(plan)
    }

    pub(crate) fn plan_at(&self, name: &str, version: u32) -> Option<&Arc<Plan>> {
        let versions = self.plans.get(name)?;
        versions.iter().rev().find(|plan| plan.version() == version)
    }

    pub(crate) fn current_plans(&self) -> impl Iterator<Item = &Arc<Plan>> {
        self.packs().flat_map(move |pack| {
            pack.kinds
                .keys()
                .filter_map(move |id| self.plan(&format!("{}.{id}", pack.pack)))
        })
    }
}

/// Whether a field's value lies in a choice list.
pub(crate) fn is_choice(field: &Field) -> bool {
    matches!(field.kind, FieldType::Choice | FieldType::Choices)
}

fn rule(expr: &Expr) -> Rule {
    let source = expr.source().trim();
    if source == "limit()" {
        return Rule::Limit;
    }
    let fixed = source
        .strip_suffix(')')
        .and_then(|inner| inner.split_once('('))
        .and_then(|(unit, count)| {
            let known = ["minutes", "hours", "days", "workhours", "workdays"].contains(&unit);
            let whole = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
            (known && whole)
                .then(|| format!("{count} {unit}").parse::<Span>().ok())
                .flatten()
        });
    fixed.map_or_else(|| Rule::Depends(expr.clone()), Rule::Fixed)
}

/// Loads the packs whatever their order (one that leans on another waits for it), with their texts, the newest version of
/// each first, where others find it.
fn load_packs(packs: &[Vec<Source>]) -> Result<Vec<(Pack, &[Source])>, Vec<Fault>> {
    let mut loaded: Vec<(Pack, &[Source])> = Vec::new();
    let mut waiting: Vec<&Vec<Source>> = packs.iter().collect();
    let mut known: Vec<Pack> = Vec::new();
    while !waiting.is_empty() {
        let mut faults = Vec::new();
        let before = waiting.len();
        waiting.retain(
            |sources| match load_pack(sources, &PackContext { packs: &known }) {
                Ok(pack) => {
                    let place = known.partition_point(|other| other.version > pack.version);
                    known.insert(place, pack.clone());
                    loaded.insert(place, (pack, sources.as_slice()));
                    false
                }
                Err(more) => {
                    faults.extend(more);
                    true
                }
            },
        );
        if waiting.len() == before {
            return Err(faults);
        }
    }
    Ok(loaded)
}

/// What a version of a pack says otherwise than the version before it though records hold it: a code never changes its
/// meaning, and a version once in force stays as it was.
fn changed_meanings(newest_first: &[(Pack, &[Source])]) -> Vec<Fault> {
    newest_first
        .iter()
        .enumerate()
        .filter_map(|(place, (newer, sources))| {
            let (older, _) = newest_first[place + 1..]
                .iter()
                .find(|(older, _)| older.pack == newer.pack)?;
            Some(compare(older, newer, sources))
        })
        .flatten()
        .collect()
}

#[derive(Deserialize)]
struct Bundle {
    files: Vec<BundledFile>,
}

#[derive(Deserialize)]
struct BundledFile {
    name: String,
    text: String,
}

use indexmap::IndexMap;
use serde::Deserialize;

use super::chance::Chance;

/// What the simulator says and how often: `packs/zhoutie/simulator.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Script {
    /// When matters come up.
    pub day: Day,
    /// The matters by category.
    pub matters: IndexMap<String, Matter>,
    /// How often, of a hundred, something else happens than the straight way.
    pub shares: IndexMap<String, u32>,
    /// What people write on the way.
    pub words: IndexMap<String, Words>,
}

/// When matters come up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Day {
    /// The weight of each hour, by profile.
    pub hours: IndexMap<String, Vec<u32>>,
    /// The factor on days without work.
    pub free: f64,
}

/// A category of matters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Matter {
    /// Its weight among all.
    pub weight: u32,
    /// The weights of the severities.
    pub severity: IndexMap<String, u32>,
    /// The profile of its hours.
    pub hours: String,
    /// What it is reported with.
    pub summaries: Vec<Said>,
    /// What it is finished with.
    pub results: Vec<Said>,
}

/// What somebody wrote, in the language of the town; the other is for readers of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    /// Chinese.
    pub zh: String,
    /// English.
    #[allow(
        dead_code,
        reason = "the file says everything in both languages; the town writes Chinese"
    )]
    pub en: String,
}

/// Texts, or texts by an option with its weight.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Words {
    /// Any of these.
    Any(Vec<Said>),
    /// By option.
    By(IndexMap<String, Weighted>),
}

/// An option's weight and texts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Weighted {
    /// How often it is chosen among all.
    pub weight: u32,
    /// What is then said.
    #[serde(default)]
    pub texts: Vec<Said>,
}

impl Script {
    /// Reads the script.
    pub fn read(text: &str) -> anyhow::Result<Script> {
        Ok(gewang_pack::Document::read(text)?.get("")?)
    }

    /// Whether this rarer thing happens now.
    pub fn happens(&self, what: &str, chance: &mut Chance) -> bool {
        chance.below(100) < u64::from(self.shares.get(what).copied().unwrap_or(0))
    }

    /// Something to write, if the script has anything for it.
    pub fn words(&self, what: &str, chance: &mut Chance) -> Option<String> {
        match self.words.get(what)? {
            Words::Any(all) => chance.one(all).map(|said| said.zh.clone()),
            Words::By(_) => None,
        }
    }

    /// An option by its weight, and something to say with it.
    pub fn option(&self, what: &str, chance: &mut Chance) -> Option<(String, Option<String>)> {
        let Words::By(options) = self.words.get(what)? else {
            return None;
        };
        let (option, weighted) =
            chance.weighted(options.iter().map(|(id, w)| ((id, w), w.weight)))?;
        Some((
            option.clone(),
            chance.one(&weighted.texts).map(|said| said.zh.clone()),
        ))
    }

    /// A category that comes up at this hour.
    pub fn category(&self, hour: usize, chance: &mut Chance) -> Option<(&str, &Matter)> {
        let at = |matter: &Matter| {
            self.day
                .hours
                .get(&matter.hours)
                .and_then(|hours| hours.get(hour))
                .copied()
                .unwrap_or(1)
        };
        chance.weighted(
            self.matters
                .iter()
                .map(|(id, matter)| ((id.as_str(), matter), matter.weight * at(matter))),
        )
    }

    /// How busy an hour is, as a share of the whole day.
    pub fn share_of(&self, hour: usize) -> f64 {
        let sum = |hours: &mut dyn Iterator<Item = usize>| -> f64 {
            hours
                .map(|hour| {
                    let weight = |matter: &Matter| {
                        let profile = self.day.hours.get(&matter.hours);
                        matter.weight
                            * profile
                                .and_then(|hours| hours.get(hour))
                                .copied()
                                .unwrap_or(1)
                    };
                    f64::from(self.matters.values().map(weight).sum::<u32>())
                })
                .sum()
        };
        let whole = sum(&mut (0..24));
        if whole > 0.0 {
            sum(&mut std::iter::once(hour)) / whole
        } else {
            1.0 / 24.0
        }
    }
}

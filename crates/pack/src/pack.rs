use crate::ordered::Ordered;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Choice, ChoiceList, Kind, Text};

/// A service: one YAML file (or a folder of them, merged) that declares choices and kinds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// Its id, snake_case.
    pub pack: String,
    /// Counts up with every change that is put in force. A record keeps the version under which it began.
    #[serde(default = "first")]
    pub version: u32,
    /// Its name.
    pub title: Text,
    /// One sentence: what it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Text>,
    /// The packs whose posts, units and kinds this one names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub uses: Vec<String>,
    /// The kinds of post that this pack brings, by id.
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub posts: Ordered<PostKind>,
    /// The roles that units of the town fill, by id: what `routes` may name.
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub units: Ordered<Text>,
    /// The choice lists by id.
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub choices: Ordered<ChoiceList>,
    /// The kinds by id. Elsewhere a kind is called `PACK.KIND`.
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub kinds: Ordered<Kind>,
}

fn first() -> u32 {
    1
}

/// A kind of post: an office that people hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostKind {
    /// Its name.
    pub title: Text,
    /// Where one holds it.
    pub at: PostAt,
}

/// Where a post is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostAt {
    /// At a cell: authority over the records in it and below it.
    Cell,
    /// At a unit: authority over the records assigned to it.
    Unit,
}

impl Pack {
    /// The options of the choice list `list` that `value` means: itself, or all in the group of that name.
    pub fn options<'p>(&'p self, list: &str, value: &'p str) -> Vec<&'p str> {
        let choice = self
            .choices
            .get(list)
            .and_then(|options| options.get(value));
        match choice {
            Some(group) if !group.options.is_empty() => {
                group.options.keys().map(String::as_str).collect()
            }
            _ => vec![value],
        }
    }

    /// Whether all that `narrow` means in the choice list lies in what the values of `wide` mean together.
    pub fn inside(&self, list: &str, narrow: &str, wide: &[String]) -> bool {
        let wide: Vec<&str> = wide
            .iter()
            .flat_map(|value| self.options(list, value))
            .collect();
        self.options(list, narrow)
            .iter()
            .all(|option| wide.contains(option))
    }

    /// Whether the option `value` is, or lies in, the group `group` of any choice list.
    pub fn within(&self, value: &str, group: &str) -> bool {
        value == group
            || self
                .choices
                .values()
                .filter_map(|list| list.get(group))
                .any(|choice| choice.options.contains_key(value))
    }

    /// The option with this code: of the list itself or of one of its groups.
    pub fn option(&self, list: &str, code: &str) -> Option<&Choice> {
        let list = self.choices.get(list)?;
        list.get(code)
            .filter(|choice| choice.options.is_empty())
            .or_else(|| list.values().find_map(|group| group.options.get(code)))
    }
}

use crate::ordered::Ordered;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The options of a choice field by code. A code never changes its meaning: it is retired, never reused.
pub type ChoiceList = Ordered<Choice>;

/// One option, or a group of options. A group is no value itself; conditions may name it to mean all inside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// Where this is a group, its options (one level deep).
    #[serde(default, skip_serializing_if = "Ordered::is_empty")]
    pub options: Ordered<Choice>,
    /// True when old records may hold it and new ones may not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
}

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text in every language of the product. Both are required: a pack with one language does not load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// The text in `lang` (`"zh"` or anything that begins with it; everything else is English).
    pub fn lang(&self, lang: &str) -> &str {
        if lang.starts_with("zh") {
            &self.zh
        } else {
            &self.en
        }
    }
}

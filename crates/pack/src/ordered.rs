use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

/// What a pack lists by id, in the order in which it is written. The ids come from packs, which an administrator adopts,
/// so a quick hash serves.
pub type Ordered<T> = IndexMap<String, T, FxBuildHasher>;

use gewang_engine::{FileInfo, Memory};
use serde_json::{Value, json};

use super::SetupFiles;

/// The sample files that a scenario may name, with what each is.
const FILES: [(&str, &str); 9] = [
    ("@photo", "image/jpeg"),
    ("@photo2", "image/jpeg"),
    ("@photo3", "image/jpeg"),
    ("@audio", "audio/mpeg"),
    ("@audio2", "audio/mpeg"),
    ("@audio3", "audio/mpeg"),
    ("@file", "application/pdf"),
    ("@file2", "application/pdf"),
    ("@file3", "application/pdf"),
];

/// The files of a play: small samples, and the set-up of its own town.
pub(crate) struct Samples {
    settings: String,
    packs: Vec<String>,
    grid: String,
}

impl Samples {
    /// Makes all of them known to the world of the play.
    pub fn keep(world: &mut Memory, town: &SetupFiles) -> Samples {
        for (name, media) in FILES {
            let info = FileInfo {
                media: media.into(),
                bytes: 1000,
            };
            world.keep(hash(name.as_bytes()), info, None);
        }
        let mut whole = |media: &str, bytes: &[u8]| {
            let info = FileInfo {
                media: media.into(),
                bytes: bytes.len() as u64,
            };
            world.keep(hash(bytes), info, Some(bytes.to_vec()));
            hash(bytes)
        };
        Samples {
            settings: whole("application/yaml", &town.settings),
            packs: town
                .packs
                .iter()
                .map(|pack| whole("application/json", pack))
                .collect(),
            grid: whole("application/geo+json", &town.grid),
        }
    }

    /// What a name stands for: a hash, or for `@packs` a list of them.
    pub fn named(&self, name: &str) -> Option<Value> {
        match name {
            "@settings" => Some(json!(self.settings)),
            "@packs" => Some(json!(self.packs)),
            "@grid" => Some(json!(self.grid)),
            _ => FILES
                .iter()
                .any(|(file, _)| *file == name)
                .then(|| json!(hash(name.as_bytes()))),
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

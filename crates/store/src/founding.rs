use std::{path::Path, sync::Arc};

use gewang_engine::{Actor, Command, Engine, Outcome, OutcomeKind, Setup, Submission};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{Error, Options, Store, files::FileRoom, lock, schema};

/// What a domain begins with.
pub struct Founding {
    /// The checked set-up, made from the very files below.
    pub setup: Arc<Setup>,
    /// `town.yaml`.
    pub settings: Vec<u8>,
    /// Each pack as a bundle, `{"files":[{"name","text"}]}`.
    pub packs: Vec<Vec<u8>>,
    /// The cells, GeoJSON.
    pub grid: Vec<u8>,
    /// When.
    pub at: Timestamp,
    /// UUIDv7 of the founding command.
    pub command: Uuid,
    /// UUIDv7 of the domain's record.
    pub record: Uuid,
}

impl Store {
    /// Founds a domain in `dir` (made where it is missing). Fails with [`Error::Exists`] where there is one.
    pub fn create(dir: &Path, founding: Founding) -> Result<Store, Error> {
        Store::create_with(dir, founding, Options::default())
    }

    /// [`Store::create`] with options.
    pub fn create_with(dir: &Path, founding: Founding, options: Options) -> Result<Store, Error> {
        std::fs::create_dir_all(dir)?;
        let lock = lock::Lock::take(dir)?;
        let link = schema::open_writer(dir)?;
        if schema::founded(&link)?.is_some() {
            return Err(Error::Exists);
        }
        let files = FileRoom::open(None, dir)?;
        let domain: Arc<str> = founding.setup.town().domain.as_str().into();
        schema::set_meta(&link, &domain, "founding", &founding.record.to_string())?;
        let engine = Engine::found(founding.setup.clone());
        let store = Store::start(dir, link, files, lock, domain, engine, options)?;
        let stored = founding.at;
        let settings =
            store.put_file_now("application/yaml", &founding.settings, None, None, stored)?;
        let grid =
            store.put_file_now("application/geo+json", &founding.grid, None, None, stored)?;
        let mut packs = Vec::new();
        for pack in &founding.packs {
            packs.push(Value::from(
                store
                    .put_file_now("application/json", pack, None, None, stored)?
                    .hash,
            ));
        }
        let mut data = Map::new();
        data.insert("settings".into(), settings.hash.into());
        data.insert("packs".into(), packs.into());
        data.insert("grid".into(), grid.hash.into());
        let outcomes = store.post_now(vec![Submission {
            command: Command {
                id: founding.command,
                at: founding.at,
                kind: "town.domain".into(),
                record: founding.record,
                action: "found".into(),
                version: None,
                place: None,
                data,
                files: Vec::new(),
                backdated: false,
            },
            actor: Actor::System,
            received: founding.at,
        }])?;
        match outcomes.into_iter().next() {
            Some(Outcome {
                outcome: OutcomeKind::Done,
                ..
            }) => Ok(store),
            Some(Outcome {
                problem: Some(refusal),
                ..
            }) => Err(Error::Refused(format!(
                "{} at {}: {}",
                refusal.code, refusal.pointer, refusal.text.en
            ))),
            _ => Err(Error::Inconsistent("the founding had no outcome".into())),
        }
    }
}

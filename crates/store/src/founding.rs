use std::sync::Arc;

use arc_swap::ArcSwap;
use gewang_engine::{Actor, Command, Engine, Outcome, OutcomeKind, Setup, Submission};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    Error, Head, Home, Options, Store, journal, lock::Lock, schema, seal::Master, shared::Shared,
};

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
    /// Founds a domain (the data directory is made where it is missing). Fails with [`Error::Exists`] where there is one.
    pub fn create(home: impl Into<Home>, founding: Founding) -> Result<Store, Error> {
        Store::create_with(home, founding, Options::default())
    }

    /// [`Store::create`] with options.
    pub fn create_with(
        home: impl Into<Home>,
        founding: Founding,
        options: Options,
    ) -> Result<Store, Error> {
        let mut home = home.into();
        std::fs::create_dir_all(&home.dir)?;
        let lock = Lock::of(&home)?;
        let link = home.writer()?;
        let domain: Arc<str> = founding.setup.town().domain.as_str().into();
        // A file is one town's; a server may hold others.
        let other = (!home.is_sqlite()).then_some(&*domain);
        if schema::founded(&link, other)?.is_some() {
            return Err(Error::Exists);
        }
        let files = home.room()?;
        home.domain = Some(domain.to_string());
        schema::set_meta(&link, &domain, "founding", &founding.record.to_string())?;
        let master = Master::of(&home.dir)?;
        journal::seal_head(&link, &domain, &master, Head::START)?;
        let engine = ArcSwap::from_pointee(Engine::found(founding.setup.clone()));
        let backlog = options.backlog;
        let shared = Shared::new(home, files, domain, engine, master, 0, backlog);
        let store = Store::start(shared, link, lock, Head::START, options)?;
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

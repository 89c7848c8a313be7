use std::collections::HashMap;

use anyhow::{Context, Result, ensure};
use gewang_engine::{Actor, Command, OutcomeKind, Submission};
use gewang_store::{Home, Proof, Store, verify};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{demo, founding};

/// Which engines are measured.
#[derive(Debug, clap::Args)]
pub(super) struct Engines {
    /// Also on a PostgreSQL of this machine: an empty database, postgres://USER@HOST/DATABASE (`bench/postgres.sh` makes one).
    #[arg(
        long,
        value_name = "URL",
        env = "GEWANG_BENCH_POSTGRES",
        hide_env_values = true
    )]
    pub postgres: Option<String>,
    /// Only on PostgreSQL.
    #[arg(long, requires = "postgres")]
    pub only_postgres: bool,
}

/// The demo's town in this process, and who acts in it.
pub(super) struct Inside {
    /// Where it lies.
    pub home: Home,
    /// Its memory.
    pub store: Store,
    people: HashMap<String, Uuid>,
}

/// The worker of the demo who reports.
const REPORTER: &str = "w-penggan-03";
/// Who takes in and declines what is reported.
const DISPATCHER: &str = "d-01";

impl Inside {
    /// The demo's town under another name, founded now or at another instant.
    pub fn found(home: Home, name: &str, at: Option<Timestamp>) -> Result<Inside> {
        let mut plan = demo::plan()?;
        let text = plan
            .town
            .text
            .replace("domain: zhoutie", &format!("domain: {name}"));
        ensure!(
            text != plan.town.text || name == "zhoutie",
            "the demo's town is called otherwise"
        );
        plan.town.text = text;
        let at = at.unwrap_or_else(Timestamp::now);
        let founded = founding::found_at(home.clone(), &plan, at)?;
        Ok(Inside {
            home: Home {
                domain: Some(name.to_owned()),
                ..home
            },
            store: founded.store,
            people: founded.people,
        })
    }

    /// Another node of the same town.
    pub fn again(&self) -> Result<Inside> {
        Ok(Inside {
            people: self.people.clone(),
            ..Inside::open(self.home.clone())?
        })
    }

    /// A town that is there; who acts in it is not known.
    pub fn open(home: Home) -> Result<Inside> {
        let store = Store::open(home.clone())?;
        Ok(Inside {
            home,
            store,
            people: HashMap::new(),
        })
    }

    /// The worker who reports.
    pub fn reporter(&self) -> Result<Actor> {
        self.person(REPORTER)
    }

    /// The dispatcher.
    pub fn dispatcher(&self) -> Result<Actor> {
        self.person(DISPATCHER)
    }

    fn person(&self, key: &str) -> Result<Actor> {
        let person = self.people.get(key);
        let person = person.with_context(|| format!("the demo has no {key}"))?;
        Ok(Actor::Person(*person))
    }

    /// Posts a report, JSON of a command; it is durable when this returns.
    pub fn report(&self, text: &str) -> Result<()> {
        let command: Command = serde_json::from_str(text)?;
        self.post(vec![Submission {
            command,
            actor: self.reporter()?,
            received: Timestamp::now(),
        }])
    }

    /// Posts what must be done.
    pub fn post(&self, submissions: Vec<Submission>) -> Result<()> {
        let outcomes = self.store.post_now(submissions)?;
        for outcome in outcomes {
            ensure!(outcome.outcome == OutcomeKind::Done, "{outcome:?}");
        }
        Ok(())
    }

    /// Proves the journal from its first entry to its last.
    pub fn prove(&self) -> Result<()> {
        match verify(self.home.clone(), &mut |_| {})? {
            Proof::Verified { .. } => Ok(()),
            Proof::Broken { seq, why } => anyhow::bail!("broken at {seq}: {why}"),
        }
    }
}

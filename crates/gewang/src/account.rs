//! `gewang account`: accounts of a data directory that nobody serves.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use gewang_store::{Account, Error, Reader, Store};
use jiff::Timestamp;
use uuid::Uuid;

use crate::ask;
use crate::at::At;
use crate::out::say;

/// What is done with accounts.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Gives a person an account.
    Add {
        #[command(flatten)]
        at: At,
        /// The name to sign in with.
        name: String,
        /// The person: the id of their record, or their name where only one bears it.
        #[arg(long)]
        person: String,
        /// Reads the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Sets an account's password and ends its sessions.
    Password {
        #[command(flatten)]
        at: At,
        /// The account.
        name: String,
        /// Reads the password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Disables an account.
    Disable {
        #[command(flatten)]
        at: At,
        /// The account.
        name: String,
    },
    /// Lists the accounts.
    List {
        #[command(flatten)]
        at: At,
    },
}

pub(crate) fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let runtime = crate::serve::runtime()?;
    match command {
        Command::Add {
            at,
            name,
            person,
            password_stdin,
        } => {
            let store = at.open()?;
            let engine = store.engine();
            let people: Vec<_> = match person.parse::<Uuid>() {
                Ok(id) => engine.roster().person(id).into_iter().collect(),
                Err(_) => engine
                    .roster()
                    .people()
                    .filter(|known| known.name == *person)
                    .collect(),
            };
            let person = match people.as_slice() {
                [one] => one.id,
                [] => bail!("nobody here is called \"{person}\""),
                many => bail!(
                    "{} people are called \"{person}\": give the id of the one",
                    many.len()
                ),
            };
            let password = ask::new_password(*password_stdin, &[name, store.domain()])?;
            let phc = gewang_server::hash_password(&password)?;
            let account = Account {
                name: name.clone(),
                phc,
                person,
                disabled: false,
                created: Timestamp::now(),
            };
            runtime
                .block_on(store.add_account(account))
                .map_err(|error| match error {
                    Error::NameTaken => anyhow::anyhow!("there is an account \"{name}\" already"),
                    other => other.into(),
                })?;
        }
        Command::Password {
            at,
            name,
            password_stdin,
        } => {
            let store = at.open()?;
            let password = ask::new_password(*password_stdin, &[name, store.domain()])?;
            let phc = gewang_server::hash_password(&password)?;
            if !runtime.block_on(store.set_password(name, phc))? {
                bail!("there is no account \"{name}\"");
            }
        }
        Command::Disable { at, name } => {
            let store = at.open()?;
            if !runtime.block_on(store.disable_account(name, true))? {
                bail!("there is no account \"{name}\"");
            }
        }
        Command::List { at } => {
            let store = at.open()?;
            let accounts = store
                .read_now(Reader::accounts)
                .context("the accounts cannot be read")?;
            let engine = store.engine();
            for account in accounts {
                let person = engine
                    .roster()
                    .person(account.person)
                    .map_or("", |person| &person.name);
                say!(
                    "{}\t{person}\t{}",
                    account.name,
                    if account.disabled { "disabled" } else { "" }
                );
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The person who acts in a data directory: the owner of the account named, or the only administrator there is.
pub(crate) fn administrator(store: &Store, account: Option<&str>) -> anyhow::Result<Uuid> {
    let accounts = store.read_now(Reader::accounts)?;
    if let Some(name) = account {
        let known = accounts.iter().find(|account| account.name == name);
        return known
            .map(|account| account.person)
            .with_context(|| format!("there is no account \"{name}\" here"));
    }
    let engine = store.engine();
    let now = Timestamp::now();
    let mut administrators = accounts.iter().filter(|account| {
        let mut posts = engine.roster().posts_of(account.person, now);
        posts.any(|held| held.post == "administrator")
    });
    match (administrators.next(), administrators.next()) {
        (Some(one), None) => Ok(one.person),
        (None, _) => bail!("no account here is an administrator: name one with --as"),
        _ => bail!("there are several administrators: say with --as who does this"),
    }
}

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::{Error, schema::micros};

/// Somebody who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name, unique in the domain.
    pub name: String,
    /// The password's Argon2id string in PHC form.
    pub phc: String,
    /// The record of kind `town.person`.
    pub person: Uuid,
    /// Whether signing in is refused.
    pub disabled: bool,
    /// When it was made.
    pub created: Timestamp,
}

/// A browser that is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// BLAKE3 of the cookie's value.
    pub hash: [u8; 32],
    /// The account's name.
    pub account: String,
    /// What a request that changes something must bring along.
    pub csrf: String,
    /// When it began.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
}

/// A token for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// BLAKE3 of the token.
    pub hash: [u8; 32],
    /// The account's name.
    pub account: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends, if ever.
    pub expires: Option<Timestamp>,
}

/// A look at personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Who looked: a person's record.
    pub person: Uuid,
    /// At which record.
    pub record: Uuid,
    /// For which purpose the data were collected.
    pub purpose: String,
    /// When.
    pub at: Timestamp,
}

pub(crate) fn add(connection: &Connection, domain: &str, account: &Account) -> Result<(), Error> {
    let added = connection.execute(
        "INSERT INTO account (domain, name, phc, person, disabled, created) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (domain, name) DO NOTHING",
        params![
            domain,
            account.name,
            account.phc,
            account.person.to_string(),
            account.disabled,
            account.created.as_microsecond()
        ],
    )?;
    if added == 0 {
        Err(Error::NameTaken)
    } else {
        Ok(())
    }
}

pub(crate) fn set_password(
    connection: &Connection,
    domain: &str,
    name: &str,
    phc: &str,
) -> Result<bool, Error> {
    let changed = connection.execute(
        "UPDATE account SET phc = $1 WHERE domain = $2 AND name = $3",
        params![phc, domain, name],
    )?;
    end_sessions(connection, domain, name)?;
    Ok(changed > 0)
}

pub(crate) fn disable(
    connection: &Connection,
    domain: &str,
    name: &str,
    disabled: bool,
) -> Result<bool, Error> {
    let changed = connection.execute(
        "UPDATE account SET disabled = $1 WHERE domain = $2 AND name = $3",
        params![disabled, domain, name],
    )?;
    if disabled {
        end_sessions(connection, domain, name)?;
    }
    Ok(changed > 0)
}

fn end_sessions(connection: &Connection, domain: &str, name: &str) -> Result<(), Error> {
    connection.execute(
        "DELETE FROM session WHERE domain = $1 AND account = $2",
        params![domain, name],
    )?;
    Ok(())
}

pub(crate) fn load(
    connection: &Connection,
    domain: &str,
    name: &str,
) -> Result<Option<Account>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT name, phc, person, disabled, created FROM account WHERE domain = $1 AND name = $2",
    )?;
    select
        .query_row(params![domain, name], account_of)
        .optional()?
        .transpose()
}

pub(crate) fn all(connection: &Connection, domain: &str) -> Result<Vec<Account>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT name, phc, person, disabled, created FROM account WHERE domain = $1 ORDER BY name",
    )?;
    select
        .query_map([domain], account_of)?
        .map(|row| row?)
        .collect()
}

fn account_of(row: &Row<'_>) -> rusqlite::Result<Result<Account, Error>> {
    let person: String = row.get(2)?;
    let created = micros(row.get(4)?);
    let (name, phc, disabled) = (row.get(0)?, row.get(1)?, row.get(3)?);
    Ok(id_of(&person).and_then(|person| {
        Ok(Account {
            name,
            phc,
            person,
            disabled,
            created: created?,
        })
    }))
}

pub(crate) fn add_session(
    connection: &Connection,
    domain: &str,
    session: &Session,
) -> Result<(), Error> {
    connection.execute(
        "INSERT INTO session (domain, hash, account, csrf, created, expires) VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            domain,
            session.hash,
            session.account,
            session.csrf,
            session.created.as_microsecond(),
            session.expires.as_microsecond()
        ],
    )?;
    Ok(())
}

pub(crate) fn end_session(
    connection: &Connection,
    domain: &str,
    hash: &[u8; 32],
) -> Result<(), Error> {
    connection.execute(
        "DELETE FROM session WHERE domain = $1 AND hash = $2",
        params![domain, hash],
    )?;
    Ok(())
}

pub(crate) fn forget_expired(
    connection: &Connection,
    domain: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let now = now.as_microsecond();
    connection.execute(
        "DELETE FROM session WHERE domain = $1 AND expires < $2",
        params![domain, now],
    )?;
    connection.execute(
        "DELETE FROM bearer WHERE domain = $1 AND expires < $2",
        params![domain, now],
    )?;
    Ok(())
}

pub(crate) fn session(
    connection: &Connection,
    domain: &str,
    hash: &[u8; 32],
) -> Result<Option<Session>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT account, csrf, created, expires FROM session WHERE domain = $1 AND hash = $2",
    )?;
    let row = select
        .query_row(params![domain, hash], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get::<_, i64>(2)?,
                row.get::<_, i64>(3)?,
            ))
        })
        .optional()?;
    row.map(|(account, csrf, created, expires)| {
        Ok(Session {
            hash: *hash,
            account,
            csrf,
            created: micros(created)?,
            expires: micros(expires)?,
        })
    })
    .transpose()
}

pub(crate) fn add_token(connection: &Connection, domain: &str, token: &Token) -> Result<(), Error> {
    end_token(connection, domain, &token.account, &token.name)?;
    connection.execute(
        "INSERT INTO bearer (domain, hash, account, name, created, expires) VALUES ($1, $2, $3, $4, $5, $6)",
        params![
            domain,
            token.hash,
            token.account,
            token.name,
            token.created.as_microsecond(),
            token.expires.map(|expires| expires.as_microsecond())
        ],
    )?;
    Ok(())
}

pub(crate) fn end_token(
    connection: &Connection,
    domain: &str,
    account: &str,
    name: &str,
) -> Result<bool, Error> {
    let ended = connection.execute(
        "DELETE FROM bearer WHERE domain = $1 AND account = $2 AND name = $3",
        params![domain, account, name],
    )?;
    Ok(ended > 0)
}

pub(crate) fn token(
    connection: &Connection,
    domain: &str,
    hash: &[u8; 32],
) -> Result<Option<Token>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT hash, account, name, created, expires FROM bearer WHERE domain = $1 AND hash = $2",
    )?;
    select
        .query_row(params![domain, hash], token_of)
        .optional()?
        .transpose()
}

pub(crate) fn tokens(
    connection: &Connection,
    domain: &str,
    account: &str,
) -> Result<Vec<Token>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT hash, account, name, created, expires FROM bearer WHERE domain = $1 AND account = $2 ORDER BY name",
    )?;
    select
        .query_map(params![domain, account], token_of)?
        .map(|row| row?)
        .collect()
}

fn token_of(row: &Row<'_>) -> rusqlite::Result<Result<Token, Error>> {
    let (hash, account, name) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let (created, expires) = (row.get(3)?, row.get::<_, Option<i64>>(4)?);
    Ok(micros(created).and_then(|created| {
        Ok(Token {
            hash,
            account,
            name,
            created,
            expires: expires.map(micros).transpose()?,
        })
    }))
}

pub(crate) fn look(connection: &Connection, domain: &str, look: &Look) -> Result<(), Error> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO look (domain, record, at, person, purpose) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (domain, record, at, person, purpose) DO NOTHING",
    )?;
    insert.execute(params![
        domain,
        look.record.to_string(),
        look.at.as_microsecond(),
        look.person.to_string(),
        look.purpose
    ])?;
    Ok(())
}

pub(crate) fn looks(
    connection: &Connection,
    domain: &str,
    record: Uuid,
    limit: usize,
) -> Result<Vec<Look>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT at, person, purpose FROM look WHERE domain = $1 AND record = $2
         ORDER BY at DESC, person, purpose LIMIT $3",
    )?;
    let rows = select.query_map(
        params![domain, record.to_string(), limit.min(1000) as i64],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get(2)?)),
    )?;
    rows.map(|row| {
        let (at, person, purpose) = row?;
        Ok(Look {
            person: id_of(&person)?,
            record,
            purpose,
            at: micros(at)?,
        })
    })
    .collect()
}

/// An id as it stands in a column.
pub(crate) fn id_of(text: &str) -> Result<Uuid, Error> {
    text.parse()
        .map_err(|_| Error::Inconsistent(format!("\"{text}\" is no id")))
}

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    Error,
    link::{Link, Row, given},
};

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

pub(crate) fn add(link: &Link, domain: &str, account: &Account) -> Result<(), Error> {
    let added = link.execute(
        "INSERT INTO account (domain, name, phc, person, disabled, created) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (domain, name) DO NOTHING",
        &given![
            domain,
            &account.name,
            &account.phc,
            account.person,
            account.disabled,
            account.created,
        ],
    )?;
    if added == 0 {
        Err(Error::NameTaken)
    } else {
        Ok(())
    }
}

pub(crate) fn set_password(
    link: &Link,
    domain: &str,
    name: &str,
    phc: &str,
) -> Result<bool, Error> {
    let changed = link.execute(
        "UPDATE account SET phc = $1 WHERE domain = $2 AND name = $3",
        &given![phc, domain, name],
    )?;
    end_sessions(link, domain, name)?;
    Ok(changed > 0)
}

pub(crate) fn disable(
    link: &Link,
    domain: &str,
    name: &str,
    disabled: bool,
) -> Result<bool, Error> {
    let changed = link.execute(
        "UPDATE account SET disabled = $1 WHERE domain = $2 AND name = $3",
        &given![disabled, domain, name],
    )?;
    if disabled {
        end_sessions(link, domain, name)?;
    }
    Ok(changed > 0)
}

fn end_sessions(link: &Link, domain: &str, name: &str) -> Result<(), Error> {
    link.execute(
        "DELETE FROM session WHERE domain = $1 AND account = $2",
        &given![domain, name],
    )?;
    Ok(())
}

pub(crate) fn load(link: &Link, domain: &str, name: &str) -> Result<Option<Account>, Error> {
    link.one(
        "SELECT name, phc, person, disabled, created FROM account WHERE domain = $1 AND name = $2",
        &given![domain, name],
        account_of,
    )
}

pub(crate) fn all(link: &Link, domain: &str) -> Result<Vec<Account>, Error> {
    link.all(
        "SELECT name, phc, person, disabled, created FROM account WHERE domain = $1 ORDER BY name",
        &given![domain],
        account_of,
    )
}

fn account_of(row: &Row<'_>) -> Result<Account, Error> {
    Ok(Account {
        name: row.get(0)?,
        phc: row.get(1)?,
        person: row.get(2)?,
        disabled: row.get(3)?,
        created: row.get(4)?,
    })
}

pub(crate) fn add_session(link: &Link, domain: &str, session: &Session) -> Result<(), Error> {
    link.execute(
        "INSERT INTO session (domain, hash, account, csrf, created, expires) VALUES ($1, $2, $3, $4, $5, $6)",
        &given![
            domain,
            &session.hash,
            &session.account,
            &session.csrf,
            session.created,
            session.expires,
        ],
    )?;
    Ok(())
}

pub(crate) fn end_session(link: &Link, domain: &str, hash: &[u8; 32]) -> Result<(), Error> {
    link.execute(
        "DELETE FROM session WHERE domain = $1 AND hash = $2",
        &given![domain, hash],
    )?;
    Ok(())
}

pub(crate) fn forget_expired(link: &Link, domain: &str, now: Timestamp) -> Result<(), Error> {
    link.execute(
        "DELETE FROM session WHERE domain = $1 AND expires < $2",
        &given![domain, now],
    )?;
    link.execute(
        "DELETE FROM bearer WHERE domain = $1 AND expires < $2",
        &given![domain, now],
    )?;
    Ok(())
}

pub(crate) fn session(
    link: &Link,
    domain: &str,
    hash: &[u8; 32],
) -> Result<Option<Session>, Error> {
    link.one(
        "SELECT account, csrf, created, expires FROM session WHERE domain = $1 AND hash = $2",
        &given![domain, hash],
        |row| {
            Ok(Session {
                hash: *hash,
                account: row.get(0)?,
                csrf: row.get(1)?,
                created: row.get(2)?,
                expires: row.get(3)?,
            })
        },
    )
}

pub(crate) fn add_token(link: &Link, domain: &str, token: &Token) -> Result<(), Error> {
    end_token(link, domain, &token.account, &token.name)?;
    link.execute(
        "INSERT INTO bearer (domain, hash, account, name, created, expires) VALUES ($1, $2, $3, $4, $5, $6)",
        &given![
            domain,
            &token.hash,
            &token.account,
            &token.name,
            token.created,
            token.expires,
        ],
    )?;
    Ok(())
}

pub(crate) fn end_token(
    link: &Link,
    domain: &str,
    account: &str,
    name: &str,
) -> Result<bool, Error> {
    let ended = link.execute(
        "DELETE FROM bearer WHERE domain = $1 AND account = $2 AND name = $3",
        &given![domain, account, name],
    )?;
    Ok(ended > 0)
}

pub(crate) fn token(link: &Link, domain: &str, hash: &[u8; 32]) -> Result<Option<Token>, Error> {
    link.one(
        "SELECT hash, account, name, created, expires FROM bearer WHERE domain = $1 AND hash = $2",
        &given![domain, hash],
        token_of,
    )
}

pub(crate) fn tokens(link: &Link, domain: &str, account: &str) -> Result<Vec<Token>, Error> {
    link.all(
        "SELECT hash, account, name, created, expires FROM bearer WHERE domain = $1 AND account = $2 ORDER BY name",
        &given![domain, account],
        token_of,
    )
}

fn token_of(row: &Row<'_>) -> Result<Token, Error> {
    Ok(Token {
        hash: row.get(0)?,
        account: row.get(1)?,
        name: row.get(2)?,
        created: row.get(3)?,
        expires: row.get(4)?,
    })
}

pub(crate) fn look(link: &Link, domain: &str, look: &Look) -> Result<(), Error> {
    link.execute(
        "INSERT INTO look (domain, record, at, person, purpose) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (domain, record, at, person, purpose) DO NOTHING",
        &given![domain, look.record, look.at, look.person, &look.purpose],
    )?;
    Ok(())
}

pub(crate) fn looks(
    link: &Link,
    domain: &str,
    record: Uuid,
    limit: usize,
) -> Result<Vec<Look>, Error> {
    link.all(
        "SELECT at, person, purpose FROM look WHERE domain = $1 AND record = $2
         ORDER BY at DESC, person, purpose LIMIT $3",
        &given![domain, record, limit.min(1000)],
        |row| {
            Ok(Look {
                person: row.get(1)?,
                record,
                purpose: row.get(2)?,
                at: row.get(0)?,
            })
        },
    )
}

/// An id as it stands in a column.
pub(crate) fn id_of(text: &str) -> Result<Uuid, Error> {
    text.parse()
        .map_err(|_| Error::Inconsistent(format!("\"{text}\" is no id")))
}

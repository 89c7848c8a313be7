use std::path::{Path, PathBuf};

use crate::{
    Error,
    files::FileRoom,
    link::{Link, Session},
    schema,
};

/// Where a town is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    /// The data directory: `master.key` lies here, and whatever has no place of its own.
    pub dir: PathBuf,
    /// Where the database is.
    pub database: Database,
    /// Where the files' bytes lie: `None` is the folder `files` of the data directory, else `file:///…` or
    /// `s3://bucket/prefix`.
    pub files: Option<String>,
    /// Which town, where the database holds several.
    pub domain: Option<String>,
}

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file in the data directory, held by one process.
    Sqlite,
    /// A server under this address, asked by any number of processes.
    Postgres(String),
}

impl From<&Path> for Home {
    fn from(dir: &Path) -> Home {
        Home {
            dir: dir.to_owned(),
            database: Database::Sqlite,
            files: None,
            domain: None,
        }
    }
}

impl From<&PathBuf> for Home {
    fn from(dir: &PathBuf) -> Home {
        Home::from(dir.as_path())
    }
}

impl Home {
    /// A home by the address of its database: `sqlite:DIR`, or `postgres://…` with a data directory beside it. Fails with
    /// [`Error::Address`].
    pub fn at(database: &str, dir: Option<&Path>) -> Result<Home, Error> {
        let refused = |why: &str| Err(Error::Address(format!("{}: {why}", concealed(database))));
        if let Some(path) = database.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match (path, dir) {
                ("", Some(dir)) => Ok(Home::from(dir)),
                ("", None) => refused("which data directory? sqlite:DIR"),
                (path, Some(dir)) if Path::new(path) != dir => {
                    refused("it lies in the data directory; name one of them")
                }
                (path, _) => Ok(Home::from(Path::new(path))),
            };
        }
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| database.starts_with(scheme))
        {
            return refused("sqlite:DIR or postgres://USER@HOST/DATABASE is wanted");
        }
        let Some(dir) = dir else {
            return refused("a data directory is wanted beside it, where master.key lies");
        };
        Ok(Home {
            database: Database::Postgres(database.to_owned()),
            ..Home::from(dir)
        })
    }

    /// Where the database is, for people: without the password.
    pub fn shown(&self) -> String {
        match &self.database {
            Database::Sqlite => self.dir.display().to_string(),
            Database::Postgres(address) => concealed(address),
        }
    }

    /// Whether the database is a file of this process alone.
    pub(crate) fn is_sqlite(&self) -> bool {
        self.database == Database::Sqlite
    }

    /// Whether there can be a town: its key is there, and its database where that is a file.
    pub(crate) fn is_there(&self) -> bool {
        let file = !self.is_sqlite() || self.dir.join(schema::DATABASE).is_file();
        file && self.dir.join("master.key").is_file()
    }

    /// The room of the files' bytes.
    pub(crate) fn room(&self) -> Result<FileRoom, Error> {
        FileRoom::open(self.files.as_deref(), &self.dir)
    }

    /// A link that writes; the tables are made, or brought up to what this program knows.
    pub(crate) fn writer(&self) -> Result<Link, Error> {
        match &self.database {
            Database::Sqlite => schema::open_writer(&self.dir),
            Database::Postgres(address) => {
                let link = Link::Postgres(Box::new(Session::open(address)?));
                schema::migrate_postgres(&link)?;
                Ok(link)
            }
        }
    }

    /// A link that reads.
    pub(crate) fn reader(&self) -> Result<Link, Error> {
        match &self.database {
            Database::Sqlite => schema::open_reader(&self.dir),
            Database::Postgres(address) => Ok(Link::Postgres(Box::new(Session::open(address)?))),
        }
    }
}

/// An address without its password.
fn concealed(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((user, place)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{place}")
        }
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_which_engine_and_where() {
        let dir = Path::new("/data");
        let at = |address: &str, dir: Option<&Path>| Home::at(address, dir);
        assert_eq!(at("sqlite:/data", None).unwrap(), Home::from(dir));
        assert_eq!(at("sqlite:///data", None).unwrap(), Home::from(dir));
        assert_eq!(at("sqlite:", Some(dir)).unwrap(), Home::from(dir));
        let home = at("postgres://grid:secret@db/town", Some(dir)).unwrap();
        assert_eq!(home.dir, dir);
        assert_eq!(home.shown(), "postgres://grid@db/town");
        for (address, dir) in [
            ("sqlite:", None),
            ("sqlite:/other", Some(dir)),
            ("postgres://db/town", None),
            ("mysql://db/town", Some(dir)),
            ("/data", Some(dir)),
        ] {
            assert!(
                matches!(at(address, dir), Err(Error::Address(_))),
                "{address}"
            );
        }
        // What is wrong is said without the password.
        let Err(Error::Address(said)) = at("mysql://grid:secret@db/town", Some(dir)) else {
            panic!("taken");
        };
        assert!(
            said.contains("grid@db") && !said.contains("secret"),
            "{said}"
        );
    }
}

//! Where a town is, as every command that opens one is told.

use std::path::PathBuf;

use anyhow::anyhow;
use gewang_store::{Error, Home, Reader, Store};

/// Where a town is.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct At {
    /// The data directory: the key of personal data lies in it, and the database and the files unless it is said where else.
    #[arg(long)]
    pub data: PathBuf,
    /// The database, where it is not in the data directory: postgres://USER@HOST/DATABASE. With a password it is better said
    /// by the environment's GEWANG_DATABASE.
    #[arg(long, value_name = "URL", requires = "data")]
    pub database: Option<String>,
    /// The files, where they are not in the data directory: file:///FOLDER or s3://BUCKET/PREFIX, also said by the
    /// environment's GEWANG_FILES. How a bucket is reached AWS_ENDPOINT, AWS_REGION, AWS_ACCESS_KEY_ID and
    /// AWS_SECRET_ACCESS_KEY say.
    #[arg(long, value_name = "URL", requires = "data")]
    pub files: Option<String>,
    /// The town's short name (a-z, 0-9, _): which one, where the database holds several.
    #[arg(long, requires = "data")]
    pub domain: Option<String>,
}

impl At {
    pub fn home(&self) -> anyhow::Result<Home> {
        let said = std::env::var("GEWANG_DATABASE").ok();
        let home = match self.database.as_ref().or(said.as_ref()) {
            Some(database) => Home::at(database, Some(&self.data))
                .map_err(|error| anyhow!("--database {error}"))?,
            None => Home::from(&self.data),
        };
        Ok(Home {
            files: self
                .files
                .clone()
                .or_else(|| std::env::var("GEWANG_FILES").ok()),
            domain: self.domain.clone(),
            ..home
        })
    }

    /// Opens the town, or says in a sentence why not.
    pub fn open(&self) -> anyhow::Result<Store> {
        open(self.home()?)
    }

    /// Reads the town beside whoever serves it.
    pub fn read(&self) -> anyhow::Result<Reader> {
        let home = self.home()?;
        let shown = home.shown();
        Reader::beside(home).map_err(|error| match error {
            Error::Empty => anyhow!("there is no town in {shown}"),
            Error::Several(towns) => several(&shown, &towns),
            other => anyhow!("cannot read {shown}: {other}"),
        })
    }
}

/// Opens a town, or says in a sentence why not.
pub(crate) fn open(home: impl Into<Home>) -> anyhow::Result<Store> {
    let home = home.into();
    let (shown, dir) = (home.shown(), home.dir.display().to_string());
    Store::open(home).map_err(|error| match error {
        Error::InUse { pid: 0 } => anyhow!("{shown} is in use by another process; one at a time may write to it"),
        Error::InUse { pid } => anyhow!("{shown} is in use by process {pid}; one at a time may write to it"),
        Error::Empty => anyhow!("there is no town in {shown}: found one with `gewang init --data {dir}`"),
        Error::Several(towns) => several(&shown, &towns),
        Error::Broken { seq, why } => anyhow!(
            "the journal in {shown} is broken at entry {seq}: {why}. Nothing is served from it; \
             `gewang verify --data {dir}` tells more, and a backup from before the damage is the way back"
        ),
        Error::Seal(why) => anyhow!(
            "cannot open {shown}: {why}. The key lies in {dir}; every node of a town needs the same one"
        ),
        missing @ Error::BadFile(_) => anyhow!(
            "cannot open {shown}: {missing}. It belongs to the town's set-up; where the files lie elsewhere, say so with \
             --files, as when the town was founded"
        ),
        other => anyhow!("cannot open {shown}: {other}"),
    })
}

fn several(shown: &str, towns: &[String]) -> anyhow::Error {
    anyhow!(
        "{shown} holds several towns: say which with --domain: {}",
        towns.join(", ")
    )
}

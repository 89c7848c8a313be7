//! What of a town may lie elsewhere than in its data directory.

use std::path::Path;

use gewang_store::Home;

/// Beside `--data`, on every command that opens a town.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Elsewhere {
    /// Where the files' bytes lie, if not in the data directory: file:///path, or s3://bucket/prefix with AWS_ENDPOINT,
    /// AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment. The same at each start.
    #[arg(long, value_name = "URL", env = "GEWANG_FILES")]
    files: Option<String>,
}

impl Elsewhere {
    /// The town's home, with this data directory.
    pub fn home(&self, dir: &Path) -> Home {
        Home {
            files: self.files.clone(),
            ..Home::from(dir)
        }
    }
}

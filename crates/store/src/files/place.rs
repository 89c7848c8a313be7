//! Where bytes lie under a name: a folder, or a bucket that speaks S3.

use std::{fs::File, io, path::Path, time::Duration};

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::{
    BackoffConfig, ObjectStore, ObjectStoreExt, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    client::HttpError,
    local::LocalFileSystem,
    path::Path as Name,
};
use url::Url;

use super::carrier::{Carrier, causes};
use crate::{Error, runtime};

/// So long one file may take to a bucket or from it, all attempts together.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often, and for how long, a bucket that does not answer is asked again before somebody is told.
const ATTEMPTS: usize = 3;
const INSISTING: Duration = Duration::from_secs(10);

/// Where bytes lie.
pub(super) struct Place {
    store: Box<dyn ObjectStore>,
    /// What stands before each name.
    prefix: Name,
    /// The bucket's name; a folder has none.
    bucket: Option<String>,
}

impl Place {
    /// A folder, made where it is missing. What is written there is on disk before it is answered.
    pub fn folder(dir: &Path) -> Result<Place, Error> {
        if !dir.is_dir() {
            std::fs::create_dir_all(dir)?;
            if let Some(above) = dir.parent().filter(|above| above.is_dir()) {
                File::open(above)?.sync_all()?;
            }
        }
        let store = LocalFileSystem::new_with_prefix(dir)
            .map_err(|error| Error::Files(format!("the folder {}: {error}", dir.display())))?;
        Ok(Place {
            store: Box::new(store.with_fsync(true)),
            prefix: Name::default(),
            bucket: None,
        })
    }

    /// What an address names: `file:///path` or `s3://bucket/prefix`, with the usual `AWS_…` of the environment.
    pub fn at(address: &str) -> Result<Place, Error> {
        let wrong = |why: &str| Error::Files(format!("\"{address}\" {why}"));
        let url = Url::parse(address)
            .map_err(|_| wrong("is no address: give file:///path or s3://bucket/prefix"))?;
        match url.scheme() {
            "file" => match url.to_file_path() {
                Ok(dir) => Place::folder(&dir),
                Err(()) => Err(wrong("names no folder of this machine: give file:///path")),
            },
            "s3" => Place::bucket(address, AmazonS3Builder::from_env()),
            _ => Err(wrong(
                "is no place for files: give file:///path or s3://bucket/prefix",
            )),
        }
    }

    /// The bucket and prefix of `s3://bucket/prefix`, asked as `builder` says.
    pub fn bucket(address: &str, builder: AmazonS3Builder) -> Result<Place, Error> {
        let (bucket, prefix) = address
            .strip_prefix("s3://")
            .map(|rest| rest.split_once('/').unwrap_or((rest, "")))
            .filter(|(bucket, prefix)| !bucket.is_empty() && !prefix.contains(['?', '#', '%']))
            .ok_or_else(|| Error::Files(format!("\"{address}\" is not s3://bucket/prefix")))?;
        let endpoint = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint]
            .iter()
            .find_map(|key| builder.get_config_value(key));
        let open = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
        let allowed = builder.get_config_value(&AmazonS3ConfigKey::Client(
            object_store::ClientConfigKey::AllowHttp,
        ));
        if open && allowed.as_deref() != Some("true") {
            return Err(Error::Files(
                "the endpoint is http:// and would carry all files in the clear: give an https:// one, or set \
                 AWS_ALLOW_HTTP=true where the network is your own"
                    .into(),
            ));
        }
        let store = builder
            .with_bucket_name(bucket)
            .with_http_connector(Carrier)
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: ATTEMPTS,
                retry_timeout: INSISTING,
            })
            .build();
        let place = Place {
            store: Box::new(store.map_err(|error| Error::Files(error.to_string()))?),
            prefix: Name::from(prefix),
            bucket: Some(bucket.to_owned()),
        };
        place.prove()?;
        Ok(place)
    }

    /// What lies under a name, if anything.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let name = self.full(name);
        let read = async { self.store.get(&name).await?.bytes().await };
        match self.wait_for(read) {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(Missed::Nothing) => Ok(None),
            Err(Missed::Failed(error)) => Err(error),
        }
    }

    /// Lays bytes under a name, instead of what lay there; they last when this returns.
    pub fn write(&self, name: &str, bytes: Bytes) -> Result<(), Error> {
        let name = self.full(name);
        let written = async { self.store.put(&name, bytes.into()).await.map(drop) };
        self.wait_for(written).map_err(|missed| match missed {
            Missed::Nothing => Error::Files(format!("{name} could not be laid down")),
            Missed::Failed(error) => error,
        })
    }

    /// Asks once whether the bucket is there and ours, so that a wrong setting shows at the start. One that can't be reached
    /// now may be reached later.
    fn prove(&self) -> Result<(), Error> {
        // The first of what lies there, or of nothing: asking for a file would not tell a missing bucket from a missing file.
        let first = async { self.store.list(Some(&self.prefix)).try_next().await };
        match self.wait_for(first) {
            Ok(_) | Err(Missed::Nothing) => Ok(()),
            Err(Missed::Failed(Error::Unreachable(why))) => {
                tracing::warn!(why, "the files cannot be reached now");
                Ok(())
            }
            Err(Missed::Failed(error)) => Err(error),
        }
    }

    fn full(&self, name: &str) -> Name {
        self.prefix
            .parts()
            .chain(Name::from(name).parts())
            .collect()
    }

    fn wait_for<T>(
        &self,
        question: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, Missed> {
        let waited = runtime::wait_for(async {
            match &self.bucket {
                // A folder answers when the disk does.
                None => Ok(question.await),
                Some(_) => tokio::time::timeout(PATIENCE, question).await,
            }
        })
        .map_err(Missed::Failed)?;
        let Ok(answer) = waited else {
            return Err(Missed::Failed(Error::Unreachable(format!(
                "no answer within {} seconds",
                PATIENCE.as_secs()
            ))));
        };
        answer.map_err(|error| match &self.bucket {
            None => in_folder(error),
            Some(bucket) => in_bucket(bucket, error),
        })
    }
}

/// Why there is no answer.
enum Missed {
    /// There is nothing under that name.
    Nothing,
    Failed(Error),
}

fn in_folder(error: object_store::Error) -> Missed {
    if let object_store::Error::NotFound { .. } = error {
        return Missed::Nothing;
    }
    let kind = causes(&error).find_map(|cause| Some(cause.downcast_ref::<io::Error>()?.kind()));
    let kind = kind.unwrap_or(io::ErrorKind::Other);
    Missed::Failed(io::Error::new(kind, error).into())
}

fn in_bucket(bucket: &str, error: object_store::Error) -> Missed {
    let text = error.to_string();
    let wrong = |what: String| Missed::Failed(Error::Files(what));
    let nothing = matches!(error, object_store::Error::NotFound { .. });
    let unheard = causes(&error).any(|cause| cause.is::<HttpError>());
    match status(&text) {
        _ if nothing && !text.contains("NoSuchBucket") => Missed::Nothing,
        Some(404) => wrong(no_bucket(bucket)),
        Some(401 | 403) => wrong(format!(
            "no access to the bucket \"{bucket}\": check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they may \
             GetObject, PutObject and ListBucket ({text})"
        )),
        Some(429 | 500..) => Missed::Failed(Error::Unreachable(text)),
        None if unheard => Missed::Failed(Error::Unreachable(text)),
        _ => wrong(format!("the bucket \"{bucket}\" answered: {text}")),
    }
}

fn no_bucket(bucket: &str) -> String {
    format!(
        "there is no bucket \"{bucket}\": make it, or correct the address of the files, AWS_ENDPOINT and AWS_REGION"
    )
}

/// The status in what an object storage's fault says; the library keeps the number to itself.
fn status(text: &str) -> Option<u16> {
    let after = text.split("status code: ").nth(1)?;
    after.split(' ').next()?.parse().ok()
}

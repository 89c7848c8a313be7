//! An object storage of the tests' own: S3 over a folder, on a free port of this machine, that asks for signatures.

#![allow(dead_code, reason = "each suite uses its own part of this")]

use std::{fs, path::PathBuf, sync::Mutex};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use object_store::aws::AmazonS3Builder;
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime};

/// Who may, and with what.
const KEY: &str = "gewang";
const SECRET: &str = "a secret of the tests";

/// A server that runs until it is dropped.
pub struct Storage {
    folder: TempDir,
    address: String,
    runtime: Mutex<Option<Runtime>>,
}

impl Storage {
    /// Starts one that has these buckets.
    pub fn with(buckets: &[&str]) -> Storage {
        let folder = tempfile::tempdir().unwrap();
        for bucket in buckets {
            fs::create_dir(folder.path().join(bucket)).unwrap();
        }
        let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
        service.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = service.build();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                tokio::spawn(async move {
                    let builder = Builder::new(TokioExecutor::new());
                    // A client that goes away is no fault.
                    let _ = builder
                        .serve_connection(TokioIo::new(socket), service)
                        .await;
                });
            }
        });
        Storage {
            folder,
            address,
            runtime: Mutex::new(Some(runtime)),
        }
    }

    /// What `AWS_…` says of it.
    pub fn environment(&self) -> [(&'static str, &str); 5] {
        [
            ("AWS_ENDPOINT", &self.address),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
            ("AWS_ALLOW_HTTP", "true"),
        ]
    }

    /// The same for whoever reads no environment.
    pub fn access(&self) -> AmazonS3Builder {
        Storage::keys().with_endpoint(&self.address)
    }

    /// The same without an address.
    pub fn keys() -> AmazonS3Builder {
        AmazonS3Builder::new()
            .with_region("us-east-1")
            .with_access_key_id(KEY)
            .with_secret_access_key(SECRET)
            .with_allow_http(true)
    }

    /// Where the object of a bucket lies.
    pub fn object(&self, bucket: &str, name: &str) -> PathBuf {
        self.folder.path().join(bucket).join(name)
    }

    /// It answers nobody any more.
    pub fn stop(&self) {
        if let Some(runtime) = self.runtime.lock().unwrap().take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.stop();
    }
}

//! A town whose files lie in a bucket: founded, served and proved with it, and told what is wrong without it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "../../store/tests/support/s3.rs"]
mod storage;
mod support;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use storage::Storage;
use support::{Served, gewang, repository, stderr};

const PASSWORD: &str = "brackish-Kettle-99";

/// The binary, told where the files lie.
fn with(storage: &Storage, address: &str) -> Command {
    let mut command = gewang();
    command
        .env("GEWANG_FILES", address)
        .envs(storage.environment());
    command
}

fn found(data: &Path, mut command: Command) -> Output {
    let demo = repository().join("packs/zhoutie");
    let settings = std::fs::read_to_string(demo.join("town.yaml")).unwrap();
    let (head, _) = settings.split_once("packs: [governance]").unwrap();
    let town = data.with_extension("yaml");
    std::fs::write(&town, format!("{head}packs: [governance]\n")).unwrap();
    let mut child = command
        .args(["init", "--admin", "clerk", "--password-stdin", "--data"])
        .arg(data)
        .arg("--town")
        .arg(town)
        .arg("--cells")
        .arg(demo.join("cells.geojson"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = child.stdin.take().unwrap();
    told.write_all(format!("{PASSWORD}\n").as_bytes()).unwrap();
    drop(told);
    child.wait_with_output().unwrap()
}

#[test]
fn a_town_keeps_its_files_in_a_bucket() {
    let storage = Storage::with(&["county"]);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let address = "s3://county/zhoutie";

    // A bucket that is not there is told before anything is founded.
    let refused = found(&data, with(&storage, "s3://village/zhoutie"));
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("no bucket \"village\": make it"));
    let founded = found(&data, with(&storage, address));
    assert!(founded.status.success(), "{}", stderr(&founded));
    assert!(!data.join("files").exists());
    assert!(storage.object("county", "zhoutie").is_dir());

    let verify = |mut command: Command| {
        let command = command.args(["verify", "--data"]).arg(&data);
        command.output().unwrap()
    };
    assert!(verify(with(&storage, address)).status.success());
    let mut serve = gewang();
    let lost = serve.args(["serve", "--data"]).arg(&data).output().unwrap();
    assert_eq!(lost.status.code(), Some(2));
    assert!(stderr(&lost).contains("--files"), "{}", stderr(&lost));

    let served = Served::start_with(&data, "clerk", PASSWORD, with(&storage, address));
    let send = |text: &str| {
        let bytes = text.as_bytes().to_vec();
        served
            .caller
            .send("POST", "/api/v1/files", "text/plain", bytes)
    };
    let stored = send("在桶里 in the bucket");
    assert_eq!(stored.status, 201, "{}", stored.body);
    let hash = stored.body["hash"].as_str().unwrap();
    let name = format!("zhoutie/{}/{}", &hash[..2], &hash[2..]);
    let object = storage.object("county", &name);
    assert_eq!(
        std::fs::read(&object).unwrap(),
        "在桶里 in the bucket".as_bytes()
    );
    let path = format!("/api/v1/files/{hash}");
    assert_eq!(
        served.caller.get(&path).bytes,
        "在桶里 in the bucket".as_bytes()
    );

    // Out of reach it says so, and goes on with everything else.
    storage.stop();
    let away = served.caller.get(&path);
    assert_eq!(away.status, 503, "{}", away.body);
    assert_eq!(away.body["code"], "files_unreachable");
    assert_eq!(send("another").status, 503);
    assert_eq!(served.caller.get("/api/v1/records").status, 200);
}

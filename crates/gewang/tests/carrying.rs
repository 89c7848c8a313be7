//! Towns that are backed up while they are served, brought back to any moment, and moved, whoever dies on the way.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

#[path = "../../store/tests/support/postgres.rs"]
#[allow(dead_code, reason = "each suite uses its part")]
mod server;
mod support;

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use server::Server;
use support::{Caller, Demo, gewang, inside, report, stderr, stdout, until};
use uuid::Uuid;

/// Where a town of these tests is: a directory, and perhaps a database elsewhere.
struct Place {
    data: PathBuf,
    database: Option<String>,
}

impl Place {
    fn new(dir: &Path, name: &str, on_server: bool) -> Place {
        Place {
            data: dir.join(name),
            database: on_server.then(|| Server::shared().database()),
        }
    }

    /// As `gewang move` names it.
    fn address(&self) -> String {
        let here = || format!("sqlite:{}", self.data.display());
        self.database.clone().unwrap_or_else(here)
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = gewang();
        if let Some(database) = &self.database {
            command.env("GEWANG_DATABASE", database);
        }
        command
            .args(args)
            .arg("--data")
            .arg(&self.data)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    fn serve(&self) -> Demo {
        let mut command = gewang();
        if let Some(database) = &self.database {
            command.env("GEWANG_DATABASE", database);
        }
        Demo::start_with(&self.data, "off", command)
    }

    #[track_caller]
    fn proved(&self) -> String {
        let proof = self.run(&["verify"]);
        let said = stdout(&proof);
        assert!(said.starts_with("proved: "), "{said}{}", stderr(&proof));
        said
    }
}

#[track_caller]
fn good(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}{}",
        stdout(output),
        stderr(output)
    );
    stdout(output)
}

fn version(caller: &Caller, id: Uuid) -> Option<u64> {
    let answer = caller.get(&format!("/api/v1/records/{id}"));
    answer.body["version"].as_u64()
}

fn move_args<'a>(from: &'a Place, to: &'a Place) -> Vec<String> {
    let mut args = vec![
        "move".to_owned(),
        "--from".into(),
        from.address(),
        "--to".into(),
        to.address(),
    ];
    for (place, flag) in [(from, "--data"), (to, "--to-data")] {
        if place.database.is_some() {
            args.extend([flag.to_owned(), place.data.display().to_string()]);
        }
    }
    args
}

#[test]
fn backed_up_in_a_load_of_reports_nothing_answered_before_is_missing() {
    for on_server in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let town = Place::new(dir.path(), "town", on_server);
        let demo = town.serve();
        let worker = demo.sign_in("worker");
        let place = inside(&worker, "penggan-03");
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged: Arc<Mutex<Vec<Uuid>>> = Arc::default();
        let load: Vec<_> = (0..3)
            .map(|_| {
                let (worker, stop) = (worker.clone(), stop.clone());
                let acknowledged = acknowledged.clone();
                std::thread::spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let id = Uuid::now_v7();
                        let outcome = worker.command(report(id, place, "备份中的上报"));
                        assert_eq!(outcome["outcome"], "done", "{outcome}");
                        acknowledged.lock().unwrap().push(id);
                    }
                })
            })
            .collect();
        let file = dir.path().join("town.gwb");
        let named = file.to_str().unwrap();
        let mut before = Vec::new();
        for round in 1..=2 {
            until("some answers", || {
                (acknowledged.lock().unwrap().len() > 20 * round).then_some(())
            });
            before.clone_from(&acknowledged.lock().unwrap());
            let said = good(&town.run(&["backup", "--to", named]));
            assert!(said.contains("the master key is not in the file"), "{said}");
        }
        stop.store(true, Ordering::Relaxed);
        load.into_iter().for_each(|lane| lane.join().unwrap());
        demo.stop();

        let other = Place::new(dir.path(), "other", !on_server);
        let refused = other.run(&["restore", "--from", named]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains("holds no master.key"));
        let key = town.data.join("master.key");
        let restore = [
            "restore",
            "--from",
            named,
            "--master-key",
            key.to_str().unwrap(),
        ];
        good(&other.run(&restore));
        other.proved();
        let demo = other.serve();
        let worker = demo.sign_in("worker");
        for id in before {
            assert_eq!(version(&worker, id), Some(1));
        }
        demo.stop();
        let again = other.run(&restore);
        assert_eq!(again.status.code(), Some(2));
        assert!(
            stderr(&again).contains("is there already"),
            "{}",
            stderr(&again)
        );
    }
}

#[test]
fn any_moment_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let town = Place::new(dir.path(), "town", false);
    let demo = town.serve();
    let worker = demo.sign_in("worker");
    let place = inside(&worker, "penggan-03");
    let mut moments = Vec::new();
    let ids: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
    for id in &ids {
        assert_eq!(
            worker.command(report(*id, place, "又一件"))["outcome"],
            "done"
        );
        moments.push(Timestamp::now());
    }
    let file = dir.path().join("town.gwb");
    let named = file.to_str().unwrap();
    let said = good(&town.run(&["backup", "--with-key", "--to", named]));
    assert!(
        said.contains("whoever has the file reads everything"),
        "{said}"
    );
    for (n, moment) in moments.iter().enumerate().take(2) {
        let then = Place::new(dir.path(), &format!("then{n}"), n % 2 == 1);
        let moment = moment.to_string();
        let said = good(&then.run(&["restore", "--from", named, "--until", &moment]));
        assert!(said.contains("later entries were left out"), "{said}");
        let served = then.serve();
        let worker = served.sign_in("worker");
        for (m, id) in ids.iter().enumerate() {
            assert_eq!(version(&worker, *id), (m <= n).then_some(1));
        }
        let next = worker.command(report(Uuid::now_v7(), place, "从那时起"));
        assert_eq!(next["outcome"], "done");
        served.stop();
        then.proved();
    }
    let early = Place::new(dir.path(), "early", false);
    let refused = early.run(&[
        "restore",
        "--from",
        named,
        "--until",
        "2020-01-01T00:00:00Z",
    ]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr(&refused).contains("was founded later"),
        "{}",
        stderr(&refused)
    );
}

#[test]
fn a_move_that_was_killed_goes_on_and_the_town_is_in_one_place_only() {
    let dir = tempfile::tempdir().unwrap();
    let here = Place::new(dir.path(), "here", false);
    let demo = here.serve();
    let worker = demo.sign_in("worker");
    let place = inside(&worker, "penggan-03");
    let id = Uuid::now_v7();
    assert_eq!(
        worker.command(report(id, place, "搬家前"))["outcome"],
        "done"
    );
    let there = Place::new(dir.path(), "there", true);
    let args = move_args(&here, &there);
    let served = gewang().args(&args).output().unwrap();
    assert_eq!(served.status.code(), Some(2));
    assert!(
        stderr(&served).contains("is served by process"),
        "{}",
        stderr(&served)
    );
    demo.stop();
    let head = here.proved();

    let mut killed = gewang().args(&args).stdout(Stdio::null()).spawn().unwrap();
    // The files come first.
    until("something arrives", || {
        (there.data.join("files").is_dir() || killed.try_wait().unwrap().is_some()).then_some(())
    });
    let _ = killed.kill();
    assert!(
        !killed.wait().unwrap().success(),
        "it was quicker than the test"
    );
    let half = there.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(half.status.code(), Some(2));
    // It may have been killed before the first row.
    let said = stderr(&half);
    let untouched = said.contains("there is no town");
    assert!(untouched || said.contains("is not whole"), "{said}");

    let said = good(&gewang().args(&args).output().unwrap());
    assert!(
        said.contains("moved") && said.contains("accounts"),
        "{said}"
    );
    assert_eq!(there.proved(), head);
    let gone = here.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(gone.status.code(), Some(2));
    assert!(
        stderr(&gone).contains("was moved to postgres"),
        "{}",
        stderr(&gone)
    );
    let demo = there.serve();
    let worker = demo.sign_in("worker");
    assert_eq!(version(&worker, id), Some(1));
    let new = Uuid::now_v7();
    assert_eq!(
        worker.command(report(new, place, "新家"))["outcome"],
        "done"
    );
    // A node serves it: it is not moved from under its hands.
    let back = Place::new(dir.path(), "back", false);
    let busy = gewang().args(move_args(&there, &back)).output().unwrap();
    assert_eq!(busy.status.code(), Some(2));
    assert!(stderr(&busy).contains("a node serves"), "{}", stderr(&busy));
    // But it can be copied.
    let mut copy = move_args(&there, &back);
    copy.push("--keep".into());
    good(&gewang().args(&copy).output().unwrap());
    demo.stop();
    back.proved();
    let demo = back.serve();
    assert_eq!(version(&demo.sign_in("worker"), new), Some(1));
    demo.stop();
}

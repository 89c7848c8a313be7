//! What was acknowledged is there, whatever becomes of the process, the disk or the bytes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use support::{Caller, Demo, gewang, inside, report, run, stderr, stdout, until};
use uuid::Uuid;

/// Commands of one post, and whether it was acknowledged.
type Sent = (Vec<Value>, bool);

fn verified(data: &Path) -> bool {
    run(&["verify", "--data", data.to_str().unwrap()])
        .status
        .success()
}

/// The version of a record, if it is there.
fn version(caller: &Caller, id: &Value) -> Option<u64> {
    caller
        .get(&format!("/api/v1/records/{}", id.as_str().unwrap()))
        .body["version"]
        .as_u64()
}

#[test]
fn killed_twenty_times_in_a_load_of_reports_nothing_acknowledged_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let mut sent: Vec<Value> = Vec::new();
    let mut acknowledged: Vec<usize> = Vec::new();
    let mut place = None;
    for round in 0..20 {
        let demo = Demo::start(dir.path());
        let worker = demo.sign_in("worker");
        let place = *place.get_or_insert_with(|| inside(&worker, "penggan-03"));
        let stop = Arc::new(AtomicBool::new(false));
        let log: Arc<Mutex<Vec<Sent>>> = Arc::default();
        let load: Vec<_> = (0..4)
            .map(|lane| {
                let (worker, stop, log) = (worker.clone(), stop.clone(), log.clone());
                std::thread::spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let commands: Vec<Value> = (0..3)
                            .map(|_| {
                                report(Uuid::now_v7(), place, &format!("第{round}轮第{lane}路"))
                            })
                            .collect();
                        let body = json!({ "commands": commands }).to_string().into_bytes();
                        let answer =
                            worker.try_send("POST", "/api/v1/commands", "application/json", body);
                        let done = answer.is_some_and(|answer| {
                            let outcomes = answer.body["outcomes"]
                                .as_array()
                                .cloned()
                                .unwrap_or_default();
                            outcomes.len() == 3
                                && outcomes.iter().all(|outcome| outcome["outcome"] == "done")
                        });
                        log.lock().unwrap().push((commands, done));
                    }
                })
            })
            .collect();
        // In the middle: when some were answered, at another moment each round.
        until("some answers", || {
            (log.lock().unwrap().len() > 5 + round).then_some(())
        });
        demo.kill();
        stop.store(true, Ordering::Relaxed);
        for lane in load {
            lane.join().unwrap();
        }
        for (commands, done) in log.lock().unwrap().drain(..) {
            for command in commands {
                if done {
                    acknowledged.push(sent.len());
                }
                sent.push(command);
            }
        }
    }
    assert!(
        acknowledged.len() >= 100,
        "only {} were acknowledged",
        acknowledged.len()
    );
    assert!(verified(dir.path()));
    let demo = Demo::start(dir.path());
    let worker = demo.sign_in("worker");
    for index in &acknowledged {
        assert_eq!(
            version(&worker, &sent[*index]["record"]),
            Some(1),
            "{}",
            sent[*index]
        );
    }
    // Everything is sent again and counts once.
    for (part, commands) in sent.chunks(500).enumerate() {
        for (at, outcome) in worker.commands(commands).iter().enumerate() {
            let known = acknowledged.contains(&(part * 500 + at));
            let outcome = outcome["outcome"].as_str().unwrap();
            assert!(
                outcome == "repeated" || (outcome == "done" && !known),
                "{outcome}, {known}"
            );
        }
    }
    for command in &sent {
        assert_eq!(version(&worker, &command["record"]), Some(1));
    }
    demo.stop();
    assert!(verified(dir.path()));
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_str().unwrap();
    let demo = Demo::start(dir.path());
    for args in [
        vec!["serve", "--data", data, "--listen", "127.0.0.1:0"],
        vec![
            "demo",
            "--data",
            data,
            "--listen",
            "127.0.0.1:0",
            "--simulator",
            "off",
        ],
    ] {
        let second = run(&args);
        assert_eq!(second.status.code(), Some(2));
        assert!(stderr(&second).contains("in use"), "{}", stderr(&second));
    }
    // Proving goes on beside it.
    assert!(verified(dir.path()));
    assert_eq!(demo.anybody().get("/api/v1/status").status, 200);
}

#[test]
fn one_changed_byte_is_found_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_str().unwrap();
    let demo = Demo::start(dir.path());
    let worker = demo.sign_in("worker");
    let place = inside(&worker, "penggan-03");
    let outcome = worker.command(report(Uuid::now_v7(), place, "ZEBRA-CROSSING-FADED"));
    let seq = outcome["seq"].as_u64().unwrap();
    // Much after it: the journal's end is proved before anything is served, the whole in the background.
    for _ in 0..5 {
        let commands: Vec<Value> = (0..500)
            .map(|_| report(Uuid::now_v7(), place, "后来的上报"))
            .collect();
        assert!(
            worker
                .commands(&commands)
                .iter()
                .all(|outcome| outcome["outcome"] == "done")
        );
    }
    demo.stop();
    // Other hands change one letter in the journal's row, by the database's own means.
    let database = dir.path().join("gewang.sqlite");
    let changed = support::change_journal(&database, seq);
    assert_eq!(changed, 1);
    let proof = run(&["verify", "--data", data]);
    assert_eq!(proof.status.code(), Some(1));
    assert!(
        stdout(&proof).contains(&format!("entry {seq}")),
        "{}",
        stdout(&proof)
    );
    let demo = Demo::start(dir.path());
    let anybody = demo.anybody();
    let status = until("the server finds it", || {
        let status = anybody.get("/api/v1/status");
        (status.body["chain"] == "broken").then_some(status)
    });
    assert_eq!(status.body["broken_at"], seq);
    assert_eq!(
        status
            .headers
            .get("gewang-journal")
            .and_then(|value| value.to_str().ok()),
        Some("broken")
    );
    let body = json!({"commands": [report(Uuid::now_v7(), place, "还能写吗")]});
    let refused = anybody.post("/api/v1/commands", &body);
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (503, &json!("journal_broken"))
    );
}

#[test]
fn damage_at_the_journals_end_is_said_before_anything_is_served() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_str().unwrap();
    let demo = Demo::start(dir.path());
    let worker = demo.sign_in("worker");
    let outcome = worker.command(report(
        Uuid::now_v7(),
        inside(&worker, "penggan-03"),
        "ZEBRA-CROSSING-FADED",
    ));
    let seq = outcome["seq"].as_u64().unwrap();
    demo.stop();
    assert_eq!(
        support::change_journal(&dir.path().join("gewang.sqlite"), seq),
        1
    );
    let serve = run(&["serve", "--data", data, "--listen", "127.0.0.1:0"]);
    assert_eq!(serve.status.code(), Some(2));
    assert!(
        stderr(&serve).contains(&format!("broken at entry {seq}")),
        "{}",
        stderr(&serve)
    );
    assert_eq!(run(&["verify", "--data", data]).status.code(), Some(1));
}

/// A small file system of its own, where this process may mount one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(megabytes: u32) -> Option<SmallDisk> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={megabytes}m"),
                "gewang-test",
            ])
            .arg(dir.path())
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then_some(SmallDisk(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg("--lazy")
            .arg(self.0.path())
            .status();
    }
}

#[test]
fn on_a_full_disk_writes_are_refused_reads_go_on_and_room_is_enough_to_recover() {
    // Who may not mount a file system limits the size of files instead: the database cannot grow either.
    let small = SmallDisk::mount(12);
    let plain = tempfile::tempdir().unwrap();
    let data = small
        .as_ref()
        .map_or(plain.path(), |disk| disk.0.path())
        .join("data");
    let demo = match &small {
        Some(_) => Demo::start(&data),
        None => {
            let mut shell = std::process::Command::new("bash");
            // SIGXFSZ would end the process where a full disk gives an error.
            shell.args([
                "-c",
                "trap '' XFSZ; ulimit -Sf 8192; exec \"$0\" \"$@\"",
                env!("CARGO_BIN_EXE_gewang"),
            ]);
            Demo::start_with(&data, "off", shell)
        }
    };
    let worker = demo.sign_in("worker");
    let place = inside(&worker, "penggan-03");
    let first = Uuid::now_v7();
    assert_eq!(
        worker.command(report(first, place, "第一件"))["outcome"],
        "done"
    );
    let mut acknowledged = vec![first];
    let many = || -> Vec<Value> {
        (0..50)
            .map(|_| {
                let mut command = report(Uuid::now_v7(), place, "占地方的上报");
                command["data"]["details"] = json!("长".repeat(1900));
                command
            })
            .collect()
    };
    let refused = until("the disk is full", || {
        let commands = many();
        let answer = worker.post("/api/v1/commands", &json!({ "commands": commands }));
        if answer.status == 200 {
            let outcomes = answer.body["outcomes"].as_array().unwrap();
            assert!(outcomes.iter().all(|outcome| outcome["outcome"] == "done"));
            acknowledged.extend(
                commands
                    .iter()
                    .map(|command| command["record"].as_str().unwrap().parse::<Uuid>().unwrap()),
            );
            return None;
        }
        Some((commands, answer))
    });
    let (commands, answer) = refused;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (507, &json!("disk_full")),
        "{}",
        answer.body
    );
    // Nothing of the refused post was kept, everything before it was, and reading goes on.
    for command in &commands {
        assert_eq!(version(&worker, &command["record"]), None);
    }
    for id in &acknowledged {
        assert_eq!(worker.record(*id).status, 200);
    }
    assert_eq!(
        worker.get("/api/v1/records?kind=governance.matter").status,
        200
    );
    // With room again the same post goes through, without a restart.
    match &small {
        Some(disk) => {
            let grown = std::process::Command::new("mount")
                .args(["-o", "remount,size=64m"])
                .arg(disk.0.path())
                .status()
                .unwrap();
            assert!(grown.success());
        }
        None => {
            let id = demo.id().to_string();
            let grown = std::process::Command::new("prlimit")
                .args(["--fsize=unlimited", "--pid", &id])
                .status()
                .unwrap();
            assert!(grown.success());
        }
    }
    let outcomes = until("the server recovers", || {
        let answer = worker.post("/api/v1/commands", &json!({ "commands": commands }));
        (answer.status == 200).then(|| answer.body["outcomes"].as_array().unwrap().clone())
    });
    assert!(
        outcomes.iter().all(|outcome| outcome["outcome"] == "done"),
        "{outcomes:?}"
    );
    demo.stop();
    assert!(verified(&data));
}

#[test]
fn a_town_that_is_not_there_is_said_to_be_missing() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().to_str().unwrap();
    for command in ["serve", "verify"] {
        let output = gewang().args([command, "--data", data]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{command}");
        assert!(stderr(&output).contains("no town"), "{}", stderr(&output));
    }
}

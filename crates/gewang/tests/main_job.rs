//! The main job from report to evaluation, by eight people who hold eight different posts; at each step everybody whose
//! office it is not, and everything that the state does not allow, is refused; and the journal proves itself.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use serde_json::json;
use support::{Demo, inside, report, run, stdout};
use uuid::Uuid;

#[test]
fn a_case_goes_from_report_to_close_by_eight_people() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path());
    let [
        worker,
        dispatcher,
        clerk,
        clerk2,
        head,
        verifier,
        approver,
        committee,
    ] = [
        "worker",
        "dispatcher",
        "clerk",
        "clerk2",
        "head",
        "verifier",
        "approver",
        "committee",
    ]
    .map(|name| demo.sign_in(name));
    let everybody = [
        &worker,
        &dispatcher,
        &clerk,
        &clerk2,
        &head,
        &verifier,
        &approver,
        &committee,
    ];
    let place = inside(&worker, "penggan-03");
    let id = Uuid::now_v7();

    // Who may do the step, the step, its form, the state after it.
    let photo = clerk.photo();
    let steps = [
        (&dispatcher, "register", json!({}), "registered"),
        (
            &dispatcher,
            "dispatch",
            json!({"instructions": "请当天清运"}),
            "handling",
        ),
        (&clerk, "accept", json!({"plan": "下午到场"}), "handling"),
        (
            &committee,
            "supervise",
            json!({"supervision": "请今天办结"}),
            "handling",
        ),
        (
            &clerk,
            "finish",
            json!({"result": "已清运", "after_photos": [photo]}),
            "reviewing",
        ),
        (
            &head,
            "report_back",
            json!({"review": "情况属实"}),
            "handled",
        ),
        (
            &verifier,
            "verify",
            json!({"verification": "现场已干净"}),
            "verified",
        ),
        (&approver, "close", json!({}), "closed"),
        (
            &worker,
            "evaluate",
            json!({"satisfaction": "satisfied"}),
            "closed",
        ),
    ];

    let mut opened = report(id, place, "村口垃圾成堆");
    opened["data"]["reporter_phone"] = json!("13800000000");
    let outcome = worker.command(opened.clone());
    assert_eq!(outcome["outcome"], "done", "{outcome}");
    assert_eq!(outcome["state"], "reported");
    assert_eq!(outcome["cell"], "penggan-03");
    assert_eq!(outcome["version"], 1);
    // Sent twice, it counts once.
    let again = worker.command(opened);
    assert_eq!(
        (&again["outcome"], &again["seq"]),
        (&json!("repeated"), &outcome["seq"])
    );
    assert_eq!(
        worker.refused(
            id,
            "report",
            json!({"category": "litter", "summary": "又一次"})
        ),
        "record_exists"
    );

    for (at, (who, action, form, state)) in steps.iter().enumerate() {
        let before = who.record(id).body["version"].clone();
        // What only comes later is not possible yet, even for those whose office it is.
        for (later, later_action, later_form, _) in &steps[at + 1..] {
            if later
                .offered(id)
                .iter()
                .all(|offered| offered != later_action)
            {
                let code = later.refused(id, later_action, later_form.clone());
                assert!(
                    ["wrong_state", "forbidden", "not_found"].contains(&code.as_str()),
                    "{later_action}: {code}"
                );
            }
        }
        // Nobody else may.
        for other in everybody {
            if other.offered(id).iter().all(|offered| offered != action) {
                let code = other.refused(id, action, form.clone());
                assert!(
                    ["forbidden", "same_person", "not_found"].contains(&code.as_str()),
                    "{action}: {code}"
                );
            }
        }
        // To somebody without an account the case is not even there.
        assert_eq!(
            demo.anybody().refused(id, action, form.clone()),
            "not_found"
        );
        assert_eq!(
            who.record(id).body["version"],
            before,
            "what was refused changed nothing"
        );
        assert!(
            who.offered(id).iter().any(|offered| offered == action),
            "{action} is offered"
        );
        assert_eq!(who.does(id, action, form.clone()), *state);
    }

    // Every step stands in the record's journal.
    let journal = worker.get(&format!("/api/v1/records/{id}/journal"));
    let entries = journal.body["entries"].as_array().expect("entries").clone();
    let mut told: Vec<&str> = entries
        .iter()
        .filter_map(|line| line["entry"]["action"].as_str())
        .collect();
    told.sort_unstable();
    let mut wanted: Vec<&str> = std::iter::once("report")
        .chain(steps.iter().map(|step| step.1))
        .collect();
    wanted.sort_unstable();
    assert_eq!(told, wanted);

    demo.stop();
    let proof = run(&["verify", "--data", dir.path().to_str().unwrap()]);
    assert!(proof.status.success(), "{}", stdout(&proof));
}

#[test]
fn personal_data_are_opened_by_those_who_may_and_every_look_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::start(dir.path());
    let (worker, dispatcher, committee) = (
        demo.sign_in("worker"),
        demo.sign_in("dispatcher"),
        demo.sign_in("committee"),
    );
    let id = Uuid::now_v7();
    let mut opened = report(id, inside(&worker, "penggan-03"), "路灯不亮请来看");
    opened["data"]["reporter_phone"] = json!("13912345678");
    assert_eq!(demo.anybody().command(opened)["outcome"], "done");
    let hides = |text: &[u8]| !String::from_utf8_lossy(text).contains("13912345678");
    // Nobody gets it unasked.
    for caller in [&worker, &dispatcher, &committee] {
        let seen = caller.record(id);
        assert_eq!(seen.status, 200);
        assert!(hides(&seen.bytes));
        assert!(hides(
            &caller.get(&format!("/api/v1/records/{id}/journal")).bytes
        ));
    }
    // A dispatcher may ask for it, a member of the committee and a grid worker may not.
    let asked = format!("/api/v1/records/{id}?open=contact");
    let shown = dispatcher.get(&asked);
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(!hides(&shown.bytes), "{}", shown.body);
    for caller in [&worker, &committee] {
        let refused = caller.get(&asked);
        assert!(
            refused.status == 403 || hides(&refused.bytes),
            "{}",
            refused.body
        );
        assert!(hides(&refused.bytes));
    }
    let looks = demo
        .sign_in("admin")
        .get(&format!("/api/v1/records/{id}/looks"));
    assert_eq!(
        looks.body.as_array().map(Vec::len),
        Some(1),
        "{}",
        looks.body
    );
    // On the disk it stands nowhere in the clear.
    demo.stop();
    for file in std::fs::read_dir(dir.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            assert!(hides(&std::fs::read(&path).unwrap()), "{}", path.display());
        }
    }
}

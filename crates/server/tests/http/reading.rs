use serde_json::{Value, json};
use uuid::Uuid;

use crate::town::{Town, command, report};

fn ids(answer: &Value) -> Vec<String> {
    let records = answer["records"].as_array().expect("records");
    records
        .iter()
        .map(|record| record["id"].as_str().expect("an id").to_owned())
        .collect()
}

#[test]
fn lists_are_narrowed_paged_and_hold_only_what_one_may_see() {
    let town = Town::new();
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    let records: Vec<Uuid> = (0..5).map(|_| Uuid::now_v7()).collect();
    for (index, record) in records.iter().enumerate() {
        let mut made = report(*record, &format!("第{index}处 broken kerb"));
        if index == 4 {
            made["place"] = json!([120.015, 31.015]);
        }
        assert_eq!(town.command(&[], made)["outcome"], "done");
    }
    town.command(&own, command(records[0], "close", json!({})));

    let all = town.get("/api/v1/records?kind=reports.report", &own).json();
    assert_eq!(
        ids(&all).len(),
        4,
        "the fifth lies in another worker's cell"
    );
    let elsewhere = town.token("elsewhere");
    let theirs = town
        .get(
            "/api/v1/records?kind=reports.report",
            &[("authorization", &elsewhere)],
        )
        .json();
    assert_eq!(ids(&theirs), [records[4].to_string()]);

    let list = |query: &str| {
        ids(&town
            .get(
                &format!("/api/v1/records?kind=reports.report&{query}"),
                &own,
            )
            .json())
    };
    assert_eq!(list("open=false"), [records[0].to_string()]);
    assert_eq!(list("state=closed"), [records[0].to_string()]);
    assert_eq!(list("stage=report").len(), 3);
    assert_eq!(list("cell=cell-00").len(), 4);
    assert_eq!(list("cell=cell-11").len(), 0);
    assert_eq!(list("box=120.0,31.0,120.01,31.01").len(), 4);
    assert_eq!(list("late=true").len(), 0);
    assert_eq!(list("assignee=me").len(), 0);
    let since = town
        .get(&format!("/api/v1/records/{}", records[2]), &own)
        .json()["seq"]
        .as_u64()
        .expect("a number");
    assert_eq!(
        list(&format!("since={since}")).len(),
        2,
        "the fourth, and the one closed after it"
    );
    for order in ["newest", "changed", "due"] {
        assert_eq!(list(&format!("order={order}")).len(), 4);
    }

    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = town
            .get(
                &format!("/api/v1/records?kind=reports.report&limit=1{cursor}"),
                &own,
            )
            .json();
        seen.extend(ids(&page));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
        assert!(seen.len() < 10, "it comes to an end");
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((seen.len(), sorted.len()), (4, 4));

    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let status = town.get("/api/v1/status", &[]).json();
        if status["searched"] == status["head"] {
            break;
        }
        assert!(
            std::time::Instant::now() < end,
            "searching never catches up"
        );
    }
    assert_eq!(list("text=%E7%AC%AC2%E5%A4%84"), [records[2].to_string()]);
    assert_eq!(list("text=kerb").len(), 4);
    assert_eq!(list("text=nothing").len(), 0);

    for (query, code) in [
        ("limit=0", "bad_parameter"),
        ("limit=501", "bad_parameter"),
        ("limit=x", "bad_parameter"),
        ("box=1,2,3", "bad_parameter"),
        ("stage=nowhere", "bad_parameter"),
        ("order=up", "bad_parameter"),
        ("cell=nowhere", "bad_parameter"),
        ("assignee=you", "bad_parameter"),
        ("surprise=1", "unknown_parameter"),
        ("cursor=forged", "bad_cursor"),
    ] {
        town.get(&format!("/api/v1/records?{query}"), &own)
            .problem(400, code);
    }
    town.get("/api/v1/records?kind=no.such", &own)
        .problem(400, "bad_parameter");
    town.get("/api/v1/records", &[]).problem(401, "sign_in");
    town.get(&format!("/api/v1/records/{}", Uuid::now_v7()), &own)
        .problem(404, "not_found");
    town.get("/api/v1/records/none", &own)
        .problem(404, "not_found");
}

#[test]
fn a_journal_proves_itself_to_the_client() {
    let town = Town::new();
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    let record = Uuid::now_v7();
    town.command(&[], report(record, "x"));
    town.command(&own, command(record, "handle", json!({})));
    let journal = town
        .get(
            &format!("/api/v1/records/{record}/journal?proof=true"),
            &own,
        )
        .json();
    let entries = journal["entries"].as_array().expect("entries");
    assert_eq!(entries.len(), 2);
    for line in entries {
        let before = bytes(line["before"].as_str().expect("a hash"));
        let hashed = line["hashed"].as_str().expect("what was hashed");
        let hash = gewang_engine::chain::link(
            &before,
            hashed.as_bytes(),
            gewang_engine::pack::HashKind::Blake3,
        );
        assert_eq!(bytes(line["hash"].as_str().expect("a hash")), hash);
        assert!(!hashed.contains("13800001234"), "personal data are sealed");
    }
    assert_eq!(
        entries[0]["hash"], entries[1]["before"],
        "nothing else was written in between"
    );
    let later = town
        .get(&format!("/api/v1/records/{record}/journal?after=1"), &own)
        .json();
    assert_eq!(later["entries"][0]["entry"]["action"], "handle");
    assert!(later["entries"][0].get("hashed").is_none());
}

fn bytes(hex: &str) -> [u8; 32] {
    let bytes: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).expect("hexadecimal"))
        .collect();
    bytes.try_into().expect("32 bytes")
}

#[test]
fn the_town_tells_its_cells_posts_packs_and_sums() {
    let town = Town::new();
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    let cells = town.get("/api/v1/cells", &[]).json();
    assert_eq!(
        (&cells["root"], cells["cells"].as_array().map(Vec::len)),
        (&json!("square"), Some(5))
    );
    let drawn = town.get("/api/v1/cells?format=geojson&cell=cell-10", &[]);
    assert_eq!(drawn.header("content-type"), Some("application/geo+json"));
    assert_eq!(drawn.json()["features"][0]["geometry"]["type"], "Polygon");
    town.get("/api/v1/cells?format=svg", &[])
        .problem(400, "bad_parameter");

    let located = town
        .get("/api/v1/locate?lon=120.004&lat=31.006", &own)
        .json();
    assert_eq!(
        (&located["cell"]["id"], &located["above"][0]["id"]),
        (&json!("cell-00"), &json!("square"))
    );
    assert!(located["chain"].to_string().contains("\"worker\""));
    let anonymous = town
        .get("/api/v1/locate?lon=120.004&lat=31.006", &[])
        .json();
    assert_eq!(
        anonymous["chain"][0]["people"],
        json!([]),
        "names are for those who are signed in"
    );
    let outside = town
        .get("/api/v1/locate?lon=121&lat=31&lang=en", &[])
        .problem(422, "outside_domain");
    assert!(
        outside["detail"].as_str().expect("words").contains("km"),
        "{outside}"
    );
    let near = town
        .get("/api/v1/locate?lon=119.9999&lat=31.006", &[])
        .problem(422, "outside_domain")["nearest"]
        .clone();
    assert_eq!(near["cell"]["id"], "cell-00");
    assert_eq!(near["distance_m"], 10.0);
    let (lon, lat) = (&near["place"][0], &near["place"][1]);
    let inside = town.get(&format!("/api/v1/locate?lon={lon}&lat={lat}"), &[]);
    assert_eq!(inside.json()["cell"]["id"], "cell-00");
    town.get("/api/v1/locate?lon=31&lat=121", &[])
        .problem(422, "bad_place");
    town.get("/api/v1/locate?lon=120", &[])
        .problem(400, "required");

    let packs = town.get("/api/v1/packs", &[]);
    let tag = packs.header("etag").expect("a tag").to_owned();
    assert!(
        packs.json()["packs"]
            .as_array()
            .expect("packs")
            .iter()
            .any(|pack| pack["pack"] == "reports")
    );
    assert_eq!(
        town.get("/api/v1/packs", &[("if-none-match", &tag)]).status,
        304
    );

    assert_eq!(town.get("/api/v1/units", &own).json(), json!({"units": []}));
    let people = town.get("/api/v1/people?cell=cell-00", &own).json();
    assert_eq!(people["people"].as_array().map(Vec::len), Some(2));
    let all = town.get("/api/v1/people", &own).json();
    assert_eq!(all["people"].as_array().map(Vec::len), Some(5));
    town.get("/api/v1/people", &[]).problem(401, "sign_in");
    town.get("/api/v1/units", &[]).problem(401, "sign_in");

    for _ in 0..2 {
        town.command(&own, report(Uuid::now_v7(), "x"));
    }
    let sums = |query: &str| {
        town.get(
            &format!("/api/v1/tallies?kind=reports.report&{query}"),
            &own,
        )
        .json()["tallies"]
            .clone()
    };
    assert_eq!(
        sums("measure=open"),
        json!([{"kind": "reports.report", "cell": "square", "measure": "open", "n": 2}])
    );
    assert_eq!(sums("measure=open&by=child")[0]["cell"], "cell-00");
    assert_eq!(sums("measure=open&cell=cell-11"), json!([]));
    let opened = sums("measure=opened&from=2020-01-01&to=2029-12-31");
    assert_eq!(opened[0]["n"], 2);
    assert!(opened[0]["day"].as_str().expect("a day").starts_with("20"));
    assert_eq!(sums("measure=count:")[0]["measure"], "count:area=road");
    town.get("/api/v1/tallies?from=2020-01-02&to=2020-01-01", &own)
        .problem(400, "bad_parameter");
    town.get("/api/v1/tallies?from=today", &own)
        .problem(400, "bad_parameter");
}

#[test]
fn a_likely_duplicate_is_told_and_the_public_learns_little() {
    let town = Town::new();
    let record = Uuid::now_v7();
    town.command(&[], report(record, "a secret summary"));
    let query = "/api/v1/duplicates?kind=reports.report&lon=120.0041&lat=31.006&data=%7B%22area%22%3A%22road%22%7D";
    let public = town.get(query, &[]).json();
    let likely = &public["duplicates"][0];
    assert_eq!(likely["same"], json!({"area": "road"}), "{public}");
    assert!(
        (5.0..15.0).contains(&likely["distance_m"].as_f64().expect("metres")),
        "{likely}"
    );
    assert!(!public.to_string().contains("secret") && likely.get("record").is_none());
    let worker = town.token("worker");
    let seen = town.get(query, &[("authorization", &worker)]).json();
    assert_eq!(seen["duplicates"][0]["record"], json!(record));
    assert_eq!(seen["duplicates"][0]["title"], "a secret summary");
    let other = query.replace("road", "litter");
    assert_eq!(town.get(&other, &[]).json()["duplicates"], json!([]));
    let far = query.replace("120.0041", "120.006");
    assert_eq!(town.get(&far, &[]).json()["duplicates"], json!([]));
    town.get("/api/v1/duplicates?kind=town.person&lon=120&lat=31", &[])
        .problem(403, "forbidden");
    town.get("/api/v1/duplicates?kind=reports.report", &[])
        .problem(400, "bad_parameter");
}

#[test]
fn the_server_describes_itself_without_asking_anybody_else() {
    let town = Town::new();
    let status = town.get("/api/v1/status", &[]).json();
    assert_eq!(
        (&status["domain"], &status["demo"]),
        (&json!("square"), &json!(true))
    );
    let document = town.get("/api/v1/openapi.json", &[]);
    assert_eq!(document.body, gewang_server::document().into_bytes());
    let page = town.get("/api/v1/docs", &[]);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let zipped = town.get("/api/v1/docs", &[("accept-encoding", "gzip")]);
    assert_eq!(zipped.header("content-encoding"), Some("gzip"));
    assert!(zipped.body.len() * 3 < page.body.len());
    let creations = town.get("/api/v1/creations", &[]).json();
    assert_eq!(creations["actions"][0]["action"], "report");

    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while town.get("/api/v1/status", &[]).json()["chain"] != "proved" {
        assert!(
            std::time::Instant::now() < end,
            "the journal is never proved"
        );
    }
}

#[test]
fn the_description_speaks_the_language_asked_for() {
    let town = Town::new();
    let docs = |headers: &[(&str, &str)], path: &str| {
        let answer = town.get(path, headers);
        let said = answer.header("content-language").map(str::to_owned);
        (String::from_utf8(answer.body).expect("text"), said)
    };
    let (en, said) = docs(&[("accept-language", "en-GB,en;q=0.8")], "/api/v1/docs");
    assert_eq!(said.as_deref(), Some("en"));
    assert!(en.contains("Post commands.") && en.contains("href=\"?lang=zh\""));
    let (zh, said) = docs(&[("accept-language", "en")], "/api/v1/docs?lang=zh");
    assert_eq!(said.as_deref(), Some("zh"));
    assert!(zh.contains("提交命令"));
}

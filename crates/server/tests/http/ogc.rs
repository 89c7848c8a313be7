//! OGC API - Features, as a client of maps reads it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::town::{PASSWORD, Town, report};

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

fn link(body: &Value, rel: &str) -> Option<String> {
    let links = body["links"].as_array().expect("links");
    let found = links.iter().find(|link| link["rel"] == rel)?;
    let href = found["href"].as_str().expect("an address");
    // Whole addresses, of this very server.
    let rest = href.split_once("://").expect("a scheme").1;
    Some(rest[rest.find('/').expect("a path")..].to_owned())
}

#[test]
fn the_cells_are_read_by_everybody() {
    let town = Town::new();
    let landing = town.get("/ogc", &[]).json();
    let data = link(&landing, "data").expect("the collections");
    let api = town.get(
        &link(&landing, "service-desc").expect("the definition"),
        &[],
    );
    assert!(
        api.header("content-type")
            .expect("a type")
            .starts_with("application/vnd.oai.openapi+json")
    );
    assert_eq!(api.json()["openapi"], "3.0.3");
    let conforms = town
        .get(&link(&landing, "conformance").expect("it says"), &[])
        .json();
    for part in [
        "features-1/1.0/conf/core",
        "features-1/1.0/conf/geojson",
        "features-1/1.0/conf/oas30",
        "features-2/1.0/conf/crs",
    ] {
        let list = conforms["conformsTo"].to_string();
        assert!(list.contains(part), "{list}");
    }
    let collections = town.get(&data, &[]).json();
    let ids: Vec<&str> = collections["collections"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["id"].as_str().expect("an id"))
        .collect();
    assert_eq!(ids, ["cells.town", "cells.cell"]);
    let cells = &collections["collections"][1];
    assert_eq!(
        cells["extent"]["spatial"]["bbox"],
        json!([[120.0, 31.0, 120.02, 31.02]])
    );
    let items = link(cells, "items").expect("its features");
    let all = town.get(&items, &[]);
    assert_eq!(all.header("content-type"), Some("application/geo+json"));
    assert_eq!(
        all.header("content-crs"),
        Some("<http://www.opengis.net/def/crs/OGC/1.3/CRS84>")
    );
    let all = all.json();
    assert_eq!(
        (&all["numberMatched"], &all["numberReturned"]),
        (&json!(4), &json!(4))
    );
    assert_eq!(all["features"][0]["properties"]["title_zh"], "西南格");

    // A page at a time.
    let (mut next, mut seen) = (Some(format!("{items}?limit=3")), Vec::new());
    while let Some(path) = next {
        let page = town.get(&path, &[]).json();
        let features = page["features"].as_array().expect("features").clone();
        seen.extend(
            features
                .iter()
                .map(|one| one["id"].as_str().expect("an id").to_owned()),
        );
        next = link(&page, "next");
    }
    assert_eq!(seen, ["cell-00", "cell-01", "cell-10", "cell-11"]);

    // Where, in whichever coordinates.
    let within = |query: &str| -> Vec<String> {
        let page = town.get(&format!("{items}?{query}"), &[]).json();
        let features = page["features"]
            .as_array()
            .unwrap_or_else(|| panic!("{page}"));
        features
            .iter()
            .map(|one| one["id"].as_str().expect("an id").to_owned())
            .collect()
    };
    let epsg = "http://www.opengis.net/def/crs/EPSG/0/";
    assert_eq!(within("bbox=120.001,31.001,120.002,31.002"), ["cell-00"]);
    assert_eq!(
        within(&format!(
            "bbox=31.001,120.001,31.002,120.002&bbox-crs={epsg}4326"
        )),
        ["cell-00"]
    );
    assert_eq!(within("parent=square&title_en=Cell%2011"), ["cell-11"]);
    assert_eq!(within("bbox=10,10,11,11"), Vec::<String>::new());
    let one = |crs: &str| -> Value {
        let answer = town.get(&format!("{items}/cell-00?crs={epsg}{crs}"), &[]);
        assert_eq!(
            answer.header("content-crs"),
            Some(format!("<{epsg}{crs}>").as_str())
        );
        answer.json()["geometry"]["coordinates"][0][0].clone()
    };
    assert_eq!(one("4326"), json!([31.0, 120.0]));
    assert_eq!(one("4490"), json!([31.0, 120.0]));
    let web = one("3857");
    assert!(
        (web[0].as_f64().expect("x") - 13_358_338.895).abs() < 0.01,
        "{web}"
    );
    let zone = one("4549");
    assert_eq!(zone[1], 500_000.0, "the easting stands second: {zone}");
    let box_of = format!(
        "bbox={},499990,{},500500&bbox-crs={epsg}4549",
        zone[0].as_f64().expect("a number") + 10.0,
        zone[0].as_f64().expect("a number") + 500.0
    );
    assert_eq!(within(&box_of), ["cell-00"]);

    for (query, code) in [
        ("limit=0", "bad_parameter"),
        ("limit=x", "bad_parameter"),
        ("bbox=1,2,3", "bad_parameter"),
        ("crs=EPSG:4326", "bad_parameter"),
        (
            "crs=http://www.opengis.net/def/crs/EPSG/0/2434",
            "bad_parameter",
        ),
        ("datetime=yesterday", "bad_parameter"),
        ("surprise=1", "bad_parameter"),
        ("cursor=x", "bad_cursor"),
    ] {
        town.get(&format!("{items}?{query}"), &[])
            .problem(400, code);
    }
    town.get("/ogc/collections/cells.nothing", &[])
        .problem(404, "not_found");
    town.get(&format!("{items}/nowhere"), &[])
        .problem(404, "not_found");
}

#[test]
fn records_are_read_by_whoever_may_see_them() {
    let town = Town::new();
    let token = town.token("worker");
    let mut reports = Vec::new();
    for (n, place) in [[120.004, 31.006], [120.014, 31.016]].iter().enumerate() {
        let record = Uuid::now_v7();
        let mut command = report(record, &format!("第{n}件"));
        command["place"] = json!(place);
        command["data"]["phone"] = json!("13800001234");
        let outcome = town.command(&[], command);
        assert_eq!(outcome["outcome"], "done", "{outcome}");
        reports.push(record);
    }
    let items = "/ogc/collections/reports.report/items";
    let refused = town.get(items, &[]);
    refused.problem(401, "sign_in");
    assert!(
        refused
            .header("www-authenticate")
            .expect("a challenge")
            .starts_with("Basic")
    );

    // By a token, and by a name and a password as programs for maps send them.
    let (worker, admin, elsewhere) = (
        basic("worker", PASSWORD),
        basic("admin", PASSWORD),
        basic("elsewhere", PASSWORD),
    );
    for (who, cells) in [
        (&token, &["cell-00"][..]),
        (&worker, &["cell-00"]),
        (&elsewhere, &["cell-11"]),
        (&admin, &["cell-00", "cell-11"]),
    ] {
        let page = town.get(items, &[("authorization", who)]);
        let body = page.json();
        let seen: Vec<&str> = body["features"]
            .as_array()
            .unwrap_or_else(|| panic!("{body}"))
            .iter()
            .map(|one| one["properties"]["cell"].as_str().expect("a cell"))
            .collect();
        assert_eq!(seen, cells, "{who}");
        assert!(
            !body.to_string().contains("13800001234"),
            "personal data stay sealed"
        );
    }
    let admin = [("authorization", admin.as_str())];
    let ids = |query: &str| -> Vec<String> {
        let body = town.get(&format!("{items}?{query}"), &admin).json();
        let features = body["features"]
            .as_array()
            .unwrap_or_else(|| panic!("{body}"));
        features
            .iter()
            .map(|one| one["id"].as_str().expect("an id").to_owned())
            .collect()
    };
    let [first, second] = [reports[0].to_string(), reports[1].to_string()];
    assert_eq!(ids("limit=1"), [first.clone()]);
    assert_eq!(ids("summary=%E7%AC%AC1%E4%BB%B6"), [second.clone()]);
    assert_eq!(
        ids("state=waiting&open=true&cell=cell-11"),
        [second.clone()]
    );
    assert_eq!(ids("open=false"), Vec::<String>::new());
    assert_eq!(ids("bbox=120.0,31.0,120.01,31.01"), [first.clone()]);
    assert_eq!(ids("datetime=../2020-01-01"), Vec::<String>::new());
    assert_eq!(
        ids("datetime=2020-01-01T00:00:00Z/.."),
        [first.clone(), second.clone()]
    );
    let page = town.get(&format!("{items}?limit=1"), &admin).json();
    let next = link(&page, "next").expect("a second page");
    assert_eq!(
        town.get(&next, &admin).json()["features"][0]["id"],
        second.as_str()
    );
    let one = town.get(&format!("{items}/{first}"), &admin).json();
    assert_eq!(
        one["geometry"],
        json!({"type": "Point", "coordinates": [120.004, 31.006]})
    );
    assert_eq!(one["properties"]["state_zh"], "待办");
    town.get(
        &format!("{items}/{first}"),
        &[("authorization", &elsewhere)],
    )
    .problem(404, "not_found");
    town.get(&format!("{items}?phone=13800001234"), &admin)
        .problem(400, "bad_parameter");
}

#[test]
fn wrong_passwords_must_wait_as_at_the_sign_in() {
    let town = Town::new();
    let items = "/ogc/collections/reports.report/items";
    let good = basic("admin", PASSWORD);
    assert_eq!(town.get(items, &[("authorization", &good)]).status, 200);
    let wrong = basic("admin", "nonsense nonsense");
    let mut last = 401;
    for _ in 0..8 {
        last = town.get(items, &[("authorization", &wrong)]).status;
        if last == 429 {
            break;
        }
    }
    assert_eq!(last, 429);
    // What was proved a moment ago is believed all the same.
    assert_eq!(town.get(items, &[("authorization", &good)]).status, 200);
    for bad in ["Basic", "Basic !!!", "Basic bm9uc2Vuc2U="] {
        assert_eq!(
            town.get(items, &[("authorization", bad)]).status,
            401,
            "{bad}"
        );
    }
}

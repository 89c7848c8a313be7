//! The map of the cells, and what lies below it.

use serde_json::json;
use uuid::Uuid;

use crate::town::{Town, report};

const TILE: &str = "application/vnd.mapbox-vector-tile";

#[test]
fn the_cells_come_as_tiles_for_everybody() {
    let town = Town::new();
    let map = town.get("/api/v1/map", &[]).json();
    assert_eq!(map["bounds"], json!([120.0, 31.0, 120.02, 31.02]));
    assert_eq!(
        (&map["datum"], &map["base"]),
        (&json!("wgs84"), &json!(null))
    );
    let address = |z: u32, x: u32, y: u32| {
        let template = map["tiles"].as_str().expect("an address");
        let place = [("{z}", z), ("{x}", x), ("{y}", y)];
        place.iter().fold(template.to_owned(), |path, (part, n)| {
            path.replace(part, &n.to_string())
        })
    };
    // 120.01 E, 31.01 N at zoom 12.
    let (x, y) = (3413, 1676);
    let tile = town.get(&address(12, x, y), &[]);
    assert_eq!(
        (tile.status, tile.header("content-type")),
        (200, Some(TILE))
    );
    assert!(
        tile.header("cache-control")
            .expect("caching")
            .contains("immutable")
    );
    let has = |bytes: &[u8], word: &str| {
        bytes
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    };
    for word in [
        "cell",
        "border",
        "label",
        "cell-00",
        "cell-11",
        "西南格",
        "Square Town",
    ] {
        assert!(has(&tile.body, word), "{word} is not in the tile");
    }
    assert_eq!(town.get(&address(12, x, y), &[]).body, tile.body);
    let zipped = town.get("/api/v1/packs", &[("accept-encoding", "gzip")]);
    assert_eq!(zipped.header("content-encoding"), Some("gzip"));
    let shifted = town.get(&format!("{}?datum=gcj02", address(12, x, y)), &[]);
    assert!(shifted.status == 200 && shifted.body != tile.body);
    let empty = town.get(&address(12, 0, 0), &[]);
    assert_eq!((empty.status, empty.body.len()), (200, 0));

    town.get(&address(2, 9, 0), &[]).problem(404, "not_found");
    town.get(&address(40, 0, 0), &[]).problem(404, "not_found");
    let edition = map["edition"].as_str().expect("a name");
    let other = address(12, x, y).replace(edition, "0123456789abcdef");
    town.get(&other, &[]).problem(404, "not_found");
    town.get(&format!("{}?datum=bd09", address(12, x, y)), &[])
        .problem(400, "bad_parameter");
    town.get("/api/v1/basemap", &[]).problem(404, "not_found");
}

#[test]
fn a_base_map_of_the_towns_own_is_handed_out_in_pieces() {
    let map =
        "base_map: { file: town.pmtiles, datum: gcj02, attribution: { zh: 自制, en: Our own } }";
    let town = Town::settled(map, |dir| {
        let bytes: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
        std::fs::write(dir.join("town.pmtiles"), bytes).expect("it is written");
    });
    let told = town.get("/api/v1/map", &[]).json();
    assert_eq!(
        told["base"],
        json!({"type": "pmtiles", "url": "/api/v1/basemap", "tile_size": 256, "max_zoom": 18, "datum": "gcj02",
               "attribution": {"zh": "自制", "en": "Our own"}})
    );
    let whole = town.get("/api/v1/basemap", &[]);
    assert_eq!((whole.status, whole.body.len()), (200, 200_000));
    let part = town.get("/api/v1/basemap", &[("range", "bytes=70000-70003")]);
    assert_eq!(
        (part.status, &part.body[..]),
        (206, &whole.body[70_000..70_004])
    );
    assert_eq!(
        part.header("content-range"),
        Some("bytes 70000-70003/200000")
    );
    town.get("/api/v1/basemap", &[("range", "bytes=200000-")])
        .problem(416, "bad_range");
    let tag = whole.header("etag").expect("a tag");
    assert_eq!(
        town.get("/api/v1/basemap", &[("if-none-match", tag)])
            .status,
        304
    );
    let stale = [("range", "bytes=0-3"), ("if-range", "\"another\"")];
    assert_eq!(town.get("/api/v1/basemap", &stale).status, 200);
}

#[test]
fn a_map_service_is_the_one_other_host_that_pages_may_ask() {
    let url =
        "https://t0.tianditu.example/img_w/wmts?TILEMATRIX={z}&TILECOL={x}&TILEROW={y}&tk=KEY";
    let map = format!("base_map: {{ url: '{url}', attribution: {{ zh: 天地图, en: Tianditu }} }}");
    let town = Town::settled(&map, |_| {});
    let told = town.get("/api/v1/map", &[]).json();
    assert_eq!(
        (&told["base"]["type"], &told["base"]["url"]),
        (&json!("raster"), &json!(url))
    );
    let page = town.get("/wall/", &[]);
    if page.header("etag").is_some() {
        let policy = page.header("content-security-policy").expect("a policy");
        let host = "https://t0.tianditu.example";
        assert_eq!(policy.matches("http").count(), 2, "{policy}");
        assert!(
            policy.contains(&format!("img-src 'self' blob: data: {host};")),
            "{policy}"
        );
        assert!(
            policy.contains(&format!("connect-src 'self' {host};")),
            "{policy}"
        );
    }
}

#[test]
fn programs_for_maps_are_told_what_the_tiles_are() {
    let town = Town::new();
    let map = town.get("/api/v1/map", &[]).json();
    let edition = map["edition"].as_str().expect("an edition");
    for name in [edition, "current"] {
        let told = town.get(&format!("/api/v1/tiles/{name}"), &[]).json();
        assert_eq!(told["tilejson"], "3.0.0");
        assert_eq!(told["version"], edition);
        assert_eq!(told["bounds"], map["bounds"]);
        let address = told["tiles"][0].as_str().expect("an address");
        assert!(
            address.starts_with("http://")
                && address.ends_with(&format!("/api/v1/tiles/{edition}/{{z}}/{{x}}/{{y}}")),
            "{address}"
        );
        let layers = told["vector_layers"].as_array().expect("layers");
        let names: Vec<_> = layers.iter().map(|layer| &layer["id"]).collect();
        assert_eq!(names, ["cell", "border", "label"]);
    }
    assert_eq!(town.get("/api/v1/tiles/0000000000000000", &[]).status, 404);
}

#[test]
fn counts_are_in_the_tiles_for_who_is_signed_in() {
    let town = Town::new();
    let map = town.get("/api/v1/map", &[]).json();
    let edition = map["edition"].as_str().expect("an edition");
    let counted = format!("/api/v1/tiles/{edition}/12/3413/1676?counts=open");
    assert_eq!(town.get(&counted, &[]).status, 401);
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    let has = |bytes: &[u8], word: &str| {
        let mut parts = bytes.windows(word.len());
        parts.any(|part| part == word.as_bytes())
    };
    let before = town.get(&counted, &own);
    assert!(before.status == 200 && has(&before.body, "late"));
    assert_eq!(before.header("cache-control"), Some("private, no-store"));
    let mut reported = report(Uuid::now_v7(), "井盖");
    reported["place"] = json!([120.005, 31.005]);
    assert_eq!(town.command(&own, reported)["outcome"], "done");
    let after = town.get(&counted, &own);
    assert_ne!(before.body, after.body, "one more is open");
    let plain = town.get(&format!("/api/v1/tiles/{edition}/12/3413/1676"), &own);
    assert!(!has(&plain.body, "late"));
}

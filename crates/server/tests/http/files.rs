use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use serde_json::json;
use uuid::Uuid;

use crate::town::{Answer, Town, command, limits, report};

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let image = RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x % 251) as u8, (y % 241) as u8, 7])
    });
    image
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .expect("it encodes");
    bytes
}

fn store(town: &Town, headers: &[(&str, &str)], media: &str, bytes: &[u8]) -> Answer {
    let mut headers = headers.to_vec();
    headers.push(("content-type", media));
    town.ask("POST", "/api/v1/files", &headers, bytes)
}

#[test]
fn a_photo_is_kept_anew_and_seen_by_whom_may_see_its_record() {
    let town = Town::new();
    let (worker, elsewhere) = (town.token("worker"), town.token("elsewhere"));
    let own = [("authorization", worker.as_str())];
    let stored = store(&town, &own, "image/png", &png(800, 400));
    assert_eq!(stored.status, 201, "{stored:?}");
    let stored = stored.json();
    assert_eq!(
        (&stored["media"], &stored["width"]),
        (&json!("image/jpeg"), &json!(800))
    );
    let path = format!("/api/v1/files/{}", stored["hash"].as_str().expect("a hash"));
    let photo = town.get(&path, &own);
    assert_eq!(photo.status, 200);
    assert_eq!(
        image::guess_format(&photo.body).ok(),
        Some(ImageFormat::Jpeg)
    );
    assert!(
        photo
            .header("cache-control")
            .expect("caching")
            .contains("immutable")
    );
    assert!(
        photo
            .header("content-security-policy")
            .expect("a policy")
            .contains("sandbox")
    );
    let small = town.get(&format!("{path}?size=thumb"), &own);
    let small = image::load_from_memory(&small.body).expect("a picture");
    assert_eq!((small.width(), small.height()), (320, 160));
    let tag = photo.header("etag").expect("a tag").to_owned();
    assert_eq!(
        town.get(&path, &[own[0], ("if-none-match", &tag)]).status,
        304
    );

    // Nobody else may see it yet; once a record names it, whoever sees the record does.
    let leader = town.token("leader");
    town.get(&path, &[("authorization", &leader)])
        .problem(404, "not_found");
    town.get(&path, &[]).problem(404, "not_found");
    let record = Uuid::now_v7();
    let data = json!({"area": "road", "summary": "x", "photos": [stored["hash"]]});
    assert_eq!(
        town.command(&own, command(record, "report", data))["outcome"],
        "done"
    );
    assert_eq!(town.get(&path, &[("authorization", &leader)]).status, 200);
    town.get(&path, &[("authorization", &elsewhere)])
        .problem(404, "not_found");

    // The public learns of it as a likely duplicate, by its small picture alone.
    let likely = town.get("/api/v1/duplicates?kind=reports.report&lon=120.004&lat=31.006&data=%7B%22area%22%3A%22road%22%7D", &[]);
    let shown = likely.json()["duplicates"][0]["photo"]
        .as_str()
        .expect("an address")
        .to_owned();
    assert_eq!(town.get(&shown, &[]).status, 200);
    town.get(&shown.replace("size=thumb&", ""), &[])
        .problem(404, "not_found");
    town.get(&shown.replace("key=", "key=x"), &[])
        .problem(404, "not_found");
    town.get("/api/v1/files/nothing", &own)
        .problem(404, "not_found");
    town.get(&format!("{path}?size=huge"), &own)
        .problem(400, "bad_parameter");
}

#[test]
fn a_reporter_sees_the_photo_of_their_report() {
    let town = Town::new();
    let stored = store(&town, &[], "image/png", &png(10, 10)).json();
    let record = Uuid::now_v7();
    let mut made = report(record, "x");
    made["data"]["photos"] = json!([stored["hash"]]);
    let reported = town.command(&[], made);
    let follow = format!(
        "{record}:{}",
        reported["follow"]["token"].as_str().expect("a token")
    );
    let path = format!("/api/v1/files/{}", stored["hash"].as_str().expect("a hash"));
    assert_eq!(town.get(&path, &[("gewang-follow", &follow)]).status, 200);
}

#[test]
fn a_form_with_one_part_is_taken_too() {
    let town = Town::new();
    let worker = town.token("worker");
    let mut body =
        b"--edge\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"
            .to_vec();
    body.extend_from_slice("名称,数量\n甲,1\n".as_bytes());
    body.extend_from_slice(b"\r\n--edge--\r\n");
    let own = [("authorization", worker.as_str())];
    let stored = store(&town, &own, "multipart/form-data; boundary=edge", &body);
    assert_eq!(stored.status, 201, "{stored:?}");
    let stored = stored.json();
    assert_eq!(stored["media"], "text/csv");
    let file = town.get(
        &format!("/api/v1/files/{}", stored["hash"].as_str().expect("a hash")),
        &own,
    );
    assert_eq!(file.body, "名称,数量\n甲,1\n".as_bytes());
    assert!(
        file.header("content-disposition")
            .expect("how to show it")
            .starts_with("attachment")
    );
    store(&town, &own, "multipart/form-data; boundary=edge", b"--edge").problem(400, "bad_form");
    store(&town, &own, "multipart/form-data", b"").problem(400, "bad_form");
}

#[test]
fn what_is_no_file_of_ours_is_refused() {
    let town = Town::with(|options| {
        limits(options, |limits| {
            (limits.photo_bytes, limits.file_bytes, limits.photo_pixels) =
                (200_000, 50_000, 1_000_000);
        });
    });
    let worker = town.token("worker");
    let own = [("authorization", worker.as_str())];
    let refused = |bytes: &[u8]| store(&town, &own, "application/octet-stream", bytes);
    refused(b"").problem(422, "no_file");
    refused(b"MZ\x90\0").problem(415, "unknown_format");
    refused(b"<svg onload=alert(1)>").problem(415, "unknown_format");
    refused(&png(50, 50)[..60]).problem(422, "bad_photo");
    refused(&vec![b'x'; 60_000]).problem(413, "body_too_large");
    refused(&vec![b'x'; 300_000]).problem(413, "body_too_large");
    // A few kilobytes that would unpack into 1.1 million pixels, and a header that claims 900 million.
    let blank = {
        let mut bytes = Vec::new();
        RgbImage::new(1100, 1000)
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
            .expect("it encodes");
        bytes
    };
    assert!(blank.len() < 50_000);
    let said = refused(&blank).problem(413, "photo_too_large");
    assert!(
        said["text"]["en"]
            .as_str()
            .expect("words")
            .contains("1000000"),
        "{said}"
    );
}

#[test]
fn uploads_without_an_account_are_throttled() {
    let town = Town::with(|options| {
        limits(options, |limits| {
            (limits.public_burst, limits.public_per_hour) = (1, 1)
        });
    });
    for _ in 0..3 {
        assert_eq!(store(&town, &[], "text/plain", b"hello").status, 201);
    }
    store(&town, &[], "text/plain", b"hello").problem(429, "too_many_files");
}

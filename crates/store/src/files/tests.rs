//! A folder and a bucket, asked the same.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    thread,
    time::SystemTime,
};

use bytes::Bytes;
use object_store::aws::AmazonS3Builder;

use super::{FileRoom, Thumbnail, place::Place};
use crate::{Error, storage::Storage};

fn bucket(address: &str, access: AmazonS3Builder) -> Result<FileRoom, Error> {
    let place = Place::bucket(address, access)?;
    Ok(FileRoom { place })
}

/// Asks a folder and a bucket; `ask` is told where the file of a hash lies on this machine's disk.
fn on_both(ask: impl Fn(&FileRoom, &dyn Fn(&str) -> PathBuf)) {
    let dir = tempfile::tempdir().unwrap();
    ask(&FileRoom::open(None, dir.path()).unwrap(), &|hash| {
        dir.path().join("files").join(&hash[..2]).join(&hash[2..])
    });
    let storage = Storage::with(&["town"]);
    let room = bucket("s3://town/of/gewang", storage.access()).unwrap();
    ask(&room, &|hash| {
        let name = format!("of/gewang/{}/{}", &hash[..2], &hash[2..]);
        storage.object("town", &name)
    });
}

fn changed(path: &Path) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

fn is_bad(room: &FileRoom, hash: &str) -> bool {
    matches!(room.get(hash), Err(Error::BadFile(bad)) if bad == hash)
}

#[test]
fn what_was_laid_down_is_found() {
    let large = Bytes::from(
        (0..3_000_000u32)
            .map(|n| n as u8 ^ (n >> 8) as u8)
            .collect::<Vec<_>>(),
    );
    on_both(|room, place| {
        let small = Thumbnail {
            media: "image/jpeg".into(),
            bytes: b"small".to_vec(),
        };
        let files = room.put("image/png", large.clone(), Some(small)).unwrap();
        let [file, small] = &files[..] else {
            panic!("{files:?}");
        };
        assert_eq!((file.media.as_str(), file.bytes), ("image/png", 3_000_000));
        assert_eq!(file.hash, blake3::hash(&large).to_hex().as_str());
        assert_eq!(file.thumbnail.as_ref(), Some(&small.hash));
        assert_eq!(small.thumbnail_of.as_ref(), Some(&file.hash));
        assert_eq!(room.get(&file.hash).unwrap(), large);
        assert_eq!(room.get(&small.hash).unwrap(), b"small");
        assert_eq!(fs::read(place(&file.hash)).unwrap(), large);
        // Nothing is as good a file as any.
        let nothing = room.keep(Bytes::new()).unwrap();
        assert!(room.get(&nothing).unwrap().is_empty());
    });
}

#[test]
fn what_lies_there_whole_is_not_laid_down_again() {
    on_both(|room, place| {
        let hash = room.keep(Bytes::from_static(b"once")).unwrap();
        let before = changed(&place(&hash));
        assert_eq!(room.keep(Bytes::from_static(b"once")).unwrap(), hash);
        assert_eq!(changed(&place(&hash)), before);
        // What is not whole is mended.
        fs::write(place(&hash), "onc").unwrap();
        assert_eq!(room.keep(Bytes::from_static(b"once")).unwrap(), hash);
        assert_eq!(room.get(&hash).unwrap(), b"once");
    });
}

#[test]
fn what_is_missing_or_changed_is_told() {
    on_both(|room, place| {
        let hash = room.keep(Bytes::from_static(b"to be kept")).unwrap();
        for other in ["to be kepT", "to be kep", "", "to be kept "] {
            fs::write(place(&hash), other).unwrap();
            assert!(is_bad(room, &hash), "{other:?}");
        }
        fs::remove_file(place(&hash)).unwrap();
        assert!(is_bad(room, &hash));
        // What is no hash names nothing.
        for name in ["", "../../etc/passwd", "proof", &"A".repeat(64)] {
            assert!(is_bad(room, name), "{name:?}");
        }
    });
}

#[test]
fn rooms_of_one_bucket_share_what_lies_under_one_prefix() {
    let storage = Storage::with(&["county"]);
    let room = |address: &str| bucket(address, storage.access()).unwrap();
    let east = room("s3://county/east");
    let hash = east.keep(Bytes::from_static(b"of the east")).unwrap();
    assert_eq!(
        room("s3://county/east/").get(&hash).unwrap(),
        b"of the east"
    );
    for other in ["s3://county/west", "s3://county", "s3://county/east/east"] {
        assert!(is_bad(&room(other), &hash), "{other}");
    }
    // Two at once, the same and others.
    let west = room("s3://county/west");
    thread::scope(|scope| {
        for one in 0..8u8 {
            let room = if one % 2 == 0 { &east } else { &west };
            scope.spawn(move || {
                let bytes = Bytes::from(vec![one / 4; 100_000]);
                let hash = room.keep(bytes.clone()).unwrap();
                assert_eq!(room.get(&hash).unwrap(), bytes);
            });
        }
    });
}

#[test]
fn a_wrong_bucket_is_told_at_the_start() {
    let storage = Storage::with(&["town"]);
    let told = |address: &str, access: AmazonS3Builder| match bucket(address, access) {
        Err(Error::Files(what)) => what,
        Err(error) => panic!("{address}: {error}"),
        Ok(_) => panic!("{address} is taken"),
    };
    let missing = told("s3://village/files", storage.access());
    assert!(
        missing.contains("no bucket \"village\": make it"),
        "{missing}"
    );
    let foreign = storage.access().with_secret_access_key("another");
    let foreign = told("s3://town", foreign);
    assert!(
        foreign.contains("no access") && foreign.contains("AWS_SECRET_ACCESS_KEY"),
        "{foreign}"
    );
    let open = told("s3://town", storage.access().with_allow_http(false));
    assert!(open.contains("AWS_ALLOW_HTTP=true"), "{open}");
    for address in ["s3://", "s3:///files", "s3://town/a?b", "s3://town/a%20b"] {
        let what = told(address, storage.access());
        assert!(what.contains("is not s3://bucket/prefix"), "{what}");
    }
}

#[test]
fn addresses_name_places() {
    let dir = tempfile::tempdir().unwrap();
    let open = |address: &str| FileRoom::open(Some(address), dir.path());
    let folder = dir.path().join("a folder");
    let address = url::Url::from_file_path(&folder).unwrap();
    let hash = open(address.as_str())
        .unwrap()
        .keep(Bytes::from_static(b"here"))
        .unwrap();
    assert!(folder.join(&hash[..2]).join(&hash[2..]).is_file());
    for address in [
        "files",
        "/files",
        "http://town/files",
        "file://elsewhere/files",
        "gs://town",
    ] {
        let Err(Error::Files(what)) = open(address) else {
            panic!("{address} is taken");
        };
        assert!(
            what.contains(address) && what.contains("give file:///path"),
            "{what}"
        );
    }
}

#[test]
fn a_bucket_out_of_reach_may_be_reached_later() {
    let storage = Storage::with(&["town"]);
    let room = bucket("s3://town", storage.access()).unwrap();
    let hash = room.keep(Bytes::from_static(b"kept")).unwrap();
    storage.stop();
    assert!(matches!(room.get(&hash), Err(Error::Unreachable(_))));
    let kept = room.keep(Bytes::from_static(b"not kept"));
    assert!(matches!(kept, Err(Error::Unreachable(_))), "{kept:?}");
    // Whoever starts now waits for it later.
    let room = bucket("s3://town", storage.access()).unwrap();
    assert!(matches!(room.get(&hash), Err(Error::Unreachable(_))));
}

/// A server of no storage at all, that answers everything with one status.
fn answering(status: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            let mut heard = [0; 4096];
            let _ = socket.read(&mut heard);
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = socket.write_all(answer.as_bytes());
        }
    });
    address
}

#[test]
fn a_bucket_in_trouble_is_asked_again_and_a_wrong_one_is_not() {
    let open = |status| {
        let access = Storage::keys().with_endpoint(answering(status));
        bucket("s3://town", access).map(|room| room.get(&"0".repeat(64)))
    };
    for status in [
        "503 Slow Down",
        "500 Internal Server Error",
        "429 Too Many Requests",
    ] {
        let got = open(status).unwrap();
        assert!(
            matches!(got, Err(Error::Unreachable(_))),
            "{status}: {got:?}"
        );
    }
    let got = open("400 Bad Request").map(|_| ());
    assert!(matches!(got, Err(Error::Files(_))), "{got:?}");
}

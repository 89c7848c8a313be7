//! The web's types are made from the document that the server serves.

use std::path::Path;

/// `GEWANG_UPDATE=1` writes it anew.
#[test]
fn the_document_of_the_web_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/api/openapi.json");
    let served = gewang_server::document();
    if std::env::var_os("GEWANG_UPDATE").is_some() {
        std::fs::write(&path, &served).expect("web/api can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == served,
        "web/api/openapi.json is stale: GEWANG_UPDATE=1 cargo nextest run -p gewang-server openapi, then npm run api in web"
    );
}

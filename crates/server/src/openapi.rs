//! The description of the API, made from the handlers themselves.

use std::sync::Arc;

use serde_json::{Map, Value};
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::{
    accounts, advice, basemap, commands, counts, demo, drafts, duplicates, duty, editions, figures,
    files, follow, journal, live, map, offers, pack_files, packs, people, records, replay, schema,
    session, status, tallies, territory, tiles, tokens,
};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Gewang API",
        description = "The grid of a town over HTTP.\n\n\
            Everything changes by commands (`POST /commands`), and everything that happened stands in a journal that \
            proves itself. What a caller may see and do follows from the posts they hold, and from nothing else.\n\n\
            Errors are `application/problem+json` (RFC 9457) with a stable `code`, a JSON Pointer where there is one, and \
            words in Chinese and English (`Accept-Language`, or `?lang=`).\n\n\
            Browsers sign in with `POST /session` and keep a cookie; a request that changes something must then come from \
            this site (`Sec-Fetch-Site` or `Origin`), or carry the header `Gewang-Client`. Programs use a bearer token.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    security(("cookie" = []), ("token" = [])),
    components(schemas(
        schema::LiveEntry, schema::Hello, schema::Resume, schema::Pack, schema::PostKind, schema::Field, schema::Choice,
        schema::PlaceRule, schema::Assign,
    )),
    tags(
        (name = "commands", description = "The only way to change anything"),
        (name = "records", description = "What there is, and what may be done"),
        (name = "live", description = "What happens, as it happens"),
        (name = "files", description = "Photos, sounds, documents"),
        (name = "town", description = "Cells, posts, packs, sums"),
        (name = "grid", description = "Drafts and editions of the drawing of the cells"),
        (name = "sign-in", description = "Sessions and tokens"),
        (name = "accounts", description = "Who may sign in"),
    ),
)]
struct Description;

/// Every handler with its address.
pub(crate) fn api() -> OpenApiRouter<Arc<App>> {
    let mut description = Description::openapi();
    let components = description.components.get_or_insert_default();
    let cookie = "The session of a browser; `__Host-gewang` behind TLS";
    components.add_security_scheme(
        "cookie",
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            "gewang", cookie,
        ))),
    );
    components.add_security_scheme(
        "token",
        SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
    );
    let follow = "Somebody without an account, as the reporter of a record: `RECORD:TOKEN`";
    components.add_security_scheme(
        "follow",
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
            "Gewang-Follow",
            follow,
        ))),
    );
    OpenApiRouter::with_openapi(description)
        .routes(routes!(commands::post))
        .routes(routes!(records::list))
        .routes(routes!(records::get))
        .routes(routes!(records::looks))
        .routes(routes!(advice::get))
        .routes(routes!(counts::post))
        .routes(routes!(offers::of_many))
        .routes(routes!(journal::get))
        .routes(routes!(offers::of_record))
        .routes(routes!(offers::creations))
        .routes(routes!(duplicates::list))
        .routes(routes!(follow::get))
        .routes(routes!(live::live))
        .routes(routes!(files::store))
        .routes(routes!(files::get))
        .routes(routes!(territory::cells))
        .routes(routes!(territory::locate))
        .routes(routes!(packs::list))
        .routes(routes!(pack_files::files))
        .routes(routes!(pack_files::check))
        .routes(routes!(map::map))
        .routes(routes!(tiles::tile))
        .routes(routes!(tiles::describe))
        .merge(drafts::routes())
        .routes(routes!(editions::list))
        .routes(routes!(editions::cells))
        .routes(routes!(editions::diff))
        .routes(routes!(basemap::get))
        .routes(routes!(figures::get))
        .routes(routes!(duty::get))
        .routes(routes!(replay::get))
        .routes(routes!(replay::days))
        .routes(routes!(demo::get))
        .routes(routes!(tallies::list))
        .routes(routes!(people::units))
        .routes(routes!(people::people))
        .routes(routes!(status::get))
        .routes(routes!(
            session::sign_in,
            session::who_am_i,
            session::sign_out
        ))
        .routes(routes!(session::change_password))
        .routes(routes!(tokens::make, tokens::list))
        .routes(routes!(tokens::end))
        .routes(routes!(accounts::make, accounts::list))
        .routes(routes!(accounts::change))
}

/// The OpenAPI 3.1 document as JSON: what `/api/v1/openapi.json` answers, for whoever makes a client from it.
pub fn document() -> String {
    let (_, document) = api().split_for_parts();
    json(&document)
}

/// A document as JSON, with the types of the pack language as that language itself describes them.
pub(crate) fn json(document: &OpenApi) -> String {
    let mut document = serde_json::to_value(document).expect("a document of ours is always JSON");
    let mut language = gewang_pack::told_pack_schema();
    let mut types = match language["$defs"].take() {
        Value::Object(types) => types,
        _ => Map::new(),
    };
    if let Some(members) = language.as_object_mut() {
        members.remove("$defs");
        members.remove("$schema");
        members.remove("title");
    }
    types.insert("Pack".into(), language);
    if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
        for (name, mut schema) in types {
            lead_to_components(&mut schema);
            let name = component(&name);
            // These two are the same in both.
            if name != "Text" && name != "Stage" {
                schemas.insert(name.to_owned(), schema);
            }
        }
    }
    let mut text = serde_json::to_string_pretty(&document).expect("JSON can always be written");
    text.push('\n');
    text
}

/// The name of a type of the pack language among the components: the interface has some names of its own.
fn component(name: &str) -> &str {
    match name {
        "Duplicates" => "DuplicateRule",
        "Late" => "LateRule",
        "State" => "KindState",
        name => name,
    }
}

/// Has every reference of a schema lead to the components.
fn lead_to_components(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (key, member) in members {
                match member {
                    Value::String(reference) if key == "$ref" => {
                        let name = match reference.rsplit('/').next() {
                            Some("#") | None => "Pack",
                            Some(name) => component(name),
                        };
                        *reference = format!("#/components/schemas/{name}");
                    }
                    member => lead_to_components(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(lead_to_components),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    #[test]
    fn every_operation_is_described_whole() {
        let document: Value = serde_json::from_str(&crate::document()).expect("it is JSON");
        assert!(
            document["openapi"]
                .as_str()
                .expect("a version")
                .starts_with("3.1")
        );
        let mut ids = std::collections::BTreeSet::new();
        for (path, item) in document["paths"].as_object().expect("there are addresses") {
            assert!(path.starts_with("/api/v1/"), "{path}");
            for (method, operation) in item.as_object().expect("an item") {
                let name = format!("{method} {path}");
                assert!(operation["summary"].is_string(), "{name} has no summary");
                assert!(operation["tags"][0].is_string(), "{name} has no tag");
                let id = operation["operationId"].as_str().expect("an id").to_owned();
                assert!(ids.insert(id), "{name} shares its id");
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    assert!(
                        parameter["description"].is_string(),
                        "{name}: {parameter} is not described"
                    );
                }
            }
        }
        assert!(ids.len() >= 28, "{}", ids.len());
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let text = crate::document();
        let document: Value = serde_json::from_str(&text).expect("it is JSON");
        for reference in text.split("\"$ref\": \"#").skip(1) {
            let pointer = reference.split('"').next().expect("a pointer");
            assert!(
                document.pointer(pointer).is_some(),
                "{pointer} leads nowhere"
            );
        }
        for scheme in ["cookie", "token", "follow"] {
            assert!(
                document["components"]["securitySchemes"][scheme].is_object(),
                "{scheme}"
            );
        }
    }
}

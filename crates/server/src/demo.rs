//! Who one may be in the demo.

use std::sync::Arc;

use axum::extract::State;
use gewang_engine::Engine;
use gewang_pack::Text;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::clock;
use crate::people::HeldView;
use crate::problem::{Outcome, ProblemBody};
use crate::{Surface, schema};

/// The accounts of the demo.
#[derive(Serialize, ToSchema)]
pub(crate) struct Demo {
    /// One for each job, in the order in which a matter meets them.
    accounts: Vec<DemoAccountView>,
}

/// An account of the demo.
#[derive(Serialize, ToSchema)]
#[schema(as = DemoAccount)]
pub(crate) struct DemoAccountView {
    /// The name to sign in with.
    name: String,
    /// Its password, which is public.
    password: String,
    /// The person's name.
    person: String,
    /// What they are, in a few words.
    #[schema(value_type = schema::Text)]
    about: Text,
    /// The posts that they hold.
    posts: Vec<HeldView>,
    /// Where their work is done.
    surface: Surface,
}

/// The accounts of the demo.
///
/// With their passwords, for everybody; everywhere else there is nothing here.
#[utoipa::path(
    get, path = "/api/v1/demo", tag = "sign-in", operation_id = "getDemo", security(()),
    responses(
        (status = 200, body = Demo, description = "This is the demo"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`no_such_path`: this is no demo"),
    )
)]
pub(crate) async fn get(State(app): State<Arc<App>>) -> Outcome<axum::Json<Demo>> {
    let accounts = app.options.demo_accounts.clone();
    if accounts.is_empty() {
        return Err(crate::guard::no_such_path());
    }
    let names: Vec<String> = accounts
        .iter()
        .map(|account| account.name.clone())
        .collect();
    let people: Vec<Option<Uuid>> = app
        .store
        .read(move |reader| {
            let person = |name: &String| Ok(reader.account(name)?.map(|known| known.person));
            names.iter().map(person).collect()
        })
        .await?;
    let engine = app.engine();
    let view = |(account, person): (crate::DemoAccount, Option<Uuid>)| DemoAccountView {
        name: account.name,
        password: account.password,
        about: account.about,
        surface: account.surface,
        person: person
            .and_then(|person| engine.roster().person(person))
            .map_or_else(String::new, |person| person.name.clone()),
        posts: person.map_or_else(Vec::new, |person| posts(&engine, person)),
    };
    Ok(axum::Json(Demo {
        accounts: accounts.into_iter().zip(people).map(view).collect(),
    }))
}

fn posts(engine: &Engine, person: Uuid) -> Vec<HeldView> {
    engine
        .roster()
        .posts_of(person, clock::now())
        .map(|held| HeldView::of(engine, held))
        .collect()
}

//! Who one may be in the demo.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use gewang_engine::Engine;
use gewang_pack::Text;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::caller;
use crate::clock;
use crate::people::HeldView;
use crate::problem::{Outcome, ProblemBody};
use crate::{DemoAccount, Error, Surface, schema};

/// The accounts of a demo, each with a bearer token made when the server started. They live in the memory of this process
/// alone: nothing of them is stored, and none is ever made for a real town.
#[derive(Default)]
pub(crate) struct Demo {
    accounts: Vec<(DemoAccount, String)>,
    names: HashMap<[u8; 32], String>,
}

impl Demo {
    /// Makes the tokens. Where the town is no demo there are neither accounts nor tokens, whatever the options say.
    pub fn new(accounts: &[DemoAccount], is_demo: bool) -> Result<Demo, Error> {
        let mut demo = Demo::default();
        for account in accounts.iter().filter(|_| is_demo) {
            let token = caller::random().map_err(|error| Error::Random(error.to_string()))?;
            let token = format!("demo_{token}");
            let name = account.name.clone();
            demo.names.insert(caller::digest(&token), name);
            demo.accounts.push((account.clone(), token));
        }
        Ok(demo)
    }

    /// The account of a token, by its hash.
    pub fn account(&self, hash: &[u8; 32]) -> Option<&str> {
        self.names.get(hash).map(String::as_str)
    }
}

/// The accounts of the demo.
#[derive(Serialize, ToSchema)]
#[schema(as = Demo)]
pub(crate) struct DemoView {
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
    /// A bearer token of the account, so that one browser can be several people at once, a tab each. It is made when the
    /// server starts and ends with it.
    token: String,
}

/// The accounts of the demo.
///
/// With their passwords and a bearer token each, for everybody: all in it is made up. A real town has nothing here, and no
/// such tokens.
#[utoipa::path(
    get, path = "/api/v1/demo", tag = "sign-in", operation_id = "getDemo", security(()),
    responses(
        (status = 200, body = DemoView, description = "This is the demo"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`no_such_path`: this is no demo"),
    )
)]
pub(crate) async fn get(State(app): State<Arc<App>>) -> Outcome<axum::Json<DemoView>> {
    let accounts = app.demo.accounts.clone();
    if accounts.is_empty() {
        return Err(crate::guard::no_such_path());
    }
    let names: Vec<String> = accounts
        .iter()
        .map(|(account, _)| account.name.clone())
        .collect();
    let people: Vec<Option<Uuid>> = app
        .store
        .read(move |reader| {
            let person = |name: &String| Ok(reader.account(name)?.map(|known| known.person));
            names.iter().map(person).collect()
        })
        .await?;
    let engine = app.engine();
    let view =
        |((account, token), person): ((DemoAccount, String), Option<Uuid>)| DemoAccountView {
            token,
            name: account.name,
            password: account.password,
            about: account.about,
            surface: account.surface,
            person: person
                .and_then(|person| engine.roster().person(person))
                .map_or_else(String::new, |person| person.name.clone()),
            posts: person.map_or_else(Vec::new, |person| posts(&engine, person)),
        };
    Ok(axum::Json(DemoView {
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

use std::io::Write;

use anyhow::Result;
use axum::routing::post;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

/// The body that the reports of the load have, read by the shortest way there is.
#[derive(Deserialize)]
struct Post {
    commands: Vec<Report>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be read: the endpoint keeps nothing")]
struct Report {
    id: String,
    at: String,
    kind: String,
    record: String,
    action: String,
    place: [f64; 2],
    data: Data,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read to be read: the endpoint keeps nothing")]
struct Data {
    category: String,
    severity: String,
    summary: String,
    details: String,
}

#[derive(Serialize)]
struct Acknowledgement {
    id: Option<String>,
    ok: bool,
}

/// Serves an endpoint that reads a report, keeps nothing and says so: the ceiling that HTTP and JSON set on this
/// machine. The first line on standard output is `{"url": …}`.
///
/// # Errors
/// Where no address can be had.
pub(super) fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let app = Router::new().route(
            "/report",
            post(|Json(post): Json<Post>| async move {
                Json(Acknowledgement {
                    id: post.commands.into_iter().next().map(|report| report.id),
                    ok: true,
                })
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let line = serde_json::json!({ "url": format!("http://{}", listener.local_addr()?) });
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}")?;
        out.flush()?;
        drop(out);
        axum::serve(listener, app).await?;
        Ok(())
    })
}

//! How what is said to an object storage travels: HTTP/1.1 over sockets that stay open, with TLS where the address says so.
//! The one place of this room that knows of HTTP, and nothing but how it is carried.

use std::{
    error::Error as StdError,
    io::{self, ErrorKind},
    time::Duration,
};

use async_trait::async_trait;
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect},
    rt::{TokioExecutor, TokioTimer},
};
use object_store::{
    ClientConfigKey, ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody,
        HttpResponse, HttpResponseBody, HttpService,
    },
};

/// So long a connection may take to come about.
const CONNECTING: Duration = Duration::from_secs(5);
/// So long a connection stays open for the next question.
const IDLE: Duration = Duration::from_secs(30);

/// Makes clients.
#[derive(Debug)]
pub(super) struct Carrier;

#[derive(Debug)]
struct Carried(Client<HttpsConnector<connect::HttpConnector>, HttpRequestBody>);

impl HttpConnector for Carrier {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let mut sockets = connect::HttpConnector::new();
        sockets.enforce_http(false);
        sockets.set_nodelay(true);
        sockets.set_connect_timeout(Some(CONNECTING));
        let sealed = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(no_certificates)?;
        let plain = options.get_config_value(&ClientConfigKey::AllowHttp);
        let sealed = match plain.as_deref() == Some("true") {
            true => sealed.https_or_http(),
            false => sealed.https_only(),
        };
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .build(sealed.enable_http1().wrap_connector(sockets));
        Ok(HttpClient::new(Carried(client)))
    }
}

#[async_trait]
impl HttpService for Carried {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = self.0.request(request).await.map_err(|error| {
            let kind = match error.is_connect() {
                true => HttpErrorKind::Connect,
                false => broken_off(&error),
            };
            HttpError::new(kind, io::Error::other(in_full(&error)))
        })?;
        let (parts, body) = answer.into_parts();
        let body = body.map_err(|error| HttpError::new(broken_off(&error), error));
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body)))
    }
}

fn no_certificates(source: io::Error) -> object_store::Error {
    object_store::Error::Generic {
        store: "S3",
        source: format!("this system knows no certificates ({source}): install ca-certificates")
            .into(),
    }
}

/// How an exchange ended that had begun.
fn broken_off(error: &(dyn StdError + 'static)) -> HttpErrorKind {
    let socket = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>());
    match socket.map(io::Error::kind) {
        Some(ErrorKind::TimedOut) => HttpErrorKind::Timeout,
        _ => HttpErrorKind::Interrupted,
    }
}

/// An error and its causes, in one line.
fn in_full(error: &(dyn StdError + 'static)) -> String {
    let said: Vec<String> = causes(error).map(ToString::to_string).collect();
    said.join(": ")
}

/// An error and what caused it, the outermost first.
pub(super) fn causes<'e>(
    error: &'e (dyn StdError + 'static),
) -> impl Iterator<Item = &'e (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

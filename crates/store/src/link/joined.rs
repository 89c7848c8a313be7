use std::{
    sync::Arc,
    task::{Context, Poll},
};

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio_postgres::{
    AsyncMessage, Client, Config, Connection, NoTls, Socket,
    config::SslMode,
    tls::{MakeTlsConnect, NoTlsStream},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::Error;

type Secured = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

/// The other half of a client: it carries the bytes, and hears what is notified.
pub(crate) enum Carrying {
    Plain(Box<Connection<Socket, NoTlsStream>>),
    Secured(Box<Connection<Socket, Secured>>),
}

impl Carrying {
    /// To be polled for as long as the client is used.
    pub fn poll_message(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<AsyncMessage, tokio_postgres::Error>>> {
        match self {
            Carrying::Plain(connection) => connection.poll_message(context),
            Carrying::Secured(connection) => connection.poll_message(context),
        }
    }
}

/// Connects: where the address says `sslmode=require` with TLS, and then the server proves itself by a certificate that this
/// machine trusts (those of the system, or of the file that SSL_CERT_FILE names); else as it is.
pub(crate) async fn join(config: &Config) -> Result<(Client, Carrying), Error> {
    if config.get_ssl_mode() != SslMode::Require {
        let (client, connection) = config.connect(NoTls).await?;
        return Ok((client, Carrying::Plain(Box::new(connection))));
    }
    let (client, connection) = config.connect(MakeRustlsConnect::new(trust()?)).await?;
    Ok((client, Carrying::Secured(Box::new(connection))))
}

fn trust() -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!(%error, "certificates of this machine cannot be read");
    }
    roots.add_parsable_certificates(found.certs);
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Inconsistent(format!("TLS: {error}")))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Why the server could not start or stop as asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken, not ours, or not allowed.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// `public_url` is not `http://…` or `https://…` with a host and no path.
    #[error("the public address \"{0}\" must look like https://town.example")]
    PublicUrl(String),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] gewang_store::Error),
    /// A password could not be hashed, or breaks the rule for passwords.
    #[error("{0}")]
    Password(String),
    /// The system gave no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(String),
}

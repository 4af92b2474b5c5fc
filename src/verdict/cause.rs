//! The causes that a verdict can name: one for each row of the table.

/// Why something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    // The key.
    RevokedKey,
    WrongSecret,
    /// The key is good, but not for this way of fetching tokens or this scope.
    KeyMayNot,
    // The token.
    ExpiredEarly,
    OtherEnvironment,
    /// The API takes none of the tokens, and nothing says why.
    TokenRejected,
    MissingPermission,
    TokenForgotten,
    // The clocks.
    ClockSkew,
    /// The clocks of two servers differ.
    ServersApart,
    // The address.
    WrongUrl,
    Redirect,
    PlainHttp,
    // The network between.
    CaptivePortal,
    InterceptingProxy,
    /// Something on the way that refuses in the server's place.
    Firewall,
    ProxyLogin,
    ProxyRefuses,
    Dns,
    RefusedConnection,
    Timeout,
    BrokenOff,
    // Trust.
    UnknownCa,
    BadCertificate,
    NoTls,
    BadCaFile,
    NoTrustStore,
    // The server.
    RateLimit,
    ServerFault,
    SlowServer,
    Unreadable,
    TooLarge,
    ErrorReply,
    UnexpectedStatus,
    // This program.
    ProgramFault,
    Unexplained,
}

impl Cause {
    /// The cause as a noun, to be named among others.
    pub const fn label(self) -> &'static str {
        match self {
            Self::RevokedKey => "a revoked key",
            Self::WrongSecret => "a wrong secret",
            Self::KeyMayNot => "a key that may not fetch tokens",
            Self::ExpiredEarly => "a token that ended early",
            Self::OtherEnvironment => "a token of another environment",
            Self::TokenRejected => "an API that does not know the token's issuer",
            Self::MissingPermission => "a missing permission",
            Self::TokenForgotten => "a forgotten token",
            Self::ClockSkew => "a wrong clock on this PC",
            Self::ServersApart => "servers whose clocks differ",
            Self::WrongUrl => "a wrong URL",
            Self::Redirect => "a redirect",
            Self::PlainHttp => "an unencrypted URL",
            Self::CaptivePortal => "a sign-in page of the network",
            Self::InterceptingProxy => "a proxy that reads along",
            Self::Firewall => "a firewall that refuses",
            Self::ProxyLogin => "a proxy that wants a login",
            Self::ProxyRefuses => "a proxy that refuses",
            Self::Dns => "a host name that is not found",
            Self::RefusedConnection => "a server that is not there",
            Self::Timeout => "a server that does not answer in time",
            Self::BrokenOff => "a connection that broke off",
            Self::UnknownCa => "a CA that this PC does not know",
            Self::BadCertificate => "a certificate that does not hold",
            Self::NoTls => "a server without TLS",
            Self::BadCaFile => "an unusable CA file",
            Self::NoTrustStore => "a PC without trusted CAs",
            Self::RateLimit => "a rate limit",
            Self::ServerFault => "a fault of the server",
            Self::SlowServer => "a slow server",
            Self::Unreadable => "a reply that cannot be read",
            Self::TooLarge => "a reply that is too large",
            Self::ErrorReply => "an error inside a reply",
            Self::UnexpectedStatus => "a status without a meaning here",
            Self::ProgramFault => "a fault of this program",
            Self::Unexplained => "something unknown",
        }
    }

    /// Whether it is a reply that leaves the cause open, rather than a connection.
    pub(super) const fn is_told_by_server(self) -> bool {
        matches!(
            self,
            Self::RevokedKey
                | Self::WrongSecret
                | Self::KeyMayNot
                | Self::ExpiredEarly
                | Self::OtherEnvironment
                | Self::TokenRejected
                | Self::MissingPermission
                | Self::ServersApart
        )
    }
}

//! The table: each row looks at the evidence and either finds its cause in it or passes on. The order is the order of
//! certainty: what names itself comes before what has to be inferred, and what is particular before what is general.

use super::evidence::Evidence;
use super::remedy::Remedy;
use super::ruled_out::ruled_out;
use super::{Cause, Certainty, Verdict, connection, credentials, replies};

/// What a row found.
pub(super) struct Found {
    pub why: String,
    pub advice: String,
    pub remedy: Option<Remedy>,
    pub others: Vec<Cause>,
    pub said: Option<String>,
}

impl Found {
    pub fn new(why: impl Into<String>, advice: impl Into<String>, remedy: impl Into<Option<Remedy>>) -> Self {
        Self { why: why.into(), advice: advice.into(), remedy: remedy.into(), others: Vec::new(), said: None }
    }

    /// Which other causes fit the evidence as well.
    pub fn or(mut self, others: &[Cause]) -> Self {
        self.others.extend_from_slice(others);
        self
    }

    pub fn said(mut self, said: Option<String>) -> Self {
        self.said = said;
        self
    }
}

type Row = (Cause, fn(&Evidence<'_>) -> Option<Found>);

const TABLE: &[Row] = &[
    // The connection: nothing was answered, or not by the server.
    (Cause::ClockSkew, connection::certificate_by_a_wrong_clock),
    (Cause::InterceptingProxy, connection::intercepting_proxy),
    (Cause::UnknownCa, connection::unknown_ca),
    (Cause::BadCertificate, connection::bad_certificate),
    (Cause::NoTls, connection::no_tls),
    (Cause::BadCaFile, connection::bad_ca_file),
    (Cause::NoTrustStore, connection::no_trust_store),
    (Cause::PlainHttp, connection::plain_http),
    (Cause::Dns, connection::dns),
    (Cause::RefusedConnection, connection::refused),
    (Cause::ProxyLogin, connection::proxy_login),
    (Cause::ProxyRefuses, connection::proxy_refuses),
    (Cause::Timeout, connection::timeout),
    (Cause::WrongUrl, connection::redirect_elsewhere),
    (Cause::Redirect, connection::redirect),
    (Cause::TooLarge, connection::too_large),
    (Cause::BrokenOff, connection::broken_off),
    // The key, as the token endpoint sees it.
    (Cause::RevokedKey, credentials::revoked_or_wrong),
    (Cause::KeyMayNot, credentials::key_may_not),
    (Cause::WrongUrl, credentials::grant_not_offered),
    // The token, as the API sees it.
    (Cause::MissingPermission, credentials::missing_permission),
    (Cause::RevokedKey, credentials::revoked_says_the_api),
    (Cause::ExpiredEarly, credentials::expired_says_the_api),
    (Cause::OtherEnvironment, credentials::other_environment),
    (Cause::ServersApart, credentials::servers_apart),
    (Cause::ExpiredEarly, credentials::expired_early),
    (Cause::TokenRejected, credentials::rejected),
    (Cause::ExpiredEarly, credentials::ended_early),
    (Cause::TokenForgotten, credentials::forgotten),
    // Replies of all kinds.
    (Cause::RateLimit, replies::rate_limit),
    (Cause::WrongUrl, replies::web_page),
    (Cause::RevokedKey, replies::unauthorized),
    (Cause::WrongUrl, replies::wrong_url),
    (Cause::ServerFault, replies::server_fault),
    (Cause::ErrorReply, replies::error_inside),
    (Cause::Unreadable, replies::unreadable),
    (Cause::ProgramFault, replies::program_fault),
    (Cause::UnexpectedStatus, replies::unexpected_status),
    // Nothing failed.
    (Cause::SlowServer, replies::slow),
    (Cause::ClockSkew, connection::wrong_clock),
];

/// The verdict on the evidence.
pub fn judge(evidence: &Evidence<'_>) -> Verdict {
    let found = TABLE.iter().find_map(|(cause, row)| row(evidence).map(|found| (*cause, found)));
    let (cause, found) = found.unwrap_or_else(|| {
        let why = "It failed, and nothing is known of why.";
        (Cause::Unexplained, Found::new(why, "Try again; if it happens again, report it.", Remedy::TryAgain))
    });
    let Found { why, advice, remedy, others, said } = found;
    let certainty = if others.is_empty() { Certainty::Certain } else { Certainty::Likely { others } };
    Verdict { cause, step: evidence.step, why, advice, remedy, certainty, said, ruled_out: ruled_out(cause, evidence) }
}

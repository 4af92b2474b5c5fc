//! What the evidence excludes, each with the fact that does so. It saves a person the search in the wrong place.

use url::Url;

use crate::http::host_of;
use crate::inspect::check::{Fit, fit};
use crate::token::FetchError;

use super::Cause;
use super::evidence::{Evidence, Step};

/// A suspicion that need not be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuledOut {
    /// What is in order.
    pub name: &'static str,
    /// How that is known.
    pub fact: String,
}

/// All that is ruled out beside `cause`.
pub(super) fn ruled_out(cause: Cause, evidence: &Evidence<'_>) -> Vec<RuledOut> {
    let rows = [
        secret(cause, evidence).map(|fact| RuledOut { name: "Secret", fact }),
        clock(cause, evidence).map(|fact| RuledOut { name: "Clock", fact }),
        environment(cause, evidence).map(|fact| RuledOut { name: "Environment", fact }),
        certificate(evidence).map(|fact| RuledOut { name: "Certificate", fact }),
    ];
    rows.into_iter().flatten().collect()
}

fn secret(cause: Cause, evidence: &Evidence<'_>) -> Option<String> {
    let is_about_key = matches!(cause, Cause::TokenRejected | Cause::MissingPermission);
    let generation = evidence.around.worked.filter(|_| is_about_key)?;
    Some(format!("It fetched token #{generation} in this run"))
}

fn clock(cause: Cause, evidence: &Evidence<'_>) -> Option<String> {
    let offset = evidence.around.token_clock.offset().filter(|offset| !offset.matters())?;
    (cause != Cause::ClockSkew).then(|| format!("This PC's is {}", offset.in_words()))
}

fn environment(cause: Cause, evidence: &Evidence<'_>) -> Option<String> {
    let api = evidence.around.api_url.as_ref().filter(|_| cause != Cause::OtherEnvironment)?;
    let claims = evidence.token.and_then(|token| token.claims)?;
    let fits = claims.audience.iter().any(|text| fit(text, api) == Fit::Same);
    fits.then(|| format!("The token is made for {}", host_of(api)))
}

/// A reply that came over TLS came from a server whose certificate holds.
fn certificate(evidence: &Evidence<'_>) -> Option<String> {
    let is_tls = |url: &Option<Url>| url.as_ref().is_some_and(|url| url.scheme() == "https");
    let has_reply = match evidence.step {
        Step::Price => evidence.status.is_some() && is_tls(&evidence.around.api_url),
        Step::Token => {
            let is_reply = matches!(
                evidence.fetch,
                Some(
                    FetchError::Refused { .. }
                        | FetchError::RateLimited { .. }
                        | FetchError::Status { .. }
                        | FetchError::Reply(_)
                )
            );
            is_reply && is_tls(&evidence.around.token_url)
        }
    };
    has_reply.then(|| "Trusted by this PC".to_owned())
}

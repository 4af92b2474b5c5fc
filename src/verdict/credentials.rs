//! Rows about the key and the token: what the token endpoint refuses, and what the API refuses.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::http::host_of;
use crate::http::server_clock::length;
use crate::inspect::check::{Fit, fit};
use crate::token::FetchError;

use super::Cause;
use super::evidence::{Around, Evidence, Step, TokenSeen, Trouble};
use super::remedy::Remedy;
use super::table::Found;

/// A token with less time left than this may well have ended on the way.
const NEARLY_OVER: Duration = Duration::from_secs(60);

/// The codes of OAuth that speak of a permission (RFC 6750 s3.1, RFC 6749 s4.1.2.1 and s5.2).
const NO_PERMISSION: [&str; 4] = ["insufficient_scope", "access_denied", "unauthorized_client", "invalid_scope"];

fn refused<'a>(evidence: &Evidence<'a>) -> Option<(u16, &'a str, Option<&'a str>)> {
    match evidence.fetch {
        Some(FetchError::Refused { status, code, description }) => Some((*status, code, description.as_deref())),
        _ => None,
    }
}

/// The refusal as the server wrote it, with its status.
fn words((status, code, description): (u16, &str, Option<&str>)) -> String {
    let description = description.map(|text| format!(", {text}")).unwrap_or_default();
    format!("HTTP {status}, {code}{description}")
}

pub(super) fn revoked_or_wrong(evidence: &Evidence<'_>) -> Option<Found> {
    let refusal = refused(evidence).filter(|(_, code, _)| *code == "invalid_client")?;
    if let Some(generation) = evidence.around.worked {
        let why = format!(
            "The key was revoked, or its secret renewed: it still fetched token #{generation} in this run, and now the server refuses it."
        );
        let advice =
            "Create a new key in the Account Portal, or paste its new secret; it is tried before the old one goes.";
        return Some(Found::new(why, advice, Remedy::ReplaceSecret).said(Some(words(refusal))));
    }
    let why = "The server refused this key: it was revoked, or the secret is wrong.";
    let advice = "Create a new key in the Account Portal, or paste the current secret; the new one is tried before the old one goes.";
    Some(Found::new(why, advice, Remedy::ReplaceSecret).or(&[Cause::WrongSecret]).said(Some(words(refusal))))
}

pub(super) fn key_may_not(evidence: &Evidence<'_>) -> Option<Found> {
    let refusal = refused(evidence).filter(|(_, code, _)| *code != "unsupported_grant_type")?;
    let (why, advice) = if refusal.1 == "invalid_scope" {
        let why = "The server refused this key: it does not have the scope that its tokens need.";
        (why, "Check the key's permissions in the Account Portal.")
    } else {
        let why = "The server refused this key: it may not fetch tokens.";
        (why, "Ask the tenant's admin, or create a new key in the Account Portal.")
    };
    Some(Found::new(why, advice, Remedy::OpenPortal).said(Some(words(refusal))))
}

pub(super) fn grant_not_offered(evidence: &Evidence<'_>) -> Option<Found> {
    let refusal = refused(evidence)?;
    let why = "The Token URL leads to an endpoint that does not offer the client credentials grant.";
    Some(Found::new(why, "Check the Token URL in the key's form.", Remedy::EditUrls).said(Some(words(refusal))))
}

pub(super) fn missing_permission(evidence: &Evidence<'_>) -> Option<Found> {
    let code = evidence.refusal.and_then(|refusal| refusal.code.as_deref());
    let is_missing = evidence.step == Step::Price
        && (evidence.status == Some(403) || (evidence.status == Some(401) && code == Some("insufficient_scope")));
    if !is_missing {
        return None;
    }
    let refusal = evidence.refusal;
    let scope = refusal.and_then(|refusal| refusal.scope.as_deref()).filter(|scope| !scope.trim().is_empty());
    let why = match scope {
        Some(scope) => format!("The token is valid, but this key lacks the permission {scope}, which this price needs."),
        None if code.is_some_and(|code| NO_PERMISSION.contains(&code)) => {
            "The token is valid, but this key has no permission for this price; the server does not name the one that is missing.".to_owned()
        }
        None => {
            // Anything on the way can answer with a bare 403.
            let why = "The price was refused (HTTP 403), and nothing says that it was the API: this key may have no permission for it.";
            let advice = "Ask whoever manages the API keys in the Account Portal for the permission; if the key has it, ask your network's admin about a firewall.";
            return Some(Found::new(why, advice, Remedy::OpenPortal).or(&[Cause::Firewall]).said(evidence.said()));
        }
    };
    let advice = "Ask whoever manages the API keys in the Account Portal for this permission, or use another key.";
    Some(Found::new(why, advice, Remedy::OpenPortal).said(evidence.said()))
}

/// The evidence of a token that the API takes for none of its own.
fn rejected_token<'e, 'a>(evidence: &'e Evidence<'a>) -> Option<&'e Evidence<'a>> {
    let is_401 = evidence.step == Step::Price && evidence.status == Some(401);
    (is_401 || evidence.trouble == Some(Trouble::RejectedMomentsAgo)).then_some(evidence)
}

pub(super) fn revoked_says_the_api(evidence: &Evidence<'_>) -> Option<Found> {
    // “Expired, revoked or malformed”, as RFC 6750 s3.1 has it, names no cause.
    rejected_token(evidence).filter(|evidence| evidence.says("revoked") && !evidence.says("expired"))?;
    let why = "The API says that the key was revoked.";
    let advice = "Create a new key in the Account Portal and paste its secret.";
    Some(Found::new(why, advice, Remedy::ReplaceSecret).said(evidence.said()))
}

pub(super) fn other_environment(evidence: &Evidence<'_>) -> Option<Found> {
    rejected_token(evidence)?;
    let around = &evidence.around;
    let api = around.api_url.as_ref()?;
    let advice = "Check that Token URL and API URL in the key's form belong to the same environment.";
    let went = named(around, api, |place| &place.api_url);
    let claims = evidence.token.and_then(|token| token.claims);
    let audience = claims.map(|claims| claims.audience.as_slice()).unwrap_or_default();
    let fits: Vec<Fit> = audience.iter().map(|text| fit(text, api)).collect();
    if fits.contains(&Fit::Same) {
        return None;
    }
    // A key that has the token's host for its API is proof; without one, a host of the same domain may be another name of the API.
    let home = audience.iter().find_map(|text| {
        let is_related = fit(text, api) == Fit::Related;
        let home = around.places.iter().find(|place| {
            let is_own = is_related && around.environment == Some(place.environment);
            !is_own && fit(text, &place.api_url) == Fit::Same
        })?;
        Some((home.environment, host_of(&home.api_url)))
    });
    if let Some((environment, host)) = home {
        let why = format!("This token belongs to {environment} ({host}), and the request went to {went}.");
        return Some(Found::new(why, advice, Remedy::EditUrls).said(evidence.said()));
    }
    if fits.contains(&Fit::Related) {
        return None;
    }
    let foreign = audience.iter().zip(&fits).find(|(_, fit)| **fit == Fit::Other);
    if let Some((foreign, _)) = foreign {
        let foreign = crate::http::error_body::clean(foreign);
        let why = format!("This token is made for {foreign}, and the request went to {went}.");
        let found = Found::new(why, advice, Remedy::EditUrls).or(&[Cause::TokenRejected]);
        return Some(found.said(evidence.said()));
    }
    // The token says nothing of use; but its hosts may be known from keys of two environments.
    let token_url = around.token_url.as_ref()?;
    let here = |url: &Url, of: &Url| host_of(url) == host_of(of);
    let of_token =
        around.places.iter().find(|place| here(&place.token_url, token_url) && !here(&place.api_url, api))?;
    let is_pair = around.places.iter().any(|place| {
        here(&place.api_url, api) && !here(&place.token_url, token_url) && place.environment != of_token.environment
    });
    let why = format!(
        "This token comes from {} ({}), and the request went to {went}.",
        of_token.environment,
        host_of(token_url)
    );
    is_pair.then(|| Found::new(why, advice, Remedy::EditUrls).or(&[Cause::TokenRejected]).said(evidence.said()))
}

/// A host, with its environment where a key names one for it.
fn named(around: &Around, url: &Url, of: impl Fn(&super::Place) -> &Url) -> String {
    let host = host_of(url);
    let known = around.places.iter().find(|place| host_of(of(place)) == host).map(|place| place.environment);
    match around.environment.or(known) {
        Some(environment) => format!("{environment} ({host})"),
        None => host,
    }
}

pub(super) fn servers_apart(evidence: &Evidence<'_>) -> Option<Found> {
    rejected_token(evidence)?;
    let around = &evidence.around;
    let (token, api) = (around.token_clock.offset()?, around.api_clock.offset()?);
    let (token_url, api_url) = (around.token_url.as_ref()?, around.api_url.as_ref()?);
    let ahead = token.ahead_of(api);
    if !ahead.matters() || !ahead.middle().is_positive() {
        return None;
    }
    let why = format!(
        "The clock of {} is {} (±{} s) ahead of that of {}, so a fresh token is from the future there.",
        host_of(token_url),
        length(ahead.roundest()),
        ahead.give_or_take_secs(),
        host_of(api_url)
    );
    let advice = "Tell whoever runs the servers: nothing on this PC can set this right.";
    Some(Found::new(why, advice, Remedy::TryAgain).or(&[Cause::TokenRejected]).said(evidence.said()))
}

/// Whether the server itself gives the token's age as its reason.
fn says_expired(evidence: &Evidence<'_>) -> bool {
    // “Expired, revoked or malformed”, as RFC 6750 s3.1 has it, names no cause.
    evidence.says("expired") && !evidence.says("revoked")
}

/// The server's own words, before all that can be inferred.
pub(super) fn expired_says_the_api(evidence: &Evidence<'_>) -> Option<Found> {
    if says_expired(evidence) { expired_early(evidence) } else { None }
}

pub(super) fn expired_early(evidence: &Evidence<'_>) -> Option<Found> {
    rejected_token(evidence)?;
    let token = evidence.token.filter(|token| token.left > NEARLY_OVER)?;
    let TokenSeen { generation, age, left, .. } = token;
    let lifetime = in_words(age + left);
    let on_arrival = evidence.around.now.saturating_sub(age).unwrap_or(Timestamp::MIN);
    let (why, others): (_, &[Cause]) = if has_passed(evidence, token, on_arrival) {
        let why = format!(
            "Token #{generation} was dead on arrival: its exp had passed already, although its reply promised {lifetime}."
        );
        (why, &[])
    } else if has_passed(evidence, token, evidence.around.now) {
        (format!("The exp of token #{generation} has passed, although its reply promised {lifetime}."), &[])
    } else if says_expired(evidence) {
        let (since, left) = (in_words(age), in_words(left));
        let why = format!("The API calls token #{generation} expired, {since} after it came and with {left} to go.");
        (why, &[Cause::ServersApart])
    } else {
        return None;
    };
    let advice = "Get a new token; if the API ends that one early as well, report both times to the vendor.";
    Some(Found::new(why, advice, Remedy::RefreshToken).or(others).said(evidence.said()))
}

/// Whether the token's own `exp` had passed at a time of this PC's clock, by the API's clock where it is known.
fn has_passed(evidence: &Evidence<'_>, token: TokenSeen<'_>, at: Timestamp) -> bool {
    let Some(expires) = token.claims.and_then(|claims| claims.expires) else { return false };
    let around = &evidence.around;
    let ahead = around.api_clock.offset().or(around.token_clock.offset());
    // `exp` names the start of a second, and the token may serve to the end of it.
    ahead.is_some_and(|ahead| expires.duration_since(at) + SignedDuration::from_secs(1) < ahead.least())
}

pub(super) fn rejected(evidence: &Evidence<'_>) -> Option<Found> {
    rejected_token(evidence)?;
    let why = match evidence.token {
        _ if evidence.trouble == Some(Trouble::RejectedMomentsAgo) => {
            "The API rejected a token that was fetched moments ago, so no other one is asked for yet.".to_owned()
        }
        Some(token) => {
            format!("The API rejected two tokens in a row (HTTP 401), the last one fresh (#{}).", token.generation)
        }
        None => "The API rejected the token (HTTP 401).".to_owned(),
    };
    let mut advice =
        "Check that the API URL and the Token URL belong to the same environment; if they do, report it to the vendor."
            .to_owned();
    let mut others = vec![Cause::OtherEnvironment, Cause::RevokedKey];
    let skewed = evidence.around.token_clock.offset().filter(|offset| offset.matters());
    if let Some(offset) = skewed {
        advice = format!("{} Set this PC's clock as well: it is {}.", advice, offset.in_words());
        others.push(Cause::ClockSkew);
    }
    Some(Found::new(why, advice, Remedy::EditUrls).or(&others).said(evidence.said()))
}

pub(super) fn ended_early(evidence: &Evidence<'_>) -> Option<Found> {
    let Some(Trouble::EndedEarly { generation, left, next }) = evidence.trouble else { return None };
    let why = format!("The API ended token #{generation} (HTTP 401), {} before its time.", in_words(left));
    if let Some(next) = next {
        let advice =
            format!("Nothing to do: token #{next} took its place. If it happens often, report it to the vendor.");
        return Some(Found::new(why, advice, Remedy::ShowToken));
    }
    let advice = "Get a new token: if the key was revoked, that is refused as well.";
    Some(Found::new(why, advice, Remedy::RefreshToken).or(&[Cause::RevokedKey]))
}

pub(super) fn forgotten(evidence: &Evidence<'_>) -> Option<Found> {
    (evidence.trouble == Some(Trouble::Forgotten)).then(|| {
        let why = "The token was forgotten while this waited for it.";
        Found::new(why, "Look it up again.", Remedy::TryAgain)
    })
}

fn in_words(span: Duration) -> String {
    length(SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX))
}

//! Rows about the way to the server. Sentences of faults that name themselves are [`HttpError`]'s own.

use std::time::Duration;

use jiff::SignedDuration;

use crate::http::server_clock::length;
use crate::http::{CertificateFlaw, HttpError, Offset, ProxyFault, Reading, host_of};
use crate::token::FetchError;

use super::Cause;
use super::evidence::Evidence;
use super::remedy::Remedy;
use super::table::Found;

/// The fault's own sentence and step, with the button for it.
fn plain(error: &HttpError, remedy: Remedy) -> Found {
    Found::new(error.to_string(), error.hint(), remedy)
}

/// What is known of this PC's clock, by any server.
fn offset(evidence: &Evidence<'_>) -> Option<Offset> {
    let around = &evidence.around;
    around.token_clock.offset().or(around.api_clock.offset()).filter(|offset| offset.matters())
}

pub(super) fn certificate_by_a_wrong_clock(evidence: &Evidence<'_>) -> Option<Found> {
    let Some(HttpError::Certificate { host, flaw, .. }) = evidence.transport else { return None };
    let offset = offset(evidence)?;
    // The clock is the reason only if it is wrong by more than the certificate is.
    let explains = |by: Duration, offset: SignedDuration| SignedDuration::try_from(by).is_ok_and(|by| by <= offset);
    let seems = match *flaw {
        CertificateFlaw::NotYetValid { until } if explains(until, offset.most()) => "not valid yet",
        CertificateFlaw::Expired { since } if explains(since, -offset.least()) => "expired",
        _ => return None,
    };
    let why = format!("This PC's clock is {}, so the certificate of {host} seems {seems}.", offset.in_words());
    Some(Found::new(why, "Set the clock of this PC, then try again.", Remedy::TryAgain).or(&[Cause::BadCertificate]))
}

pub(super) fn intercepting_proxy(evidence: &Evidence<'_>) -> Option<Found> {
    let Some(HttpError::Certificate { host, flaw: CertificateFlaw::UnknownIssuer, issuer, .. }) = evidence.transport
    else {
        return None;
    };
    // The vendor's hosts have certificates that every PC trusts; a host of one's own may have any.
    let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _port)| name);
    let is_vendor = name == "quantaprice.com" || name.ends_with(".quantaprice.com");
    if !is_vendor && evidence.around.proxy.is_none() {
        return None;
    }
    let issued = issuer.as_ref().map(|issuer| format!(" (issuer “{issuer}”)")).unwrap_or_default();
    let who = match &evidence.around.proxy {
        Some(proxy) => format!("The proxy {proxy}, or another one,"),
        None => "A proxy".to_owned(),
    };
    let why = format!("{who} answers for {host} with a certificate of its own{issued}.");
    let advice =
        "If it is your company's proxy, name its CA file under “URLs and CA file”; if not, do not use this network.";
    Some(Found::new(why, advice, Remedy::ChooseCaFile).or(&[Cause::UnknownCa]))
}

pub(super) fn unknown_ca(evidence: &Evidence<'_>) -> Option<Found> {
    let error = evidence.transport?;
    let HttpError::Certificate { host, flaw: CertificateFlaw::UnknownIssuer, issuer, .. } = error else { return None };
    let why = match issuer {
        Some(issuer) => format!("The certificate of {host} was issued by “{issuer}”, which this PC does not trust."),
        None => error.to_string(),
    };
    Some(Found::new(why, error.hint(), Remedy::ChooseCaFile).or(&[Cause::InterceptingProxy]))
}

pub(super) fn bad_certificate(evidence: &Evidence<'_>) -> Option<Found> {
    let error = evidence.transport?;
    let HttpError::Certificate { host, flaw, .. } = error else { return None };
    let found = match flaw {
        CertificateFlaw::Expired { .. } | CertificateFlaw::NotYetValid { .. } => {
            let advice = format!("Check this PC's date and time; if they are right, tell whoever runs {host}.");
            Found::new(error.to_string(), advice, Remedy::TryAgain).or(&[Cause::ClockSkew])
        }
        CertificateFlaw::OtherName => {
            let advice = "Check the URL in the key's form: another server answers at this address.";
            Found::new(error.to_string(), advice, Remedy::EditUrls).or(&[Cause::WrongUrl, Cause::InterceptingProxy])
        }
        CertificateFlaw::AuthorityAsServer => Found::new(error.to_string(), error.hint(), Remedy::TryAgain),
        _ => Found::new(error.to_string(), error.hint(), Remedy::ChooseCaFile).or(&[Cause::InterceptingProxy]),
    };
    Some(found)
}

pub(super) fn no_tls(evidence: &Evidence<'_>) -> Option<Found> {
    let error = evidence.transport.filter(|error| matches!(error, HttpError::Tls { .. }))?;
    Some(plain(error, Remedy::EditUrls).or(&[Cause::WrongUrl, Cause::InterceptingProxy]))
}

pub(super) fn bad_ca_file(evidence: &Evidence<'_>) -> Option<Found> {
    let error = evidence.transport.filter(|error| matches!(error, HttpError::CaFile { .. }))?;
    Some(plain(error, Remedy::ChooseCaFile))
}

pub(super) fn no_trust_store(evidence: &Evidence<'_>) -> Option<Found> {
    let error = evidence.transport.filter(|error| matches!(error, HttpError::NoTrustStore { .. }))?;
    Some(Found::new(error.to_string(), error.hint(), None))
}

pub(super) fn plain_http(evidence: &Evidence<'_>) -> Option<Found> {
    let error = evidence.transport.filter(|error| matches!(error, HttpError::PlainHttp { .. }))?;
    Some(plain(error, Remedy::EditUrls))
}

pub(super) fn dns(evidence: &Evidence<'_>) -> Option<Found> {
    let error = evidence.transport.filter(|error| matches!(error, HttpError::UnknownHost { .. }))?;
    Some(plain(error, Remedy::EditUrls))
}

pub(super) fn refused(evidence: &Evidence<'_>) -> Option<Found> {
    let error = evidence.transport.filter(|error| matches!(error, HttpError::Unreachable { .. }))?;
    Some(plain(error, Remedy::TryAgain))
}

pub(super) fn proxy_login(evidence: &Evidence<'_>) -> Option<Found> {
    let advice =
        "Put the proxy's user name and password into the proxy settings of this PC (HTTPS_PROXY), then start again.";
    let why = match (evidence.transport, evidence.fetch, evidence.status) {
        (Some(HttpError::Proxy { host, fault: ProxyFault::WantsLogin, .. }), ..) => {
            format!("The proxy did not connect to {host}: it wants a login.")
        }
        (_, Some(FetchError::Status { status: 407, .. }), _) | (_, _, Some(407)) => {
            "The proxy of this network wants a login (HTTP 407).".to_owned()
        }
        _ => return None,
    };
    Some(Found::new(why, advice, Remedy::TryAgain))
}

pub(super) fn proxy_refuses(evidence: &Evidence<'_>) -> Option<Found> {
    let error = evidence.transport.filter(|error| matches!(error, HttpError::Proxy { .. }))?;
    Some(plain(error, Remedy::TryAgain))
}

pub(super) fn timeout(evidence: &Evidence<'_>) -> Option<Found> {
    match (evidence.transport, evidence.fetch) {
        (Some(error @ (HttpError::ConnectTimeout { .. } | HttpError::Timeout { .. })), _) => {
            Some(plain(error, Remedy::TryAgain))
        }
        (_, Some(error @ FetchError::Deadline(_))) => {
            let advice = "Check the network and the VPN, then try again.";
            Some(Found::new(error.to_string(), advice, Remedy::TryAgain))
        }
        _ => None,
    }
}

pub(super) fn redirect_elsewhere(evidence: &Evidence<'_>) -> Option<Found> {
    let error = evidence.transport?;
    let HttpError::Redirected { host, to, .. } = error else { return None };
    let name = |host: &str| host.rsplit_once(':').map_or(host, |(name, _port)| name).to_owned();
    if name(host) == name(to) {
        return None;
    }
    let others = evidence.in_between();
    let advice = if others.is_empty() {
        "Check the URL in the key's form: the server sends requests elsewhere."
    } else {
        "Check the URL in the key's form; if it is right, open it in a browser and sign in where this network asks."
    };
    Some(Found::new(error.to_string(), advice, Remedy::EditUrls).or(others))
}

/// Within one host: the server itself asks for another path or scheme.
pub(super) fn redirect(evidence: &Evidence<'_>) -> Option<Found> {
    let error = evidence.transport.filter(|error| matches!(error, HttpError::Redirected { .. }))?;
    let advice = "Check the URL in the key's form: it should be the final address, since the API does not redirect.";
    Some(Found::new(error.to_string(), advice, Remedy::EditUrls))
}

pub(super) fn too_large(evidence: &Evidence<'_>) -> Option<Found> {
    let error = evidence.transport.filter(|error| matches!(error, HttpError::TooLarge { .. }))?;
    Some(plain(error, Remedy::EditUrls))
}

pub(super) fn broken_off(evidence: &Evidence<'_>) -> Option<Found> {
    let error = evidence.transport.filter(|error| matches!(error, HttpError::Broken { .. }))?;
    Some(plain(error, Remedy::TryAgain))
}

/// Nothing failed, but this PC's clock is off.
pub(super) fn wrong_clock(evidence: &Evidence<'_>) -> Option<Found> {
    let host = evidence.around.token_url.as_ref().map_or_else(|| "the server".to_owned(), host_of);
    match evidence.around.token_clock {
        Reading::Known(offset) if offset.matters() => {
            let why = format!("This PC's clock is {}.", offset.in_words());
            let advice = format!(
                "Set it, by {host}'s clock; tokens are counted from when they were asked for, so they are not shortened by it."
            );
            let other = evidence.around.api_clock.offset();
            let agrees = other.is_some_and(|other| other.matters() && offset.and(other).is_some());
            let is_same_host = evidence.around.api_url.as_ref().map(host_of).as_deref() == Some(&host);
            // Two servers that agree are witnesses enough.
            let others: &[Cause] = if agrees && !is_same_host { &[] } else { &[Cause::ServerFault] };
            Some(Found::new(why, advice, None).or(others))
        }
        Reading::Doubtful(offset) => {
            let apart = length(offset.middle());
            let why = format!("The clocks of this PC and of {host} are {apart} apart, so one of them is wrong.");
            let advice = "Check this PC's date; if it is right, tell whoever runs the server.";
            Some(Found::new(why, advice, None).or(&[Cause::ServerFault]))
        }
        Reading::Known(_) | Reading::Unknown | Reading::Unbelievable { .. } => None,
    }
}

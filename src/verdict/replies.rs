//! Rows about replies that came and are no answer, and about this program itself.

use crate::prices::body::BodyFault;
use crate::token::FetchError;
use crate::token::reply::ReplyFault;

use super::Cause;
use super::evidence::{Evidence, Step, Trouble};
use super::remedy::Remedy;
use super::table::Found;
use super::wait::wait_advice;

/// The status of either request, where a reply came that is no success.
fn status(evidence: &Evidence<'_>) -> Option<u16> {
    match evidence.fetch {
        Some(FetchError::Status { status, .. } | FetchError::RateLimited { status, .. }) => Some(*status),
        _ => evidence.status,
    }
}

/// What the server said, from either request.
fn said(evidence: &Evidence<'_>) -> Option<String> {
    match evidence.fetch {
        Some(FetchError::Status { detail, .. }) => detail.clone(),
        _ => evidence.said(),
    }
}

fn whom(evidence: &Evidence<'_>) -> &'static str {
    match evidence.step {
        Step::Token => "The token endpoint",
        Step::Price => "The API",
    }
}

fn which_url(evidence: &Evidence<'_>) -> &'static str {
    match evidence.step {
        Step::Token => "Token URL",
        Step::Price => "API URL",
    }
}

/// How often it was asked, where that is known.
fn asked(evidence: &Evidence<'_>) -> String {
    match evidence.tries {
        0 => String::new(),
        1 => ", asked once".to_owned(),
        tries => format!(", asked {tries} times"),
    }
}

/// The wait as advice, where it is the server that asks for it: after a failed token request this program waits by itself as well.
fn asked_to_wait(evidence: &Evidence<'_>) -> Option<String> {
    let is_asked = evidence.fetch.is_none_or(|error| error.retry_after().is_some());
    evidence.retry_after.filter(|_| is_asked).map(wait_advice)
}

pub(super) fn rate_limit(evidence: &Evidence<'_>) -> Option<Found> {
    let status = status(evidence).filter(|status| *status == 429)?;
    let why = format!("{} asks to slow down (HTTP {status}{}).", whom(evidence), asked(evidence));
    let advice = asked_to_wait(evidence).unwrap_or_else(|| "Wait a minute, then try again.".to_owned());
    Some(Found::new(why, advice, Remedy::TryAgain).said(said(evidence)))
}

pub(super) fn web_page(evidence: &Evidence<'_>) -> Option<Found> {
    let page = match (evidence.fetch, evidence.body, evidence.status) {
        (Some(FetchError::Reply(ReplyFault::WebPage { title })), ..) => title.clone(),
        (_, Some(BodyFault::WebPage), Some(200..=299)) => {
            evidence.refusal.and_then(|refusal| refusal.description.clone())
        }
        _ => return None,
    };
    let titled = page.map(|title| format!(" titled “{title}”")).unwrap_or_default();
    let host = evidence.host().map(|host| format!(" of {host}")).unwrap_or_default();
    let others = evidence.in_between();
    let why = format!("A web page{titled} came in place of the answer{host}.");
    let url = which_url(evidence);
    let advice = if others.is_empty() {
        format!("Check the {url} in the key's form: it leads to a server for people, or to a wrong path.")
    } else {
        format!("Check the {url} in the key's form; if it is right, open it in a browser and sign in where it asks.")
    };
    Some(Found::new(why, advice, Remedy::EditUrls).or(others))
}

/// A 401 without a code of OAuth still means the id or the secret (RFC 9110 s15.5.2).
pub(super) fn unauthorized(evidence: &Evidence<'_>) -> Option<Found> {
    status(evidence).filter(|status| *status == 401 && evidence.step == Step::Token && evidence.fetch.is_some())?;
    let advice =
        "Paste the current secret, or create a new key in the Account Portal; if both are right, check the Token URL.";
    let (why, others): (_, &[Cause]) = match evidence.around.worked {
        Some(generation) => (
            format!(
                "The token endpoint no longer accepts this key (HTTP 401): it still fetched token #{generation} in this run."
            ),
            &[Cause::WrongUrl],
        ),
        None => (
            "The token endpoint did not accept this key (HTTP 401): it was revoked, or the secret is wrong.".to_owned(),
            &[Cause::WrongSecret, Cause::WrongUrl],
        ),
    };
    Some(Found::new(why, advice, Remedy::ReplaceSecret).or(others).said(said(evidence)))
}

pub(super) fn wrong_url(evidence: &Evidence<'_>) -> Option<Found> {
    let status = status(evidence)?;
    let url = which_url(evidence);
    let (why, advice) = match (evidence.step, status) {
        (_, 404 | 405 | 410) => (
            format!(
                "{} has nothing at this address (HTTP {status}).",
                evidence.host().unwrap_or_else(|| "The server".into())
            ),
            format!("Check the {url} in the key's form."),
        ),
        (Step::Token, 403) => {
            let why = "The token endpoint forbids the request (HTTP 403), and does not say why.";
            let advice = "Check the Token URL in the key's form; if it is right, ask your network's admin whether a firewall refuses it.";
            let found = Found::new(why, advice, Remedy::EditUrls).or(&[Cause::KeyMayNot, Cause::Firewall]);
            return Some(found.said(said(evidence)));
        }
        (Step::Token, 400..=499) => (
            format!("The token endpoint did not take the request (HTTP {status})."),
            format!("Check the {url} in the key's form; if it is right, report the status to the vendor."),
        ),
        _ => return None,
    };
    Some(Found::new(why, advice, Remedy::EditUrls).said(said(evidence)))
}

pub(super) fn server_fault(evidence: &Evidence<'_>) -> Option<Found> {
    let status = status(evidence).filter(|status| *status >= 500)?;
    let why = match status {
        503 => format!("{} is not available (HTTP 503{}).", whom(evidence), asked(evidence)),
        _ => format!("{} failed (HTTP {status}).", whom(evidence)),
    };
    let own = "The fault is the server's own: try again in a minute, and tell the vendor if it stays.";
    let advice = asked_to_wait(evidence).unwrap_or_else(|| own.to_owned());
    Some(Found::new(why, advice, Remedy::TryAgain).said(said(evidence)))
}

pub(super) fn error_inside(evidence: &Evidence<'_>) -> Option<Found> {
    let what = match evidence.trouble? {
        Trouble::ErrorInside => "is an error and holds no price",
        Trouble::ErrorBesideZero => "is an error; the price of 0 in it is not taken for a price",
        _ => return None,
    };
    let status = evidence.status.map(|status| format!("HTTP {status}, but ")).unwrap_or_default();
    let why = format!("The server answered with {status}its reply {what}.");
    Some(Found::new(why, "Open the body to see what the server says.", Remedy::ShowBody))
}

pub(super) fn unreadable(evidence: &Evidence<'_>) -> Option<Found> {
    match (evidence.fetch, evidence.body, evidence.trouble) {
        (Some(error @ FetchError::Reply(_)), ..) => {
            let advice = "Check the Token URL; if it is right, report the endpoint's reply to the vendor.";
            Some(Found::new(error.to_string(), advice, Remedy::EditUrls))
        }
        (_, Some(fault), _) if matches!(evidence.status, None | Some(200..=299)) => {
            let remedy = match fault {
                BodyFault::WebPage => Remedy::EditUrls,
                BodyFault::NotUtf8 { .. } | BodyFault::NotJson { .. } | BodyFault::TooDeep { .. } => Remedy::ShowBody,
                BodyFault::Truncated { .. } | BodyFault::Empty | BodyFault::TooLarge { .. } => Remedy::TryAgain,
            };
            Some(Found::new(fault.to_string(), fault.hint(), remedy))
        }
        (_, _, Some(Trouble::NotADecimal)) => {
            let why = "The body names a price, but not as a plain decimal number, so it is not shown as one.";
            Some(Found::new(why, "Open the body to see how the server wrote it.", Remedy::ShowBody))
        }
        _ => None,
    }
}

pub(super) fn program_fault(evidence: &Evidence<'_>) -> Option<Found> {
    let advice = "Try again; if it happens again, report it with the program's version.";
    match (evidence.fetch, evidence.trouble) {
        (Some(error @ FetchError::Panicked), _) => Some(Found::new(error.to_string(), advice, Remedy::TryAgain)),
        (_, Some(Trouble::Broken)) => {
            Some(Found::new("Reading the reply broke inside this program.", advice, Remedy::TryAgain))
        }
        _ => None,
    }
}

pub(super) fn unexpected_status(evidence: &Evidence<'_>) -> Option<Found> {
    let status = status(evidence)?;
    let (why, advice) = match evidence.step {
        Step::Token => (
            format!("The token endpoint answered with HTTP {status}, which means nothing here."),
            "Check the Token URL.",
        ),
        Step::Price => (
            format!("The server answered with HTTP {status}, which is not an answer about a price."),
            "Open the body to see what the server says, and check the query parameters.",
        ),
    };
    let remedy = if evidence.step == Step::Price { Remedy::ShowBody } else { Remedy::EditUrls };
    Some(Found::new(why, advice, remedy).said(said(evidence)))
}

/// Nothing failed yet.
pub(super) fn slow(evidence: &Evidence<'_>) -> Option<Found> {
    let Some(Trouble::Waiting(time)) = evidence.trouble else { return None };
    let host = evidence.host().unwrap_or_else(|| whom(evidence).to_owned());
    let why = format!("{host} has not answered for {} s.", time.as_secs());
    Some(Found::new(why, "Wait: it is given up after 30 s.", None))
}

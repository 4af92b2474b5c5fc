//! The error of a lookup, from the verdict on what went wrong: the sort that scripts see, and the sentences that people see.

use super::body::BodyFault;
use super::lookup::{LookupError, LookupErrorKind as Kind};
use crate::http::HttpError;
use crate::token::FetchError;
use crate::verdict::{Cause, Evidence, Trouble, Verdict, judge};

/// Judges the evidence.
pub(super) fn error(evidence: &Evidence<'_>) -> LookupError {
    let verdict = judge(evidence);
    let hint = verdict.advice.clone();
    let mut error = LookupError::new(kind(evidence, &verdict), verdict.in_full(), hint).after(evidence.retry_after);
    error.verdict = Some(Box::new(verdict));
    error
}

fn kind(evidence: &Evidence<'_>, verdict: &Verdict) -> Kind {
    if let Some(error) = evidence.transport {
        return of_transport(error);
    }
    match (verdict.cause, evidence.fetch, evidence.trouble) {
        (Cause::WrongUrl, Some(FetchError::Status { .. }), _) => Kind::WrongAddress,
        (Cause::ProxyLogin, ..) => Kind::Network,
        (Cause::RevokedKey, Some(FetchError::Status { .. }), _) | (_, Some(FetchError::Refused { .. }), _) => {
            Kind::KeyRefused
        }
        (_, Some(FetchError::RateLimited { .. }), _) => Kind::RateLimited,
        (_, Some(FetchError::Status { .. }), _) => Kind::ServerError,
        (_, Some(FetchError::Reply(_)), _) => Kind::Unreadable,
        (_, Some(FetchError::Deadline(_)), _) => Kind::Timeout,
        (_, Some(FetchError::Panicked), _) | (.., Some(Trouble::Forgotten)) => Kind::TokenUnavailable,
        (Cause::MissingPermission, ..) => Kind::Forbidden,
        (Cause::RateLimit, ..) => Kind::RateLimited,
        (Cause::ServerFault, ..) => Kind::ServerError,
        (Cause::CaptivePortal | Cause::WrongUrl, ..) => Kind::WrongAddress,
        (Cause::Redirect, ..) => Kind::Redirected,
        (Cause::ErrorReply, ..) => Kind::ErrorReply,
        (Cause::Unreadable, ..) if matches!(evidence.body, Some(BodyFault::TooLarge { .. })) => Kind::TooLarge,
        (Cause::Unreadable | Cause::ProgramFault, ..) => Kind::Unreadable,
        _ if evidence.status == Some(401) || evidence.trouble == Some(Trouble::RejectedMomentsAgo) => {
            Kind::Unauthorized
        }
        _ => Kind::UnexpectedStatus,
    }
}

fn of_transport(error: &HttpError) -> Kind {
    match error {
        HttpError::Certificate { .. }
        | HttpError::Tls { .. }
        | HttpError::CaFile { .. }
        | HttpError::NoTrustStore { .. } => Kind::Tls,
        HttpError::Timeout { .. } | HttpError::ConnectTimeout { .. } => Kind::Timeout,
        HttpError::Redirected { .. } => Kind::Redirected,
        HttpError::TooLarge { .. } => Kind::TooLarge,
        HttpError::UnknownHost { .. }
        | HttpError::Unreachable { .. }
        | HttpError::Proxy { .. }
        | HttpError::PlainHttp { .. }
        | HttpError::Broken { .. } => Kind::Network,
    }
}

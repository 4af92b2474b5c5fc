//! Owns what goes over the wire: each reply of the sandbox, good or spoilt, as status, headers and body.
//! Refuses to decide which reply is due.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use futures_util::stream;
use serde_json::json;

use super::{
    fault::{Canned, Endpoint, ReplyFault},
    state::{Issued, Refusal},
};

/// Where the redirect faults point.
pub(super) const REDIRECT_TARGET: &str = "/redirected";

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NESTING: usize = 10_000;
const ENDLESS_CHUNK: [u8; 16 * 1024] = [b' '; 16 * 1024];
const PROXY_PAGE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Sign in to continue</title></head>\n\
    <body><h1>Example Proxy</h1><p>Sign in to the company network to reach this address.</p></body></html>\n";

/// An error of the token endpoint (RFC 6749 section 5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenError {
    /// What is wrong with the request.
    InvalidRequest(&'static str),
    InvalidClient,
    UnsupportedGrantType,
}

pub(super) fn json_reply(status: StatusCode, body: impl Into<Body>) -> Response {
    (status, [(CONTENT_TYPE, JSON)], body.into()).into_response()
}

pub(super) fn error(status: StatusCode, code: &str, description: &str) -> Response {
    json_reply(status, json!({"error": code, "error_description": description}).to_string())
}

/// RFC 6749 section 5.1: nobody on the way may keep a token.
pub(super) fn token(issued: &Issued) -> Response {
    let mut body = json!({"access_token": issued.token, "token_type": "Bearer"});
    if let Some(secs) = issued.expires_in_secs {
        body["expires_in"] = secs.into();
    }
    uncached(json_reply(StatusCode::OK, body.to_string()))
}

pub(super) fn token_error(problem: TokenError) -> Response {
    uncached(match problem {
        TokenError::InvalidRequest(description) => error(StatusCode::BAD_REQUEST, "invalid_request", description),
        TokenError::InvalidClient => error(StatusCode::UNAUTHORIZED, "invalid_client", "Invalid client credentials"),
        TokenError::UnsupportedGrantType => {
            error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "The only grant type here is client_credentials")
        }
    })
}

/// RFC 6750 section 3: without authorization the challenge says no more than the scheme.
pub(super) fn missing_authorization() -> Response {
    challenge(
        error(StatusCode::UNAUTHORIZED, "unauthorized", "The Authorization header with a bearer token is missing"),
        "Bearer",
    )
}

pub(super) fn invalid_token(refusal: Refusal) -> Response {
    let description = match refusal {
        Refusal::Invalid => "The access token is invalid",
        Refusal::Expired => "The access token expired",
        Refusal::Revoked => "The API key of the access token was revoked",
    };
    challenge(
        error(StatusCode::UNAUTHORIZED, "invalid_token", description),
        &format!("Bearer error=\"invalid_token\", error_description=\"{description}\""),
    )
}

pub(super) fn insufficient_scope(scope: &str) -> Response {
    let description = "The access token lacks a permission for this resource";
    challenge(
        error(StatusCode::FORBIDDEN, "insufficient_scope", description),
        &format!("Bearer error=\"insufficient_scope\", error_description=\"{description}\", scope=\"{scope}\""),
    )
}

pub(super) fn unknown_sku(sku: &str) -> Response {
    let body = json!({"error": "not_found", "error_description": "No article has this SKU", "sku": sku});
    json_reply(StatusCode::NOT_FOUND, body.to_string())
}

pub(super) fn server_error() -> Response {
    error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "The sandbox failed, as it was asked to")
}

/// The reply that a fault puts in place of the right one. `None` for the faults of time, which have no reply.
pub(super) fn spoilt(endpoint: Endpoint, fault: &ReplyFault) -> Option<Response> {
    Some(match fault {
        ReplyFault::Slow(_) | ReplyFault::Hanging => return None,
        ReplyFault::Failing => server_error(),
        ReplyFault::RateLimit(wait) => {
            let reply = error(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "Too many requests; wait a little");
            retry_after(reply, *wait)
        }
        ReplyFault::Unavailable(wait) => {
            let reply = error(
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "The service is down for maintenance",
            );
            retry_after(reply, *wait)
        }
        ReplyFault::UnauthorizedOnce | ReplyFault::UnauthorizedStorm => match endpoint {
            Endpoint::Token => token_error(TokenError::InvalidClient),
            Endpoint::Prices => invalid_token(Refusal::Invalid),
        },
        ReplyFault::Forbidden => insufficient_scope("prices:read"),
        ReplyFault::Redirect => {
            (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, HeaderValue::from_static(REDIRECT_TARGET))]).into_response()
        }
        ReplyFault::Garbage => json_reply(StatusCode::OK, "%%% {\"sku\": PRODUCT-001, price; 12,10 ]]"),
        ReplyFault::Html => {
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            (StatusCode::OK, [(CONTENT_TYPE, html)], PROXY_PAGE).into_response()
        }
        ReplyFault::NotUtf8 => {
            json_reply(StatusCode::OK, Bytes::from_static(b"{\"sku\":\"K\xE4BEL\",\"price\":\"12.10\"}"))
        }
        ReplyFault::Truncated => truncated(),
        ReplyFault::Deep => {
            json_reply(StatusCode::OK, format!("{{\"prices\":{}{}}}", "[".repeat(NESTING), "]".repeat(NESTING)))
        }
        ReplyFault::Endless => json_reply(
            StatusCode::OK,
            Body::from_stream(stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&ENDLESS_CHUNK)))),
        ),
        ReplyFault::Canned(canned) => written_by_caller(canned),
    })
}

/// The stream has no length that the server could check the header against, so the connection breaks off instead.
fn truncated() -> Response {
    let sent = Bytes::from_static(br#"{"sku":"PRODUCT-001","items":[{"pricelist":{"code":"PL-RET"#);
    let promised = HeaderValue::from(sent.len() + 1_000);
    let body = stream::unfold(Some(sent), |unsent| async {
        if unsent.is_none() {
            // The server writes out what it has while it waits; without this it would break off before the headers.
            tokio::task::yield_now().await;
        }
        unsent.map(|chunk| (Ok::<_, Infallible>(chunk), None))
    });
    let mut reply = json_reply(StatusCode::OK, Body::from_stream(body));
    reply.headers_mut().insert(CONTENT_LENGTH, promised);
    reply
}

fn written_by_caller(canned: &Canned) -> Response {
    let status = StatusCode::from_u16(canned.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = (status, canned.body.clone()).into_response();
    reply.headers_mut().remove(CONTENT_TYPE);
    for (name, value) in &canned.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            reply.headers_mut().insert(name, value);
        }
    }
    reply
}

fn challenge(mut reply: Response, challenge: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(challenge) {
        reply.headers_mut().insert(WWW_AUTHENTICATE, value);
    }
    reply
}

fn retry_after(mut reply: Response, wait: Duration) -> Response {
    reply.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs()));
    reply
}

fn uncached(mut reply: Response) -> Response {
    reply.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
    reply
}

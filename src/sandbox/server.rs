//! Owns the routes and which reply is due: the token endpoint, the price endpoint, the public key.
//! Refuses to write replies (`replies`), to know articles (`catalogue`) or to keep state (`state`).

use std::{future, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware,
    response::Response,
    routing,
};
use url::form_urlencoded;

use super::{
    catalogue::{self, Answer},
    fault::{Endpoint, ReplyFault},
    query::PriceQuery,
    replies::{self, TokenError},
    state::Shared,
};

pub(super) const TOKEN_PATH: &str = "/oauth2/token";
pub(super) const API_PATH: &str = "/api/v1";
const PRICES_PATH: &str = "/api/v1/prices";
const JWKS_PATH: &str = "/.well-known/jwks.json";
const LONGEST_FORM_BYTES: usize = 64 * 1024;

pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(TOKEN_PATH, routing::post(token))
        .route(PRICES_PATH, routing::get(prices))
        .route(JWKS_PATH, routing::get(jwks))
        .route(replies::REDIRECT_TARGET, routing::any(redirected))
        .fallback(nothing_here)
        .layer(DefaultBodyLimit::max(LONGEST_FORM_BYTES))
        .layer(middleware::map_response_with_state(Arc::clone(&shared), dated))
        .with_state(shared)
}

/// The client credentials grant (RFC 6749 section 4.4; vendor page "Authentication", step 1).
async fn token(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    shared.count_token_request();
    if let Some(reply) = spoilt(&shared, Endpoint::Token).await {
        return reply;
    }
    let form = match TokenForm::read(&headers, &body) {
        Ok(form) => form,
        Err(problem) => return replies::token_error(problem),
    };
    if !shared.accepts_key(&form.client_id, &form.client_secret) {
        return replies::token_error(TokenError::InvalidClient);
    }
    if let Some(reply) = refused_all_the_same(&shared, Endpoint::Token) {
        return reply;
    }
    match shared.issue(shared.now()) {
        Ok(issued) => replies::token(&issued),
        Err(_) => replies::server_error(),
    }
}

/// Vendor page "Authentication", step 2.
async fn prices(State(shared): State<Arc<Shared>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let _open = shared.open_price_request();
    if let Some(reply) = spoilt(&shared, Endpoint::Prices).await {
        return reply;
    }
    let Some(token) = bearer(&headers) else { return replies::missing_authorization() };
    if let Err(refusal) = shared.check_token(token, shared.now()) {
        return replies::invalid_token(refusal);
    }
    if let Some(reply) = refused_all_the_same(&shared, Endpoint::Prices) {
        return reply;
    }
    let query = match PriceQuery::parse(&query.unwrap_or_default()) {
        Ok(query) => query,
        Err(problem) => return replies::error(StatusCode::BAD_REQUEST, "invalid_request", &problem.to_string()),
    };
    match catalogue::answer(&query) {
        Answer::Body(body) => replies::json_reply(StatusCode::OK, body),
        Answer::Unknown => replies::unknown_sku(&query.sku),
        Answer::Forbidden { scope } => replies::insufficient_scope(scope),
        Answer::Broken => replies::server_error(),
    }
}

async fn jwks(State(shared): State<Arc<Shared>>) -> Response {
    replies::json_reply(StatusCode::OK, shared.issuer.jwks())
}

async fn redirected(State(shared): State<Arc<Shared>>) -> Response {
    shared.count_redirect_followed();
    replies::error(StatusCode::GONE, "redirect_followed", "A client must not follow this redirect")
}

async fn nothing_here() -> Response {
    replies::error(StatusCode::NOT_FOUND, "not_found", "The sandbox has nothing at this path")
}

/// The server's own clock stands in every reply, so that a client can measure how far its clock is off.
async fn dated(State(shared): State<Arc<Shared>>, mut reply: Response) -> Response {
    if let Ok(date) = HeaderValue::try_from(httpdate::fmt_http_date(shared.now().into())) {
        reply.headers_mut().insert(header::DATE, date);
    }
    reply
}

/// Plays the faults that strike whoever asks, known or not, as a gateway or a network does.
async fn spoilt(shared: &Shared, endpoint: Endpoint) -> Option<Response> {
    if let Some(ReplyFault::Slow(wait)) =
        shared.take_reply_fault(endpoint, |fault| matches!(fault, ReplyFault::Slow(_)))
    {
        tokio::time::sleep(wait).await;
    }
    let fault =
        shared.take_reply_fault(endpoint, |fault| !matches!(fault, ReplyFault::Slow(_)) && !needs_good_key(fault))?;
    if fault == ReplyFault::Hanging {
        future::pending::<()>().await;
    }
    replies::spoilt(endpoint, &fault)
}

/// Plays the faults that strike only who would otherwise be served: a bad token gets its own 401, which says why.
fn refused_all_the_same(shared: &Shared, endpoint: Endpoint) -> Option<Response> {
    replies::spoilt(endpoint, &shared.take_reply_fault(endpoint, needs_good_key)?)
}

fn needs_good_key(fault: &ReplyFault) -> bool {
    matches!(fault, ReplyFault::UnauthorizedOnce | ReplyFault::UnauthorizedStorm | ReplyFault::Forbidden)
}

/// RFC 6750 section 2.1. The scheme is compared without regard to case (RFC 9110 section 11.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}

struct TokenForm {
    client_id: String,
    client_secret: zeroize::Zeroizing<String>,
}

impl TokenForm {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, TokenError> {
        let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(TokenError::InvalidRequest("The content type is not application/x-www-form-urlencoded"));
        }
        let grant_type = parameter(body, "grant_type", "The parameter grant_type is missing or repeated")?;
        if grant_type != "client_credentials" {
            return Err(TokenError::UnsupportedGrantType);
        }
        Ok(Self {
            client_id: parameter(body, "client_id", "The parameter client_id is missing or repeated")?,
            client_secret: parameter(body, "client_secret", "The parameter client_secret is missing or repeated")?
                .into(),
        })
    }
}

/// RFC 6749 section 3.2: a parameter without a value counts as missing, and none may be repeated.
fn parameter(form: &[u8], wanted: &str, problem: &'static str) -> Result<String, TokenError> {
    let mut values = form_urlencoded::parse(form).filter(|(name, value)| name == wanted && !value.is_empty());
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Ok(value.into_owned()),
        _ => Err(TokenError::InvalidRequest(problem)),
    }
}

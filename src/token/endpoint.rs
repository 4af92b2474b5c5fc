//! Sends a token request (RFC 6749 s4.4.2) and judges its answer. Refuses to decide when: that is the cache's.

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use secrecy::SecretString;

use super::cache::Fetch;
use super::credentials::Credentials;
use super::error::FetchError;
use super::reply::{LARGEST_REPLY, TokenReply};
use crate::http::error_body::ErrorBody;
use crate::http::{Form, Http, Reply, Traffic, Wire, echo, retry_after};

/// The error codes that stay until the key changes (T16; RFC 6749 s5.2).
const REFUSALS: [&str; 4] = ["invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type"];

/// The token endpoints of all profiles, reached through one [`Http`].
#[derive(Clone)]
pub struct TokenEndpoint {
    http: Http,
}

impl TokenEndpoint {
    pub fn new(http: Http) -> Self {
        Self { http }
    }
}

impl Fetch for TokenEndpoint {
    fn fetch(&self, credentials: &Credentials) -> BoxFuture<'static, Result<TokenReply, FetchError>> {
        self.fetch_in_sight(credentials, &Wire::default())
    }

    fn fetch_in_sight(
        &self,
        credentials: &Credentials,
        wire: &Wire,
    ) -> BoxFuture<'static, Result<TokenReply, FetchError>> {
        let (http, wire) = (self.http.clone(), wire.clone());
        let credentials = credentials.clone();
        Box::pin(async move {
            let client = http.client_to(&credentials.key.token_url, credentials.ca_file.as_deref()).await?;
            let form = Form {
                grant_type: "client_credentials",
                client_id: &credentials.key.client_id,
                client_secret: &credentials.client_secret,
            };
            let mut traffic = Traffic::of_form(&credentials.key.token_url, &form);
            wire.leave(traffic.clone());
            let sent = client.post_form(&credentials.key.token_url, &form, LARGEST_REPLY).await;
            let mut reply = sent.inspect_err(|error| {
                traffic.failed(error);
                wire.leave(traffic.clone());
            })?;
            // Of a success nothing is quoted, and its token must stay as it is, whatever it is made of.
            if !reply.is_success()
                && let Some(body) = echo::hidden(&reply.body, &credentials.client_secret)
            {
                reply.body = body;
            }
            traffic.answered_with_token(&reply, &credentials.client_secret);
            wire.leave(traffic);
            tracing::debug!(status = reply.status, elapsed_ms = reply.elapsed.as_millis(), "token endpoint answered");
            judge(&reply, Timestamp::now(), &credentials.client_secret)
        })
    }
}

/// What a reply to a request with the secret `sent` comes to.
fn judge(reply: &Reply, now: Timestamp, sent: &SecretString) -> Result<TokenReply, FetchError> {
    if reply.status == 200 {
        let read = TokenReply::read(&reply.body, sent);
        // A 200 that carries a refusal is the refusal itself, so it must stop automatic requests as well.
        return match read {
            Err(super::reply::ReplyFault::CarriesError { code }) if REFUSALS.contains(&code.as_str()) => {
                Err(FetchError::Refused { status: 200, code, description: ErrorBody::of(reply, sent).description })
            }
            other => other.map_err(FetchError::from),
        };
    }
    let status = reply.status;
    let retry_after = retry_after::of(reply, now);
    let body = ErrorBody::of(reply, sent);
    match body.code {
        Some(code) if REFUSALS.contains(&code.as_str()) => {
            Err(FetchError::Refused { status, code, description: body.description })
        }
        _ if status == 429 => Err(FetchError::RateLimited { status, retry_after }),
        code => {
            let detail = match (code, body.description) {
                (Some(code), Some(description)) => Some(format!("{code}, {description}")),
                (one, other) => one.or(other),
            };
            Err(FetchError::Status {
                status,
                detail: detail.map(|text| text.trim_end_matches('.').to_owned()),
                retry_after,
            })
        }
    }
}

//! Pushed authorization requests (RFC 9126): what a client asks for is agreed with us before the browser is sent here,
//! which then carries nothing that could be read or changed on the way.
//!
//! The reference that the client gets is the sealed request itself: nothing is stored, and nobody else can make one.

use serde::{Deserialize, Serialize};

use super::authorization::CARRIED;
use super::error::{Code, OauthError};
use crate::app::{App, OpenPool};
use crate::crypto::seal::Purpose;
use crate::domain::client::Client;
use crate::domain::oauth_options::Feature;
use crate::http::{Form, form};
use crate::{Fault, Timestamp};

/// What every reference begins with (RFC 9126 section 2.2).
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";
/// Seconds that a request waits for its user, who has to be signed in by then.
pub const SECONDS: i64 = 600;

#[derive(Serialize, Deserialize)]
struct Pushed {
    query: String,
    expires_at: Timestamp,
}

/// The reference to a request of `client`, whose parameters were checked.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub async fn push(app: &App, open: &OpenPool, client: &Client, parameters: &Form) -> Result<String, Fault> {
    let pushed = Pushed {
        query: parameters.query_of(&CARRIED),
        expires_at: app.now().plus_seconds(SECONDS),
    };
    let key = app.data_key(open).await?;
    let context = client.id().as_str();
    let sealed = key.seal_text(Purpose::PushedRequest, context, &pushed, &*app.entropy)?;
    Ok(format!("{PREFIX}{sealed}"))
}

/// The request that the browser brings a reference to; `None` where it brings none.
///
/// # Errors
/// `invalid_request` for a reference that has expired or is not this client's, and for a request that should have been
/// pushed.
pub async fn resolve(
    app: &App,
    open: &OpenPool,
    client: &Client,
    parameters: &Form,
) -> Result<Option<Form>, OauthError> {
    let options = open.pool.oauth.of(client.id());
    let reference = parameters
        .get("request_uri")
        .filter(|_| options.has(Feature::Pushed));
    let Some(reference) = reference else {
        if options.has(Feature::OnlyPushed) {
            return Err(OauthError::invalid_request("The client has to push its requests"));
        }
        return Ok(None);
    };
    let unknown = || OauthError::new(Code::InvalidRequestUri, "request_uri is unknown or has expired");
    let key = app.data_key(open).await?;
    let pushed = reference
        .strip_prefix(PREFIX)
        .and_then(|sealed| key.open_text(Purpose::PushedRequest, client.id().as_str(), sealed))
        .filter(|pushed: &Pushed| app.now() < pushed.expires_at)
        .ok_or_else(unknown)?;
    Form::parse(pushed.query.as_bytes())
        .map(Some)
        .map_err(|_| unknown())
}

/// What the browser goes on with: the reference, and the language, which the user may change.
pub fn carried(parameters: &Form) -> String {
    form::query(
        parameters
            .iter()
            .filter(|(name, _)| matches!(*name, "client_id" | "request_uri" | "lang")),
    )
}

//! Lifecycle triggers: the functions of a pool's `LambdaConfig`, which decide or are told at points of its operations.
//!
//! A pool without a function for a trigger pays nothing for it: no call, no allocation, no round trip. A function is
//! invoked synchronously with an event of Cognito's form and has the time that `GATEHOUSE_TRIGGER_SECONDS` says; see
//! [`invoke`] for what is tried again. Its answer is parsed before anything of it is believed.
//!
//! What is told a function twice (an SDK that tries a request again) carries the same idempotency key, in the Lambda
//! client context: the event has Cognito's fields and no others, so that no parser of a function stumbles.

pub mod challenge;
pub mod event;
pub mod invoke;
pub mod serve;
pub mod webhook;
pub mod words;

use aws_lc_rs::digest::{SHA256, digest};

use crate::domain::ids::ClientId;
use crate::domain::pool::Pool;
use crate::domain::user::{Attributes, User};
use crate::{App, Fault};
use event::{CallerContext, Event, Metadata, Request, Source};

/// What Cognito writes where it does not know the caller's SDK.
const UNKNOWN_SDK: &str = "aws-sdk-unknown-unknown";
/// What Cognito writes where there is no client.
const NO_CLIENT: &str = "CLIENT_ID_NOT_APPLICABLE";

/// The request on whose behalf functions are invoked.
#[derive(Debug, Clone, Copy)]
pub struct Cause<'a> {
    /// What is the same when a caller tries the request again.
    pub invocation: &'a str,
    /// The app client, where there is one.
    pub client: Option<&'a ClientId>,
    /// `ClientMetadata` of the request.
    pub metadata: Option<&'a Metadata>,
}

impl Cause<'_> {
    /// `ClientMetadata`, as events carry it.
    pub fn metadata(&self) -> Option<Metadata> {
        self.metadata.cloned()
    }
}

/// One invocation.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// On whose behalf.
    pub cause: Cause<'a>,
    /// Why.
    pub source: Source,
    /// The user's name; none where a client signs in for itself.
    pub user_name: Option<&'a str>,
    /// What tells several invocations of one request and source apart.
    pub part: &'a str,
}

impl Call<'_> {
    /// What is the same each time a function is told the same.
    fn idempotency_key(&self, pool: &Pool) -> String {
        let text = [
            self.cause.invocation,
            pool.id().as_str(),
            self.source.as_str(),
            self.user_name.unwrap_or_default(),
            self.part,
        ]
        .join("\0");
        hex::encode(&digest(&SHA256, text.as_bytes()).as_ref()[..16])
    }
}

/// A user's attributes as events carry them: with `sub`, status, and the aliases that lead to the user.
pub fn attributes_of(pool: &Pool, user: &User) -> Attributes {
    let mut attributes = user.attributes.clone();
    attributes.insert("sub".to_owned(), user.sub.to_string());
    attributes.insert("cognito:user_status".to_owned(), user.status.to_api().to_string());
    for (kind, value) in user.aliases(&pool.names, pool.case_sensitive) {
        let name = match kind {
            crate::domain::names::AliasKind::Email => "cognito:email_alias",
            crate::domain::names::AliasKind::PhoneNumber => "cognito:phone_number_alias",
            _ => continue,
        };
        attributes.insert(name.to_owned(), value);
    }
    attributes
}

impl App {
    /// Invokes the pool's function for `call.source` and returns its answer; `None` where the pool has none.
    ///
    /// # Errors
    /// `UserLambdaValidationException` when the function fails, `UnexpectedLambdaException` when it cannot be invoked or
    /// does not answer in time, `InvalidLambdaResponseException` when it answers something else.
    pub async fn trigger<R: Request>(
        &self,
        pool: &Pool,
        call: Call<'_>,
        request: impl FnOnce() -> R,
    ) -> Result<Option<R::Answer>, Fault> {
        let trigger = call.source.trigger();
        let Some(function) = pool.triggers.function(trigger) else {
            return Ok(None);
        };
        let version = match trigger {
            crate::domain::lambda_config::Trigger::PreTokenGeneration => pool.triggers.token_event.version(),
            _ => "1",
        };
        let event = Event {
            version: version.to_owned(),
            trigger_source: call.source.to_string(),
            region: pool.id().region().to_owned(),
            user_pool_id: pool.id().to_string(),
            user_name: call.user_name.map(str::to_owned),
            caller_context: CallerContext {
                aws_sdk_version: UNKNOWN_SDK.to_owned(),
                client_id: call
                    .cause
                    .client
                    .map_or_else(|| NO_CLIENT.to_owned(), ToString::to_string),
            },
            request: request(),
            response: R::Answer::default(),
        };
        let payload = zeroize::Zeroizing::new(serde_json::to_vec(&event).map_err(Fault::internal)?);
        let key = call.idempotency_key(pool);
        let answered = self
            .functions
            .invoke(function, &payload, &key)
            .await
            .and_then(|answer| invoke::response_of::<R::Answer>(&answer));
        answered.map(Some).map_err(|failure| {
            tracing::warn!(pool = %pool.id(), source = %call.source, failure = failure.log(), "a trigger failed");
            failure.into_fault(trigger)
        })
    }
}

#[cfg(test)]
mod tests;

//! What Gatehouse's own functions for triggers (functions/triggers) have in common: variables of the environment as
//! their configuration, and an event that goes out with its `response` filled in.
//!
//! A variable that cannot be read ends the function at its start: a guard that is configured wrongly lets nobody pass.

use std::fmt;
use std::str::FromStr;

use lambda_runtime::{Context, Diagnostic, Error, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::event::{Event, Request};
use super::invoke::IDEMPOTENCY_KEY;
use crate::domain::ids::{PoolId, Username};
use crate::{Fault, fault::FaultKind, observe};

/// The environment of a function.
pub struct Variables(Box<Lookup>);

/// What a variable holds, by its name.
type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Variables").finish_non_exhaustive()
    }
}

/// A variable that is missing or cannot be read. What it holds is not told: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {why}")]
pub struct Misconfigured {
    name: String,
    why: String,
}

impl Misconfigured {
    /// The variable `name` is wrong, and why.
    pub fn new(name: &str, why: impl fmt::Display) -> Self {
        Self {
            name: name.to_owned(),
            why: why.to_string(),
        }
    }
}

impl Variables {
    /// The environment of the process.
    #[expect(
        clippy::disallowed_methods,
        reason = "the configuration of a trigger's function is its environment"
    )]
    pub fn from_env() -> Self {
        Self(Box::new(|name| std::env::var(name).ok()))
    }

    /// Variables as given, for tests.
    pub fn given(variables: &[(&str, &str)]) -> Self {
        let variables: std::collections::BTreeMap<String, String> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Self(Box::new(move |name| variables.get(name).cloned()))
    }

    /// A text; an empty one counts as none.
    pub fn text(&self, name: &str) -> Option<String> {
        let value = (self.0)(name)?.trim().to_owned();
        (!value.is_empty()).then_some(value)
    }

    /// A text that has to be there.
    pub fn required(&self, name: &str) -> Result<String, Misconfigured> {
        self.text(name)
            .ok_or_else(|| Misconfigured::new(name, "is not set"))
    }

    /// What is read from a text; `None` where there is none.
    pub fn parsed<T: FromStr<Err: fmt::Display>>(&self, name: &str) -> Result<Option<T>, Misconfigured> {
        self.text(name)
            .map(|text| text.parse().map_err(|why| Misconfigured::new(name, why)))
            .transpose()
    }

    /// `true` or `false`; false where nothing is said.
    pub fn flag(&self, name: &str) -> Result<bool, Misconfigured> {
        Ok(self.parsed(name)?.unwrap_or(false))
    }

    /// Texts with commas between them.
    pub fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        let parts = text.split(',').map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// Values with commas between them.
    pub fn parsed_list<T: FromStr<Err: fmt::Display>>(&self, name: &str) -> Result<Vec<T>, Misconfigured> {
        self.list(name)
            .iter()
            .map(|text| text.parse().map_err(|why| Misconfigured::new(name, why)))
            .collect()
    }

    /// Pairs `left=right` with commas between them.
    pub fn pairs(&self, name: &str) -> Result<Vec<(String, String)>, Misconfigured> {
        let pair = |text: String| {
            text.split_once('=')
                .map(|(left, right)| (left.trim().to_owned(), right.trim().to_owned()))
                .filter(|(left, right)| !left.is_empty() && !right.is_empty())
                .ok_or_else(|| Misconfigured::new(name, "must be left=right, with commas between the pairs"))
        };
        self.list(name).into_iter().map(pair).collect()
    }
}

/// Why a function gives no answer. The text reaches the application as the message of `UserLambdaValidationException`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    kind: &'static str,
    message: String,
}

impl Refusal {
    /// The user may not do this; `message` says why, in words for the user.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            kind: "Refused",
            message: message.into(),
        }
    }

    /// Something else failed. `cause` goes to the log; the application learns that it may try again.
    pub fn failed(cause: impl fmt::Display) -> Self {
        tracing::warn!(%cause, "the function could not do its work");
        Self {
            kind: "Failed",
            message: "Something went wrong; try again later.".to_owned(),
        }
    }

    /// What the application reads.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        if fault.kind() == FaultKind::Internal {
            return Self::failed(fault.cause().unwrap_or_default());
        }
        Self::failed(fault)
    }
}

impl observe::Answer for Refusal {
    fn outcome(&self) -> observe::Outcome {
        observe::Outcome::refused(self.kind)
    }
}

impl From<Refusal> for Diagnostic {
    fn from(refusal: Refusal) -> Self {
        Self {
            error_type: refusal.kind.to_owned(),
            error_message: refusal.message,
        }
    }
}

/// What is the same whenever the same is told: the key in the client context, or the invocation's own id.
pub fn occasion(context: &Context) -> &str {
    context
        .client_context
        .as_ref()
        .and_then(|client| client.custom.get(IDEMPOTENCY_KEY))
        .map_or(&context.request_id, |key| key)
}

/// The pool and the user that an event is about.
///
/// # Errors
/// A failure where the event names none.
pub fn user_of<R: Request>(event: &Event<R>) -> Result<(PoolId, Username), Refusal> {
    let pool = event.user_pool_id.parse().map_err(Refusal::failed)?;
    let name = event.user_name.as_deref().unwrap_or_default();
    Ok((pool, name.parse().map_err(Refusal::failed)?))
}

/// Runs a function that answers events of one trigger, until Lambda ends it.
///
/// # Errors
/// What the Lambda runtime says when it cannot go on.
pub async fn serve<R: Request>(
    decide: impl AsyncFn(&Event<R>, &Context) -> Result<R::Answer, Refusal>,
) -> Result<(), Error> {
    serve_raw(async |mut event: Event<R>, context: &Context| {
        observe::pool(&event.user_pool_id);
        event.response = decide(&event, context).await?;
        Ok(event)
    })
    .await
}

/// Runs a function that answers events of several forms, until Lambda ends it.
///
/// # Errors
/// What the Lambda runtime says when it cannot go on.
pub async fn serve_raw<I: DeserializeOwned, O: Serialize>(
    decide: impl AsyncFn(I, &Context) -> Result<O, Refusal>,
) -> Result<(), Error> {
    let decide = &decide;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<I>| async move {
        let LambdaEvent { payload, context } = event;
        let deciding = decide(payload, &context);
        observe::request(Some(&context), &context.request_id, observe::function(), deciding).await
    }))
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_as_what_they_are() {
        let variables = Variables::given(&[
            ("EMPTY", " "),
            ("LIST", " a , ,b,"),
            ("FLAG", "true"),
            ("NUMBER", "7"),
            ("PAIRS", "tenant=custom:tenant, x = y"),
        ]);
        assert_eq!(variables.text("EMPTY"), None);
        assert_eq!(variables.text("ABSENT"), None);
        assert_eq!(variables.list("LIST"), ["a", "b"]);
        assert_eq!(variables.flag("FLAG"), Ok(true));
        assert_eq!(variables.flag("ABSENT"), Ok(false));
        assert_eq!(variables.parsed("NUMBER"), Ok(Some(7)));
        let pairs = variables.pairs("PAIRS").unwrap();
        assert_eq!(pairs[0], ("tenant".to_owned(), "custom:tenant".to_owned()));
        assert_eq!(pairs[1], ("x".to_owned(), "y".to_owned()));
    }

    #[test]
    fn what_cannot_be_read_is_named_and_not_shown() {
        let variables = Variables::given(&[("FLAG", "maybe"), ("PAIRS", "secret")]);
        for error in [
            variables.flag("FLAG").unwrap_err(),
            variables.pairs("PAIRS").unwrap_err(),
            variables.required("ABSENT").unwrap_err(),
        ] {
            let text = error.to_string();
            assert!(text.starts_with("FLAG") || text.starts_with("PAIRS") || text.starts_with("ABSENT"));
            assert!(!text.contains("maybe") && !text.contains("secret"));
        }
    }

    #[test]
    fn an_inner_failure_is_not_told() {
        let refusal = Refusal::from(Fault::internal("table broken"));
        assert!(!refusal.message().contains("table"));
        assert_eq!(Refusal::new("Not you.").message(), "Not you.");
    }
}

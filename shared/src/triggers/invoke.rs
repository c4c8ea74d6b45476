//! Invoking a function and reading what it answers.
//!
//! A function is invoked again only where it did not run: Lambda refused the call for its rate or its state, or nobody
//! took the connection. After a timeout it may have run, so the caller is told and nothing is repeated.

use std::time::Duration;

use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_lambda::operation::invoke::{InvokeError, InvokeOutput};
use aws_sdk_lambda::primitives::Blob;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::crypto::base64;
use crate::domain::lambda_config::Trigger;
use crate::{Fault, fault::FaultKind};

/// The key's name in the client context (`custom`).
pub const IDEMPOTENCY_KEY: &str = "gatehouse:idempotency-key";
/// How often a function that did not run is invoked, at most.
const ATTEMPTS: u32 = 4;
/// The wait before the second attempt; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// Lambda's errors that say that the function did not run and may run soon.
const NOT_RUN: [&str; 5] = [
    "TooManyRequestsException",
    "EC2ThrottledException",
    "ResourceNotReadyException",
    "ResourceConflictException",
    "SnapStartNotReadyException",
];

/// Lambda, as pools use it.
#[derive(Debug, Clone)]
pub struct Functions {
    lambda: aws_sdk_lambda::Client,
    timeout: Duration,
}

/// Why a function gave no answer to believe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It failed, and says why.
    Failed(String),
    /// It could not be invoked, or did not answer in time.
    Unreachable(String),
    /// It answered something else.
    Garbage(String),
}

impl Failure {
    /// What goes to the log. What a function says may tell of a user: that goes to the caller alone.
    pub fn log(&self) -> &str {
        match self {
            Self::Failed(_) => "the function failed",
            Self::Unreachable(why) | Self::Garbage(why) => why,
        }
    }

    /// The error that the caller of the pool sees.
    pub fn into_fault(self, trigger: Trigger) -> Fault {
        match self {
            Self::Failed(message) => Fault::new(
                FaultKind::UserLambdaValidation,
                format!("{trigger} failed with error {message}."),
            ),
            Self::Unreachable(why) => Fault::new(
                FaultKind::UnexpectedLambda,
                format!("{trigger} invocation failed due to error {why}."),
            ),
            Self::Garbage(_) => Fault::new(
                FaultKind::InvalidLambdaResponse,
                format!("{trigger}: Unrecognizable lambda output"),
            ),
        }
    }
}

/// What a function that fails leaves behind (Lambda Developer Guide, "Function errors").
#[derive(Debug, Deserialize)]
struct FunctionError {
    #[serde(rename = "errorMessage")]
    message: String,
}

/// What a failed function says.
fn message_of(payload: &[u8]) -> Option<String> {
    serde_json::from_slice::<FunctionError>(payload)
        .ok()
        .map(|error| error.message)
}

impl Functions {
    /// Functions that have `timeout` to answer, retries included.
    pub fn new(aws: &aws_config::SdkConfig, timeout: Duration) -> Self {
        let config = aws_sdk_lambda::config::Builder::from(aws)
            .retry_config(RetryConfig::disabled())
            // The owner of the stack says how long triggers may take.
            .timeout_config(TimeoutConfig::disabled())
            .build();
        Self {
            lambda: aws_sdk_lambda::Client::from_conf(config),
            timeout,
        }
    }

    /// Invokes the function of an ARN and returns what it answers.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn invoke(&self, arn: &str, payload: &[u8], key: &str) -> Result<Vec<u8>, Failure> {
        let context = base64(client_context(key).to_string().as_bytes());
        tokio::time::timeout(self.timeout, self.attempts(arn, payload, &context))
            .await
            .unwrap_or_else(|_| {
                Err(Failure::Unreachable(
                    "Socket timeout while invoking Lambda function".to_owned(),
                ))
            })
    }

    async fn attempts(&self, arn: &str, payload: &[u8], context: &str) -> Result<Vec<u8>, Failure> {
        let mut wait = FIRST_WAIT;
        for _ in 1..ATTEMPTS {
            match self.attempt(arn, payload, context).await {
                Err(error) if did_not_run(&error) => {
                    tokio::time::sleep(wait).await;
                    wait *= 2;
                }
                other => return read(other),
            }
        }
        read(self.attempt(arn, payload, context).await)
    }

    async fn attempt(
        &self,
        arn: &str,
        payload: &[u8],
        context: &str,
    ) -> Result<InvokeOutput, SdkError<InvokeError>> {
        self.lambda
            .invoke()
            .function_name(arn)
            .payload(Blob::new(payload))
            .client_context(context)
            .send()
            .await
    }
}

/// The client context: every member that any runtime's parser wants to find.
fn client_context(key: &str) -> Value {
    json!({
        "client": {
            "installation_id": "",
            "app_title": "gatehouse",
            "app_version_name": "",
            "app_version_code": "",
            "app_package_name": ""
        },
        "custom": { IDEMPOTENCY_KEY: key },
        "env": {}
    })
}

/// Whether an error says that the function did not run and that another attempt may go better.
fn did_not_run(error: &SdkError<InvokeError>) -> bool {
    if error.code().is_some_and(|code| NOT_RUN.contains(&code)) {
        return true;
    }
    let SdkError::DispatchFailure(failure) = error else {
        return false;
    };
    let mut cause = failure
        .as_connector_error()
        .and_then(|error| std::error::Error::source(error));
    while let Some(error) = cause {
        if error
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Both forms of a function error count: Lambda's, 200 with `X-Amz-Function-Error`, and its emulators', 500 with the
/// error as the body.
fn read(output: Result<InvokeOutput, SdkError<InvokeError>>) -> Result<Vec<u8>, Failure> {
    match output {
        Ok(output) => {
            let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
            match output.function_error {
                None => Ok(payload),
                Some(kind) => Err(Failure::Failed(message_of(&payload).unwrap_or(kind))),
            }
        }
        Err(error) => {
            let said = error
                .raw_response()
                .filter(|response| response.status().as_u16() == 500)
                .and_then(|response| response.body().bytes())
                .and_then(message_of);
            match said {
                Some(message) => Err(Failure::Failed(message)),
                None => Err(Failure::Unreachable(
                    error.code().unwrap_or("no answer").to_owned(),
                )),
            }
        }
    }
}

/// The `response` of the event that a function answers.
///
/// # Errors
/// [`Failure::Garbage`] for everything that is not an event with a `response` of this form.
pub fn response_of<A: DeserializeOwned>(answer: &[u8]) -> Result<A, Failure> {
    #[derive(Deserialize)]
    struct Answered<A> {
        response: A,
    }
    // What does not parse is not repeated: it may hold what only the function should know.
    serde_json::from_slice::<Answered<A>>(answer)
        .map(|answered| answered.response)
        .map_err(|error| Failure::Garbage(format!("{:?} at column {}", error.classify(), error.column())))
}

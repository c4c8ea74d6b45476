//! `POST /`: takes what AWS SDKs send to an endpoint and invokes the function that serves the operation.
//!
//! The event goes through byte for byte, with its path, headers, source address and signature, and so does the
//! answer: one hop, nothing rewritten.

use std::collections::HashMap;

use aws_sdk_lambda::error::ProvideErrorMetadata as _;
use aws_sdk_lambda::primitives::Blob;
use gatehouse::ambient::{SystemEntropy, random_uuid};
use gatehouse::api::front::{Door, Event};
use gatehouse::api::response;
use gatehouse::app::Settings;
use gatehouse::{Fault, observe, store};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, Response};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    observe::start();
    let aws = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let lambda = aws_sdk_lambda::Client::new(&aws);
    let settings = Settings::from_env();
    lambda_runtime::run(service_fn(|event: LambdaEvent<Box<RawValue>>| {
        let (lambda, settings) = (&lambda, &settings);
        async move {
            let LambdaEvent { payload, context } = event;
            let handling = handle(lambda, settings, payload);
            observe::request(Some(&context), &context.request_id, observe::function(), handling).await
        }
    }))
    .await
}

async fn handle(
    lambda: &aws_sdk_lambda::Client,
    settings: &Settings,
    event: Box<RawValue>,
) -> Result<Box<RawValue>, Error> {
    let parsed: Event<'_> = serde_json::from_str(event.get())?;
    let refused = |fault: &Fault| {
        http(&response::failure(
            fault,
            &random_uuid(&SystemEntropy).to_string(),
        ))
    };
    match parsed.door() {
        Door::Function(entry) => match invoke(lambda, &settings.lambda_name(entry.function), &event).await {
            Ok(answer) => Ok(answer),
            Err(fault) => refused(&fault),
        },
        Door::Refused(fault) => refused(&fault),
        Door::Preflight => http(&response::preflight(&headers(&parsed.headers))),
        Door::NotFound => http(&response::no_such_path()),
    }
}

/// Invokes a function with the event as it came. Both Lambda's form of a function error and that of its emulators
/// count as one.
async fn invoke(
    lambda: &aws_sdk_lambda::Client,
    function: &str,
    event: &RawValue,
) -> Result<Box<RawValue>, Fault> {
    let output = lambda
        .invoke()
        .function_name(function)
        .payload(Blob::new(event.get().as_bytes()))
        .send()
        .await
        .map_err(|error| match error.code() {
            Some("TooManyRequestsException" | "ServiceException") => store::rate_exceeded(),
            code => Fault::internal(format!("invoking {function}: {}", code.unwrap_or("no answer"))),
        })?;
    if let Some(error) = output.function_error() {
        return Err(Fault::internal(format!("{function} failed: {error}")));
    }
    let payload = output
        .payload
        .unwrap_or_else(|| Blob::new(Vec::new()))
        .into_inner();
    serde_json::from_slice(&payload)
        .map_err(|error| Fault::internal(format!("{function} answered no JSON: {error}")))
}

fn headers(given: &HashMap<String, String>) -> HeaderMap {
    given
        .iter()
        .filter_map(|(name, value)| {
            Some((
                name.parse::<HeaderName>().ok()?,
                HeaderValue::from_str(value).ok()?,
            ))
        })
        .collect()
}

/// An answer in the form that API Gateway takes (payload 2.0).
fn http(response: &Response<lambda_http::Body>) -> Result<Box<RawValue>, Error> {
    let headers: HashMap<_, _> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())))
        .collect();
    let body = String::from_utf8_lossy(response.body());
    Ok(to_raw_value(&json!({
        "statusCode": response.status().as_u16(),
        "headers": headers,
        "body": body,
        "isBase64Encoded": false,
        "cookies": [],
    }))?)
}

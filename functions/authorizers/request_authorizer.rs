//! Lambda authorizer of REST APIs, of type REQUEST: the event carries all headers.

use std::collections::HashMap;

use gatehouse::App;
use gatehouse::authorizer::rules::Rules;
use gatehouse::authorizer::{check, rest, serve};
use lambda_runtime::Error;
use serde::Deserialize;
use serde_json::Value;

/// What API Gateway sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    method_arn: String,
    #[serde(default)]
    headers: Option<HashMap<String, String>>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(authorize).await
}

async fn authorize(app: &App, rules: &Rules, event: Event) -> Result<Value, Error> {
    let headers = event.headers.unwrap_or_default();
    let token = check::header(&headers);
    match check::token(app, rules, token).await? {
        Some(claims) => Ok(rest::answer(rules, &claims, &event.method_arn)?),
        // API Gateway takes this very word for 401.
        None => Err("Unauthorized".into()),
    }
}

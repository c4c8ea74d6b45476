//! Lambda authorizer of REST APIs, of type TOKEN: the event carries the value of one header.

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
    authorization_token: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(authorize).await
}

async fn authorize(app: &App, rules: &Rules, event: Event) -> Result<Value, Error> {
    match check::token(app, rules, &event.authorization_token).await? {
        Some(claims) => Ok(rest::answer(rules, &claims, &event.method_arn)?),
        // API Gateway takes this very word for 401.
        None => Err("Unauthorized".into()),
    }
}

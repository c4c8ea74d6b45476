//! Lambda authorizer of REST APIs, of type REQUEST: the event carries all headers.

use std::collections::HashMap;

use gatehouse::App;
use gatehouse::authorizer::rules::Rules;
use gatehouse::authorizer::{check, rest};
use lambda_runtime::{Error, LambdaEvent, service_fn};
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
    lambda_http::tracing::init_default_subscriber();
    let app = App::from_env().await;
    let rules = Rules::parse(&app.settings.authorizer)?;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Event>| {
        authorize(&app, &rules, event.payload)
    }))
    .await
}

async fn authorize(app: &App, rules: &Rules, event: Event) -> Result<Value, Error> {
    let headers = event.headers.unwrap_or_default();
    let header = headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let token = header.map(|(_, value)| value.as_str()).unwrap_or_default();
    match check::token(app, rules, token).await? {
        Some(claims) => Ok(rest::answer(rules, &claims, &event.method_arn)?),
        // API Gateway takes this very word for 401.
        None => Err("Unauthorized".into()),
    }
}

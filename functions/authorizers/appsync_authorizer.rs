//! Lambda authorizer of `AppSync`: whether the token is let in, and which fields of the schema it does not see.
//!
//! The rule `*` is for all; a rule for `<type>.<field>` closes that field for tokens that do not satisfy it.

use gatehouse::App;
use gatehouse::authorizer::rules::Rules;
use gatehouse::authorizer::{check, serve};
use lambda_runtime::Error;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What `AppSync` sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(default)]
    authorization_token: String,
}

/// Whom a rule with this pattern is about: every request.
const ALL: &str = "*";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(authorize).await
}

async fn authorize(app: &App, rules: &Rules, event: Event) -> Result<Value, Error> {
    let claims = check::token(app, rules, &event.authorization_token).await?;
    let Some(claims) = claims.filter(|claims| rules.allow(ALL, claims)) else {
        return Ok(json!({ "isAuthorized": false }));
    };
    Ok(json!({
        "isAuthorized": true,
        "resolverContext": check::context(&claims),
        "deniedFields": denied(rules, &claims),
    }))
}

/// Fields whose rules the token does not satisfy.
fn denied<'a>(rules: &'a Rules, claims: &Map<String, Value>) -> Vec<&'a str> {
    rules
        .of_fields()
        .filter(|rule| !rule.is_satisfied(claims))
        .map(|rule| rule.pattern.as_str())
        .collect()
}

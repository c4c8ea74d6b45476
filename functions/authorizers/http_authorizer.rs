//! Lambda authorizer of HTTP APIs (payload 2.0) that gives the simple answer.
//!
//! API Gateway may keep the answer for other routes with the same identity sources. Unless the route is one of them
//! (`$context.routeKey`), the answer is yes only for a token that satisfies every rule.

use std::collections::HashMap;

use gatehouse::App;
use gatehouse::authorizer::rules::Rules;
use gatehouse::authorizer::{check, serve};
use lambda_runtime::Error;
use serde::Deserialize;
use serde_json::{Value, json};

/// What API Gateway sends.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    route_key: String,
    raw_path: String,
    #[serde(default)]
    identity_source: Option<Vec<String>>,
    #[serde(default)]
    headers: HashMap<String, String>,
    request_context: RequestContext,
}

#[derive(Debug, Deserialize)]
struct RequestContext {
    http: Http,
    #[serde(default)]
    stage: String,
}

#[derive(Debug, Deserialize)]
struct Http {
    method: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(authorize).await
}

async fn authorize(app: &App, rules: &Rules, event: Event) -> Result<Value, Error> {
    let token = check::header(&event.headers);
    let Some(claims) = check::token(app, rules, token).await? else {
        return Ok(json!({ "isAuthorized": false }));
    };
    let sources = event.identity_source.unwrap_or_default();
    let for_this_route = sources.contains(&event.route_key);
    // Behind a stage other than $default the path begins with the stage.
    let stage = format!("/{}", event.request_context.stage);
    let path = event
        .raw_path
        .strip_prefix(&stage)
        .filter(|rest| rest.starts_with('/'));
    let path = path.unwrap_or(&event.raw_path);
    let target = format!("{} {path}", event.request_context.http.method);
    let authorized = rules.allow(&target, &claims) && (for_this_route || rules.allow_all(&claims));
    if !authorized {
        return Ok(json!({ "isAuthorized": false }));
    }
    Ok(json!({ "isAuthorized": true, "context": check::context(&claims) }))
}

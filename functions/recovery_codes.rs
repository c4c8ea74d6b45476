//! `POST /recovery-codes`: ten new recovery codes for the signed-in user, shown once, in the place of the older ones.
//! Gatehouse's own; the access token comes as `Authorization: Bearer`. `GET /recovery-codes` tells how many are left.

use gatehouse::api::response;
use gatehouse::auth::bearer::authenticate;
use gatehouse::directory::{mfa, recovery_codes};
use gatehouse::http::serve;
use gatehouse::{App, Fault};
use gatehouse_model::Sensitive;
use lambda_http::http::{Method, Response};
use lambda_http::{Body, Error, Request};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(async |web, request| answer(&web.app, &request).await).await
}

async fn answer(app: &App, request: &Request) -> Response<Body> {
    let answered = match *request.method() {
        Method::OPTIONS => return response::preflight(request.headers()),
        Method::POST => replace(app, request).await,
        Method::GET => count(app, request).await,
        _ => return response::no_such_path(),
    };
    match answered {
        Ok(body) => response::success(&body, ""),
        Err(fault) => response::failure(&fault, ""),
    }
}

/// The token of RFC 6750 section 2.1.
fn token(request: &Request) -> Result<Sensitive, Fault> {
    request
        .headers()
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| Sensitive::from(token.trim()))
        .ok_or_else(|| Fault::not_authorized("Missing access token"))
}

async fn replace(app: &App, request: &Request) -> Result<Value, Fault> {
    let now = app.now();
    let bearer = authenticate(app, Some(&token(request)?), now).await?;
    let (shown, stored) = recovery_codes::generate(app, &bearer.open, &bearer.user).await?;
    let mut after = bearer.user.clone();
    after.recovery_codes = stored;
    mfa::replace(app, &bearer.open, &bearer.user, after, now).await?;
    let shown: Vec<_> = shown.iter().map(Sensitive::expose).collect();
    Ok(json!({ "RecoveryCodes": shown }))
}

async fn count(app: &App, request: &Request) -> Result<Value, Fault> {
    let bearer = authenticate(app, Some(&token(request)?), app.now()).await?;
    Ok(json!({ "Left": bearer.user.recovery_codes.len() }))
}

//! `POST /oauth2/par` (RFC 9126): a client sends its authorization request here and gives the browser a reference to it.

use gatehouse::domain::oauth_options::Feature;
use gatehouse::http::{Form, Web, serve};
use gatehouse::oauth::authorization::{Authorization, Refused};
use gatehouse::oauth::error::{Code, OauthError, json, preflight};
use gatehouse::oauth::{client_auth, pushed};
use lambda_http::http::{Method, Response};
use lambda_http::{Body, Error, Request};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(answer).await
}

async fn answer(web: Web, request: Request) -> Response<Body> {
    match *request.method() {
        Method::OPTIONS => preflight("POST"),
        Method::POST => match respond(&web, &request).await {
            Ok(reference) => json(201, &reference),
            Err(error) => error.to_response(),
        },
        _ => OauthError::invalid_request("The endpoint for pushed requests takes POST").to_response(),
    }
}

async fn respond(web: &Web, request: &Request) -> Result<Value, OauthError> {
    let app = &web.app;
    let form = Form::of_body(request)?;
    let pool = app.pool_of_host(request.headers()).await?;
    let (open, client) = client_auth::authenticate(app, pool.as_deref(), request.headers(), &form).await?;
    if !open.pool.oauth.of(client.id()).has(Feature::Pushed) {
        return Err(OauthError::new(
            Code::UnauthorizedClient,
            "The client may not push requests",
        ));
    }
    if form.get("request_uri").is_some() {
        return Err(OauthError::invalid_request("request_uri can not be pushed"));
    }
    let form = match form.get("client_id") {
        Some(_) => form,
        None => form.and("client_id", client.id().as_str()),
    };
    Authorization::parse_pushed(app, pool.as_deref(), &form)
        .await
        .map_err(|refused| match refused {
            Refused::User(error) => error,
            Refused::Client(told) => told.1,
        })?;
    Ok(json!({
        "request_uri": pushed::push(app, &open, &client, &form).await?,
        "expires_in": pushed::SECONDS,
    }))
}

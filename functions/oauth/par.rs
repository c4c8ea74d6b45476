//! `POST /oauth2/par` (RFC 9126): a client sends its authorization request here and gives the browser a reference to it.

use gatehouse::domain::oauth_options::Feature;
use gatehouse::http::{Web, serve};
use gatehouse::oauth::authorization::{Authorization, Refused};
use gatehouse::oauth::endpoint::{self, Posted};
use gatehouse::oauth::error::{Code, OauthError, json};
use gatehouse::oauth::pushed;
use lambda_http::http::Response;
use lambda_http::{Body, Error, Request};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(answer).await
}

async fn answer(web: Web, request: Request) -> Response<Body> {
    let responding = respond(&web, &request);
    endpoint::post(request.method(), "The endpoint for pushed requests", responding).await
}

async fn respond(web: &Web, request: &Request) -> Result<Response<Body>, OauthError> {
    let app = &web.app;
    let Posted {
        form,
        of_host,
        open,
        client,
    } = Posted::read(web, request).await?;
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
    Authorization::parse_pushed(app, of_host.as_deref(), &form)
        .await
        .map_err(|refused| match refused {
            Refused::User(error) => error,
            Refused::Client(told) => told.1,
        })?;
    let reference = json!({
        "request_uri": pushed::push(app, &open, &client, &form).await?,
        "expires_in": pushed::SECONDS,
    });
    Ok(json(201, &reference))
}

//! `POST /oauth2/device_authorization` (RFC 8628 section 3.1): a device asks for a code that it shows to its user.

use gatehouse::App;
use gatehouse::domain::oauth_options::Feature;
use gatehouse::http::{Web, form, serve};
use gatehouse::oauth::device::{self, INTERVAL, PAGE, SECONDS};
use gatehouse::oauth::endpoint::{self, Posted};
use gatehouse::oauth::error::{Code, OauthError, json};
use gatehouse::oauth::redirect;
use gatehouse::oauth::scopes;
use gatehouse_model::Sensitive;
use lambda_http::http::{HeaderMap, Response};
use lambda_http::{Body, Error, Request};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(answer).await
}

async fn answer(web: Web, request: Request) -> Response<Body> {
    let responding = respond(&web, &request);
    endpoint::post(request.method(), "The endpoint for devices", responding).await
}

async fn respond(web: &Web, request: &Request) -> Result<Response<Body>, OauthError> {
    let app = &web.app;
    let Posted {
        form,
        of_host,
        open,
        client,
    } = Posted::read(web, request).await?;
    let is_allowed = open.pool.oauth.of(client.id()).has(Feature::DeviceCode);
    if !is_allowed || client.document.allowed_oauth_flows_user_pool_client != Some(true) {
        return Err(OauthError::new(
            Code::UnauthorizedClient,
            "The client may not sign in devices",
        ));
    }
    let asked = scopes::asked(&form)?;
    let scopes = scopes::granted_to_user(app, &open, &client, asked.as_ref())
        .await?
        .ok_or_else(|| OauthError::new(Code::InvalidScope, "The client may not have this scope"))?;
    let resource = redirect::resource(&form)?;
    let codes = device::begin(app, &open, &client, (scopes.to_string(), resource), web.now).await?;
    let page = format!("{}{PAGE}", site(app, of_host.is_some(), request.headers()));
    let shown = codes.user.to_string();
    // The client too, so that the page looks like the client's own from the beginning.
    let filled_in = form::query([("user_code", shown.as_str()), ("client_id", client.id().as_str())]);
    Ok(json(
        200,
        &json!({
            "device_code": Sensitive::expose(&codes.device),
            "user_code": shown,
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?{filled_in}"),
            "expires_in": SECONDS,
            "interval": INTERVAL,
        }),
    ))
}

/// Where the pages are: at the pool's domain where that was asked, else where all pools are.
fn site(app: &App, is_domain: bool, headers: &HeaderMap) -> String {
    let base = &app.settings.issuer_base;
    let host = headers.get("host").and_then(|host| host.to_str().ok());
    match (host, base.split_once("://")) {
        (Some(host), Some((scheme, _))) if is_domain => format!("{scheme}://{host}"),
        _ => base.clone(),
    }
}

//! `POST /oauth2/revoke` (RFC 7009): ends the session of a refresh token, and with it its access tokens here.

use gatehouse::http::{Form, Web, serve};
use gatehouse::oauth::client_auth;
use gatehouse::oauth::error::{Code, OauthError, preflight};
use gatehouse::tokens::refresh::RefreshToken;
use gatehouse_model::Sensitive;
use lambda_http::http::{Method, Response};
use lambda_http::{Body, Error, Request};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(answer).await
}

async fn answer(web: Web, request: Request) -> Response<Body> {
    match *request.method() {
        Method::OPTIONS => preflight("POST"),
        Method::POST => match respond(&web, &request).await {
            Ok(()) => gatehouse::oauth::error::empty(),
            Err(error) => error.to_response(),
        },
        _ => OauthError::invalid_request("The revocation endpoint takes POST").to_response(),
    }
}

async fn respond(web: &Web, request: &Request) -> Result<(), OauthError> {
    let app = &web.app;
    let form = Form::of_body(request)?;
    let pool = app.pool_of_host(request.headers()).await?;
    let (open, client) = client_auth::authenticate(app, pool.as_deref(), request.headers(), &form).await?;
    let token = form
        .get("token")
        .ok_or_else(|| OauthError::invalid_request("token is missing"))?;
    if !client.revocation {
        return Err(OauthError::new(
            Code::InvalidRequest,
            "Token revocation is not enabled for the client",
        ));
    }
    if is_jwt(token) {
        // An access token cannot be revoked by itself; its session is by the refresh token.
        return Err(OauthError::new(
            Code::UnsupportedTokenType,
            "Only refresh tokens can be revoked",
        ));
    }
    let key = app.data_key(&open).await?;
    // A token that is none is as good as revoked (RFC 7009 section 2.2).
    if let Some(token) = RefreshToken::open(&key, client.id(), &Sensitive::from(token)) {
        app.store
            .revoke_session(open.pool.id(), &token.user, &token.session)
            .await?;
    }
    Ok(())
}

fn is_jwt(token: &str) -> bool {
    token.starts_with("ey") && token.split('.').count() == 3
}

//! `POST /oauth2/revoke` (RFC 7009): ends the session of a refresh token, and with it its access tokens here.

use gatehouse::http::{Web, serve};
use gatehouse::oauth::endpoint::{self, Posted};
use gatehouse::oauth::error::{Code, OauthError, empty};
use gatehouse::tokens::refresh::RefreshToken;
use gatehouse_model::Sensitive;
use lambda_http::http::Response;
use lambda_http::{Body, Error, Request};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(answer).await
}

async fn answer(web: Web, request: Request) -> Response<Body> {
    let responding = respond(&web, &request);
    endpoint::post(request.method(), "The revocation endpoint", responding).await
}

async fn respond(web: &Web, request: &Request) -> Result<Response<Body>, OauthError> {
    let app = &web.app;
    let Posted {
        form, open, client, ..
    } = Posted::read(web, request).await?;
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
    Ok(empty())
}

fn is_jwt(token: &str) -> bool {
    token.starts_with("ey") && token.split('.').count() == 3
}

//! `/oauth2/userInfo` (OpenID Connect Core section 5.3): the user's attributes, as far as the token's scopes go.

use gatehouse::auth::bearer;
use gatehouse::domain::oauth_options::Feature;
use gatehouse::http::{self, Form, Web, serve};
use gatehouse::oauth::dpop::{self, Proven};
use gatehouse::oauth::error::{Code, OauthError, json, preflight};
use gatehouse::oauth::once;
use gatehouse::oauth::scopes::Scopes;
use gatehouse::tokens::claims::attribute;
use gatehouse::{Fault, fault::FaultKind};
use gatehouse_model::Sensitive;
use lambda_http::http::{Method, Response};
use lambda_http::{Body, Error, Request, RequestExt as _};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(answer).await
}

async fn answer(web: Web, request: Request) -> Response<Body> {
    if request.method() == Method::OPTIONS {
        return preflight("GET, POST");
    }
    match respond(&web, &request).await {
        Ok(claims) => json(200, &claims),
        Err(error) if wants_proof(&request) => error.to_dpop_response(),
        Err(error) => error.to_bearer_response(),
    }
}

async fn respond(web: &Web, request: &Request) -> Result<Value, OauthError> {
    let token = token(request)?;
    let proven = Proven {
        method: request.method().as_str(),
        host: web.app.issuer_host(),
        path: request.raw_http_path(),
        token: Some(token.expose()),
        now: web.now,
    };
    let proof = dpop::prove(request.headers(), proven)?;
    let key = proof.as_ref().map(|proof| proof.thumbprint.as_str());
    let bearer = bearer::authenticate_for(&web.app, Some(&token), ("openid", key), web.now)
        .await
        .map_err(refused)?;
    let id = bearer.token.client_id.to_string();
    let once = proof.as_ref().map(|proof| proof.once.clone());
    let (accepted, found) = tokio::join!(
        once::accept(&web.app, once.as_slice()),
        web.app.client_named(Some(&id))
    );
    accepted?;
    let (open, client) = found.map_err(refused)?;

    let standard = open.pool.oauth.of(client.id()).has(Feature::StandardClaims);
    let scopes = Scopes::parse(&bearer.token.scope).unwrap_or_default();
    let mut claims = json!({ "sub": bearer.user.sub, "username": bearer.user.username });
    for (name, value) in &bearer.user.attributes {
        if client.may_read(name) && scopes.show(name) {
            // In Cognito all of them are text here, `email_verified` too.
            claims[name] = if standard {
                attribute(name, value)
            } else {
                json!(value)
            };
        }
    }
    Ok(claims)
}

/// Whether a request shows its token as one that is bound to a key.
fn wants_proof(request: &Request) -> bool {
    let scheme = request.headers().get("authorization");
    let scheme = scheme.and_then(|header| header.to_str().ok()?.split(' ').next());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("dpop")) || request.headers().contains_key("dpop")
}

/// The access token, in the header or, with POST, in the form (RFC 6750 section 2).
fn token(request: &Request) -> Result<Sensitive, OauthError> {
    let header = http::authorization(request.headers())
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("dpop"))
        .map(|(_, token)| Sensitive::from(token));
    let form = match *request.method() {
        Method::POST => Form::of_body(request).ok(),
        _ => None,
    };
    let in_form = form
        .as_ref()
        .and_then(|form| form.get("access_token"))
        .map(Sensitive::from);
    match (header, in_form) {
        (Some(_), Some(_)) => Err(OauthError::invalid_request("The token is given twice")),
        (Some(token), None) | (None, Some(token)) => Ok(token),
        (None, None) => Err(OauthError::new(Code::InvalidToken, "There is no access token")),
    }
}

fn refused(fault: Fault) -> OauthError {
    match fault.kind() {
        _ if fault.is_inconclusive() => fault.into(),
        FaultKind::NotAuthorized if fault.message().contains("required scopes") => {
            OauthError::new(Code::InsufficientScope, "The token needs the scope openid")
        }
        _ => OauthError::new(
            Code::InvalidToken,
            "The access token is expired, disabled, or deleted, or the user has globally signed out",
        ),
    }
}

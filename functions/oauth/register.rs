//! `POST /oauth2/register` (RFC 7591): an application becomes a client by itself, as far as the pool's owner lets it.

use gatehouse::Fault;
use gatehouse::app::OpenPool;
use gatehouse::directory::client_settings;
use gatehouse::domain::ids::{ClientId, PoolId};
use gatehouse::domain::registration::{Allowance, MOST_REGISTERED};
use gatehouse::fault::FaultKind;
use gatehouse::http::{self, Form, Web, serve};
use gatehouse::oauth::error::{Code, OauthError, json, preflight};
use gatehouse::oauth::registration::{self, Metadata};
use gatehouse::oauth::scopes::{REGISTER, Scopes};
use gatehouse::tokens::keys::Use;
use gatehouse::tokens::verify;
use gatehouse_model::Sensitive;
use lambda_http::http::{HeaderMap, Method, Response};
use lambda_http::{Body, Error, Request};
use serde_json::{Map, Value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(answer).await
}

async fn answer(web: Web, request: Request) -> Response<Body> {
    match *request.method() {
        Method::OPTIONS => preflight("POST"),
        Method::POST => match respond(&web, &request).await {
            Ok(registered) => json(201, &registered),
            Err(error) => error.to_bearer_response(),
        },
        _ => OauthError::wants_post("The registration endpoint").to_response(),
    }
}

async fn respond(web: &Web, request: &Request) -> Result<Value, OauthError> {
    let token = bearer(request.headers());
    let pool = pool_asked(web, request, token.as_ref()).await?;
    let open = web.app.fresh_pool(&pool).await;
    let open = open.map_err(|fault| unless_missing(fault, no_pool))?;
    let allowance = match &token {
        Some(token) => with_token(web, &open, token).await?,
        None => open.pool.registration.open.as_ref().ok_or_else(no_token)?,
    };
    let metadata = Metadata::parse(request.body())?;
    let wanted = registration::to_request(&metadata, allowance, &pool)?;
    let id = ClientId::generate(&*web.app.entropy);
    let context = web.context(request);
    let client = client_settings::create(&context, &open, id, wanted, MOST_REGISTERED)
        .await
        .map_err(registration::refusal)?;
    Ok(registration::shown(&client, &metadata, web.now))
}

/// What is told where something does not exist; other faults are our own.
fn unless_missing(fault: Fault, missing: fn() -> OauthError) -> OauthError {
    match fault.kind() {
        FaultKind::ResourceNotFound => missing(),
        _ => fault.into(),
    }
}

fn no_token() -> OauthError {
    OauthError::new(Code::InvalidToken, "Registration needs an initial access token")
}

fn invalid() -> OauthError {
    OauthError::new(Code::InvalidToken, "The initial access token is not valid")
}

fn no_pool() -> OauthError {
    OauthError::invalid_request("There is no such user pool")
}

fn bearer(headers: &HeaderMap) -> Option<Sensitive> {
    let (scheme, token) = http::authorization(headers)?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| Sensitive::from(token))
}

/// The pool that a request is for: that of the domain it was sent to, of the address that the pool's metadata names, or
/// of the token. They must not contradict each other.
async fn pool_asked(web: &Web, request: &Request, token: Option<&Sensitive>) -> Result<PoolId, OauthError> {
    let query = Form::of_query(request)?;
    let named = query.get("user_pool_id").map(str::parse::<PoolId>);
    let named = named.transpose().map_err(|_| no_pool())?;
    let of_host = web.app.pool_of_host(request.headers()).await?;
    let of_host = of_host.map(|open| open.pool.id().clone());
    if named.is_some() && of_host.is_some() && named != of_host {
        return Err(no_pool());
    }
    let asked = of_host.or(named);
    let Some(token) = token else {
        return asked.ok_or_else(no_token);
    };
    let claimed = verify::claimed_pool(token.expose(), &web.app.settings.issuer_base);
    claimed
        .ok()
        .filter(|claimed| asked.as_ref().is_none_or(|asked| asked == claimed))
        .ok_or_else(invalid)
}

/// What the holder of an initial access token may register: a token of a client itself, which still is one of the pool
/// and still may have the scope.
async fn with_token<'a>(
    web: &Web,
    open: &'a OpenPool,
    token: &Sensitive,
) -> Result<&'a Allowance, OauthError> {
    let base = &web.app.settings.issuer_base;
    let claims = verify::claims(token.expose(), &open.pool, Use::Access, base, web.now);
    let claims = claims.map_err(|_| invalid())?;
    let text = |name| claim(&claims, name);
    // A token of a user says who that is; one that is bound to a key opens nothing by itself.
    if text("username").is_some() || claims.contains_key("cnf") {
        return Err(invalid());
    }
    let client = text("client_id").and_then(|id| id.parse::<ClientId>().ok());
    let client = web.app.client(&client.ok_or_else(invalid)?).await;
    let (_, client) = client.map_err(|fault| unless_missing(fault, invalid))?;
    let scopes = text("scope").and_then(Scopes::parse).unwrap_or_default();
    let mut allowed = client.document.allowed_oauth_scopes.iter().flatten();
    if !scopes.has(REGISTER) || !allowed.any(|scope| scope == REGISTER) {
        return Err(OauthError::new(
            Code::InsufficientScope,
            format!("The token needs the scope {REGISTER}"),
        ));
    }
    let allowance = open.pool.registration.authenticated.as_ref();
    allowance.ok_or_else(|| OauthError::new(Code::AccessDenied, "The pool takes no registrations"))
}

fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name)?.as_str()
}

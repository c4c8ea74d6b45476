//! `POST /oauth2/token` (RFC 6749 section 3.2): tokens for a code, a device code, a refresh token or the
//! client itself.

mod client_credentials;
mod code;
mod device;
mod refresh;
mod session;
mod token_exchange;

use gatehouse::App;
use gatehouse::app::OpenPool;
use gatehouse::domain::client::Client;
use gatehouse::domain::oauth_options::Feature;
use gatehouse::http::{Form, Web, serve};
use gatehouse::oauth::device::GRANT as DEVICE_GRANT;
use gatehouse::oauth::dpop::{self, Proof, Proven};
use gatehouse::oauth::endpoint::{self, Posted};
use gatehouse::oauth::error::{Code, OauthError, json};
use gatehouse::oauth::once::{self, Once};
use gatehouse::tokens::claims::scope_of;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::AuthenticationResultType;
use lambda_http::http::Response;
use lambda_http::{Body, Error, Request, RequestExt as _};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(answer).await
}

async fn answer(web: Web, request: Request) -> Response<Body> {
    let responding = respond(&web, &request);
    endpoint::post(request.method(), "The token endpoint", responding).await
}

async fn respond(web: &Web, request: &Request) -> Result<Response<Body>, OauthError> {
    let (posted, assertion) = Posted::read_unaccepted(web, request).await?;
    let Posted {
        form, open, client, ..
    } = posted;
    if client.document.allowed_oauth_flows_user_pool_client != Some(true) {
        return Err(OauthError::new(
            Code::UnauthorizedClient,
            "The client may not use OAuth 2.0",
        ));
    }
    let proof = proof(web, request, &open, &client)?;
    let shown = Shown {
        bound_key: proof.as_ref().map(|proof| proof.thumbprint.clone()),
        once: assertion
            .into_iter()
            .chain(proof.map(|proof| proof.once))
            .collect(),
    };
    let sign_in = web.sign_in(request, open, client);
    let tokens = match form.get("grant_type") {
        Some("authorization_code") => code::redeem(&sign_in, &form, shown).await,
        Some("refresh_token") => refresh::renew(&sign_in, &form, shown).await,
        Some("client_credentials") => client_credentials::issue(&sign_in, &form, shown).await,
        Some(DEVICE_GRANT) => device::redeem(&sign_in, &form, shown).await,
        Some(token_exchange::GRANT) => token_exchange::exchange(&sign_in, &form, shown).await,
        Some(_) => Err(OauthError::new(
            Code::UnsupportedGrantType,
            "The grant type is not supported",
        )),
        None => Err(OauthError::invalid_request("grant_type is missing")),
    };
    Ok(json(200, &tokens?))
}

/// What a request has shown besides its grant.
struct Shown {
    /// The thumbprint of the key that the tokens are to be bound to.
    bound_key: Option<String>,
    /// What is still to be accepted: the client's assertion, the proof of the key.
    once: Vec<Once>,
}

impl Shown {
    /// Accepts it, for this request alone. To be awaited before anything is done that lasts, beside what is only read.
    async fn accept(&self, app: &App) -> Result<(), OauthError> {
        once::accept(app, &self.once).await
    }
}

/// The proof of the key that the tokens are to be bound to (RFC 9449 section 5), where the client may have such.
fn proof(
    web: &Web,
    request: &Request,
    open: &OpenPool,
    client: &Client,
) -> Result<Option<Proof>, OauthError> {
    let options = open.pool.oauth.of(client.id());
    if !options.has(Feature::Dpop) {
        return Ok(None);
    }
    let proven = Proven {
        method: "POST",
        host: web.app.issuer_host(),
        path: request.raw_http_path(),
        token: None,
        now: web.now,
    };
    let proof = dpop::prove(request.headers(), proven)?;
    if proof.is_none() && options.has(Feature::OnlyDpop) {
        return Err(OauthError::new(Code::InvalidDpopProof, "There is no DPoP proof"));
    }
    Ok(proof)
}

/// A parameter that a grant cannot do without.
fn required<'a>(form: &'a Form, name: &'static str) -> Result<&'a str, OauthError> {
    form.get(name)
        .ok_or_else(|| OauthError::invalid_request(format!("{name} is missing")))
}

/// Tokens as RFC 6749 section 5.1 shows them, with the scope that the access token has in the end.
fn shown(tokens: &AuthenticationResultType) -> Value {
    let mut answer = json!({ "token_type": tokens.token_type, "expires_in": tokens.expires_in });
    for (name, token) in [
        ("access_token", &tokens.access_token),
        ("id_token", &tokens.id_token),
        ("refresh_token", &tokens.refresh_token),
    ] {
        if let Some(token) = token {
            answer[name] = json!(Sensitive::expose(token));
        }
    }
    if let Some(token) = &tokens.access_token {
        answer["scope"] = json!(scope_of(token.expose()));
    }
    answer
}

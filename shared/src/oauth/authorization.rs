//! An authorization request (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.1), parsed once, and where its
//! answer goes.

use std::collections::BTreeSet;
use std::sync::Arc;

use gatehouse_model::user_pool::OAuthFlowType;

use super::device;
use super::error::{Code, OauthError};
use super::pushed;
use super::redirect;
use super::scopes::{self, Scopes};
use crate::App;
use crate::app::OpenPool;
use crate::domain::client::Client;
use crate::domain::factors::Level;
use crate::http::{Form, form};

/// Parameters that the sign-in pages pass on to each other, so that the request survives them.
pub const CARRIED: [&str; 21] = [
    "acr_values",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "identity_provider",
    "idp_identifier",
    "lang",
    "login_hint",
    "logout_uri",
    "max_age",
    "nonce",
    "prompt",
    "redirect_uri",
    "request_uri",
    "resource",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
];

/// The longest `nonce`, in bytes: it becomes part of a token.
const LONGEST_NONCE: usize = 1024;

/// What the client wants back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseType {
    /// A code.
    Code,
    /// The tokens themselves (implicit grant): whether an access token, and whether an ID token.
    Implicit {
        /// `token`.
        access: bool,
        /// `id_token`; with Cognito's plain `token` also where `openid` is asked for.
        id: bool,
    },
    /// Nothing: the browser is not where the tokens go (RFC 8628).
    Device,
}

/// What the client says about asking the user (OpenID Connect Core section 3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prompt {
    /// Ask only if it is necessary.
    #[default]
    Needed,
    /// Never ask.
    None,
    /// Have the user sign in, whoever is signed in.
    Login,
    /// Have the user choose who to be.
    Select,
}

/// Where the answer to a request goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The redirect URI, registered by the client.
    pub uri: String,
    /// The answer is in the fragment, not in the query.
    pub fragment: bool,
    /// `state`, given back as it came.
    pub state: Option<String>,
    /// Who answers (RFC 9207).
    pub issuer: String,
}

impl Target {
    /// The redirect URI with an answer.
    pub fn with<'a>(&'a self, parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
        let state = self.state.as_deref().map(|state| ("state", state));
        let own = state.into_iter().chain([("iss", self.issuer.as_str())]);
        let answer = form::query(parameters.into_iter().chain(own));
        let separator = match (self.fragment, self.uri.contains('?')) {
            (true, _) => '#',
            (false, true) => '&',
            (false, false) => '?',
        };
        format!("{}{separator}{answer}", self.uri)
    }

    /// The redirect URI with an error.
    pub fn with_error(&self, error: &OauthError) -> String {
        self.with([
            ("error", error.code.as_str()),
            ("error_description", error.description.as_ref()),
        ])
    }
}

/// Why a request is not answered with what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The client or its redirect URI is not known for sure: the user is told, and nobody else (RFC 6749 section
    /// 4.1.2.1).
    User(OauthError),
    /// The client is told.
    Client(Box<(Target, OauthError)>),
}

/// A request that may be answered.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// The client's pool.
    pub open: Arc<OpenPool>,
    /// The client.
    pub client: Arc<Client>,
    /// Where the answer goes.
    pub target: Target,
    /// `redirect_uri`, where it was given: a code is redeemed with the same text.
    pub redirect_uri: Option<String>,
    /// What the client wants back.
    pub response: ResponseType,
    /// What it may have.
    pub scopes: Scopes,
    /// What ties an ID token to the request.
    pub nonce: Option<String>,
    /// PKCE (RFC 7636): base64url(SHA-256(verifier)).
    pub challenge: Option<String>,
    /// Whether to ask the user.
    pub prompt: Prompt,
    /// Seconds that the sign-in may be old.
    pub max_age: Option<i64>,
    /// The levels of authentication that the client wants (`acr_values`), the most wanted first; `None` where it wants
    /// none that the pool knows.
    pub levels: Option<Vec<Level>>,
    /// Who will sign in, as far as the client knows.
    pub login_hint: Option<String>,
    /// The API that the access token is for (RFC 8707).
    pub resource: Option<String>,
    /// The thumbprint of the key that will redeem the code.
    pub bound_key: Option<String>,
    /// What a device waits for.
    pub device: Option<device::Request>,
    /// The external provider to sign in with.
    pub identity_provider: Option<String>,
    /// The request again, as a query string.
    pub query: String,
}

impl Authorization {
    /// Reads and checks a request. `pool` is the one whose domain was asked, if any.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn parse(app: &App, pool: Option<&OpenPool>, parameters: &Form) -> Result<Self, Refused> {
        let (open, client) = client(app, pool, parameters).await.map_err(Refused::User)?;
        if let (Some(text), None) = (parameters.get(device::PARAMETER), parameters.get("response_type")) {
            return Self::of_device(app, (open, client), text, parameters)
                .await
                .map_err(Refused::User);
        }
        let pushed = pushed::resolve(app, &open, &client, parameters)
            .await
            .map_err(Refused::User)?;
        let query = match &pushed {
            Some(_) => pushed::carried(parameters),
            None => parameters.query_of(&CARRIED),
        };
        Self::check(app, (open, client), pushed.as_ref().unwrap_or(parameters), query).await
    }

    /// Reads and checks a request that the client itself has sent.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn parse_pushed(
        app: &App,
        pool: Option<&OpenPool>,
        parameters: &Form,
    ) -> Result<Self, Refused> {
        let known = client(app, pool, parameters).await.map_err(Refused::User)?;
        Self::check(app, known, parameters, String::new()).await
    }

    /// The request of a device whose user has entered its code: the answer is a page of ours.
    async fn of_device(
        app: &App,
        (open, client): (Arc<OpenPool>, Arc<Client>),
        text: &str,
        parameters: &Form,
    ) -> Result<Self, OauthError> {
        let asked = device::Request::open(app, &open, client.id(), text)
            .await?
            .ok_or_else(|| OauthError::invalid_request("device_request is not this client's"))?;
        let issuer = open.pool.issuer(&app.settings.issuer_base);
        Ok(Self {
            target: Target {
                uri: device::PAGE.to_owned(),
                fragment: false,
                state: None,
                issuer,
            },
            redirect_uri: None,
            response: ResponseType::Device,
            scopes: Scopes::parse(&asked.scope).unwrap_or_default(),
            nonce: None,
            challenge: None,
            prompt: Prompt::Needed,
            max_age: None,
            levels: None,
            login_hint: None,
            resource: asked.resource.clone(),
            bound_key: None,
            device: Some(asked),
            identity_provider: None,
            query: parameters.query_of(&["client_id", device::PARAMETER, "lang", "ui_locales"]),
            open,
            client,
        })
    }

    async fn check(
        app: &App,
        (open, client): (Arc<OpenPool>, Arc<Client>),
        parameters: &Form,
        query: String,
    ) -> Result<Self, Refused> {
        let redirect_uri = parameters.get("redirect_uri");
        let uri = registered(&client, redirect_uri).map_err(Refused::User)?;
        let wanted = parameters.get("response_type").map(response_type);
        let target = Target {
            uri,
            // An error goes where the answer would have gone.
            fragment: matches!(wanted, Some(Some(ResponseType::Implicit { .. })))
                || parameters.get("response_mode") == Some("fragment"),
            state: parameters.get("state").map(str::to_owned),
            issuer: open.pool.issuer(&app.settings.issuer_base),
        };
        let refuse = |code, description: &'static str| {
            Refused::Client(Box::new((target.clone(), OauthError::new(code, description))))
        };

        let response = allowed_response(&client, parameters, wanted)
            .map_err(|(code, description)| refuse(code, description))?;
        let refused = |error: OauthError| Refused::Client(Box::new((target.clone(), error)));
        let asked = scopes::asked(parameters).map_err(refused)?;
        let scopes = scopes::granted_to_user(app, &open, &client, asked.as_ref())
            .await
            .map_err(|fault| refused(fault.into()))?
            .ok_or_else(|| refuse(Code::InvalidScope, "The client may not have this scope"))?;
        let nonce = parameters.get("nonce").map(str::to_owned);
        if nonce.as_ref().is_some_and(|nonce| nonce.len() > LONGEST_NONCE) {
            return Err(refuse(Code::InvalidRequest, "nonce is too long"));
        }
        if let ResponseType::Implicit { id: true, .. } = response {
            if !scopes.has("openid") {
                return Err(refuse(Code::InvalidScope, "An ID token needs the scope openid"));
            }
            if nonce.is_none() {
                return Err(refuse(Code::InvalidRequest, "nonce is missing"));
            }
        }
        let resource = redirect::resource(parameters).map_err(refused)?;
        let max_age = match parameters.get("max_age").map(str::parse::<u32>) {
            None => None,
            Some(Ok(seconds)) => Some(i64::from(seconds)),
            Some(Err(_)) => return Err(refuse(Code::InvalidRequest, "max_age is not a number of seconds")),
        };
        let levels = parameters
            .get("acr_values")
            .map(|names| open.pool.levels_named(names));
        let levels = levels.filter(|levels| !levels.is_empty());
        let challenge =
            challenge(parameters).map_err(|description| refuse(Code::InvalidRequest, description))?;
        let prompt = prompt(parameters.get("prompt"))
            .map_err(|description| refuse(Code::InvalidRequest, description))?;
        let provider = parameters
            .get("identity_provider")
            .or_else(|| parameters.get("idp_identifier"))
            .filter(|provider| *provider != "COGNITO");

        Ok(Self {
            open,
            target,
            redirect_uri: redirect_uri.map(str::to_owned),
            response,
            scopes,
            nonce,
            challenge,
            prompt,
            max_age,
            levels,
            login_hint: parameters.get("login_hint").map(str::to_owned),
            resource,
            bound_key: parameters.get("dpop_jkt").map(str::to_owned),
            device: None,
            identity_provider: provider.map(str::to_owned),
            query,
            client,
        })
    }
}

/// The client of a request to a page, in the pool whose domain was asked, if any.
///
/// # Errors
/// `invalid_request` where it is missing, `invalid_client` where there is none.
pub async fn client(
    app: &App,
    pool: Option<&OpenPool>,
    parameters: &Form,
) -> Result<(Arc<OpenPool>, Arc<Client>), OauthError> {
    let id = parameters
        .get("client_id")
        .ok_or_else(|| OauthError::invalid_request("client_id is missing"))?;
    let (open, client) = app
        .client_named(Some(&id.to_owned()))
        .await
        .map_err(unknown_client)?;
    if pool.is_some_and(|pool| pool.pool.id() != open.pool.id()) {
        return Err(no_such_client());
    }
    Ok((open, client))
}

/// `invalid_client`, for an id that no client of this place has.
pub fn no_such_client() -> OauthError {
    OauthError::new(Code::InvalidClient, "There is no such client")
}

/// What failed when a client was read: that there is none, or something else.
pub fn unknown_client(fault: crate::Fault) -> OauthError {
    if fault.kind() == crate::fault::FaultKind::ResourceNotFound {
        no_such_client()
    } else {
        fault.into()
    }
}

/// The redirect URI of a request: the given one if it is registered, to the letter; the client's default if none is
/// given.
fn registered(client: &Client, given: Option<&str>) -> Result<String, OauthError> {
    let callbacks = client.document.callback_urls.as_deref().unwrap_or_default();
    match given {
        Some(uri) if callbacks.iter().any(|callback| callback == uri) => Ok(uri.to_owned()),
        Some(_) => Err(OauthError::invalid_request(
            "redirect_uri is not registered for the client",
        )),
        None => client
            .document
            .default_redirect_uri
            .clone()
            .ok_or_else(|| OauthError::invalid_request("redirect_uri is missing")),
    }
}

/// The response type of a text; the order of words does not matter (OAuth 2.0 Multiple Response Types).
fn response_type(text: &str) -> Option<ResponseType> {
    let words: BTreeSet<_> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let words: Vec<_> = words.into_iter().collect();
    match words.as_slice() {
        ["code"] => Some(ResponseType::Code),
        ["token"] => Some(ResponseType::Implicit {
            access: true,
            id: false,
        }),
        ["id_token"] => Some(ResponseType::Implicit {
            access: false,
            id: true,
        }),
        ["id_token", "token"] => Some(ResponseType::Implicit {
            access: true,
            id: true,
        }),
        _ => None,
    }
}

/// The response type of a request, if the client may have it this way.
#[expect(clippy::option_option, reason = "absent, unknown and known are three things")]
fn allowed_response(
    client: &Client,
    parameters: &Form,
    wanted: Option<Option<ResponseType>>,
) -> Result<ResponseType, (Code, &'static str)> {
    let response = wanted
        .ok_or((Code::InvalidRequest, "response_type is missing"))?
        .ok_or((
            Code::UnsupportedResponseType,
            "The response type is not supported",
        ))?;
    let flow = match response {
        ResponseType::Code => OAuthFlowType::Code,
        ResponseType::Implicit { .. } => OAuthFlowType::Implicit,
        ResponseType::Device => {
            return Err((
                Code::UnsupportedResponseType,
                "The response type is not supported",
            ));
        }
    };
    let flows = client.document.allowed_oauth_flows.as_deref().unwrap_or_default();
    if client.document.allowed_oauth_flows_user_pool_client != Some(true) || !flows.contains(&flow) {
        return Err((
            Code::UnauthorizedClient,
            "The client may not use this response type",
        ));
    }
    match (parameters.get("response_mode"), response) {
        (None | Some("fragment"), _) | (Some("query"), ResponseType::Code) => {}
        _ => {
            return Err((
                Code::InvalidRequest,
                "The response_mode is not supported for this response type",
            ));
        }
    }
    for (name, code) in [
        ("request", Code::RequestNotSupported),
        ("request_uri", Code::RequestUriNotSupported),
    ] {
        if parameters.get(name).is_some() {
            return Err((code, "Request objects are not supported"));
        }
    }
    Ok(response)
}

/// The PKCE challenge (RFC 7636 section 4.3). `plain` protects nothing and is refused.
fn challenge(parameters: &Form) -> Result<Option<String>, &'static str> {
    let method = parameters.get("code_challenge_method");
    let Some(challenge) = parameters.get("code_challenge") else {
        return match method {
            None => Ok(None),
            Some(_) => Err("code_challenge is missing"),
        };
    };
    if method != Some("S256") {
        return Err("code_challenge_method must be S256");
    }
    let is_digest = crate::crypto::from_base64url(challenge).is_some_and(|bytes| bytes.len() == 32);
    is_digest
        .then(|| Some(challenge.to_owned()))
        .ok_or("code_challenge is not a SHA-256 digest in base64url")
}

fn prompt(text: Option<&str>) -> Result<Prompt, &'static str> {
    let words: BTreeSet<_> = text
        .unwrap_or_default()
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect();
    if words.contains("none") {
        return if words.len() == 1 {
            Ok(Prompt::None)
        } else {
            Err("prompt none goes with nothing else")
        };
    }
    if let Some(_unknown) = words
        .iter()
        .find(|word| !matches!(**word, "login" | "consent" | "select_account" | "create"))
    {
        return Err("prompt has an unknown value");
    }
    Ok(if words.contains("login") {
        Prompt::Login
    } else if words.contains("select_account") || words.contains("consent") {
        Prompt::Select
    } else {
        Prompt::Needed
    })
}

#[cfg(test)]
mod tests;

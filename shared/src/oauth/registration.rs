//! What applications say about themselves when they register (RFC 7591 section 2), and the client that it makes of them.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{
    CreateUserPoolClientRequest, ExplicitAuthFlowsType, OAuthFlowType, PreventUserExistenceErrorTypes,
    operations,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::error::{Code, OauthError};
use super::redirect;
use super::scopes::{Scopes, is_custom};
use crate::domain::client::Client;
use crate::domain::ids::PoolId;
use crate::domain::registration::Allowance;
use crate::fault::FaultKind;
use crate::{Fault, Timestamp};

/// Redirect URIs that a client has at most.
const MOST_URIS: usize = 100;
/// The largest body that is read, in bytes: room for as many URIs as there may be.
const LARGEST_BODY: usize = 256 * 1024;
/// What a client is called that does not say.
const UNNAMED: &str = "registered";

/// What an application says about itself. What is not read here is ignored, as the RFC wants it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Metadata {
    #[serde(default)]
    client_name: Option<String>,
    #[serde(default)]
    redirect_uris: Option<Vec<String>>,
    #[serde(default)]
    post_logout_redirect_uris: Option<Vec<String>>,
    #[serde(default)]
    token_endpoint_auth_method: Option<String>,
    #[serde(default)]
    grant_types: Option<Vec<String>>,
    #[serde(default)]
    response_types: Option<Vec<String>>,
    #[serde(default)]
    scope: Option<String>,
}

fn refused(why: &'static str) -> OauthError {
    OauthError::new(Code::InvalidClientMetadata, why)
}

fn bad_uri(why: &'static str) -> OauthError {
    OauthError::new(Code::InvalidRedirectUri, why)
}

/// What the application is told when the client that it asked for cannot be made.
pub fn refusal(fault: Fault) -> OauthError {
    match fault.kind() {
        FaultKind::InvalidParameter | FaultKind::ScopeDoesNotExist | FaultKind::InvalidOAuthFlow => {
            OauthError::new(Code::InvalidClientMetadata, printable(fault.message()))
        }
        FaultKind::LimitExceeded => {
            OauthError::new(Code::AccessDenied, "The pool has as many clients as it may have")
        }
        _ => fault.into(),
    }
}

/// A text as descriptions of errors may have it (RFC 6749 section 5.2).
fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| (c.is_ascii_graphic() || *c == ' ') && !matches!(c, '"' | '\\'))
        .collect()
}

impl Metadata {
    /// Reads a request's body.
    ///
    /// # Errors
    /// `invalid_client_metadata`.
    pub fn parse(body: &[u8]) -> Result<Self, OauthError> {
        if body.len() > LARGEST_BODY {
            return Err(refused("The metadata is too long"));
        }
        let malformed = |_| refused("The metadata is malformed");
        // An object: serde would take an array for one as well.
        let members: Map<String, Value> = serde_json::from_slice(body).map_err(malformed)?;
        serde_json::from_value(Value::Object(members)).map_err(malformed)
    }

    fn uris(&self) -> &[String] {
        self.redirect_uris.as_deref().unwrap_or_default()
    }

    fn logout_uris(&self) -> &[String] {
        self.post_logout_redirect_uris.as_deref().unwrap_or_default()
    }

    /// Whether it is for tokens of its own, not for those of users; an error where it is for neither.
    fn is_machine(&self) -> Result<bool, OauthError> {
        let Some(grants) = &self.grant_types else {
            return Ok(false);
        };
        let has = |grant: &str| grants.iter().any(|own| own == grant);
        let of_users = |grant: &String| matches!(grant.as_str(), "authorization_code" | "refresh_token");
        match () {
            () if grants.len() == 1 && has("client_credentials") => Ok(true),
            () if has("authorization_code") && grants.iter().all(of_users) => Ok(false),
            () => Err(refused("The grant types are not supported, or not together")),
        }
    }

    fn method(&self) -> &str {
        self.token_endpoint_auth_method
            .as_deref()
            .unwrap_or("client_secret_basic")
    }
}

/// The client that an application asks for, of the pool and within what it may be.
///
/// # Errors
/// `invalid_client_metadata`, `invalid_redirect_uri`.
pub fn to_request(
    metadata: &Metadata,
    allowance: &Allowance,
    pool: &PoolId,
) -> Result<CreateUserPoolClientRequest, OauthError> {
    let machine = metadata.is_machine()?;
    if !(if machine {
        allowance.machines
    } else {
        allowance.codes
    }) {
        return Err(refused("The pool takes no registrations for this grant type"));
    }
    let responses = metadata.response_types.as_deref();
    if responses.is_some_and(|types| types.iter().any(|kind| kind != "code") || types.is_empty() != machine) {
        return Err(refused("The response types do not fit the grant types"));
    }
    let secret = match metadata.method() {
        "client_secret_basic" | "client_secret_post" => true,
        "none" if !machine => false,
        _ => return Err(refused("The token_endpoint_auth_method is not supported")),
    };
    check_uris(metadata, machine)?;
    let scopes = scopes(metadata, allowance, machine)?;
    let some = |uris: &[String]| (!uris.is_empty()).then(|| uris.to_vec());
    let flow = if machine {
        OAuthFlowType::ClientCredentials
    } else {
        OAuthFlowType::Code
    };
    let request = CreateUserPoolClientRequest {
        user_pool_id: Some(pool.to_string()),
        client_name: Some(name(metadata.client_name.as_deref())),
        generate_secret: Some(secret),
        callback_urls: some(metadata.uris()),
        logout_urls: some(metadata.logout_uris()),
        supported_identity_providers: Some(vec!["COGNITO".to_owned()]),
        allowed_oauth_flows: Some(vec![flow]),
        allowed_oauth_flows_user_pool_client: Some(true),
        allowed_oauth_scopes: Some(scopes.iter().map(str::to_owned).collect()),
        // Users sign in on the pages: the client never sees a password, nor who has an account.
        explicit_auth_flows: Some(vec![ExplicitAuthFlowsType::AllowRefreshTokenAuth]),
        prevent_user_existence_errors: Some(PreventUserExistenceErrorTypes::Enabled),
        ..CreateUserPoolClientRequest::default()
    };
    check_limits(&request)?;
    Ok(request)
}

/// The limits that the API has for each member: lengths, counts, patterns.
fn check_limits(request: &CreateUserPoolClientRequest) -> Result<(), OauthError> {
    let text = serde_json::to_vec(request).map_err(|error| OauthError::from(Fault::internal(error)))?;
    gatehouse_model::decode::<operations::CreateUserPoolClient>(&text)
        .map(|_| ())
        .map_err(|error| OauthError::new(Code::InvalidClientMetadata, printable(&error.to_string())))
}

fn check_uris(metadata: &Metadata, machine: bool) -> Result<(), OauthError> {
    if metadata.uris().is_empty() != machine {
        return Err(bad_uri(
            "redirect_uris has to have members for codes, and for nothing else",
        ));
    }
    if metadata.uris().len() > MOST_URIS || metadata.logout_uris().len() > MOST_URIS {
        return Err(bad_uri("There are more than 100 redirect URIs"));
    }
    // They are compared as they are: who writes a star expects something else of it.
    let is_good = |uri: &String| !uri.contains('*') && redirect::is_acceptable(uri);
    let mut all = metadata.uris().iter().chain(metadata.logout_uris());
    if all.all(is_good) {
        return Ok(());
    }
    Err(bad_uri("A redirect URI is not one that a client may have"))
}

fn scopes(metadata: &Metadata, allowance: &Allowance, machine: bool) -> Result<Scopes, OauthError> {
    let scopes = match &metadata.scope {
        Some(text) => Scopes::parse(text).unwrap_or_default(),
        None if machine => Scopes::default(),
        None => Allowance::usual_scopes().into_iter().collect(),
    };
    let fits = |scope: &str| allowance.has(scope) && (!machine || is_custom(scope));
    if scopes.is_empty() || !scopes.iter().all(fits) {
        return Err(refused(
            "scope is missing, malformed, or more than a client may have",
        ));
    }
    Ok(scopes)
}

/// The name as the API would take it (`ClientNameType`): what else it has is left out.
fn name(given: Option<&str>) -> String {
    let kept: String = given
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "_ +=,.@-".contains(*c))
        .take(128)
        .collect();
    if kept.trim().is_empty() {
        UNNAMED.to_owned()
    } else {
        kept
    }
}

/// What the application is told (RFC 7591 section 3.2.1).
pub fn shown(client: &Client, metadata: &Metadata, now: Timestamp) -> Value {
    let document = &client.document;
    let scopes = document.allowed_oauth_scopes.as_deref().unwrap_or_default();
    let mut told = json!({
        "client_id": client.id(),
        "client_id_issued_at": now.seconds(),
        "client_name": document.client_name,
        "token_endpoint_auth_method": metadata.method(),
        "scope": scopes.join(" "),
        "grant_types": ["client_credentials"],
        "response_types": [],
    });
    if let Some(secret) = client.secrets.last() {
        told["client_secret"] = json!(Sensitive::expose(secret));
        told["client_secret_expires_at"] = json!(0);
    }
    if let Some(uris) = &document.callback_urls {
        told["redirect_uris"] = json!(uris);
        told["grant_types"] = json!(["authorization_code", "refresh_token"]);
        told["response_types"] = json!(["code"]);
    }
    if let Some(uris) = &document.logout_urls {
        told["post_logout_redirect_uris"] = json!(uris);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::registration::Registration;
    use gatehouse_model::user_pool::DcrConfigurationType;
    use proptest::prelude::*;

    /// What may be registered by default with a token, or by strangers.
    fn allowance(trusted: bool) -> Allowance {
        let read = Registration::of_document(Some(&DcrConfigurationType {
            open_dcr_enabled: Some(true),
            allowed_scopes: Some(vec!["orders/read".to_owned()]),
            ..DcrConfigurationType::default()
        }));
        if trusted { read.authenticated } else { read.open }.unwrap()
    }

    fn told(text: &str, trusted: bool) -> Result<CreateUserPoolClientRequest, Code> {
        let pool: PoolId = "eu-west-1_abcdef123".parse().unwrap();
        Metadata::parse(text.as_bytes())
            .and_then(|metadata| to_request(&metadata, &allowance(trusted), &pool))
            .map_err(|error| error.code)
    }

    fn with(more: &str) -> String {
        format!(r#"{{"redirect_uris": ["https://a.example/"]{more}}}"#)
    }

    #[test]
    fn an_application_becomes_a_client_that_signs_in_on_the_pages() {
        let made = told(
            r#"{"redirect_uris": ["https://app.example/cb"], "client_name": "<b>App</b>", "jwks": {}}"#,
            false,
        )
        .unwrap();
        assert_eq!(made.client_name.as_deref(), Some("bAppb"));
        assert_eq!(made.generate_secret, Some(true));
        assert_eq!(made.allowed_oauth_scopes.map(|scopes| scopes.len()), Some(4));
        assert_eq!(made.allowed_oauth_flows, Some(vec![OAuthFlowType::Code]));
        assert_eq!(
            made.explicit_auth_flows,
            Some(vec![ExplicitAuthFlowsType::AllowRefreshTokenAuth])
        );
        let public = told(&with(r#", "token_endpoint_auth_method": "none""#), false).unwrap();
        assert_eq!(public.generate_secret, Some(false));
    }

    #[test]
    fn machines_register_where_they_may_for_scopes_that_they_name() {
        let machine = r#"{"grant_types": ["client_credentials"], "scope": "orders/read"}"#;
        let made = told(machine, true).unwrap();
        assert_eq!(
            made.allowed_oauth_flows,
            Some(vec![OAuthFlowType::ClientCredentials])
        );
        assert_eq!((made.generate_secret, made.callback_urls), (Some(true), None));
        assert_eq!(told(machine, false), Err(Code::InvalidClientMetadata));
        for bad in [
            r#"{"grant_types": ["client_credentials"]}"#,
            r#"{"grant_types": ["client_credentials"], "scope": "openid"}"#,
            r#"{"grant_types": ["client_credentials"], "scope": "orders/write"}"#,
            r#"{"grant_types": ["client_credentials"], "scope": "orders/read", "token_endpoint_auth_method": "none"}"#,
            r#"{"grant_types": ["client_credentials"], "scope": "orders/read", "response_types": ["code"]}"#,
        ] {
            assert_eq!(told(bad, true), Err(Code::InvalidClientMetadata), "{bad}");
        }
    }

    #[test]
    fn a_redirect_uri_leads_where_it_says() {
        for uri in [
            "http://app.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://app.example/#fragment",
            "https://*.app.example/",
            "https://app.example/*",
            "https://user@app.example/",
            "/callback",
            "",
        ] {
            let (at_start, at_end) = (
                format!(r#"{{"redirect_uris": ["https://a.example/", "{uri}"]}}"#),
                with(&format!(r#", "post_logout_redirect_uris": ["{uri}"]"#)),
            );
            assert_eq!(told(&at_start, true), Err(Code::InvalidRedirectUri), "{uri}");
            assert_eq!(told(&at_end, true), Err(Code::InvalidRedirectUri), "{uri}");
        }
        let many = vec!["https://a.example/"; MOST_URIS + 1];
        let many = json!({ "redirect_uris": many }).to_string();
        assert_eq!(told(&many, true), Err(Code::InvalidRedirectUri));
        let long = format!("https://a.example/{}", "a".repeat(1024));
        let long = json!({ "redirect_uris": [long] }).to_string();
        assert_eq!(told(&long, true), Err(Code::InvalidClientMetadata));
        let huge = "x".repeat(LARGEST_BODY + 1);
        assert_eq!(told(&huge, true), Err(Code::InvalidClientMetadata));
        assert_eq!(told("{}", true), Err(Code::InvalidRedirectUri));
    }

    #[test]
    fn what_no_client_may_have_is_refused() {
        for text in [
            "nonsense",
            "[]",
            "7",
            r#"{"redirect_uris": "https://a.example/"}"#,
        ] {
            assert_eq!(told(text, true), Err(Code::InvalidClientMetadata), "{text}");
        }
        for more in [
            r#", "grant_types": ["implicit"]"#,
            r#", "grant_types": ["password"]"#,
            r#", "grant_types": ["refresh_token"]"#,
            r#", "grant_types": []"#,
            r#", "grant_types": ["authorization_code", "client_credentials"]"#,
            r#", "response_types": ["token"]"#,
            r#", "response_types": []"#,
            r#", "token_endpoint_auth_method": "private_key_jwt""#,
            r#", "token_endpoint_auth_method": "tls_client_auth""#,
            r#", "scope": "aws.cognito.signin.user.admin""#,
            r#", "scope": "aws.cognito/dcr/register""#,
            r#", "scope": "orders/write""#,
            r#", "scope": "open\"id""#,
            r#", "scope": """#,
        ] {
            assert_eq!(
                told(&with(more), true),
                Err(Code::InvalidClientMetadata),
                "{more}"
            );
        }
        assert!(told(&with(r#", "scope": "openid orders/read""#), false).is_ok());
    }

    proptest! {
        #[test]
        fn any_body_is_read_or_not_and_never_panics(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let pool: PoolId = "eu-west-1_abcdef123".parse().unwrap();
            let _ = Metadata::parse(&body).and_then(|metadata| to_request(&metadata, &allowance(false), &pool));
        }
    }
}

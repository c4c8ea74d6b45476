//! How a client proves at the token endpoint that it is itself (RFC 6749 section 2.3).

use std::sync::Arc;

use gatehouse_model::Sensitive;
use lambda_http::http::HeaderMap;
use percent_encoding::percent_decode_str;

use super::authorization::{no_such_client, unknown_client};
use super::client_assertion;
use super::error::{Code, OauthError};
use super::once::Once;
use crate::App;
use crate::app::OpenPool;
use crate::crypto::from_base64;
use crate::domain::client::Client;
use crate::http::Form;

/// What a request says about its client.
#[derive(Debug)]
struct Claimed {
    id: String,
    secret: Option<Sensitive>,
    assertion: Option<Sensitive>,
    /// It came in header `Authorization`.
    basic: bool,
}

/// The client of a request, which has shown its secret if it has one: `client_secret_basic`, `client_secret_post` or
/// `none`; one that publishes its keys, by `private_key_jwt` and nothing else: then what it has shown is still to be
/// accepted, once. `pool` is the one whose domain was asked, if any.
///
/// # Errors
/// `invalid_client`; `invalid_request` where the client authenticates in two ways.
pub async fn authenticate(
    app: &App,
    pool: Option<&OpenPool>,
    headers: &HeaderMap,
    form: &Form,
) -> Result<(Arc<OpenPool>, Arc<Client>, Option<Once>), OauthError> {
    let claimed = claimed(headers, form)?;
    let fail = |error: OauthError| {
        let challenged = claimed.basic && error.code == Code::InvalidClient;
        error.challenged(challenged)
    };
    let (open, client) = app
        .client_named(Some(&claimed.id))
        .await
        .map_err(|fault| fail(unknown_client(fault)))?;
    if pool.is_some_and(|pool| pool.pool.id() != open.pool.id()) {
        return Err(fail(no_such_client()));
    }
    if let Some(jwks_uri) = open.pool.oauth.of(client.id()).jwks_uri {
        let assertion = claimed.assertion.as_ref().map(Sensitive::expose);
        let assertion = assertion.ok_or_else(|| {
            fail(OauthError::new(
                Code::InvalidClient,
                "The client has to sign a client assertion",
            ))
        })?;
        let once = client_assertion::verify(app, (&open, &client), &jwks_uri, assertion).await?;
        return Ok((open, client, Some(once)));
    }
    if claimed.assertion.is_some() {
        return Err(OauthError::new(
            Code::InvalidClient,
            "The client has no keys to sign a client assertion with",
        ));
    }
    client.check_secret(claimed.secret.as_ref()).map_err(|_| {
        fail(OauthError::new(
            Code::InvalidClient,
            "The client secret is missing or wrong",
        ))
    })?;
    Ok((open, client, None))
}

fn claimed(headers: &HeaderMap, form: &Form) -> Result<Claimed, OauthError> {
    let id = form.get("client_id");
    let secret = form.get("client_secret");
    if let Some(assertion) = form.get("client_assertion") {
        return asserted(headers, form, assertion);
    }
    let Some(header) = headers.get("authorization") else {
        return Ok(Claimed {
            id: id
                .ok_or_else(|| OauthError::new(Code::InvalidClient, "client_id is missing"))?
                .to_owned(),
            secret: secret.map(Sensitive::from),
            assertion: None,
            basic: false,
        });
    };
    let (basic_id, basic_secret) =
        header.to_str().ok().and_then(basic).ok_or_else(|| {
            OauthError::new(Code::InvalidClient, "Authorization is malformed").challenged(true)
        })?;
    if secret.is_some() {
        return Err(OauthError::invalid_request(
            "The client authenticates in two ways",
        ));
    }
    if id.is_some_and(|id| id != basic_id) {
        return Err(OauthError::invalid_request(
            "client_id is another one than in Authorization",
        ));
    }
    Ok(Claimed {
        id: basic_id,
        secret: Some(basic_secret),
        assertion: None,
        basic: true,
    })
}

/// A client that brings an assertion; the parameter `client_id` may be left out (RFC 7521 section 4.2).
fn asserted(headers: &HeaderMap, form: &Form, assertion: &str) -> Result<Claimed, OauthError> {
    if form.get("client_assertion_type") != Some(client_assertion::TYPE) {
        return Err(OauthError::invalid_request(
            "client_assertion_type is missing or not supported",
        ));
    }
    if headers.contains_key("authorization") || form.get("client_secret").is_some() {
        return Err(OauthError::invalid_request(
            "The client authenticates in two ways",
        ));
    }
    let id = form
        .get("client_id")
        .map(str::to_owned)
        .or_else(|| client_assertion::claimed_client(assertion))
        .ok_or_else(|| OauthError::new(Code::InvalidClient, "The client assertion is not a JWT"))?;
    Ok(Claimed {
        id,
        secret: None,
        assertion: Some(Sensitive::from(assertion)),
        basic: false,
    })
}

/// Id and secret of a header `Basic …`, each percent-encoded by those who follow RFC 6749 to the letter.
fn basic(header: &str) -> Option<(String, Sensitive)> {
    let (scheme, credentials) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(from_base64(credentials.trim())?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(String::from);
    Some((decoded(id)?, Sensitive::from(decoded(secret)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::base64;
    use lambda_http::http::HeaderValue;
    use proptest::prelude::*;

    fn header(text: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_str(text).unwrap());
        headers
    }

    fn form(text: &str) -> Form {
        Form::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_client_names_itself_in_one_place() {
        let header = header(&format!("Basic {}", base64(b"app:s%2Bcret")));
        let found = claimed(&header, &form("client_id=app")).unwrap();
        assert_eq!(
            (found.id.as_str(), found.secret.unwrap().expose()),
            ("app", "s+cret")
        );
        for twice in ["client_secret=s", "client_id=other"] {
            assert_eq!(
                claimed(&header, &form(twice)).unwrap_err().code,
                Code::InvalidRequest,
                "{twice}"
            );
        }
        let found = claimed(&HeaderMap::new(), &form("client_id=app&client_secret=s")).unwrap();
        assert!(!found.basic && found.secret.is_some());
        assert_eq!(
            claimed(&HeaderMap::new(), &form("")).unwrap_err().code,
            Code::InvalidClient
        );
    }

    #[test]
    fn a_malformed_header_is_no_client() {
        for text in ["Basic", "Basic !", "Bearer x", "Basic YXBw"] {
            assert_eq!(
                claimed(&header(text), &form("client_id=app")).unwrap_err().code,
                Code::InvalidClient,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_header_reads_or_does_not_and_never_panics(text in ".{0,60}") {
            let _ = basic(&text);
            let _ = basic(&format!("Basic {}", base64(text.as_bytes())));
        }

        #[test]
        fn a_client_authenticates_in_one_way(
            names in prop::sample::subsequence(
                vec!["client_id", "client_secret", "client_assertion", "client_assertion_type"], 0..=4,
            ),
            value in "(app|x|e30\\.eyJzdWIiOiJhcHAifQ\\.e30|[^&=]{1,20})",
            credentials in prop::option::of("(app:s|app|:|%zz:x|.{0,20})"),
        ) {
            let mut headers = HeaderMap::new();
            if let Some(credentials) = &credentials {
                headers = header(&format!("Basic {}", base64(credentials.as_bytes())));
            }
            let given = |name: &'static str| match name {
                "client_assertion_type" => (name, client_assertion::TYPE),
                _ => (name, value.as_str()),
            };
            let text = crate::http::form::query(names.iter().map(|name| given(name)));
            if let Ok(claimed) = claimed(&headers, &form(&text)) {
                let ways = [credentials.is_some(), names.contains(&"client_secret"), names.contains(&"client_assertion")];
                prop_assert!(ways.into_iter().filter(|way| *way).count() <= 1);
                prop_assert_eq!(claimed.basic, credentials.is_some());
                prop_assert_eq!(claimed.secret.is_some(), ways[0] || ways[1]);
                prop_assert_eq!(claimed.assertion.is_some(), ways[2]);
            }
        }
    }
}

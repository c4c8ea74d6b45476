//! The errors of OAuth 2.0, and the table that maps them to HTTP. The API's own table is in `fault.rs`.

use std::borrow::Cow;

use lambda_http::Body;
use lambda_http::http::Response;
use serde_json::json;

use super::dpop;
use crate::fault::FaultKind;
use crate::http::{self, form::NoForm};
use crate::{Fault, observe};

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $name:literal, $status:literal;)*) => {
        /// What went wrong, by its registered name (IANA, OAuth Extensions Error Registry).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $code,)* }

        impl Code {
            /// Parameter or member `error`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$code => $name,)* }
            }

            /// HTTP status, where the client is answered directly.
            pub const fn status(self) -> u16 {
                match self { $(Self::$code => $status,)* }
            }
        }
    };
}

codes! {
    /// RFC 6749: a parameter is missing, malformed, or given twice.
    InvalidRequest = "invalid_request", 400;
    /// RFC 6749: the client is unknown or did not prove who it is.
    InvalidClient = "invalid_client", 400;
    /// RFC 6749: the code or token is not valid, or not this client's.
    InvalidGrant = "invalid_grant", 400;
    /// RFC 6749: the client may not do this.
    UnauthorizedClient = "unauthorized_client", 400;
    /// RFC 6749: no such grant.
    UnsupportedGrantType = "unsupported_grant_type", 400;
    /// RFC 6749: no such response type.
    UnsupportedResponseType = "unsupported_response_type", 400;
    /// RFC 6749: a scope that the client may not have.
    InvalidScope = "invalid_scope", 400;
    /// RFC 6749: the user said no.
    AccessDenied = "access_denied", 400;
    /// RFC 6749: our own failure; the details are in the log, never in the answer.
    ServerError = "server_error", 500;
    /// RFC 6749: try again in a moment.
    TemporarilyUnavailable = "temporarily_unavailable", 503;
    /// OpenID Connect Core: `prompt=none`, and the user would have to sign in.
    LoginRequired = "login_required", 400;
    /// OpenID Connect Core: `prompt=none`, and the user would have to choose.
    InteractionRequired = "interaction_required", 400;
    /// OpenID Connect Core: parameter `request`.
    RequestNotSupported = "request_not_supported", 400;
    /// OpenID Connect Core: parameter `request_uri`.
    RequestUriNotSupported = "request_uri_not_supported", 400;
    /// OpenID Connect Core, RFC 9126: the request that `request_uri` names cannot be had.
    InvalidRequestUri = "invalid_request_uri", 400;
    /// RFC 9449: the DPoP proof is not one for this request.
    InvalidDpopProof = "invalid_dpop_proof", 400;
    /// RFC 6750: the access token is not a valid one.
    InvalidToken = "invalid_token", 401;
    /// RFC 6750: the access token does not allow this.
    InsufficientScope = "insufficient_scope", 403;
    /// RFC 7009: this kind of token cannot be revoked.
    UnsupportedTokenType = "unsupported_token_type", 400;
    /// RFC 8707: the resource is not one that a token can be for.
    InvalidTarget = "invalid_target", 400;
    /// RFC 8628: the user has not decided yet.
    AuthorizationPending = "authorization_pending", 400;
    /// RFC 8628: the same, and the device asks too often.
    SlowDown = "slow_down", 400;
    /// RFC 8628: the user did not decide in time.
    ExpiredToken = "expired_token", 400;
    /// RFC 7591: a redirect URI that no client may have.
    InvalidRedirectUri = "invalid_redirect_uri", 400;
    /// RFC 7591: metadata that no client may have.
    InvalidClientMetadata = "invalid_client_metadata", 400;
}

/// An error that a client sees: a code and a description. Neither ever holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthError {
    /// What went wrong.
    pub code: Code,
    /// `error_description`, printable ASCII without `"` and `\` (RFC 6749 section 4.1.2.1).
    pub description: Cow<'static, str>,
    /// HTTP status, where the client is answered directly.
    status: u16,
    /// The client tried to authenticate in header `Authorization` and is told how (RFC 6749 section 5.2).
    challenged: bool,
}

impl OauthError {
    /// An error with its description.
    pub fn new(code: Code, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            description: description.into(),
            status: code.status(),
            challenged: false,
        }
    }

    /// `invalid_request`.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidRequest, description)
    }

    /// `invalid_request`, for a method that `endpoint` does not know (RFC 9126 section 2.3, RFC 9110 section 15.5.6).
    pub fn wants_post(endpoint: &str) -> Self {
        Self {
            status: 405,
            ..Self::invalid_request(format!("{endpoint} takes POST"))
        }
    }

    /// `invalid_grant`.
    pub fn invalid_grant(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidGrant, description)
    }

    /// The same error, for a client that used HTTP Basic.
    #[must_use]
    pub fn challenged(mut self, challenged: bool) -> Self {
        self.challenged = challenged;
        self
    }

    /// The answer to a client that is not a browser: JSON (RFC 6749 section 5.2).
    pub fn to_response(&self) -> Response<Body> {
        let body = json!({ "error": self.code.as_str(), "error_description": self.description });
        let mut headers = JSON_HEADERS.to_vec();
        let mut status = self.status;
        if self.challenged {
            status = 401;
            headers.push((
                "www-authenticate",
                "Basic realm=\"token endpoint\", charset=\"UTF-8\"",
            ));
        }
        if status == 405 {
            headers.push(("allow", "POST, OPTIONS"));
        }
        if self.code == Code::TemporarilyUnavailable {
            headers.push(("retry-after", "1"));
        }
        http::respond(status, &headers, body.to_string())
    }

    /// The answer to a bearer of an access token (RFC 6750 section 3).
    pub fn to_bearer_response(&self) -> Response<Body> {
        let challenge = matches!(self.code, Code::InvalidToken | Code::InsufficientScope).then_some("Bearer");
        self.to_challenge(self.status, challenge)
    }

    /// The answer to the holder of an access token that came with a proof of its key (RFC 9449 section 7.1).
    pub fn to_dpop_response(&self) -> Response<Body> {
        match self.code {
            Code::InvalidDpopProof => self.to_challenge(401, Some("DPoP")),
            Code::InvalidToken | Code::InsufficientScope => self.to_challenge(self.status, Some("DPoP")),
            _ => self.to_challenge(self.status, None),
        }
    }

    fn to_challenge(&self, status: u16, scheme: Option<&str>) -> Response<Body> {
        let (code, description) = (self.code.as_str(), &self.description);
        let body = json!({ "error": code, "error_description": description });
        let mut headers = JSON_HEADERS.to_vec();
        let algorithms = match scheme {
            Some("DPoP") => format!(", algs=\"{}\"", dpop::ALGORITHMS.join(" ")),
            _ => String::new(),
        };
        let challenge = scheme.map(|scheme| {
            format!("{scheme} error=\"{code}\", error_description=\"{description}\"{algorithms}")
        });
        if let Some(challenge) = &challenge {
            headers.push(("www-authenticate", challenge));
        }
        http::respond(status, &headers, body.to_string())
    }
}

/// Headers of every JSON answer. Applications in browsers call from their own origin; the endpoints take no cookie, so an
/// origin gains nothing by it.
const JSON_HEADERS: [(&str, &str); 6] = [
    ("content-type", "application/json;charset=UTF-8"),
    ("cache-control", "no-store"),
    ("pragma", "no-cache"),
    ("x-content-type-options", "nosniff"),
    ("access-control-allow-origin", "*"),
    ("access-control-expose-headers", "www-authenticate"),
];

/// A JSON answer that no cache keeps.
pub fn json(status: u16, body: &serde_json::Value) -> Response<Body> {
    http::respond(status, &JSON_HEADERS, body.to_string())
}

/// An answer without a body that no cache keeps.
pub fn empty() -> Response<Body> {
    http::respond(200, &JSON_HEADERS[1..], ())
}

/// The answer to a browser's preflight (Fetch, CORS protocol), for an endpoint that takes `methods`.
pub fn preflight(methods: &'static str) -> Response<Body> {
    let headers = [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", methods),
        (
            "access-control-allow-headers",
            "authorization, content-type, dpop, x-amz-user-agent",
        ),
        ("access-control-max-age", "7200"),
    ];
    http::respond(204, &headers, ())
}

impl From<Fault> for OauthError {
    /// What went wrong inside, without its details, which go to the log.
    fn from(fault: Fault) -> Self {
        observe::failed(&fault);
        match fault.kind() {
            FaultKind::TooManyRequests | FaultKind::LimitExceeded => {
                Self::new(Code::TemporarilyUnavailable, "Too many requests")
            }
            FaultKind::Internal => Self::new(Code::ServerError, "Something went wrong"),
            _ => Self::invalid_grant("The grant is not valid"),
        }
    }
}

impl From<NoForm> for OauthError {
    fn from(why: NoForm) -> Self {
        let printable = |c: &char| c.is_ascii_graphic() && !matches!(c, '"' | '\\') || *c == ' ';
        let told = Self::invalid_request(why.to_string().chars().filter(printable).collect::<String>());
        match why {
            // RFC 9126 section 2.3 has it for pushed requests.
            NoForm::TooLong => Self { status: 413, ..told },
            _ => told,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_used_basic_is_challenged() {
        let error = OauthError::new(Code::InvalidClient, "no");
        assert_eq!(error.to_response().status(), 400);
        let answer = error.challenged(true).to_response();
        assert_eq!(answer.status(), 401);
        assert!(
            answer.headers()["www-authenticate"]
                .to_str()
                .unwrap()
                .starts_with("Basic ")
        );
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }

    #[test]
    fn what_failed_inside_is_not_told() {
        let error = OauthError::from(Fault::internal("the table is on fire"));
        assert_eq!(error.code, Code::ServerError);
        assert!(!error.description.contains("fire"));
        assert_eq!(error.to_response().status(), 500);
    }

    #[test]
    fn a_description_is_what_rfc_6749_allows() {
        let error = OauthError::from(NoForm::Twice("a\"b\\c\u{e4}".to_owned()));
        assert!(error.description.contains("abc "), "{}", error.description);
    }

    #[test]
    fn who_comes_too_often_is_told_to_come_again() {
        let throttled = Fault::new(FaultKind::TooManyRequests, "Rate exceeded");
        let answer = OauthError::from(throttled).to_response();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["retry-after"]),
            (503, &"1".parse().unwrap())
        );
        let Body::Text(body) = answer.body() else {
            unreachable!()
        };
        assert!(body.contains("\"temporarily_unavailable\""));
    }

    #[test]
    fn what_is_no_post_or_too_long_has_its_own_status() {
        let answer = OauthError::wants_post("The endpoint").to_response();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["allow"]),
            (405, &"POST, OPTIONS".parse().unwrap())
        );
        assert_eq!(OauthError::from(NoForm::TooLong).to_response().status(), 413);
        assert_eq!(OauthError::from(NoForm::Type).to_response().status(), 400);
    }

    #[test]
    fn a_resource_says_how_it_wants_its_token() {
        let challenge = |answer: Response<Body>| {
            let header = answer.headers().get("www-authenticate");
            (
                answer.status().as_u16(),
                header.map(|header| header.to_str().unwrap().to_owned()),
            )
        };
        let (status, bearer) = challenge(OauthError::new(Code::InvalidToken, "no").to_bearer_response());
        assert_eq!(
            (status, bearer.as_deref()),
            (
                401,
                Some("Bearer error=\"invalid_token\", error_description=\"no\"")
            )
        );
        let (status, dpop) = challenge(OauthError::new(Code::InvalidDpopProof, "no").to_dpop_response());
        assert!(
            status == 401 && dpop.is_some_and(|told| told.starts_with("DPoP error=\"invalid_dpop_proof\""))
        );
        let (status, bearer) = challenge(OauthError::new(Code::InsufficientScope, "no").to_bearer_response());
        assert!(status == 403 && bearer.is_some());
        assert_eq!(
            challenge(OauthError::invalid_request("no").to_dpop_response()),
            (400, None)
        );
    }
}

//! Redirect URIs: which ones a client may register. At the endpoints they are compared as text, exactly.

use url::Url;

use crate::Fault;
use crate::http::Form;
use crate::oauth::error::{Code, OauthError};

/// Schemes that a browser runs or reads from the device instead of going somewhere.
const DANGEROUS: [&str; 8] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "javascript",
    "vbscript",
    "view-source",
];

/// Whether an application may register `uri`: absolute, without a fragment (RFC 6749 section 3.1.2), `https`, or `http`
/// on this machine (RFC 8252 section 7.3), or a scheme of the application's own (section 7.1). Read as browsers read it.
pub fn is_acceptable(uri: &str) -> bool {
    // A backslash is a slash to browsers, and they drop white space.
    if uri.contains(['#', '\\']) || uri.contains(char::is_whitespace) {
        return false;
    }
    let Ok(parsed) = Url::parse(uri) else {
        return false;
    };
    let hierarchical = uri[parsed.scheme().len()..].starts_with("://");
    let anonymous = parsed.username().is_empty() && parsed.password().is_none();
    match parsed.scheme() {
        "https" => hierarchical && anonymous,
        "http" => {
            hierarchical
                && anonymous
                && matches!(parsed.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
        }
        other => !DANGEROUS.contains(&other) && uri.len() > other.len() + 1,
    }
}

/// The API that a request wants its tokens for (RFC 8707 section 2); `None` where it names none.
///
/// # Errors
/// `invalid_target` for what is no absolute URI.
pub fn resource(form: &Form) -> Result<Option<String>, OauthError> {
    match form.get("resource") {
        Some(uri) if !is_acceptable(uri) => Err(OauthError::new(
            Code::InvalidTarget,
            "resource is not an absolute URI",
        )),
        uri => Ok(uri.map(str::to_owned)),
    }
}

/// Refuses what no application may register.
///
/// # Errors
/// `InvalidParameterException`.
pub fn check(uris: Option<&[String]>, what: &str) -> Result<(), Fault> {
    match uris.unwrap_or_default().iter().find(|uri| !is_acceptable(uri)) {
        None => Ok(()),
        Some(uri) => Err(Fault::invalid_parameter(format!(
            "{what} contains an invalid redirect URI: {uri}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_applications_register_is_acceptable() {
        for uri in [
            "https://example.com",
            "https://example.com:8443/callback?from=idp",
            "http://localhost",
            "http://localhost:3000/callback",
            "http://127.0.0.1:3000/",
            "http://[::1]:3000/",
            "https://[2001:db8::1]/cb",
            "myapp://callback",
            "com.example.app:/oauth2redirect",
            "HTTPS://example.com/",
        ] {
            assert!(is_acceptable(uri), "{uri}");
        }
    }

    #[test]
    fn what_would_lead_astray_is_not() {
        for uri in [
            "",
            "/callback",
            "//example.com",
            "example.com/callback",
            "https:",
            "https://",
            "https:example.com",
            "https://example.com/#fragment",
            "https://user@example.com/",
            "https://user:password@example.com/",
            "https://example.com:port/",
            "https://example.com\\@evil.example/",
            "http://example.com/",
            "http://localhost.example.com/",
            "http://localhost@evil.example/",
            "http://127.0.0.1.example.com/",
            "http://10.0.0.1/",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "1app://callback",
            ":callback",
            "my app://callback",
        ] {
            assert!(!is_acceptable(uri), "{uri}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_acceptable_or_not_and_never_panics(uri in ".{0,60}") {
            let _ = is_acceptable(&uri);
            let _ = is_acceptable(&format!("https://{uri}"));
        }
    }
}

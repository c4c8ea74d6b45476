//! `ProviderDetails` of each type of provider: which keys there must be, which there may be, and what Cognito adds.
//! Source: the API's documentation of `CreateIdentityProvider`.

use std::collections::BTreeMap;

use gatehouse::Fault;
use gatehouse_model::user_pool::IdentityProviderTypeType;

type Details = BTreeMap<String, String>;

/// The API of Facebook's that is asked where none is named.
const FACEBOOK_API: &str = "v17.0";

/// What one type of provider takes.
struct Rules {
    required: &'static [&'static str],
    optional: &'static [&'static str],
    /// What only answers have; where a request repeats it, it is made anew.
    derived: &'static [&'static str],
}

const OAUTH: [&str; 3] = ["authorize_scopes", "client_id", "client_secret"];
const FIXED_ENDPOINTS: [&str; 6] = [
    "attributes_url",
    "attributes_url_add_attributes",
    "authorize_url",
    "oidc_issuer",
    "token_request_method",
    "token_url",
];

const fn rules(kind: IdentityProviderTypeType) -> Rules {
    match kind {
        IdentityProviderTypeType::Saml => Rules {
            required: &[],
            optional: &[
                "EncryptedResponses",
                "IDPInit",
                "IDPSignout",
                "MetadataFile",
                "MetadataURL",
                "RequestSigningAlgorithm",
            ],
            derived: &[
                "ActiveEncryptionCertificate",
                "SLORedirectBindingURI",
                "SSORedirectBindingURI",
            ],
        },
        IdentityProviderTypeType::Facebook => Rules {
            required: &OAUTH,
            optional: &["api_version"],
            derived: &FIXED_ENDPOINTS,
        },
        IdentityProviderTypeType::Google | IdentityProviderTypeType::LoginWithAmazon => Rules {
            required: &OAUTH,
            optional: &[],
            derived: &FIXED_ENDPOINTS,
        },
        IdentityProviderTypeType::SignInWithApple => Rules {
            required: &[
                "authorize_scopes",
                "client_id",
                "key_id",
                "private_key",
                "team_id",
            ],
            optional: &[],
            derived: &FIXED_ENDPOINTS,
        },
        IdentityProviderTypeType::Oidc => Rules {
            required: &[
                "attributes_request_method",
                "authorize_scopes",
                "client_id",
                "client_secret",
                "oidc_issuer",
            ],
            optional: &["attributes_url", "authorize_url", "jwks_uri", "token_url"],
            derived: &["attributes_url_add_attributes"],
        },
    }
}

/// The details with what Cognito adds to them. `local`: on a development stack, where plain HTTP is let through.
///
/// # Errors
/// `InvalidParameterException` naming the key.
pub(crate) fn completed(
    kind: IdentityProviderTypeType,
    mut details: Details,
    local: bool,
) -> Result<Details, Fault> {
    let rules = rules(kind);
    for key in rules.derived {
        details.remove(*key);
    }
    for key in rules.required {
        if details.get(*key).is_none_or(|value| value.trim().is_empty()) {
            return Err(refused(key, "is required"));
        }
    }
    for (key, value) in &details {
        if !rules.required.contains(&key.as_str()) && !rules.optional.contains(&key.as_str()) {
            return Err(refused(
                key,
                &format!("is not known for providers of type {kind}"),
            ));
        }
        check_value(key, value, local)?;
    }
    if kind == IdentityProviderTypeType::Saml
        && details.contains_key("MetadataURL") == details.contains_key("MetadataFile")
    {
        return Err(Fault::invalid_parameter(
            "ProviderDetails: exactly one of MetadataURL and MetadataFile is required.",
        ));
    }
    let api = details.get("api_version").map_or(FACEBOOK_API, String::as_str);
    for (key, value) in added(kind, api) {
        details.insert(key.to_owned(), value);
    }
    Ok(details)
}

fn refused(key: &str, why: &str) -> Fault {
    Fault::invalid_parameter(format!("ProviderDetails: {key} {why}."))
}

fn check_value(key: &str, value: &str, local: bool) -> Result<(), Fault> {
    match key {
        "EncryptedResponses" | "IDPInit" | "IDPSignout" if !["true", "false"].contains(&value) => {
            Err(refused(key, "must be true or false"))
        }
        "RequestSigningAlgorithm" if value != "rsa-sha256" => Err(refused(key, "must be rsa-sha256")),
        "attributes_request_method" if !["GET", "POST"].contains(&value) => {
            Err(refused(key, "must be GET or POST"))
        }
        "api_version" if !is_version(value) => Err(refused(key, "must be a version like v17.0")),
        "MetadataFile" if !value.trim_start_matches('\u{feff}').trim_start().starts_with('<') => {
            Err(refused(key, "must be an XML document"))
        }
        "MetadataURL" | "attributes_url" | "authorize_url" | "jwks_uri" | "oidc_issuer" | "token_url"
            if !is_address(value, local) =>
        {
            Err(refused(key, "must be an https URL"))
        }
        _ => Ok(()),
    }
}

/// Whether a text is `v`, digits, a dot and digits: it becomes part of an address.
fn is_version(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('v')
        .and_then(|version| version.split_once('.'))
        .is_some_and(|(major, minor)| digits(major) && digits(minor))
}

/// Whether a text is an address of the web with a host, without white space and without anybody's credentials.
fn is_address(text: &str, local: bool) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://").filter(|_| local));
    rest.and_then(|rest| rest.split(['/', '?', '#']).next())
        .is_some_and(|host| !host.is_empty() && !host.contains('@'))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// What Cognito adds: the addresses of social providers, and how they are asked.
fn added(kind: IdentityProviderTypeType, facebook_api: &str) -> Vec<(&'static str, String)> {
    let fixed: &[(&str, &str)] = match kind {
        IdentityProviderTypeType::Saml => &[],
        IdentityProviderTypeType::Oidc => &[("attributes_url_add_attributes", "false")],
        IdentityProviderTypeType::Google => &[
            (
                "attributes_url",
                "https://people.googleapis.com/v1/people/me?personFields=",
            ),
            ("attributes_url_add_attributes", "true"),
            ("authorize_url", "https://accounts.google.com/o/oauth2/v2/auth"),
            ("oidc_issuer", "https://accounts.google.com"),
            ("token_request_method", "POST"),
            ("token_url", "https://www.googleapis.com/oauth2/v4/token"),
        ],
        IdentityProviderTypeType::LoginWithAmazon => &[
            ("attributes_url", "https://api.amazon.com/user/profile"),
            ("attributes_url_add_attributes", "false"),
            ("authorize_url", "https://www.amazon.com/ap/oa"),
            ("token_request_method", "POST"),
            ("token_url", "https://api.amazon.com/auth/o2/token"),
        ],
        IdentityProviderTypeType::SignInWithApple => &[
            ("attributes_url_add_attributes", "false"),
            ("authorize_url", "https://appleid.apple.com/auth/authorize"),
            ("oidc_issuer", "https://appleid.apple.com"),
            ("token_request_method", "POST"),
            ("token_url", "https://appleid.apple.com/auth/token"),
        ],
        IdentityProviderTypeType::Facebook => {
            return vec![
                ("api_version", facebook_api.to_owned()),
                (
                    "attributes_url",
                    format!("https://graph.facebook.com/{facebook_api}/me?fields="),
                ),
                ("attributes_url_add_attributes", "true".to_owned()),
                (
                    "authorize_url",
                    format!("https://www.facebook.com/{facebook_api}/dialog/oauth"),
                ),
                ("token_request_method", "GET".to_owned()),
                (
                    "token_url",
                    format!("https://graph.facebook.com/{facebook_api}/oauth/access_token"),
                ),
            ];
        }
    };
    fixed
        .iter()
        .map(|&(key, value)| (key, value.to_owned()))
        .collect()
}

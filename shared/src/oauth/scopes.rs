//! Scopes: what a client was allowed when it was made, and what a request may have of it.

use std::collections::BTreeSet;
use std::fmt;

use crate::app::OpenPool;
use crate::domain::client::Client;
use crate::domain::ids::ResourceServerId;
use crate::domain::resource_server::ResourceServer;
use crate::http::Form;
use crate::oauth::error::{Code, OauthError};
use crate::{App, Fault};

/// Scopes that need no resource server.
pub const STANDARD: [&str; 5] = [
    "openid",
    "email",
    "phone",
    "profile",
    crate::tokens::claims::USER_ADMIN_SCOPE,
];

/// What opens `/oauth2/register`, without any resource server. A token has it that is a client's own, never a user's.
pub const REGISTER: &str = "aws.cognito/dcr/register";

/// The scopes that a request asks for; `None` where it leaves them to the client.
///
/// # Errors
/// `invalid_scope` for a text that is none.
pub fn asked(form: &Form) -> Result<Option<Scopes>, OauthError> {
    let malformed = || OauthError::new(Code::InvalidScope, "scope is malformed");
    form.get("scope")
        .map(|text| Scopes::parse(text).ok_or_else(malformed))
        .transpose()
}

/// Scopes, each once, in the order in which they were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// The scopes of a request's `scope` (RFC 6749 section 3.3); `None` for a text that cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_scope = |word: &str| {
            word.bytes()
                .all(|b| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
        };
        let words: Vec<_> = text.split(' ').filter(|word| !word.is_empty()).collect();
        words
            .iter()
            .all(|word| is_scope(word))
            .then(|| words.into_iter().collect())
    }

    /// Whether `scope` is among them.
    pub fn has(&self, scope: &str) -> bool {
        self.0.iter().any(|own| own == scope)
    }

    /// Whether they show an attribute: `email` and `phone` show theirs, `profile` and a plain `openid` show all (Cognito,
    /// "Scopes, M2M, and resource servers"); so does a sign-in through the API.
    pub fn show(&self, attribute: &str) -> bool {
        let narrow = self.has("email") || self.has("phone");
        if !narrow || self.has("profile") || !self.has("openid") {
            return true;
        }
        match attribute {
            "email" | "email_verified" => self.has("email"),
            "phone_number" | "phone_number_verified" => self.has("phone"),
            _ => attribute == "sub",
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each scope.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Those for which `keep` holds.
    #[must_use]
    pub fn filter(&self, keep: impl Fn(&str) -> bool) -> Self {
        self.iter().filter(|scope| keep(scope)).collect()
    }
}

impl<'a> FromIterator<&'a str> for Scopes {
    fn from_iter<I: IntoIterator<Item = &'a str>>(words: I) -> Self {
        let mut seen = BTreeSet::new();
        let words = words.into_iter().filter(|word| seen.insert(*word));
        Self(words.map(str::to_owned).collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// Whether `scope` is none of those that every pool's users may give.
pub fn is_custom(scope: &str) -> bool {
    !STANDARD.contains(&scope)
}

/// The resource servers to which custom `scopes` would belong: all before the last slash, since names have none.
pub fn servers_of<'a>(scopes: impl IntoIterator<Item = &'a str>) -> BTreeSet<ResourceServerId> {
    scopes
        .into_iter()
        .filter(|scope| is_custom(scope) && *scope != REGISTER)
        .filter_map(|scope| scope.rsplit_once('/')?.0.parse().ok())
        .collect()
}

/// The first of `scopes` that is neither built in nor a scope of one of `servers`.
pub fn unknown<'a>(mut scopes: impl Iterator<Item = &'a str>, servers: &[ResourceServer]) -> Option<&'a str> {
    scopes.find(|scope| {
        is_custom(scope) && *scope != REGISTER && !servers.iter().any(|server| server.has(scope))
    })
}

/// What a request may have: the scopes it asks for, or all of the client's where it asks for none. A scope whose
/// resource server was deleted is no scope of the client any more. `None` where it asks for another.
///
/// # Errors
/// `TooManyRequestsException` when DynamoDB throttles.
pub async fn granted(
    app: &App,
    open: &OpenPool,
    client: &Client,
    asked: Option<&Scopes>,
) -> Result<Option<Scopes>, Fault> {
    let allowed = client.document.allowed_oauth_scopes.iter().flatten();
    let allowed: Scopes = allowed.map(String::as_str).collect();
    let wanted = asked.unwrap_or(&allowed);
    if !wanted.iter().all(|scope| allowed.has(scope)) {
        return Ok(None);
    }
    let servers = app.resource_servers(open, servers_of(wanted.iter())).await?;
    let known = wanted.filter(|scope| unknown(std::iter::once(scope), &servers).is_none());
    if asked.is_some() && known != *wanted {
        return Ok(None);
    }
    Ok(Some(known))
}

/// What a request for a user's tokens may have: as [`granted`], but nothing that is for clients themselves.
///
/// # Errors
/// `TooManyRequestsException` when DynamoDB throttles.
pub async fn granted_to_user(
    app: &App,
    open: &OpenPool,
    client: &Client,
    asked: Option<&Scopes>,
) -> Result<Option<Scopes>, Fault> {
    if asked.is_some_and(|asked| asked.has(REGISTER)) {
        return Ok(None);
    }
    let granted = granted(app, open, client, asked).await?;
    Ok(granted.map(|scopes| scopes.filter(|scope| scope != REGISTER)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scopes_are_words_each_once_in_their_order() {
        let scopes = Scopes::parse("openid  email openid https://api.example.com/read").unwrap();
        assert_eq!(scopes.to_string(), "openid email https://api.example.com/read");
        assert!(scopes.has("email") && !scopes.has("emai"));
        assert_eq!(Scopes::parse(""), Some(Scopes::default()));
        for text in ["op\"enid", "open\\id", "öpenid", "openid\temail"] {
            assert_eq!(Scopes::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_custom_scope_belongs_to_what_stands_before_its_last_slash() {
        let servers = servers_of([
            "openid",
            "https://api.example.com/v1/read",
            "orders/write",
            "nothing",
        ]);
        let servers: Vec<_> = servers.iter().map(ResourceServerId::as_str).collect();
        assert_eq!(servers, ["https://api.example.com/v1", "orders"]);
        assert_eq!(
            unknown(["openid", "orders/write"].into_iter(), &[]),
            Some("orders/write")
        );
        assert_eq!(unknown(["openid", "email", REGISTER].into_iter(), &[]), None);
        assert!(servers_of([REGISTER]).is_empty() && is_custom(REGISTER));
    }

    #[test]
    fn scopes_narrow_what_a_token_shows() {
        let shown = |scopes: &str, name: &str| Scopes::parse(scopes).unwrap().show(name);
        assert!(shown("openid", "email") && shown("openid", "custom:plan"));
        assert!(shown("openid email", "email_verified") && !shown("openid email", "name"));
        assert!(!shown("openid phone", "email") && shown("openid phone", "phone_number"));
        assert!(shown("openid email profile", "name"));
        assert!(shown("aws.cognito.signin.user.admin", "email"));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(words in prop::collection::vec("[!#-\\[\\]-~]{1,12}", 0..6)) {
            let scopes: Scopes = words.iter().map(String::as_str).collect();
            prop_assert_eq!(Scopes::parse(&scopes.to_string()), Some(scopes));
        }
    }
}

//! What a pool's owner lets clients do beyond Cognito, client by client.
//!
//! The service model has no field for it, so tags of the pool say it: `gatehouse:oauth` for every client of the pool and
//! `gatehouse:oauth:<client id>` for one, each a list of [`Feature`] names separated by spaces;
//! `gatehouse:jwks-uri:<client id>` is where a client publishes the keys by which it proves who it is. Without tags
//! everything is as in Cognito.

use std::collections::{BTreeMap, BTreeSet};

use crate::Fault;
use crate::domain::ids::ClientId;

/// The tag for every client of the pool.
pub const TAG: &str = "gatehouse:oauth";
/// What the tag for one client begins with.
const CLIENT_TAG: &str = "gatehouse:oauth:";
/// What the tag begins with that says where a client's keys are.
const KEYS_TAG: &str = "gatehouse:jwks-uri:";

macro_rules! features {
    ($($(#[$doc:meta])* $feature:ident = $name:literal;)*) => {
        /// Something beyond Cognito that a client may do, or has to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Feature { $($(#[$doc])* $feature,)* }

        impl Feature {
            /// Every one with its name in tags.
            pub const ALL: &[(Self, &str)] = &[$((Self::$feature, $name)),*];
        }
    };
}

features! {
    /// It may ask whether tokens of the pool are active (RFC 7662).
    Introspection = "introspection";
    /// It may push authorization requests (RFC 9126).
    Pushed = "par";
    /// It has to: other authorization requests of it are refused.
    OnlyPushed = "require-par";
    /// Its access tokens follow RFC 9068: type `at+jwt`, always with `aud`.
    AccessTokenProfile = "at+jwt";
    /// `/oauth2/userInfo` shows it booleans, numbers and structures instead of text (OpenID Connect Core section 5.1).
    StandardClaims = "standard-claims";
    /// It may have tokens bound to its key (RFC 9449).
    Dpop = "dpop";
    /// It has to: it gets no others.
    OnlyDpop = "require-dpop";
    /// It may sign in devices whose users have another one at hand (RFC 8628).
    DeviceCode = "device-code";
}

/// What the tags say about one client.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClientOptions {
    features: BTreeSet<Feature>,
    /// Where its public keys are: it proves who it is by a signature, and in no other way.
    pub jwks_uri: Option<String>,
}

impl ClientOptions {
    /// Whether the client has the feature, or has to have it.
    pub fn has(&self, feature: Feature) -> bool {
        let stricter = match feature {
            Feature::Pushed => Some(Feature::OnlyPushed),
            Feature::Dpop => Some(Feature::OnlyDpop),
            _ => None,
        };
        let features = &self.features;
        features.contains(&feature) || stricter.is_some_and(|stricter| features.contains(&stricter))
    }
}

/// What the tags of a pool say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OauthOptions {
    everyone: BTreeSet<Feature>,
    clients: BTreeMap<ClientId, ClientOptions>,
}

fn features_of(tag: &str, value: &str) -> Result<BTreeSet<Feature>, Fault> {
    value
        .split_whitespace()
        .map(|word| {
            let known = Feature::ALL.iter().find(|(_, name)| *name == word);
            known.map(|(feature, _)| *feature).ok_or_else(|| {
                Fault::invalid_parameter(format!("Tag {tag} names an unknown feature: {word}."))
            })
        })
        .collect()
}

impl OauthOptions {
    /// Reads a pool's tags.
    ///
    /// # Errors
    /// `InvalidParameterException` for a feature or client id that cannot be, and for keys that are not at an `https` URL.
    pub fn of_tags(tags: Option<&BTreeMap<String, String>>) -> Result<Self, Fault> {
        let mut options = Self::default();
        for (tag, value) in tags.into_iter().flatten() {
            let client = |id: &str| -> Result<ClientId, Fault> {
                id.parse()
                    .map_err(|_| Fault::invalid_parameter(format!("Tag {tag} names no client.")))
            };
            if tag == TAG {
                options.everyone = features_of(tag, value)?;
            } else if let Some(id) = tag.strip_prefix(CLIENT_TAG) {
                options.clients.entry(client(id)?).or_default().features = features_of(tag, value)?;
            } else if let Some(id) = tag.strip_prefix(KEYS_TAG) {
                let is_url = url::Url::parse(value)
                    .is_ok_and(|url| url.scheme() == "https" || url.host_str() == Some("localhost"));
                if !is_url {
                    return Err(Fault::invalid_parameter(format!(
                        "Tag {tag} is not an https URL."
                    )));
                }
                options.clients.entry(client(id)?).or_default().jwks_uri = Some(value.clone());
            }
        }
        Ok(options)
    }

    /// What they say about a client.
    pub fn of(&self, client: &ClientId) -> ClientOptions {
        let mut options = self.clients.get(client).cloned().unwrap_or_default();
        options.features.extend(&self.everyone);
        options
    }

    /// Whether every client has the feature.
    pub fn everyone_has(&self, feature: Feature) -> bool {
        self.everyone.contains(&feature)
    }

    /// Whether any client has the feature: then the pool's metadata says so.
    pub fn anyone_has(&self, feature: Feature) -> bool {
        let everyone = ClientOptions {
            features: self.everyone.clone(),
            jwks_uri: None,
        };
        everyone.has(feature) || self.clients.values().any(|options| options.has(feature))
    }

    /// Whether any client proves by a signature who it is.
    pub fn anyone_signs(&self) -> bool {
        self.clients.values().any(|options| options.jwks_uri.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tags: &[(&str, &str)]) -> Result<OauthOptions, Fault> {
        let tags = tags
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        OauthOptions::of_tags(Some(&tags.collect()))
    }

    #[test]
    fn a_client_has_what_it_and_everyone_has() {
        let options = read(&[
            ("team", "gatehouse:oauth"),
            ("gatehouse:oauth", "standard-claims"),
            ("gatehouse:oauth:app", "require-par  at+jwt"),
            ("gatehouse:jwks-uri:app", "https://app.example/jwks.json"),
        ])
        .unwrap();
        let app = options.of(&"app".parse().unwrap());
        assert!(app.has(Feature::StandardClaims) && app.has(Feature::OnlyPushed) && app.has(Feature::Pushed));
        assert!(!app.has(Feature::Dpop) && app.jwks_uri.is_some());
        let other = options.of(&"other".parse().unwrap());
        assert!(other.has(Feature::StandardClaims) && !other.has(Feature::AccessTokenProfile));
        assert!(options.anyone_has(Feature::Pushed) && !options.anyone_has(Feature::Introspection));
        assert!(options.anyone_signs() && !options.everyone_has(Feature::Pushed));
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        let fault = read(&[("gatehouse:oauth", "introspection ciba")]).unwrap_err();
        assert!(fault.message().contains("ciba"));
        assert!(read(&[("gatehouse:oauth:no such client", "par")]).is_err());
        for url in ["http://app.example/jwks", "nonsense", "ftp://app.example"] {
            assert!(read(&[("gatehouse:jwks-uri:app", url)]).is_err(), "{url}");
        }
    }
}

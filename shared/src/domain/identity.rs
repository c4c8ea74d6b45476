//! Identities at external providers that are linked to a user.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ids::ProviderName;
use crate::{Fault, Timestamp};

/// The name for whatever a provider's own identifier of a person is: `sub`, `id`, `user_id`, `NameID`.
pub const COGNITO_SUBJECT: &str = "Cognito_Subject";
/// The name of the pool itself where a provider is named.
pub const NATIVE_PROVIDER: &str = "Cognito";
/// Identities linked to one user at most.
pub const MOST_IDENTITIES: usize = 5;
/// Bytes in the name and in the value of an attribute at most; a partition key has 2048.
const LONGEST_NAME: usize = 256;
const LONGEST_VALUE: usize = 1024;

/// What tells a person at a provider: an attribute and its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct IdentityKey {
    /// The provider.
    pub provider: ProviderName,
    /// `Cognito_Subject`, or the attribute of the pool that the provider's claim is mapped to.
    pub attribute: String,
    /// The attribute's value.
    pub value: String,
}

impl IdentityKey {
    /// The identity of this value.
    ///
    /// # Errors
    /// `InvalidParameterException` for names and values that are missing, too long, or a name with control
    /// characters.
    pub fn new(provider: ProviderName, attribute: &str, value: &str) -> Result<Self, Fault> {
        if attribute.is_empty() || attribute.len() > LONGEST_NAME || attribute.chars().any(char::is_control) {
            return Err(Fault::invalid_parameter("ProviderAttributeName is not valid."));
        }
        if value.is_empty() || value.len() > LONGEST_VALUE {
            return Err(Fault::invalid_parameter("ProviderAttributeValue is not valid."));
        }
        Ok(Self {
            provider,
            attribute: attribute.to_owned(),
            value: value.to_owned(),
        })
    }
}

/// An identity that is linked to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// What tells it.
    pub key: IdentityKey,
    /// The provider's type, as the API names it.
    pub provider_type: String,
    /// When it was linked.
    pub linked_at: Timestamp,
}

/// Attribute `identities`: a JSON array in a text, as `AdminGetUser` shows it. `None` for a user without any.
pub fn attribute(identities: &[Identity]) -> Option<String> {
    let entry = |identity: &Identity| {
        json!({
            "userId": identity.key.value,
            "providerName": identity.key.provider,
            "providerType": identity.provider_type,
            "issuer": null,
            "primary": false,
            "dateCreated": identity.linked_at.millis(),
        })
    };
    (!identities.is_empty()).then(|| identities.iter().map(entry).collect::<Value>().to_string())
}

/// Claim `identities` of ID tokens: the same, with texts for the flag and the date, as Cognito has it.
pub fn claim(identities: &[Identity]) -> Option<Value> {
    let entry = |identity: &Identity| {
        json!({
            "userId": identity.key.value,
            "providerName": identity.key.provider,
            "providerType": identity.provider_type,
            "issuer": null,
            "primary": "false",
            "dateCreated": identity.linked_at.millis().to_string(),
        })
    };
    (!identities.is_empty()).then(|| identities.iter().map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::NOON;

    #[test]
    fn identities_are_shown_as_text_and_claimed_as_a_list() {
        let identity = Identity {
            key: IdentityKey::new("Google".parse().unwrap(), COGNITO_SUBJECT, "1\"2").unwrap(),
            provider_type: "Google".to_owned(),
            linked_at: NOON,
        };
        let shown: Value =
            serde_json::from_str(&attribute(std::slice::from_ref(&identity)).unwrap()).unwrap();
        assert_eq!(shown[0]["userId"], "1\"2");
        assert_eq!(shown[0]["primary"], false);
        assert_eq!(shown[0]["dateCreated"], NOON.millis());
        let claimed = claim(&[identity]).unwrap();
        assert_eq!(claimed[0]["primary"], "false");
        assert_eq!(claimed[0]["dateCreated"], NOON.millis().to_string());
        assert_eq!((attribute(&[]), claim(&[])), (None, None));
    }

    #[test]
    fn what_would_not_fit_a_key_is_refused() {
        let provider: ProviderName = "Google".parse().unwrap();
        for (name, value) in [("", "1"), ("a\u{1}b", "1"), (COGNITO_SUBJECT, "")] {
            assert!(IdentityKey::new(provider.clone(), name, value).is_err());
        }
        assert!(IdentityKey::new(provider, COGNITO_SUBJECT, &"x".repeat(1025)).is_err());
    }
}

//! Attributes from another identity provider: `InboundFederation_ExternalProvider`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Request;

/// What another identity provider said of a user, before it is mapped.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundFederation {
    /// The provider's name in the pool.
    #[serde(default)]
    pub provider_name: String,
    /// `OIDC`, `SAML`, `Facebook`, `Google`, `SignInWithApple` or `LoginWithAmazon`.
    #[serde(default)]
    pub provider_type: String,
    /// What it said, by where it said it: `tokenResponse`, `idToken` and `userInfo`, or `samlResponse`.
    #[serde(default)]
    pub attributes: Map<String, Value>,
}

/// The answer to [`InboundFederation`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InboundFederationAnswer {
    /// The attributes to map instead; null or empty keeps what the provider said.
    #[serde(default)]
    pub user_attributes_to_map: Option<Map<String, Value>>,
}

impl Request for InboundFederation {
    type Answer = InboundFederationAnswer;
}

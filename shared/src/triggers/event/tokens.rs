//! Before tokens are signed: `TokenGeneration_*` in its three versions. V2 and V3 have the same form; V3 comes for
//! tokens of clients too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Metadata, Request};
use crate::domain::user::Attributes;

/// A user's groups and roles, as they are or as they shall be in the tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupConfiguration {
    /// `cognito:groups`.
    #[serde(default)]
    pub groups_to_override: Option<Vec<String>>,
    /// `cognito:roles`.
    #[serde(default)]
    pub iam_roles_to_override: Option<Vec<String>>,
    /// `cognito:preferred_role`.
    #[serde(default)]
    pub preferred_role: Option<String>,
}

/// Version 1: what is in the ID token?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreTokenGeneration {
    /// The user's attributes.
    #[serde(default)]
    pub user_attributes: Attributes,
    /// The user's groups and roles.
    #[serde(default)]
    pub group_configuration: GroupConfiguration,
    /// `ClientMetadata` of the answer to a challenge, or of the renewal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_metadata: Option<Metadata>,
}

/// What version 1 changes in the ID token. The groups change in both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimsOverrideDetails {
    /// Claims to set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_to_add_or_override: Option<BTreeMap<String, String>>,
    /// Claims to leave out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_to_suppress: Option<Vec<String>>,
    /// Groups and roles instead of the user's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_override_details: Option<GroupConfiguration>,
}

/// The answer to [`PreTokenGeneration`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreTokenGenerationAnswer {
    /// What changes; null where nothing does.
    #[serde(default)]
    pub claims_override_details: Option<ClaimsOverrideDetails>,
}

impl Request for PreTokenGeneration {
    type Answer = PreTokenGenerationAnswer;
}

/// Versions 2 and 3: what is in both tokens?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreTokenGenerationV2 {
    /// The user's attributes; none where a client signs in for itself.
    #[serde(default)]
    pub user_attributes: Attributes,
    /// The scopes of the access token.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The user's groups and roles.
    #[serde(default)]
    pub group_configuration: GroupConfiguration,
    /// `ClientMetadata` of the answer to a challenge, or of the renewal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_metadata: Option<Metadata>,
}

/// What versions 2 and 3 change in an ID token. Values may be any JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdTokenGeneration {
    /// Claims to set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_to_add_or_override: Option<Map<String, Value>>,
    /// Claims to leave out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_to_suppress: Option<Vec<String>>,
}

/// What versions 2 and 3 change in an access token. Values may be any JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessTokenGeneration {
    /// Claims to set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_to_add_or_override: Option<Map<String, Value>>,
    /// Claims to leave out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_to_suppress: Option<Vec<String>>,
    /// Scopes to add.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes_to_add: Option<Vec<String>>,
    /// Scopes to leave out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes_to_suppress: Option<Vec<String>>,
}

/// What versions 2 and 3 change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClaimsAndScopeOverrideDetails {
    /// In the ID token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_generation: Option<IdTokenGeneration>,
    /// In the access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token_generation: Option<AccessTokenGeneration>,
    /// Groups and roles instead of the user's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_override_details: Option<GroupConfiguration>,
}

/// The answer to [`PreTokenGenerationV2`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreTokenGenerationV2Answer {
    /// What changes; null where nothing does.
    #[serde(default)]
    pub claims_and_scope_override_details: Option<ClaimsAndScopeOverrideDetails>,
}

impl Request for PreTokenGenerationV2 {
    type Answer = PreTokenGenerationV2Answer;
}

//! Signing in: before and after, and the three triggers of `CUSTOM_AUTH`.

use std::collections::BTreeMap;

use gatehouse_model::Sensitive;
use serde::{Deserialize, Serialize};

use super::{Metadata, Nothing, Request};
use crate::domain::user::Attributes;

/// `PreAuthentication_Authentication`: may this sign-in be tried?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreAuthentication {
    /// The user's attributes; none where there is no user.
    #[serde(default)]
    pub user_attributes: Attributes,
    /// `ClientMetadata` of the request that begins the sign-in.
    #[serde(default)]
    pub validation_data: Option<Metadata>,
    /// There is no such user, and the client does not let that be told.
    #[serde(default)]
    pub user_not_found: bool,
}

impl Request for PreAuthentication {
    type Answer = Nothing;
}

/// `PostAuthentication_Authentication`: a sign-in has succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostAuthentication {
    /// The user's attributes.
    #[serde(default)]
    pub user_attributes: Attributes,
    /// The device is seen for the first time. Only pools that remember devices know.
    #[serde(default)]
    pub new_device_used: bool,
    /// `ClientMetadata` of the answer to a challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_metadata: Option<Metadata>,
}

impl Request for PostAuthentication {
    type Answer = Nothing;
}

/// A challenge of a custom sign-in that was answered, rightly or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChallengeResult {
    /// `CUSTOM_CHALLENGE`, `SRP_A`, `PASSWORD_VERIFIER`, …
    pub challenge_name: String,
    /// Whether the answer was right.
    pub challenge_result: bool,
    /// What the function that made a custom challenge calls it.
    #[serde(default)]
    pub challenge_metadata: Option<String>,
}

/// `DefineAuthChallenge_Authentication`: what comes next?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DefineAuthChallenge {
    /// The user's attributes; none where there is no user.
    #[serde(default)]
    pub user_attributes: Attributes,
    /// What was answered so far.
    #[serde(default)]
    pub session: Vec<ChallengeResult>,
    /// `ClientMetadata` of the answer to a challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_metadata: Option<Metadata>,
    /// There is no such user, and the client does not let that be told.
    #[serde(default)]
    pub user_not_found: bool,
}

/// The answer to [`DefineAuthChallenge`]: a challenge, tokens or failure.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DefineAuthChallengeAnswer {
    /// The next challenge: `CUSTOM_CHALLENGE`, or one that the pool itself makes.
    #[serde(default)]
    pub challenge_name: Option<String>,
    /// The user is signed in.
    #[serde(default)]
    pub issue_tokens: Option<bool>,
    /// The sign-in has failed.
    #[serde(default)]
    pub fail_authentication: Option<bool>,
}

impl Request for DefineAuthChallenge {
    type Answer = DefineAuthChallengeAnswer;
}

/// `CreateAuthChallenge_Authentication`: what is asked?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateAuthChallenge {
    /// The user's attributes; none where there is no user.
    #[serde(default)]
    pub user_attributes: Attributes,
    /// `CUSTOM_CHALLENGE`.
    #[serde(default)]
    pub challenge_name: String,
    /// What was answered so far.
    #[serde(default)]
    pub session: Vec<ChallengeResult>,
    /// `ClientMetadata` of the answer to a challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_metadata: Option<Metadata>,
    /// There is no such user, and the client does not let that be told.
    #[serde(default)]
    pub user_not_found: bool,
}

/// The answer to [`CreateAuthChallenge`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateAuthChallengeAnswer {
    /// What the application is told.
    #[serde(default)]
    pub public_challenge_parameters: Option<BTreeMap<String, String>>,
    /// What only the function that verifies is told.
    #[serde(default)]
    pub private_challenge_parameters: Option<BTreeMap<String, Sensitive>>,
    /// What the challenge is called in `session`.
    #[serde(default)]
    pub challenge_metadata: Option<String>,
}

impl Request for CreateAuthChallenge {
    type Answer = CreateAuthChallengeAnswer;
}

/// `VerifyAuthChallengeResponse_Authentication`: is the answer right?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyAuthChallengeResponse {
    /// The user's attributes; none where there is no user.
    #[serde(default)]
    pub user_attributes: Attributes,
    /// What the function that made the challenge kept.
    #[serde(default)]
    pub private_challenge_parameters: BTreeMap<String, Sensitive>,
    /// `ANSWER` of the response.
    #[serde(default)]
    pub challenge_answer: Sensitive,
    /// `ClientMetadata` of the answer to a challenge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_metadata: Option<Metadata>,
    /// There is no such user, and the client does not let that be told.
    #[serde(default)]
    pub user_not_found: bool,
}

/// The answer to [`VerifyAuthChallengeResponse`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerifyAuthChallengeResponseAnswer {
    /// It is.
    #[serde(default)]
    pub answer_correct: Option<bool>,
}

impl Request for VerifyAuthChallengeResponse {
    type Answer = VerifyAuthChallengeResponseAnswer;
}

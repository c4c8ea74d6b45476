//! Users who come: pre sign-up, post confirmation, user migration.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::DeliveryMediumType;
use serde::{Deserialize, Serialize};

use super::{Metadata, Nothing, Request};
use crate::domain::user::Attributes;

/// `PreSignUp_*`: may this user be created?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreSignUp {
    /// The attributes the user will have.
    #[serde(default)]
    pub user_attributes: Attributes,
    /// `ValidationData` of the request.
    #[serde(default)]
    pub validation_data: Option<Metadata>,
    /// `ClientMetadata` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_metadata: Option<Metadata>,
}

/// The answer to [`PreSignUp`]. Only `SignUp` and external providers obey it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PreSignUpAnswer {
    /// The user is confirmed at once.
    #[serde(default)]
    pub auto_confirm_user: Option<bool>,
    /// The e-mail address counts as verified.
    #[serde(default)]
    pub auto_verify_email: Option<bool>,
    /// The phone number counts as verified.
    #[serde(default)]
    pub auto_verify_phone: Option<bool>,
}

impl Default for PreSignUpAnswer {
    fn default() -> Self {
        Self {
            auto_confirm_user: Some(false),
            auto_verify_email: Some(false),
            auto_verify_phone: Some(false),
        }
    }
}

impl Request for PreSignUp {
    type Answer = PreSignUpAnswer;
}

/// `PostConfirmation_*`: a user was confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostConfirmation {
    /// The user's attributes.
    #[serde(default)]
    pub user_attributes: Attributes,
    /// `ClientMetadata` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_metadata: Option<Metadata>,
}

impl Request for PostConfirmation {
    type Answer = Nothing;
}

/// `UserMigration_*`: is this unknown user known elsewhere?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserMigration {
    /// The password that was given; null where one was forgotten.
    #[serde(default)]
    pub password: Option<Sensitive>,
    /// `ClientMetadata` of a sign-in.
    #[serde(default)]
    pub validation_data: Option<Metadata>,
    /// `ClientMetadata` of `ForgotPassword`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_metadata: Option<Metadata>,
}

/// Where a migrated user stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MigratedStatus {
    /// The password that was given is the user's.
    Confirmed,
    /// The user must set a new password.
    ResetRequired,
}

/// Whether a migrated user is welcomed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MessageAction {
    /// The invitation is sent again.
    Resend,
    /// No message is sent.
    Suppress,
}

/// The answer to [`UserMigration`]: the user, or no attributes where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserMigrationAnswer {
    /// The attributes to create the user with. `username` and `sub` are not among them.
    #[serde(default)]
    pub user_attributes: Option<Attributes>,
    /// Where the user stands afterwards; `RESET_REQUIRED` where nothing is said.
    #[serde(default)]
    pub final_user_status: Option<MigratedStatus>,
    /// Whether a message is sent.
    #[serde(default)]
    pub message_action: Option<MessageAction>,
    /// `EMAIL`, `SMS` or both.
    #[serde(default)]
    pub desired_delivery_mediums: Option<Vec<DeliveryMediumType>>,
    /// An address that is another user's alias is taken over.
    #[serde(default)]
    pub force_alias_creation: Option<bool>,
    /// The user's second factor is a text message.
    #[serde(default, rename = "enableSMSMFA")]
    pub enable_sms_mfa: Option<bool>,
    /// Groups of the pool that the user joins, those that exist; Gatehouse's own, which Cognito does not know.
    #[serde(default, rename = "gatehouse:groups", skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
}

impl Request for UserMigration {
    type Answer = UserMigrationAnswer;
}

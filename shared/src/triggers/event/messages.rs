//! Messages: their text (`CustomMessage_*`), or the whole sending (`CustomEmailSender_*`, `CustomSMSSender_*`).

use serde::{Deserialize, Serialize};

use super::{Metadata, Nothing, Request};
use crate::domain::user::Attributes;

/// `CustomMessage_*`: what does the message say?
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomMessage {
    /// The user's attributes.
    #[serde(default)]
    pub user_attributes: Attributes,
    /// What stands for the code, or the temporary password, in the text.
    #[serde(default)]
    pub code_parameter: String,
    /// What stands for the link in the text of a mail that confirms by a link.
    #[serde(default)]
    pub link_parameter: Option<String>,
    /// What stands for the user name in the text of an invitation; null in other messages.
    #[serde(default)]
    pub username_parameter: Option<String>,
    /// `ClientMetadata` of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_metadata: Option<Metadata>,
}

/// The answer to [`CustomMessage`]. What is null keeps the pool's own text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomMessageAnswer {
    /// The text message.
    #[serde(default)]
    pub sms_message: Option<String>,
    /// The mail, HTML.
    #[serde(default)]
    pub email_message: Option<String>,
    /// The mail's subject.
    #[serde(default)]
    pub email_subject: Option<String>,
}

impl Request for CustomMessage {
    type Answer = CustomMessageAnswer;
}

/// The form of a request to send something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SenderType {
    /// A mail.
    #[serde(rename = "customEmailSenderRequestV1")]
    Email,
    /// A text message.
    #[serde(rename = "customSMSSenderRequestV1")]
    Sms,
}

/// `CustomEmailSender_*` and `CustomSMSSender_*`: send this to the user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomSender {
    /// The form of the request.
    #[serde(rename = "type")]
    pub kind: SenderType,
    /// The code, or the temporary password: base64 of a message of the AWS Encryption SDK under the pool's `KMSKeyID`.
    /// Null where the message carries none.
    #[serde(default)]
    pub code: Option<String>,
    /// `ClientMetadata` of the request.
    #[serde(default)]
    pub client_metadata: Option<Metadata>,
    /// The user's attributes.
    #[serde(default)]
    pub user_attributes: Attributes,
}

impl Request for CustomSender {
    type Answer = Nothing;
}

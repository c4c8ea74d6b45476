//! The events that a pool's functions are invoked with, and what they answer: exactly the JSON of Amazon Cognito's
//! user pool Lambda triggers (Cognito Developer Guide, "Customizing user pool workflows with Lambda triggers").
//!
//! A function receives an [`Event`] and answers it with `response` filled in. Each pair of request and response has a
//! file's section of its own below; [`Source`] lists when each is sent.

mod directory;
mod federation;
mod messages;
mod sign_in;
mod tokens;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use directory::{
    MessageAction, MigratedStatus, PostConfirmation, PreSignUp, PreSignUpAnswer, UserMigration,
    UserMigrationAnswer,
};
pub use federation::{InboundFederation, InboundFederationAnswer};
pub use messages::{CustomMessage, CustomMessageAnswer, CustomSender, SenderType};
pub use sign_in::{
    ChallengeResult, CreateAuthChallenge, CreateAuthChallengeAnswer, DefineAuthChallenge,
    DefineAuthChallengeAnswer, PostAuthentication, PreAuthentication, VerifyAuthChallengeResponse,
    VerifyAuthChallengeResponseAnswer,
};
pub use tokens::{
    AccessTokenGeneration, ClaimsAndScopeOverrideDetails, ClaimsOverrideDetails, GroupConfiguration,
    IdTokenGeneration, PreTokenGeneration, PreTokenGenerationAnswer, PreTokenGenerationV2,
    PreTokenGenerationV2Answer,
};

use crate::domain::lambda_config::Trigger;

/// Parameters by name, as applications pass them on to functions (`ClientMetadata`, `ValidationData`).
pub type Metadata = BTreeMap<String, String>;

/// What a function is asked at one trigger, paired with what it may answer.
pub trait Request: Serialize + DeserializeOwned {
    /// What the function answers. The default is what the event carries to the function.
    type Answer: Serialize + DeserializeOwned + Default;
}

/// An event: the same envelope around every trigger's `request` and `response`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    bound(
        serialize = "R: Request, R::Answer: Serialize",
        deserialize = "R: Request, R::Answer: DeserializeOwned"
    )
)]
pub struct Event<R: Request> {
    /// `1`; `2` and `3` of the events before tokens are signed that the pool asks for.
    pub version: String,
    /// Why the function is invoked, see [`Source`].
    pub trigger_source: String,
    /// The pool's AWS Region.
    pub region: String,
    /// The pool.
    pub user_pool_id: String,
    /// The user's name. Absent where a client signs in for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Who called the pool.
    pub caller_context: CallerContext,
    /// What is asked.
    pub request: R,
    /// What is answered.
    pub response: R::Answer,
}

/// Who called the pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallerContext {
    /// The AWS SDK of the caller, as far as it is known.
    pub aws_sdk_version: String,
    /// The app client; `CLIENT_ID_NOT_APPLICABLE` where administrators act without one.
    pub client_id: String,
}

/// The answer of triggers that are only told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Nothing {}

macro_rules! sources {
    ($($source:ident = $text:literal, $trigger:ident;)*) => {
        /// Why a function is invoked: the event's `triggerSource`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the text says it all")]
        pub enum Source { $($source,)* }

        impl Source {
            /// Every source.
            pub const ALL: &'static [Self] = &[$(Self::$source,)*];

            /// The text in the event.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$source => $text,)* }
            }

            /// The trigger whose function is invoked.
            pub const fn trigger(self) -> Trigger {
                match self { $(Self::$source => Trigger::$trigger,)* }
            }
        }
    };
}

sources! {
    PreSignUpSignUp = "PreSignUp_SignUp", PreSignUp;
    PreSignUpAdminCreateUser = "PreSignUp_AdminCreateUser", PreSignUp;
    PreSignUpExternalProvider = "PreSignUp_ExternalProvider", PreSignUp;
    PostConfirmationConfirmSignUp = "PostConfirmation_ConfirmSignUp", PostConfirmation;
    PostConfirmationConfirmForgotPassword = "PostConfirmation_ConfirmForgotPassword", PostConfirmation;
    PreAuthenticationAuthentication = "PreAuthentication_Authentication", PreAuthentication;
    PostAuthenticationAuthentication = "PostAuthentication_Authentication", PostAuthentication;
    CustomMessageSignUp = "CustomMessage_SignUp", CustomMessage;
    CustomMessageAdminCreateUser = "CustomMessage_AdminCreateUser", CustomMessage;
    CustomMessageResendCode = "CustomMessage_ResendCode", CustomMessage;
    CustomMessageForgotPassword = "CustomMessage_ForgotPassword", CustomMessage;
    CustomMessageUpdateUserAttribute = "CustomMessage_UpdateUserAttribute", CustomMessage;
    CustomMessageVerifyUserAttribute = "CustomMessage_VerifyUserAttribute", CustomMessage;
    CustomMessageAuthentication = "CustomMessage_Authentication", CustomMessage;
    CustomEmailSenderSignUp = "CustomEmailSender_SignUp", CustomEmailSender;
    CustomEmailSenderAdminCreateUser = "CustomEmailSender_AdminCreateUser", CustomEmailSender;
    CustomEmailSenderResendCode = "CustomEmailSender_ResendCode", CustomEmailSender;
    CustomEmailSenderForgotPassword = "CustomEmailSender_ForgotPassword", CustomEmailSender;
    CustomEmailSenderUpdateUserAttribute = "CustomEmailSender_UpdateUserAttribute", CustomEmailSender;
    CustomEmailSenderVerifyUserAttribute = "CustomEmailSender_VerifyUserAttribute", CustomEmailSender;
    CustomEmailSenderAuthentication = "CustomEmailSender_Authentication", CustomEmailSender;
    CustomEmailSenderAccountTakeOverNotification = "CustomEmailSender_AccountTakeOverNotification", CustomEmailSender;
    CustomSmsSenderSignUp = "CustomSMSSender_SignUp", CustomSmsSender;
    CustomSmsSenderAdminCreateUser = "CustomSMSSender_AdminCreateUser", CustomSmsSender;
    CustomSmsSenderResendCode = "CustomSMSSender_ResendCode", CustomSmsSender;
    CustomSmsSenderForgotPassword = "CustomSMSSender_ForgotPassword", CustomSmsSender;
    CustomSmsSenderUpdateUserAttribute = "CustomSMSSender_UpdateUserAttribute", CustomSmsSender;
    CustomSmsSenderVerifyUserAttribute = "CustomSMSSender_VerifyUserAttribute", CustomSmsSender;
    CustomSmsSenderAuthentication = "CustomSMSSender_Authentication", CustomSmsSender;
    TokenGenerationHostedAuth = "TokenGeneration_HostedAuth", PreTokenGeneration;
    TokenGenerationAuthentication = "TokenGeneration_Authentication", PreTokenGeneration;
    TokenGenerationNewPasswordChallenge = "TokenGeneration_NewPasswordChallenge", PreTokenGeneration;
    TokenGenerationAuthenticateDevice = "TokenGeneration_AuthenticateDevice", PreTokenGeneration;
    TokenGenerationRefreshTokens = "TokenGeneration_RefreshTokens", PreTokenGeneration;
    TokenGenerationClientCredentials = "TokenGeneration_ClientCredentials", PreTokenGeneration;
    UserMigrationAuthentication = "UserMigration_Authentication", UserMigration;
    UserMigrationForgotPassword = "UserMigration_ForgotPassword", UserMigration;
    DefineAuthChallengeAuthentication = "DefineAuthChallenge_Authentication", DefineAuthChallenge;
    CreateAuthChallengeAuthentication = "CreateAuthChallenge_Authentication", CreateAuthChallenge;
    VerifyAuthChallengeResponseAuthentication = "VerifyAuthChallengeResponse_Authentication", VerifyAuthChallengeResponse;
    InboundFederationExternalProvider = "InboundFederation_ExternalProvider", InboundFederation;
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests;

//! A pool's `LambdaConfig`: which function is invoked at which point of which operation.

use std::collections::BTreeMap;
use std::fmt;

use gatehouse_model::user_pool::{
    LambdaConfigType, PreTokenGenerationLambdaVersionType, PreTokenGenerationVersionConfigType,
};

use crate::Fault;

macro_rules! triggers {
    ($($(#[$doc:meta])* $trigger:ident = $name:literal, $member:literal;)*) => {
        /// A point at which a pool's owner may decide, by the name that errors give it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Trigger { $($(#[$doc])* $trigger,)* }

        impl Trigger {
            /// Every trigger.
            pub const ALL: &'static [Self] = &[$(Self::$trigger,)*];

            /// The name in errors: `PreSignUp failed with error …`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$trigger => $name,)* }
            }

            /// The member of `LambdaConfig` that names the function.
            pub const fn member(self) -> &'static str {
                match self { $(Self::$trigger => $member,)* }
            }
        }
    };
}

triggers! {
    /// Before a user is created.
    PreSignUp = "PreSignUp", "PreSignUp";
    /// After a user was confirmed, or has a new password by a code.
    PostConfirmation = "PostConfirmation", "PostConfirmation";
    /// Before a sign-in is evaluated.
    PreAuthentication = "PreAuthentication", "PreAuthentication";
    /// After a sign-in has succeeded.
    PostAuthentication = "PostAuthentication", "PostAuthentication";
    /// Before a message is sent.
    CustomMessage = "CustomMessage", "CustomMessage";
    /// Before tokens are signed.
    PreTokenGeneration = "PreTokenGeneration", "PreTokenGeneration";
    /// When a name is unknown that may be known elsewhere.
    UserMigration = "UserMigration", "UserMigration";
    /// `CUSTOM_AUTH`: what comes next.
    DefineAuthChallenge = "DefineAuthChallenge", "DefineAuthChallenge";
    /// `CUSTOM_AUTH`: what is asked.
    CreateAuthChallenge = "CreateAuthChallenge", "CreateAuthChallenge";
    /// `CUSTOM_AUTH`: whether the answer is right.
    VerifyAuthChallengeResponse = "VerifyAuthChallengeResponse", "VerifyAuthChallengeResponse";
    /// Instead of sending a mail.
    CustomEmailSender = "CustomEmailSender", "CustomEmailSender";
    /// Instead of sending a text message.
    CustomSmsSender = "CustomSMSSender", "CustomSMSSender";
    /// Before the attributes from another identity provider are mapped.
    InboundFederation = "InboundFederation", "InboundFederation";
}

impl fmt::Display for Trigger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The form of the event before tokens are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum TokenEvent {
    /// `V1_0`: the ID token.
    #[default]
    V1,
    /// `V2_0`: the access token too.
    V2,
    /// `V3_0`: clients' own access tokens too.
    V3,
}

impl TokenEvent {
    const fn from_api(version: PreTokenGenerationLambdaVersionType) -> Self {
        match version {
            PreTokenGenerationLambdaVersionType::V10 => Self::V1,
            PreTokenGenerationLambdaVersionType::V20 => Self::V2,
            PreTokenGenerationLambdaVersionType::V30 => Self::V3,
        }
    }

    /// The event's `version`.
    pub const fn version(self) -> &'static str {
        match self {
            Self::V1 => "1",
            Self::V2 => "2",
            Self::V3 => "3",
        }
    }
}

/// A pool's triggers, parsed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LambdaConfig {
    functions: BTreeMap<Trigger, String>,
    /// The form of the event before tokens are signed.
    pub token_event: TokenEvent,
    /// ARN of the KMS key under which custom senders receive codes (`KMSKeyID`).
    pub code_key: Option<String>,
}

impl LambdaConfig {
    /// The triggers of a pool's document.
    pub fn from_document(document: Option<&LambdaConfigType>) -> Self {
        let Some(document) = document else {
            return Self::default();
        };
        let functions = Trigger::ALL
            .iter()
            .filter_map(|&trigger| Some((trigger, named(document, trigger)?.to_owned())));
        Self {
            functions: functions.collect(),
            token_event: document
                .pre_token_generation_config
                .as_ref()
                .and_then(|config| config.lambda_version)
                .map(TokenEvent::from_api)
                .unwrap_or_default(),
            code_key: document.kms_key_id.clone(),
        }
    }

    /// The ARN of a trigger's function, if the pool has one.
    pub fn function(&self, trigger: Trigger) -> Option<&str> {
        self.functions.get(&trigger).map(String::as_str)
    }
}

/// The ARN that a document gives a trigger.
fn named(document: &LambdaConfigType, trigger: Trigger) -> Option<&str> {
    let arn = match trigger {
        Trigger::PreSignUp => document.pre_sign_up.as_ref(),
        Trigger::PostConfirmation => document.post_confirmation.as_ref(),
        Trigger::PreAuthentication => document.pre_authentication.as_ref(),
        Trigger::PostAuthentication => document.post_authentication.as_ref(),
        Trigger::CustomMessage => document.custom_message.as_ref(),
        Trigger::PreTokenGeneration => document
            .pre_token_generation_config
            .as_ref()
            .and_then(|config| config.lambda_arn.as_ref())
            .or(document.pre_token_generation.as_ref()),
        Trigger::UserMigration => document.user_migration.as_ref(),
        Trigger::DefineAuthChallenge => document.define_auth_challenge.as_ref(),
        Trigger::CreateAuthChallenge => document.create_auth_challenge.as_ref(),
        Trigger::VerifyAuthChallengeResponse => document.verify_auth_challenge_response.as_ref(),
        Trigger::CustomEmailSender => document
            .custom_email_sender
            .as_ref()
            .and_then(|config| config.lambda_arn.as_ref()),
        Trigger::CustomSmsSender => document
            .custom_sms_sender
            .as_ref()
            .and_then(|config| config.lambda_arn.as_ref()),
        Trigger::InboundFederation => document
            .inbound_federation
            .as_ref()
            .and_then(|config| config.lambda_arn.as_ref()),
    };
    arn.map(String::as_str).filter(|arn| !arn.is_empty())
}

/// The `LambdaConfig` of a request, checked, as `DescribeUserPool` shows it: the function before tokens are signed is
/// shown in both of its places.
///
/// # Errors
/// `InvalidParameterException` for an ARN that is not a function's of this Region or not a KMS key's, for two different
/// functions before tokens are signed, and for a custom sender without a key.
pub fn checked(given: Option<LambdaConfigType>, region: &str) -> Result<LambdaConfigType, Fault> {
    let mut config = given.unwrap_or_default();
    match (&config.pre_token_generation, &config.pre_token_generation_config) {
        (Some(arn), Some(versioned)) if versioned.lambda_arn.as_ref() != Some(arn) => {
            return Err(Fault::invalid_parameter(
                "LambdaConfig: PreTokenGeneration and PreTokenGenerationConfig must name the same function.",
            ));
        }
        (Some(arn), None) => {
            config.pre_token_generation_config = Some(PreTokenGenerationVersionConfigType {
                lambda_arn: Some(arn.clone()),
                lambda_version: Some(PreTokenGenerationLambdaVersionType::V10),
            });
        }
        (None, Some(versioned)) => config.pre_token_generation.clone_from(&versioned.lambda_arn),
        _ => {}
    }
    for &trigger in Trigger::ALL {
        if named(&config, trigger).is_some_and(|arn| !is_function(arn, region)) {
            return Err(Fault::invalid_parameter(format!(
                "LambdaConfig.{} must be the ARN of a Lambda function in Region {region}.",
                trigger.member()
            )));
        }
    }
    if let Some(key) = &config.kms_key_id
        && !is_key(key, region)
    {
        return Err(Fault::invalid_parameter(format!(
            "LambdaConfig.KMSKeyID must be the ARN of a KMS key in Region {region}."
        )));
    }
    if config.kms_key_id.is_none()
        && let Some(trigger) = [Trigger::CustomEmailSender, Trigger::CustomSmsSender]
            .into_iter()
            .find(|trigger| named(&config, *trigger).is_some())
    {
        return Err(Fault::invalid_parameter(format!(
            "LambdaConfig.KMSKeyID is required with {}.",
            trigger.member()
        )));
    }
    Ok(config)
}

/// The resource of an ARN of `service` in `region`, in any partition.
fn resource<'a>(arn: &'a str, service: &str, region: &str) -> Option<&'a str> {
    let mut parts = arn.splitn(6, ':');
    let head = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let account = parts.next()?;
    let right = head.0 == "arn" && head.1.starts_with("aws") && head.2 == service && head.3 == region;
    let account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    parts.next().filter(|_| right && account)
}

/// Whether an ARN is a Lambda function's: unqualified, or of a version or an alias.
fn is_function(arn: &str, region: &str) -> bool {
    let word = |text: &str, more: &str, longest: usize| {
        (1..=longest).contains(&text.len())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_' || more.contains(c))
    };
    let Some(named) = resource(arn, "lambda", region).and_then(|rest| rest.strip_prefix("function:")) else {
        return false;
    };
    match named.split_once(':') {
        None => word(named, "", 64),
        Some((name, qualifier)) => word(name, "", 64) && word(qualifier, "$", 128),
    }
}

/// Whether an ARN is a KMS key's.
fn is_key(arn: &str, region: &str) -> bool {
    resource(arn, "kms", region)
        .and_then(|rest| rest.strip_prefix("key/"))
        .is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
}

#[cfg(test)]
mod tests {
    use gatehouse_model::user_pool::{
        CustomEmailLambdaVersionConfigType, CustomEmailSenderLambdaVersionType,
    };

    use super::*;

    const FUNCTION: &str = "arn:aws:lambda:eu-west-1:123456789012:function:trigger";
    const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn refused(config: LambdaConfigType) -> String {
        checked(Some(config), "eu-west-1")
            .unwrap_err()
            .message()
            .to_owned()
    }

    #[test]
    fn a_function_is_named_by_its_arn_with_or_without_a_qualifier() {
        for arn in [
            FUNCTION,
            &format!("{FUNCTION}:live"),
            &format!("{FUNCTION}:$LATEST"),
        ] {
            assert!(is_function(arn, "eu-west-1"), "{arn}");
        }
        for arn in [
            "trigger",
            "arn:aws:lambda:us-east-1:123456789012:function:trigger",
            "arn:aws:lambda:eu-west-1:1234:function:trigger",
            "arn:aws:lambda:eu-west-1:123456789012:layer:trigger",
            "arn:aws:lambda:eu-west-1:123456789012:function:a:b:c",
            "arn:aws:lambda:eu-west-1:123456789012:function:",
            KEY,
        ] {
            assert!(!is_function(arn, "eu-west-1"), "{arn}");
        }
        let elsewhere = LambdaConfigType {
            pre_sign_up: Some("arn:aws:sns:eu-west-1:123456789012:topic".to_owned()),
            ..LambdaConfigType::default()
        };
        assert!(refused(elsewhere).starts_with("LambdaConfig.PreSignUp must be"));
    }

    #[test]
    fn the_function_before_tokens_is_one_and_shown_twice() {
        let versioned = |arn: &str| PreTokenGenerationVersionConfigType {
            lambda_arn: Some(arn.to_owned()),
            lambda_version: Some(PreTokenGenerationLambdaVersionType::V30),
        };
        let config = LambdaConfigType {
            pre_token_generation_config: Some(versioned(FUNCTION)),
            ..LambdaConfigType::default()
        };
        let config = checked(Some(config), "eu-west-1").unwrap();
        assert_eq!(config.pre_token_generation.as_deref(), Some(FUNCTION));
        assert_eq!(
            LambdaConfig::from_document(Some(&config)).token_event,
            TokenEvent::V3
        );
        let old = LambdaConfigType {
            pre_token_generation: Some(FUNCTION.to_owned()),
            ..LambdaConfigType::default()
        };
        let old = LambdaConfig::from_document(Some(&checked(Some(old), "eu-west-1").unwrap()));
        assert_eq!(old.token_event, TokenEvent::V1);
        assert_eq!(old.function(Trigger::PreTokenGeneration), Some(FUNCTION));
        assert!(
            refused(LambdaConfigType {
                pre_token_generation: Some(format!("{FUNCTION}2")),
                ..config
            })
            .contains("the same function")
        );
    }

    #[test]
    fn a_custom_sender_needs_a_key() {
        let mut config = LambdaConfigType {
            custom_email_sender: Some(CustomEmailLambdaVersionConfigType {
                lambda_arn: Some(FUNCTION.to_owned()),
                lambda_version: Some(CustomEmailSenderLambdaVersionType::V10),
            }),
            ..LambdaConfigType::default()
        };
        assert_eq!(
            refused(config.clone()),
            "LambdaConfig.KMSKeyID is required with CustomEmailSender."
        );
        config.kms_key_id = Some("arn:aws:kms:eu-west-1:123456789012:alias/codes".to_owned());
        assert!(refused(config.clone()).starts_with("LambdaConfig.KMSKeyID must be"));
        config.kms_key_id = Some(KEY.to_owned());
        let config = LambdaConfig::from_document(Some(&checked(Some(config), "eu-west-1").unwrap()));
        assert_eq!(config.code_key.as_deref(), Some(KEY));
        assert_eq!(config.function(Trigger::CustomEmailSender), Some(FUNCTION));
        assert_eq!(config.function(Trigger::CustomSmsSender), None);
    }
}

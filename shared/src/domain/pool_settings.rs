//! The settings of `CreateUserPool` and `UpdateUserPool`, checked and completed with Cognito's defaults.
//!
//! What this version does not obey yet is refused by name: a setting that is accepted and ignored would lie.

use gatehouse_model::user_pool::{
    AccountRecoverySettingType, AcrLevelConfigType, AdminCreateUserConfigType, AdvancedSecurityModeType,
    AuthFactorType, CreateUserPoolRequest, DcrConfigurationType, DefaultEmailOptionType,
    DeletionProtectionType, DeviceConfigurationType, EmailConfigurationType, EmailSendingAccountType,
    EncryptionKeyType, IssuerConfigurationType, IssuerType, KeyConfigurationType, LambdaConfigType,
    SmsConfigurationType, UpdateUserPoolRequest, UserAttributeUpdateSettingsType, UserPoolAddOnsType,
    UserPoolMfaType, UserPoolPolicyType, UserPoolTierType, UserPoolType, UsernameConfigurationType,
    VerificationMessageTemplateType, VerifiedAttributeType,
};
use std::collections::BTreeMap;

use super::lambda_config;
use super::password_policy::PasswordPolicy;
use super::pool::{SEARCHABLE_TAG, SIGNER_TAG, SIGNING_ALGORITHM_TAG};
use super::pool_mfa::{MfaDocument, check_mode, check_sms};
use super::registration;
use super::schema::Schema;
use crate::Fault;
use crate::tokens::keys::{Signer, Signing, SigningAlgorithm};

/// The settings that both operations share.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(clippy::struct_field_names, reason = "named as in the API")]
pub struct Settings {
    policies: Option<UserPoolPolicyType>,
    deletion_protection: Option<DeletionProtectionType>,
    lambda_config: Option<LambdaConfigType>,
    auto_verified_attributes: Option<Vec<VerifiedAttributeType>>,
    sms_verification_message: Option<String>,
    email_verification_message: Option<String>,
    email_verification_subject: Option<String>,
    verification_message_template: Option<VerificationMessageTemplateType>,
    sms_authentication_message: Option<String>,
    mfa_configuration: Option<UserPoolMfaType>,
    user_attribute_update_settings: Option<UserAttributeUpdateSettingsType>,
    device_configuration: Option<DeviceConfigurationType>,
    email_configuration: Option<EmailConfigurationType>,
    sms_configuration: Option<SmsConfigurationType>,
    user_pool_tags: Option<BTreeMap<String, String>>,
    admin_create_user_config: Option<AdminCreateUserConfigType>,
    user_pool_add_ons: Option<UserPoolAddOnsType>,
    account_recovery_setting: Option<AccountRecoverySettingType>,
    user_pool_tier: Option<UserPoolTierType>,
    acr_configuration: Option<BTreeMap<String, AcrLevelConfigType>>,
    dcr_configuration: Option<DcrConfigurationType>,
    issuer_configuration: Option<IssuerConfigurationType>,
    key_configuration: Option<KeyConfigurationType>,
}

macro_rules! settings_of {
    ($request:expr) => {
        Settings {
            policies: $request.policies.clone(),
            deletion_protection: $request.deletion_protection,
            lambda_config: $request.lambda_config.clone(),
            auto_verified_attributes: $request.auto_verified_attributes.clone(),
            sms_verification_message: $request.sms_verification_message.clone(),
            email_verification_message: $request.email_verification_message.clone(),
            email_verification_subject: $request.email_verification_subject.clone(),
            verification_message_template: $request.verification_message_template.clone(),
            sms_authentication_message: $request.sms_authentication_message.clone(),
            mfa_configuration: $request.mfa_configuration,
            user_attribute_update_settings: $request.user_attribute_update_settings.clone(),
            device_configuration: $request.device_configuration.clone(),
            email_configuration: $request.email_configuration.clone(),
            sms_configuration: $request.sms_configuration.clone(),
            user_pool_tags: $request.user_pool_tags.clone(),
            admin_create_user_config: $request.admin_create_user_config.clone(),
            user_pool_add_ons: $request.user_pool_add_ons.clone(),
            account_recovery_setting: $request.account_recovery_setting.clone(),
            user_pool_tier: $request.user_pool_tier,
            acr_configuration: $request.acr_configuration.clone(),
            dcr_configuration: $request.dcr_configuration.clone(),
            issuer_configuration: $request.issuer_configuration.clone(),
            key_configuration: $request.key_configuration.clone(),
        }
    };
}

impl From<&CreateUserPoolRequest> for Settings {
    fn from(request: &CreateUserPoolRequest) -> Self {
        settings_of!(request)
    }
}

impl From<&UpdateUserPoolRequest> for Settings {
    fn from(request: &UpdateUserPoolRequest) -> Self {
        settings_of!(request)
    }
}

impl Settings {
    /// Refuses what this version does not obey.
    fn check(&self, region: &str) -> Result<(), Fault> {
        if let Some(add_ons) = &self.user_pool_add_ons
            && (add_ons.advanced_security_mode != Some(AdvancedSecurityModeType::Off)
                || add_ons.advanced_security_additional_flows.is_some())
        {
            return Err(Fault::unsupported(
                "UserPoolAddOns.AdvancedSecurityMode other than OFF",
            ));
        }
        let first_factors = self
            .policies
            .as_ref()
            .and_then(|policies| policies.sign_in_policy.as_ref())
            .and_then(|policy| policy.allowed_first_auth_factors.as_ref());
        if first_factors.is_some_and(|factors| factors.contains(&AuthFactorType::SoftwareToken)) {
            return Err(Fault::invalid_parameter(
                "SOFTWARE_TOKEN is not supported as a first auth factor.",
            ));
        }
        if first_factors.is_some_and(|factors| !factors.contains(&AuthFactorType::Password)) {
            return Err(Fault::invalid_parameter(
                "AllowedFirstAuthFactors must contain PASSWORD.",
            ));
        }
        self.check_newer()?;
        check_sms(self.sms_configuration.as_ref(), region)?;
        if self.email_configuration.as_ref().is_some_and(|email| {
            email.email_sending_account == Some(EmailSendingAccountType::Developer)
                && email.source_arn.is_none()
        }) {
            return Err(Fault::invalid_parameter(
                "SourceArn is required when EmailSendingAccount is DEVELOPER.",
            ));
        }
        let verified_first = self
            .user_attribute_update_settings
            .as_ref()
            .and_then(|settings| settings.attributes_require_verification_before_update.as_deref());
        let auto_verified = self.auto_verified_attributes.as_deref().unwrap_or_default();
        if let Some(other) = verified_first
            .unwrap_or_default()
            .iter()
            .find(|name| !auto_verified.contains(name))
        {
            // As Cognito: the new address gets its code only where codes are sent at all.
            return Err(Fault::invalid_parameter(format!(
                "AttributesRequireVerificationBeforeUpdate: {other} must be among AutoVerifiedAttributes."
            )));
        }
        self.password_policy()?;
        Ok(())
    }

    /// Refuses what is newer in the API than here.
    fn check_newer(&self) -> Result<(), Fault> {
        if self
            .issuer_configuration
            .as_ref()
            .is_some_and(|issuer| issuer.r#type == Some(IssuerType::Updated))
        {
            return Err(Fault::unsupported("IssuerConfiguration.Type UPDATED"));
        }
        if self.key_configuration.as_ref().is_some_and(|key| {
            key.kms_key_arn.is_some() || key.key_type == Some(EncryptionKeyType::CustomerManagedKey)
        }) {
            return Err(Fault::unsupported(
                "KeyConfiguration with a KmsKeyArn of the pool's own (the stack's key seals all pools)",
            ));
        }
        Ok(())
    }

    /// The policy for passwords. How long a temporary one works may also be given as
    /// `AdminCreateUserConfig.UnusedAccountValidityDays`, the older name.
    fn password_policy(&self) -> Result<PasswordPolicy, Fault> {
        let given = self.policies.as_ref().and_then(|p| p.password_policy.as_ref());
        let mut policy = PasswordPolicy::from_document(given)?;
        let older = self
            .admin_create_user_config
            .as_ref()
            .and_then(|admin| admin.unused_account_validity_days)
            .map(i64::from)
            .filter(|days| *days > 0);
        let newer = given.and_then(|policy| policy.temporary_password_validity_days);
        match (older, newer) {
            (Some(days), None) => policy.temporary_days = days,
            (Some(days), Some(_)) if days != policy.temporary_days => {
                return Err(Fault::invalid_parameter(
                    "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of \
                     UnusedAccountValidityDays.",
                ));
            }
            _ => {}
        }
        Ok(policy)
    }

    /// Writes the settings over `document`; what was not given goes back to its default, as Cognito does it.
    fn apply(self, document: &mut UserPoolType, region: &str) -> Result<(), Fault> {
        let policy = self.password_policy()?;
        document.policies = Some(UserPoolPolicyType {
            password_policy: Some(policy.to_document()),
            sign_in_policy: Some(self.policies.and_then(|p| p.sign_in_policy).unwrap_or_else(|| {
                gatehouse_model::user_pool::SignInPolicyType {
                    allowed_first_auth_factors: Some(vec![AuthFactorType::Password]),
                }
            })),
        });
        let template = merged_template(
            self.verification_message_template,
            self.sms_verification_message,
            self.email_verification_message,
            self.email_verification_subject,
        );
        document
            .sms_verification_message
            .clone_from(&template.sms_message);
        document
            .email_verification_message
            .clone_from(&template.email_message);
        document
            .email_verification_subject
            .clone_from(&template.email_subject);
        document.verification_message_template = Some(template);
        document.deletion_protection = Some(
            self.deletion_protection
                .unwrap_or(DeletionProtectionType::Inactive),
        );
        document.lambda_config = Some(lambda_config::checked(self.lambda_config, region)?);
        document.auto_verified_attributes = self.auto_verified_attributes;
        document.sms_authentication_message = self.sms_authentication_message;
        document.mfa_configuration = Some(self.mfa_configuration.unwrap_or(UserPoolMfaType::Off));
        document.user_attribute_update_settings = self.user_attribute_update_settings;
        document.device_configuration = self.device_configuration;
        document.email_configuration =
            Some(
                self.email_configuration
                    .unwrap_or_else(|| EmailConfigurationType {
                        email_sending_account: Some(EmailSendingAccountType::CognitoDefault),
                        ..EmailConfigurationType::default()
                    }),
            );
        document.sms_configuration = self.sms_configuration;
        document.user_pool_tags = self
            .user_pool_tags
            .or_else(|| fixed_tags(document.user_pool_tags.take()));
        let mut admin = self.admin_create_user_config.unwrap_or_default();
        admin.allow_admin_create_user_only.get_or_insert(false);
        admin.unused_account_validity_days = i32::try_from(policy.temporary_days).ok();
        document.admin_create_user_config = Some(admin);
        document.user_pool_add_ons = self.user_pool_add_ons;
        document.account_recovery_setting = self.account_recovery_setting;
        document.acr_configuration = self.acr_configuration;
        document.dcr_configuration = registration::configured(
            self.dcr_configuration,
            document.dcr_configuration.take(),
            self.user_pool_tier,
        )?;
        document.issuer_configuration = self.issuer_configuration;
        document.key_configuration = self.key_configuration;
        document.user_pool_tier = Some(self.user_pool_tier.unwrap_or(UserPoolTierType::Essentials));
        Ok(())
    }
}

/// Tags that are chosen once, when a pool is created.
const FIXED_TAGS: [&str; 3] = [SEARCHABLE_TAG, SIGNING_ALGORITHM_TAG, SIGNER_TAG];

/// What an update that names no tags leaves of them, which takes all others away: the tags that are fixed.
fn fixed_tags(tags: Option<BTreeMap<String, String>>) -> Option<BTreeMap<String, String>> {
    let mut tags = tags?;
    tags.retain(|name, _| FIXED_TAGS.contains(&name.as_str()));
    (!tags.is_empty()).then_some(tags)
}

/// One template out of the two ways to give it.
fn merged_template(
    template: Option<VerificationMessageTemplateType>,
    sms: Option<String>,
    email: Option<String>,
    subject: Option<String>,
) -> VerificationMessageTemplateType {
    let mut template = template.unwrap_or_default();
    template.sms_message = template.sms_message.or(sms);
    template.email_message = template.email_message.or(email);
    template.email_subject = template.email_subject.or(subject);
    template
        .default_email_option
        .get_or_insert(DefaultEmailOptionType::ConfirmWithCode);
    template
}

/// The document of a new pool; id, ARN and dates are still missing.
///
/// # Errors
/// `InvalidParameterException` for settings that contradict each other or are not supported.
pub fn create(request: &CreateUserPoolRequest, region: &str) -> Result<(UserPoolType, MfaDocument), Fault> {
    let settings = Settings::from(request);
    settings.check(region)?;
    let mfa = with_sms(MfaDocument::default(), &settings)?;
    if request.alias_attributes.as_ref().is_some_and(|a| !a.is_empty())
        && request
            .username_attributes
            .as_ref()
            .is_some_and(|a| !a.is_empty())
    {
        return Err(Fault::invalid_parameter(
            "Only one of aliasAttributes or usernameAttributes can be set.",
        ));
    }
    let schema = Schema::create(request.schema.as_deref().unwrap_or_default())?;
    let mut document = UserPoolType {
        name: request.pool_name.clone(),
        schema_attributes: Some(schema.document().to_vec()),
        alias_attributes: request.alias_attributes.clone(),
        username_attributes: request.username_attributes.clone(),
        username_configuration: Some(request.username_configuration.clone().unwrap_or(
            UsernameConfigurationType {
                case_sensitive: Some(true),
            },
        )),
        ..UserPoolType::default()
    };
    settings.apply(&mut document, region)?;
    check_searchable(&document, &schema)?;
    signing(&document)?;
    Ok((document, mfa))
}

/// Multi-factor authentication after these settings: with a mode and a way to send them, text messages are a factor.
fn with_sms(mut mfa: MfaDocument, settings: &Settings) -> Result<MfaDocument, Fault> {
    let on = settings
        .mfa_configuration
        .is_some_and(|mode| mode != UserPoolMfaType::Off);
    mfa.sms = settings.sms_configuration.is_some() && (on || mfa.sms);
    check_mode(settings.mfa_configuration, &mfa)?;
    Ok(mfa)
}

/// Refuses a search by attributes that the schema does not have.
fn check_searchable(document: &UserPoolType, schema: &Schema) -> Result<(), Fault> {
    for name in searchable_tag(document.user_pool_tags.as_ref()).split_whitespace() {
        if !name.contains("custom:") || schema.rule(name).is_none() {
            return Err(Fault::invalid_parameter(format!(
                "Tag {SEARCHABLE_TAG} names {name}, which is not a custom attribute of the pool."
            )));
        }
    }
    Ok(())
}

fn searchable_tag(tags: Option<&BTreeMap<String, String>>) -> &str {
    tag(tags, SEARCHABLE_TAG)
}

fn tag<'a>(tags: Option<&'a BTreeMap<String, String>>, name: &str) -> &'a str {
    tags.and_then(|tags| tags.get(name))
        .map(String::as_str)
        .unwrap_or_default()
}

/// How a new pool's keys are made, as its tags say.
///
/// # Errors
/// `InvalidParameterException` for tags that name no way to sign.
pub fn signing(document: &UserPoolType) -> Result<Signing, Fault> {
    let tags = document.user_pool_tags.as_ref();
    let has = |name| tags.is_some_and(|tags| tags.contains_key(name));
    Ok(Signing {
        algorithm: match tag(tags, SIGNING_ALGORITHM_TAG) {
            "ES256" => SigningAlgorithm::Es256,
            "RS256" => SigningAlgorithm::Rs256,
            _ if !has(SIGNING_ALGORITHM_TAG) => SigningAlgorithm::default(),
            _ => {
                return Err(Fault::invalid_parameter(format!(
                    "Tag {SIGNING_ALGORITHM_TAG} must be RS256 or ES256."
                )));
            }
        },
        signer: match tag(tags, SIGNER_TAG) {
            "KMS_DATA_KEY_PAIR" => Signer::KmsDataKeyPair,
            "KMS" => Signer::Kms,
            _ if !has(SIGNER_TAG) => Signer::default(),
            _ => {
                return Err(Fault::invalid_parameter(format!(
                    "Tag {SIGNER_TAG} must be KMS or KMS_DATA_KEY_PAIR."
                )));
            }
        },
    })
}

/// Refuses tags that change what is fixed: users are indexed as the pool was created, and it signs with the keys that it
/// was given.
///
/// # Errors
/// `InvalidParameterException`.
pub fn check_tags(
    before: Option<&BTreeMap<String, String>>,
    after: Option<&BTreeMap<String, String>>,
) -> Result<(), Fault> {
    for name in FIXED_TAGS {
        if tag(before, name) != tag(after, name) {
            return Err(Fault::invalid_parameter(format!(
                "Tag {name} is fixed when the pool is created."
            )));
        }
    }
    Ok(())
}

/// The document of an updated pool.
///
/// # Errors
/// `InvalidParameterException` for settings that contradict each other or are not supported.
pub fn update(
    mut document: UserPoolType,
    mfa: MfaDocument,
    request: &UpdateUserPoolRequest,
    region: &str,
) -> Result<(UserPoolType, MfaDocument), Fault> {
    let settings = Settings::from(request);
    settings.check(region)?;
    let mfa = with_sms(mfa, &settings)?;
    if settings.user_pool_tags.is_some() {
        check_tags(document.user_pool_tags.as_ref(), settings.user_pool_tags.as_ref())?;
    }
    settings.apply(&mut document, region)?;
    if let Some(name) = &request.pool_name {
        document.name = Some(name.clone());
    }
    Ok((document, mfa))
}

#[cfg(test)]
mod tests;

//! A pool's multi-factor authentication: what `SetUserPoolMfaConfig` says, checked, and what sign-in asks of it.

use gatehouse_model::user_pool::{
    AuthFactorType, EmailMfaConfigType, GetUserPoolMfaConfigResponse, SetUserPoolMfaConfigRequest,
    SmsConfigurationType, SmsMfaConfigType, UserPoolMfaType, UserPoolType, WebAuthnConfigurationType,
    WebAuthnFactorConfigurationType,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::factors::Factor;
use crate::Fault;
use crate::protocol::webauthn::RelyingParty;

/// The settings that `DescribeUserPool` does not show, as JSON of the API's own shapes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MfaDocument {
    /// Codes by text message are a factor.
    pub sms: bool,
    /// Authenticator apps are a factor.
    pub software_token: bool,
    /// Codes by mail are a factor, with these texts.
    pub email: Option<EmailMfaConfigType>,
    /// Passkeys.
    pub web_authn: Option<WebAuthnConfigurationType>,
}

/// Multi-factor authentication of a pool.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolMfa {
    /// Whether it is off, each user's choice, or required.
    pub mode: UserPoolMfaType,
    /// The factors that users may have.
    pub factors: BTreeSet<Factor>,
    /// The first factors of choice-based sign-in (`SignInPolicy.AllowedFirstAuthFactors`).
    pub first_factors: Vec<AuthFactorType>,
    /// The stored form.
    pub document: MfaDocument,
}

impl PoolMfa {
    /// Parses the stored form.
    pub fn parse(pool: &UserPoolType, document: MfaDocument) -> Self {
        let factors = [
            (Factor::Sms, document.sms),
            (Factor::SoftwareToken, document.software_token),
            (Factor::Email, document.email.is_some()),
        ];
        let first_factors = pool
            .policies
            .as_ref()
            .and_then(|policies| policies.sign_in_policy.as_ref())
            .and_then(|policy| policy.allowed_first_auth_factors.clone());
        Self {
            mode: pool.mfa_configuration.unwrap_or(UserPoolMfaType::Off),
            factors: factors
                .into_iter()
                .filter_map(|(factor, on)| on.then_some(factor))
                .collect(),
            first_factors: first_factors.unwrap_or_else(|| vec![AuthFactorType::Password]),
            document,
        }
    }

    /// Whether users sign in with codes instead of passwords, so that users without a password may exist.
    pub fn passwordless(&self) -> bool {
        [AuthFactorType::EmailOtp, AuthFactorType::SmsOtp]
            .iter()
            .any(|factor| self.first_factors.contains(factor))
    }

    /// Whether users may sign in with passkeys.
    pub fn takes_passkeys(&self) -> bool {
        self.first_factors.contains(&AuthFactorType::WebAuthn)
    }

    /// Whether a passkey with user verification counts as both factors.
    pub fn passkey_is_multi_factor(&self) -> bool {
        self.document.web_authn.as_ref().is_some_and(|passkeys| {
            passkeys.factor_configuration
                == Some(WebAuthnFactorConfigurationType::MultiFactorWithUserVerification)
        })
    }

    /// What `GetUserPoolMfaConfig` shows.
    pub fn to_api(&self, pool: &UserPoolType) -> GetUserPoolMfaConfigResponse {
        GetUserPoolMfaConfigResponse {
            sms_mfa_configuration: self.document.sms.then(|| SmsMfaConfigType {
                sms_authentication_message: pool.sms_authentication_message.clone(),
                sms_configuration: pool.sms_configuration.clone(),
            }),
            software_token_mfa_configuration: Some(gatehouse_model::user_pool::SoftwareTokenMfaConfigType {
                enabled: Some(self.document.software_token),
            }),
            email_mfa_configuration: self.document.email.clone(),
            mfa_configuration: Some(self.mode),
            web_authn_configuration: self.document.web_authn.clone(),
        }
    }
}

fn needs_code(text: Option<&String>, what: &str) -> Result<(), Fault> {
    match text {
        Some(text) if !text.contains("{####}") => Err(Fault::invalid_parameter(format!(
            "{what} must contain the placeholder {{####}}."
        ))),
        _ => Ok(()),
    }
}

/// Refuses a way to send text messages that is not obeyed.
///
/// # Errors
/// `InvalidParameterException`.
pub fn check_sms(sms: Option<&SmsConfigurationType>, region: &str) -> Result<(), Fault> {
    let Some(sms) = sms else { return Ok(()) };
    if sms.eums_sms.is_some() {
        return Err(Fault::unsupported("SmsConfiguration.EumsSms"));
    }
    if sms.sns_region.as_deref().is_some_and(|other| other != region) {
        return Err(Fault::unsupported(
            "SmsConfiguration.SnsRegion other than the pool's own Region",
        ));
    }
    Ok(())
}

/// Refuses a pool that asks for second factors and has none.
///
/// # Errors
/// `InvalidParameterException`.
pub fn check_mode(mode: Option<UserPoolMfaType>, document: &MfaDocument) -> Result<(), Fault> {
    let any = document.sms || document.software_token || document.email.is_some();
    if mode.unwrap_or(UserPoolMfaType::Off) != UserPoolMfaType::Off && !any {
        return Err(Fault::invalid_parameter(
            "Invalid MFA configuration given, can't turn on MFA without an MFA method: SMS, software token or email.",
        ));
    }
    Ok(())
}

/// The settings of a pool after `SetUserPoolMfaConfig`.
///
/// With `MfaConfiguration` the request says all factors: those it does not name are switched off. Without, it changes
/// what it names. `WebAuthnConfiguration` stays where it is not given.
///
/// # Errors
/// `InvalidParameterException` for settings that contradict each other or are not supported.
pub fn set(
    pool: &mut UserPoolType,
    before: &MfaDocument,
    request: &SetUserPoolMfaConfigRequest,
    region: &str,
) -> Result<MfaDocument, Fault> {
    let total = request.mfa_configuration.is_some();
    let kept = |on: bool| on && !total;
    let mut after = MfaDocument {
        sms: kept(before.sms),
        software_token: kept(before.software_token),
        email: before.email.clone().filter(|_| !total),
        web_authn: before.web_authn.clone(),
    };
    if let Some(sms) = &request.sms_mfa_configuration {
        check_sms(sms.sms_configuration.as_ref(), region)?;
        needs_code(
            sms.sms_authentication_message.as_ref(),
            "SmsMfaConfiguration.SmsAuthenticationMessage",
        )?;
        if sms.sms_configuration.is_some() {
            pool.sms_configuration.clone_from(&sms.sms_configuration);
        }
        if pool.sms_configuration.is_none() {
            return Err(Fault::invalid_parameter(
                "SmsConfiguration is required to turn on SMS MFA.",
            ));
        }
        if sms.sms_authentication_message.is_some() {
            pool.sms_authentication_message
                .clone_from(&sms.sms_authentication_message);
        }
        after.sms = true;
    }
    if let Some(token) = &request.software_token_mfa_configuration {
        after.software_token = token.enabled.unwrap_or(false);
    }
    if let Some(email) = &request.email_mfa_configuration {
        needs_code(email.message.as_ref(), "EmailMfaConfiguration.Message")?;
        after.email = Some(email.clone());
    }
    if let Some(passkeys) = &request.web_authn_configuration {
        let id = passkeys.relying_party_id.as_deref();
        if id.is_some_and(|id| RelyingParty::new("", id, false).is_none()) {
            return Err(Fault::invalid_parameter(
                "WebAuthnConfiguration.RelyingPartyId must be a domain.",
            ));
        }
        after.web_authn = Some(passkeys.clone());
    }
    if let Some(mode) = request.mfa_configuration {
        pool.mfa_configuration = Some(mode);
    }
    check_mode(pool.mfa_configuration, &after)?;
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatehouse_model::user_pool::SoftwareTokenMfaConfigType;

    fn with_apps(mode: Option<UserPoolMfaType>) -> SetUserPoolMfaConfigRequest {
        SetUserPoolMfaConfigRequest {
            mfa_configuration: mode,
            software_token_mfa_configuration: Some(SoftwareTokenMfaConfigType { enabled: Some(true) }),
            ..SetUserPoolMfaConfigRequest::default()
        }
    }

    #[test]
    fn mfa_needs_a_factor() {
        let mut pool = UserPoolType::default();
        let request = SetUserPoolMfaConfigRequest {
            mfa_configuration: Some(UserPoolMfaType::On),
            ..SetUserPoolMfaConfigRequest::default()
        };
        assert!(set(&mut pool, &MfaDocument::default(), &request, "eu-west-1").is_err());
        let after = set(
            &mut pool,
            &MfaDocument::default(),
            &with_apps(Some(UserPoolMfaType::On)),
            "eu-west-1",
        )
        .unwrap();
        assert!(after.software_token);
        assert_eq!(pool.mfa_configuration, Some(UserPoolMfaType::On));
    }

    #[test]
    fn a_request_with_a_mode_says_all_factors_and_one_without_changes_what_it_names() {
        let before = MfaDocument {
            email: Some(EmailMfaConfigType::default()),
            ..MfaDocument::default()
        };
        let mut pool = UserPoolType::default();
        let total = set(
            &mut pool,
            &before,
            &with_apps(Some(UserPoolMfaType::Optional)),
            "eu-west-1",
        )
        .unwrap();
        assert_eq!(total.email, None);
        let partial = set(&mut pool, &before, &with_apps(None), "eu-west-1").unwrap();
        assert!(partial.email.is_some() && partial.software_token);
    }

    #[test]
    fn a_template_without_a_place_for_the_code_is_refused() {
        let request = SetUserPoolMfaConfigRequest {
            email_mfa_configuration: Some(EmailMfaConfigType {
                message: Some("no code here".to_owned()),
                subject: None,
            }),
            ..SetUserPoolMfaConfigRequest::default()
        };
        let fault = set(
            &mut UserPoolType::default(),
            &MfaDocument::default(),
            &request,
            "eu-west-1",
        )
        .unwrap_err();
        assert!(
            fault.message().starts_with("EmailMfaConfiguration.Message"),
            "{}",
            fault.message()
        );
    }

    #[test]
    fn a_relying_party_is_a_domain() {
        let with = |id: &str| SetUserPoolMfaConfigRequest {
            web_authn_configuration: Some(WebAuthnConfigurationType {
                relying_party_id: Some(id.to_owned()),
                ..WebAuthnConfigurationType::default()
            }),
            ..SetUserPoolMfaConfigRequest::default()
        };
        let set = |id| {
            let before = MfaDocument::default();
            set(&mut UserPoolType::default(), &before, &with(id), "eu-west-1")
        };
        assert!(set("login.example.com").unwrap().web_authn.is_some());
        assert!(set("localhost").is_ok());
        for id in [
            "https://example.com",
            "example.com/",
            "example.com:443",
            "two words",
            "192.0.2.1",
            "",
        ] {
            assert!(set(id).is_err(), "{id}");
        }
    }
}

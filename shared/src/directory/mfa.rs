//! A user's choice of second factors, as the user and administrators change and see it.

use gatehouse_model::user_pool::{
    AuthFactorType, DeliveryMediumType, EmailMfaSettingsType, MFAOptionType, SMSMfaSettingsType,
    SoftwareTokenMfaSettingsType, UserPoolMfaType, WebAuthnMfaSettingsType,
};

use crate::app::OpenPool;
use crate::domain::factors::{Factor, MfaPreference};
use crate::domain::names::AliasKind;
use crate::domain::passkey::Passkey;
use crate::domain::pool::Pool;
use crate::domain::user::User;
use crate::store::users::With;
use crate::{App, Fault, Timestamp};

/// What a request says about one factor: switched on or off, and preferred or not; `None` leaves it.
#[derive(Debug, Clone, Copy)]
struct Wish {
    factor: Factor,
    enabled: Option<bool>,
    preferred: Option<bool>,
}

/// What `SetUserMFAPreference` and `AdminSetUserMFAPreference` say.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// `SMSMfaSettings`.
    pub sms: Option<SMSMfaSettingsType>,
    /// `SoftwareTokenMfaSettings`.
    pub software_token: Option<SoftwareTokenMfaSettingsType>,
    /// `EmailMfaSettings`.
    pub email: Option<EmailMfaSettingsType>,
    /// `WebAuthnMfaSettings`.
    pub web_authn: Option<WebAuthnMfaSettingsType>,
}

impl Wishes {
    fn factors(&self) -> impl Iterator<Item = Wish> {
        let wish = |factor, enabled, preferred| Wish {
            factor,
            enabled,
            preferred,
        };
        let sms = self
            .sms
            .as_ref()
            .map(|sms| wish(Factor::Sms, sms.enabled, sms.preferred_mfa));
        let token = self
            .software_token
            .as_ref()
            .map(|token| wish(Factor::SoftwareToken, token.enabled, token.preferred_mfa));
        let email = self
            .email
            .as_ref()
            .map(|email| wish(Factor::Email, email.enabled, email.preferred_mfa));
        [sms, token, email].into_iter().flatten()
    }
}

/// The user's preference after these wishes.
///
/// # Errors
/// `InvalidParameterException` for a factor that the pool or the user does not have, for two favourites, for a favourite
/// that is off, and for switching the last factor off where one is required.
pub fn preference(pool: &Pool, user: &User, wishes: &Wishes) -> Result<MfaPreference, Fault> {
    let mut after = user.mfa.clone();
    let favourites = wishes.factors().filter(|wish| wish.preferred == Some(true));
    if favourites.count() > 1 {
        return Err(Fault::invalid_parameter(
            "Only one MFA method can be the preferred one.",
        ));
    }
    for wish in wishes.factors() {
        let name = wish.factor.challenge();
        match wish.enabled {
            Some(true) => {
                if !pool.mfa.factors.contains(&wish.factor) {
                    return Err(Fault::invalid_parameter(format!(
                        "{name} is not enabled for the user pool"
                    )));
                }
                if !user.can_use(wish.factor) {
                    return Err(Fault::invalid_parameter(
                        if wish.factor == Factor::SoftwareToken {
                            "User has not verified software token mfa".to_owned()
                        } else {
                            format!("User does not have delivery config set to turn on {name}")
                        },
                    ));
                }
                after.enabled.insert(wish.factor);
            }
            Some(false) => after = after.without(wish.factor),
            None => {}
        }
        match wish.preferred {
            Some(true) if !after.enabled.contains(&wish.factor) => {
                return Err(Fault::invalid_parameter(format!(
                    "{name} must be enabled to be the preferred MFA method"
                )));
            }
            Some(true) => after.preferred = Some(wish.factor),
            Some(false) if after.preferred == Some(wish.factor) => after.preferred = None,
            _ => {}
        }
    }
    if let Some(enabled) = wishes.web_authn.as_ref().and_then(|passkeys| passkeys.enabled) {
        if enabled && !pool.mfa.passkey_is_multi_factor() {
            return Err(Fault::invalid_parameter(
                "WebAuthn MFA needs FactorConfiguration MULTI_FACTOR_WITH_USER_VERIFICATION in the user pool.",
            ));
        }
        after.passkey = enabled;
    }
    if after.passkey && !user.mfa.passkey && after.enabled.is_empty() {
        return Err(Fault::invalid_parameter(
            "WebAuthn MFA needs another MFA method that is turned on: SMS, software token or email.",
        ));
    }
    if pool.mfa.mode == UserPoolMfaType::On && after.enabled.is_empty() && !user.mfa.enabled.is_empty() {
        return Err(Fault::invalid_parameter(
            "MFA is required in this user pool, so the last MFA method can not be turned off.",
        ));
    }
    Ok(after)
}

/// Stores what the wishes make of the user.
///
/// # Errors
/// As [`preference`]; `TooManyRequestsException` when the user changed since it was read.
pub async fn set(
    app: &App,
    open: &OpenPool,
    user: &User,
    wishes: &Wishes,
    now: Timestamp,
) -> Result<(), Fault> {
    let preference = preference(&open.pool, user, wishes)?;
    if preference == user.mfa {
        return Ok(());
    }
    replace(app, open, user, user.clone().with_mfa(preference), now).await
}

/// Stores a user whose factors changed.
///
/// # Errors
/// `TooManyRequestsException` when the user changed since it was read.
pub async fn replace(
    app: &App,
    open: &OpenPool,
    before: &User,
    after: User,
    now: Timestamp,
) -> Result<(), Fault> {
    let after = after.touched(now);
    app.store
        .replace_user(&open.pool, before, &after, With::default())
        .await?
        .into_result()
}

/// What the legacy `MFAOptions` say: text messages on or off.
///
/// # Errors
/// `InvalidParameterException` for anything but text messages to the phone number.
pub fn legacy(options: &[MFAOptionType]) -> Result<Wishes, Fault> {
    let by_sms = |option: &MFAOptionType| {
        option.delivery_medium == Some(DeliveryMediumType::Sms)
            && option.attribute_name.as_deref() == Some("phone_number")
    };
    if !options.iter().all(by_sms) {
        return Err(Fault::invalid_parameter(
            "MFAOptions can only be SMS to phone_number.",
        ));
    }
    Ok(Wishes {
        sms: Some(SMSMfaSettingsType {
            enabled: Some(!options.is_empty()),
            preferred_mfa: None,
        }),
        ..Wishes::default()
    })
}

/// `MFAOptions` as the API shows them: text messages only.
pub fn legacy_to_api(user: &User) -> Option<Vec<MFAOptionType>> {
    user.mfa.enabled.contains(&Factor::Sms).then(|| {
        vec![MFAOptionType {
            delivery_medium: Some(DeliveryMediumType::Sms),
            attribute_name: Some("phone_number".to_owned()),
        }]
    })
}

/// `UserMFASettingList`, absent where nothing is switched on.
pub fn list_to_api(user: &User) -> Option<Vec<String>> {
    let list = user.mfa.to_api();
    (!list.is_empty()).then_some(list)
}

/// `ConfiguredUserAuthFactors`: what the user could prove.
pub fn configured(pool: &Pool, user: &User, passkeys: &[Passkey]) -> Vec<AuthFactorType> {
    let mut factors = Vec::new();
    if user.credentials.is_some() {
        factors.push(AuthFactorType::Password);
    }
    for (factor, kind, second) in [
        (AuthFactorType::EmailOtp, AliasKind::Email, Factor::Email),
        (AuthFactorType::SmsOtp, AliasKind::PhoneNumber, Factor::Sms),
    ] {
        let first = pool.mfa.first_factors.contains(&factor) && user.is_verified(kind);
        if first || user.mfa.enabled.contains(&second) {
            factors.push(factor);
        }
    }
    if user.software_token.is_some() {
        factors.push(AuthFactorType::SoftwareToken);
    }
    if pool.mfa.takes_passkeys() && !passkeys.is_empty() {
        factors.push(AuthFactorType::WebAuthn);
    }
    factors
}

//! Account recovery: where the code of a forgotten password goes.

use gatehouse_model::user_pool::RecoveryOptionNameType;

use crate::Fault;
use crate::domain::names::AliasKind;
use crate::domain::pool::Pool;
use crate::domain::user::{Status, User};
use crate::messages::Destination;

/// The answer where a user's password is not the user's to set.
pub fn cannot_be_reset() -> Fault {
    Fault::not_authorized("User password cannot be reset in the current state.")
}

/// The verified address to which the pool's `AccountRecoverySetting` sends a user's code, in order of priority; the
/// phone number and then the e-mail address where the pool says nothing.
///
/// # Errors
/// `NotAuthorizedException` where only administrators recover accounts, or the user's status forbids it;
/// `InvalidParameterException` where the user has no verified address.
pub fn destination(pool: &Pool, user: &User) -> Result<Destination, Fault> {
    match user.status {
        Status::ForceChangePassword => return Err(cannot_be_reset()),
        _ if user.password_disabled => return Err(cannot_be_reset()),
        Status::Unconfirmed | Status::Confirmed | Status::ResetRequired => {}
    }
    let setting = pool.document.account_recovery_setting.as_ref();
    let mut options: Vec<_> = setting
        .and_then(|setting| setting.recovery_mechanisms.as_ref())
        .into_iter()
        .flatten()
        .collect();
    options.sort_by_key(|option| option.priority);
    let kinds: Vec<_> = if options.is_empty() {
        vec![AliasKind::PhoneNumber, AliasKind::Email]
    } else {
        options
            .iter()
            .filter_map(|option| match option.name? {
                RecoveryOptionNameType::VerifiedEmail => Some(AliasKind::Email),
                RecoveryOptionNameType::VerifiedPhoneNumber => Some(AliasKind::PhoneNumber),
                RecoveryOptionNameType::AdminOnly => None,
            })
            .collect()
    };
    if kinds.is_empty() {
        return Err(Fault::not_authorized("Contact administrator to reset password."));
    }
    kinds
        .into_iter()
        .filter(|kind| user.is_verified(*kind))
        .find_map(|kind| Destination::of(kind, &user.attributes))
        .ok_or_else(|| {
            Fault::invalid_parameter(
                "Cannot reset password for the user as there is no registered/verified email or phone_number",
            )
        })
}

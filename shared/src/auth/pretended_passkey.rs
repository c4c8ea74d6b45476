//! Passkeys of names without users (WebAuthn level 3, section 14.6.2): to be offered `WEB_AUTHN` says nothing of a name.
//!
//! Whether such a name has a passkey, and which, follows from the name and the pool's key, so it is the same whenever
//! somebody asks. Users who have none are not asked for one.

use gatehouse_model::user_pool::UserPoolMfaType;

use super::journey::Journey;
use super::resume::Resumed;
use super::srp::made_up_name;
use super::web_authn::ask_for;
use super::{Outcome, SignIn};
use crate::Fault;
use crate::crypto::seal::Purpose;
use crate::domain::ids::{UserKey, Username};
use crate::domain::passkey::relying_party;
use crate::protocol::webauthn::{PublicKey, Refusal, Stored};

/// Lengths of credential ids in bytes, and whether they are synchronized: Apple's and Google's passkeys, those of Windows
/// and of a password manager.
const KINDS: [(usize, bool); 4] = [(20, true), (32, true), (32, false), (16, true)];

/// Bytes that are the same for a name each time.
async fn drawn(sign_in: &SignIn<'_>, what: &str, key: &UserKey) -> Result<Vec<u8>, Fault> {
    let data_key = sign_in.app.data_key(&sign_in.open).await?;
    let message = format!("{what}#{}#{key}", sign_in.pool().id());
    let mac = data_key.mac(Purpose::FakePasskey, message.as_bytes())?;
    Ok(mac.as_ref().to_vec())
}

/// Whether a name without a user is offered a passkey: every other one is.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub(super) async fn is_offered(sign_in: &SignIn<'_>, key: &UserKey) -> Result<bool, Fault> {
    let first = drawn(sign_in, "has", key).await?.first().copied();
    Ok(relying_party(sign_in.pool()).is_ok() && first.unwrap_or_default().is_multiple_of(2))
}

async fn passkey(sign_in: &SignIn<'_>, key: &UserKey) -> Result<PublicKey, Fault> {
    let kind = drawn(sign_in, "kind", key).await?.first().copied();
    let (length, synchronized) = KINDS[usize::from(kind.unwrap_or_default()) % KINDS.len()];
    let mut id = drawn(sign_in, "id", key).await?;
    id.truncate(length);
    PublicKey::pretended(&id, synchronized)
}

/// Asks for it.
///
/// # Errors
/// `WebAuthnConfigurationMissingException` where the pool names no relying party.
pub(super) async fn ask(
    sign_in: &SignIn<'_>,
    (name, key): (&Username, UserKey),
    journey: Journey,
) -> Result<Outcome, Fault> {
    let pool = sign_in.pool();
    let (_, mut site) = relying_party(pool)?;
    if pool.mfa.mode == UserPoolMfaType::On {
        site = site.that_requires_verification();
    }
    let public = passkey(sign_in, &key).await?;
    let stored = Stored {
        key: &public,
        counter: 0,
    };
    let data_key = sign_in.app.data_key(&sign_in.open).await?;
    let shown = made_up_name(sign_in, name, &data_key.subkey(Purpose::FakeSalt)?)?;
    ask_for(sign_in, (&site, &[stored]), (key, None), &shown, journey).await
}

/// What is wrong with an answer: as where there is such a passkey, and never nothing.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub(super) async fn refusal(
    sign_in: &SignIn<'_>,
    resumed: &Resumed,
    (credential, asked): (&str, &str),
) -> Result<Refusal, Fault> {
    let (_, site) = relying_party(sign_in.pool())?;
    let public = passkey(sign_in, &resumed.state.user).await?;
    let stored = Stored {
        key: &public,
        counter: 0,
    };
    let never = site.finish_authentication(credential, asked, &[stored]);
    Ok(never.err().unwrap_or(Refusal::Signature))
}

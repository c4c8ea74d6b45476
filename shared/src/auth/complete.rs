//! The end of every sign-in: the session is written while KMS signs the tokens.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::AuthenticationResultType;

use super::journey::Progress;
use super::{Outcome, SignIn, hooks, invalid_session};
use crate::Fault;
use crate::domain::activity::Activity;
use crate::domain::device;
use crate::domain::group::Membership;
use crate::domain::ids::DeviceKey;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::store::rate_exceeded;
use crate::store::sessions::{Begun, NewSession};
use crate::tokens::changes::Changes;
use crate::tokens::claims::{self, Subject};
use crate::tokens::keys::Use;
use crate::tokens::refresh::RefreshToken;
use crate::triggers::event::Source;

/// Signs the user in.
///
/// # Errors
/// `NotAuthorizedException` when the session exists: the same answer was given before. `TooManyRequestsException`
/// when the user changed, or another attempt was counted, since the user was read. Those of triggers.
pub async fn complete(sign_in: &SignIn<'_>, progress: Progress) -> Result<Outcome, Fault> {
    let client = &sign_in.client;
    let Progress { user, journey, .. } = &progress;
    // The key is only offered: nothing is kept of a device until its user confirms it.
    let offered = sign_in
        .pool()
        .devices()
        .map(|_| DeviceKey::generate(sign_in.pool().id().region(), &*sign_in.app.entropy));
    let limit = sign_in.pool().session_limit();
    let session = Session {
        methods: journey.methods.clone(),
        leveled: journey.targets.is_some(),
        device: offered.clone(),
        activity: limit.map(|_| Activity::new(&sign_in.origin, sign_in.now)),
        ..Session::begin(
            journey.session.clone(),
            user.sub.clone(),
            client.id().clone(),
            sign_in.now,
            client.lifetimes.refresh,
        )
    };
    hooks::post_authentication(sign_in, user, session.device.is_some()).await?;
    let source = if journey.new_password {
        Source::TokenGenerationNewPasswordChallenge
    } else {
        Source::TokenGenerationAuthentication
    };
    let changes = hooks::token_changes(sign_in, user, &progress.memberships, source).await?;
    let new = NewSession {
        pool: sign_in.pool().id(),
        user,
        session: &session,
        guards: &progress.guards,
        limit,
        credentials: progress.credentials.as_deref(),
        software_token_step: progress.software_token_step,
        recovery_code: progress.recovery_code.as_deref(),
    };
    let (begun, tokens, refresh) = tokio::join!(
        sign_in.app.store.begin_session(new),
        tokens(sign_in, user, &progress.memberships, &session, &changes),
        refresh_token(sign_in, user, &session)
    );
    match begun? {
        Begun::Done => {}
        Begun::Replayed => return Err(invalid_session()),
        Begun::Changed => return Err(rate_exceeded()),
    }
    Ok(Outcome::Tokens(AuthenticationResultType {
        refresh_token: Some(refresh?),
        new_device_metadata: offered.map(|key| device::metadata(sign_in.pool().id(), &key)),
        ..tokens?
    }))
}

/// The session's refresh token that is valid now.
///
/// # Errors
/// `InternalErrorException` when sealing fails.
pub async fn refresh_token(sign_in: &SignIn<'_>, user: &User, session: &Session) -> Result<Sensitive, Fault> {
    let key = sign_in.app.data_key(&sign_in.open).await?;
    RefreshToken {
        user: user.key.clone(),
        session: session.id.clone(),
        generation: session.generation,
    }
    .seal(&key, sign_in.client.id(), &*sign_in.app.entropy)
}

/// ID and access token of a session, changed as the pool's function wants it and signed at once.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub async fn tokens(
    sign_in: &SignIn<'_>,
    user: &User,
    memberships: &[Membership],
    session: &Session,
    changes: &Changes,
) -> Result<AuthenticationResultType, Fault> {
    let (app, pool, client) = (sign_in.app, sign_in.pool(), &*sign_in.client);
    let groups = &app.groups(&sign_in.open, memberships).await?;
    let subject = Subject {
        pool,
        client,
        user,
        groups,
        session,
    };
    let issuer = pool.issuer(&app.settings.issuer_base);
    let (event_id, now, entropy) = (&sign_in.event_id, sign_in.now, &*app.entropy);
    let mut id = claims::id_token(subject, &issuer, event_id, now, entropy);
    changes.apply_to_id(&mut id);
    let mut access = claims::access_token(subject, &issuer, event_id, now, entropy);
    changes.apply_to_access(&mut access);
    let keys = &pool.record.signing_keys;
    let (id, access) = tokio::join!(
        app.kms.sign(keys, Use::Id, &id),
        app.kms.sign(keys, Use::Access, &access)
    );
    Ok(AuthenticationResultType {
        access_token: Some(Sensitive::from(access?)),
        id_token: Some(Sensitive::from(id?)),
        expires_in: i32::try_from(client.lifetimes.access).ok(),
        token_type: Some("Bearer".to_owned()),
        ..AuthenticationResultType::default()
    })
}

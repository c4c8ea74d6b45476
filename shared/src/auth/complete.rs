//! The end of every sign-in: the session is written while KMS signs the tokens.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::AuthenticationResultType;
use serde_json::json;

use super::journey::Progress;
use super::{Outcome, SignIn, hooks, invalid_session};
use crate::domain::activity::Activity;
use crate::domain::device;
use crate::domain::group::Membership;
use crate::domain::ids::DeviceKey;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::oauth::browser::{self, Browser};
use crate::store::rate_exceeded;
use crate::store::sessions::{Begun, NewSession};
use crate::tokens::changes::Changes;
use crate::tokens::claims::{self, Subject};
use crate::tokens::keys::Use;
use crate::tokens::profile;
use crate::tokens::refresh::RefreshToken;
use crate::triggers::event::Source;
use crate::{Fault, observe};

/// Signs the user in.
///
/// # Errors
/// `NotAuthorizedException` when the session exists: the same answer was given before. `TooManyRequestsException`
/// when the user changed, or another attempt was counted, since the user was read. Those of triggers.
pub async fn complete(sign_in: &SignIn<'_>, progress: Progress) -> Result<Outcome, Fault> {
    let client = &sign_in.client;
    let Progress { user, journey, .. } = &progress;
    let pool = sign_in.pool();
    // To a device that is not known a key is only offered: nothing is kept of it until its user confirms it.
    let offered = (progress.device.is_none() && pool.devices().is_some())
        .then(|| DeviceKey::generate(pool.id().region(), &*sign_in.app.entropy));
    let limit = pool.session_limit();
    let session = Session {
        methods: journey.methods.clone(),
        leveled: journey.targets.is_some(),
        device: progress.device.clone().or_else(|| offered.clone()),
        activity: limit.map(|_| Activity::new(&sign_in.origin, sign_in.now)),
        ..Session::begin(
            journey.session.clone(),
            user,
            client.id().clone(),
            sign_in.now,
            client.lifetimes.refresh,
        )
    };
    hooks::post_authentication(sign_in, user, offered.is_some()).await?;
    if sign_in.browser {
        return begin_browser(sign_in, session, progress).await;
    }
    let source = if journey.new_password {
        Source::TokenGenerationNewPasswordChallenge
    } else if journey.device_proved {
        Source::TokenGenerationAuthenticateDevice
    } else {
        Source::TokenGenerationAuthentication
    };
    let changes = hooks::token_changes(sign_in, user, &progress.memberships, &session, source).await?;
    let new = NewSession::proved(sign_in, &progress, &session);
    let (written, tokens, refresh) = tokio::join!(
        sign_in.app.store.begin_session(new),
        tokens(sign_in, user, &progress.memberships, &session, &changes),
        refresh_token(sign_in, user, &session)
    );
    begun(written?)?;
    Ok(Outcome::Tokens(AuthenticationResultType {
        refresh_token: Some(refresh?),
        new_device_metadata: offered.map(|key| device::metadata(sign_in.pool().id(), &key)),
        ..tokens?
    }))
}

/// Signs the browser in: its session is good for every client of the pool, and has no tokens of its own.
async fn begin_browser(sign_in: &SignIn<'_>, session: Session, progress: Progress) -> Result<Outcome, Fault> {
    let session = Session {
        refresh_expires_at: sign_in.now.plus_seconds(browser::LONGEST_SECONDS),
        browser: Some(progress.user.auth_version),
        device: None,
        ..session
    };
    let new = NewSession::proved(sign_in, &progress, &session);
    begun(sign_in.app.store.begin_session(new).await?)?;
    Ok(Outcome::Browser(Box::new(Browser {
        user: progress.user,
        session,
    })))
}

/// Counts a session that was written and refuses one that was not.
fn begun(written: Begun) -> Result<(), Fault> {
    match written {
        Begun::Done => {
            observe::signed_in();
            Ok(())
        }
        Begun::Replayed => Err(invalid_session()),
        Begun::Changed => Err(rate_exceeded()),
    }
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
    profile::check_binding(&sign_in.open, client, session.bound_key.as_deref())?;
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
    let (id, access) = if session.granted.is_none() {
        let (id, access) = tokio::join!(
            app.kms.sign(keys, Use::Id, &id),
            profile::sign_access(app, &sign_in.open, client, access)
        );
        (Some(id?), access?)
    } else {
        // An ID token of the authorization endpoint names the access token that came with it, so it is signed after it.
        let access = profile::sign_access(app, &sign_in.open, client, access).await?;
        id.insert("at_hash".to_owned(), json!(claims::at_hash(&access)));
        let wanted = session.scope().split(' ').any(|scope| scope == "openid");
        let id = if wanted {
            Some(app.kms.sign(keys, Use::Id, &id).await?)
        } else {
            None
        };
        (id, access)
    };
    Ok(AuthenticationResultType {
        access_token: Some(Sensitive::from(access)),
        id_token: id.map(Sensitive::from),
        expires_in: i32::try_from(client.lifetimes.access).ok(),
        token_type: Some(session.token_type().to_owned()),
        ..AuthenticationResultType::default()
    })
}

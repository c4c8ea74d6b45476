use gatehouse::auth::{SignIn, complete, hooks};
use gatehouse::domain::activity::Activity;
use gatehouse::domain::group::Membership;
use gatehouse::domain::ids::GrantHash;
use gatehouse::domain::session::{Granted, Session};
use gatehouse::domain::user::User;
use gatehouse::oauth::error::OauthError;
use gatehouse::oauth::grant::Grant;
use gatehouse::store::sessions::{Begun, NewSession};
use gatehouse_model::user_pool::AuthenticationResultType;
use serde_json::Value;

use crate::shown;

/// How redeeming a grant ended.
pub(crate) enum Redeemed {
    /// These are the tokens.
    Now(Value),
    /// Another request was first.
    Before,
    /// The user changed since the grant was read.
    Changed,
}

/// Begins the session that a grant, which storage has under `hash`, is for: once.
pub(crate) async fn begin(
    sign_in: &SignIn<'_>,
    (hash, grant): (&GrantHash, &Grant),
    (user, memberships): (&User, &[Membership]),
    bound_key: Option<String>,
) -> Result<Redeemed, OauthError> {
    let (app, client) = (sign_in.app, &sign_in.client);
    let session = Session {
        created_at: grant.auth_time,
        methods: grant.methods.clone(),
        leveled: grant.leveled,
        bound_key,
        granted: Some(Granted {
            scope: grant.scope.clone(),
            resource: grant.resource.clone(),
            nonce: grant.nonce.clone(),
        }),
        activity: sign_in
            .pool()
            .session_limit()
            .map(|_| Activity::new(&sign_in.origin, sign_in.now)),
        ..Session::begin(
            grant.session.clone(),
            user,
            client.id().clone(),
            sign_in.now,
            client.lifetimes.refresh,
        )
    };
    let changes = hooks::hosted_token_changes(sign_in, user, memberships, &session).await?;
    let new = NewSession {
        grant: Some(hash),
        ..NewSession::of(sign_in, user, &session)
    };
    let (begun, tokens, refresh) = tokio::join!(
        app.store.begin_session(new),
        complete::tokens(sign_in, user, memberships, &session, &changes),
        complete::refresh_token(sign_in, user, &session)
    );
    match begun? {
        Begun::Done => {}
        Begun::Replayed => return Ok(Redeemed::Before),
        Begun::Changed => return Ok(Redeemed::Changed),
    }
    let tokens = AuthenticationResultType {
        refresh_token: Some(refresh?),
        ..tokens?
    };
    Ok(Redeemed::Now(shown(&tokens)))
}

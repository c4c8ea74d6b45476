//! The answer to an authorization request of a user who is signed in: a code, or the tokens themselves.

use gatehouse_model::Sensitive;

use super::authorization::{Authorization, ResponseType};
use super::browser::Browser;
use super::device;
use super::grant::Grant;
use crate::Fault;
use crate::auth::SignIn;
use crate::auth::{complete, hooks};
use crate::domain::activity::Activity;
use crate::domain::ids::SessionId;
use crate::domain::session::{Granted, Session};
use crate::store::sessions::{Begun, NewSession};
use crate::tokens::claims::scope_of;

/// Where the browser goes with the answer.
///
/// # Errors
/// `TooManyRequestsException` when AWS throttles, or when the user changed in between.
pub async fn answer(
    sign_in: &SignIn<'_>,
    request: &Authorization,
    browser: &Browser,
) -> Result<String, Fault> {
    match request.response {
        ResponseType::Code => {
            let grant = Grant::new(request, &browser.user, &browser.session, sign_in.app, sign_in.now);
            let code = grant.issue(sign_in.app, &request.open).await?;
            Ok(request.target.with([("code", code.expose())]))
        }
        ResponseType::Device => Ok(format!("{}?{}", device::PAGE, request.query)),
        ResponseType::Implicit { access, id } => implicit(sign_in, request, browser, (access, id)).await,
    }
}

/// Tokens in the fragment (RFC 6749 section 4.2), without a refresh token. They belong to a session, so that they can be
/// revoked.
async fn implicit(
    sign_in: &SignIn<'_>,
    request: &Authorization,
    browser: &Browser,
    (access, id): (bool, bool),
) -> Result<String, Fault> {
    let (app, user) = (sign_in.app, &browser.user);
    let session = Session {
        created_at: browser.session.created_at,
        methods: browser.session.methods.clone(),
        leveled: request.levels.is_some(),
        granted: Some(Granted {
            scope: request.scopes.to_string(),
            resource: request.resource.clone(),
            nonce: request.nonce.clone(),
        }),
        activity: sign_in
            .pool()
            .session_limit()
            .map(|_| Activity::new(&sign_in.origin, sign_in.now)),
        ..Session::begin(
            SessionId::generate(&*app.entropy),
            user,
            request.client.id().clone(),
            sign_in.now,
            request.client.lifetimes.access.max(request.client.lifetimes.id),
        )
    };
    let found = app.store.load_user(request.open.pool.id(), &user.key).await?;
    let changes = hooks::hosted_token_changes(sign_in, user, &found.memberships, &session).await?;
    let new = NewSession::of(sign_in, user, &session);
    let (begun, tokens) = tokio::join!(
        app.store.begin_session(new),
        complete::tokens(sign_in, user, &found.memberships, &session, &changes)
    );
    if begun? != Begun::Done {
        return Err(crate::store::rate_exceeded());
    }
    let tokens = tokens?;
    let expires = tokens.expires_in.unwrap_or_default().to_string();
    let scope = tokens.access_token.as_ref().map(|token| scope_of(token.expose()));
    let mut answer = Vec::new();
    if access {
        answer.extend([
            (
                "access_token",
                tokens.access_token.as_ref().map(Sensitive::expose),
            ),
            ("token_type", Some("Bearer")),
            ("expires_in", Some(expires.as_str())),
            // Told where it is not what was asked for (RFC 6749 section 4.2.2).
            (
                "scope",
                scope.as_deref().filter(|scope| *scope != session.scope()),
            ),
        ]);
    }
    // Cognito's plain `token` brings an ID token too where `openid` was asked for.
    if id || request.scopes.has("openid") {
        answer.push(("id_token", tokens.id_token.as_ref().map(Sensitive::expose)));
    }
    let answer = answer
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    Ok(request.target.with(answer))
}

use gatehouse::Fault;
use gatehouse::auth::{SignIn, complete, hooks};
use gatehouse::domain::activity::Activity;
use gatehouse::domain::session::{Granted, Session};
use gatehouse::http::Form;
use gatehouse::oauth::error::{Code, OauthError};
use gatehouse::oauth::grant::{self, Grant};
use gatehouse::store::sessions::{Begun, NewSession};
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{AuthenticationResultType, OAuthFlowType};
use serde_json::Value;

use crate::{Shown, required, shown};

fn invalid() -> OauthError {
    OauthError::invalid_grant("The code is not valid")
}

/// Redeems an authorization code (RFC 6749 section 4.1.3): once, by its client, with the redirect URI and the PKCE
/// verifier of its request. A second try ends what the first one gave.
pub(crate) async fn redeem(sign_in: &SignIn<'_>, form: &Form, request: Shown) -> Result<Value, OauthError> {
    let (app, client, pool) = (sign_in.app, &sign_in.client, sign_in.pool().id());
    let flows = client.document.allowed_oauth_flows.as_deref().unwrap_or_default();
    if !flows.contains(&OAuthFlowType::Code) {
        return Err(OauthError::new(
            Code::UnauthorizedClient,
            "The client may not use codes",
        ));
    }
    let code = Sensitive::from(required(form, "code")?);
    let hash = grant::hash(&code);
    let user = grant::user_of_code(app, &sign_in.open, client.id(), &code)
        .await?
        .ok_or_else(invalid)?;
    let (accepted, grant, found) = tokio::join!(
        request.accept(app),
        app.store.load_grant(&hash),
        app.store.load_user(pool, &user)
    );
    accepted?;
    let bound_key = request.bound_key;
    let (grant, found) = (grant?.ok_or_else(invalid)?, found?);
    if grant.redeemed {
        return Err(reused(sign_in, &grant).await?);
    }
    let user = found.user.filter(|user| {
        user.sub == grant.sub && user.auth_version == grant.auth_version && user.check_enabled().is_ok()
    });
    let key_fits = grant.bound_key.is_none() || grant.bound_key == bound_key;
    let Some(user) = user.filter(|_| key_fits && fits(sign_in, &grant, form)) else {
        return Err(invalid());
    };

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
            user.sub.clone(),
            client.id().clone(),
            sign_in.now,
            client.lifetimes.refresh,
        )
    };
    let changes = hooks::hosted_token_changes(sign_in, &user, &found.memberships, &session).await?;
    let new = NewSession {
        grant: Some(&hash),
        ..NewSession::of(sign_in, &user, &session)
    };
    let (begun, tokens, refresh) = tokio::join!(
        app.store.begin_session(new),
        complete::tokens(sign_in, &user, &found.memberships, &session, &changes),
        complete::refresh_token(sign_in, &user, &session)
    );
    match begun? {
        Begun::Done => {}
        Begun::Replayed => return Err(reused(sign_in, &grant).await?),
        Begun::Changed => return Err(invalid()),
    }
    let tokens = AuthenticationResultType {
        refresh_token: Some(refresh?),
        ..tokens?
    };
    Ok(shown(&tokens))
}

/// Whether the request that redeems a grant is by the one that asked for it.
fn fits(sign_in: &SignIn<'_>, grant: &Grant, form: &Form) -> bool {
    grant.pool == *sign_in.pool().id()
        && grant.client == *sign_in.client.id()
        && sign_in.now < grant.expires_at
        && grant.redirect_uri.as_deref() == form.get("redirect_uri")
        && grant.is_verified_by(form.get("code_verifier"))
}

/// A code that comes again may have been stolen: nobody keeps what it gave (RFC 6749 section 10.5).
async fn reused(sign_in: &SignIn<'_>, grant: &Grant) -> Result<OauthError, Fault> {
    sign_in
        .app
        .store
        .revoke_session(sign_in.pool().id(), &grant.user, &grant.session)
        .await?;
    tracing::warn!(client = %grant.client, "a code was presented twice; its tokens are revoked");
    Ok(OauthError::invalid_grant("The code was used before"))
}

use gatehouse::Fault;
use gatehouse::auth::SignIn;
use gatehouse::http::Form;
use gatehouse::oauth::error::{Code, OauthError};
use gatehouse::oauth::grant::{self, Grant};
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::OAuthFlowType;
use serde_json::Value;

use crate::session::{self, Redeemed};
use crate::{Shown, required};

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
    let key_fits = grant.bound_key.is_none() || grant.bound_key == bound_key;
    let user = found
        .user
        .filter(|user| grant.is_by(user) && key_fits && fits(sign_in, &grant, form))
        .ok_or_else(invalid)?;
    match session::begin(sign_in, (&hash, &grant), (&user, &found.memberships), bound_key).await? {
        Redeemed::Now(tokens) => Ok(tokens),
        Redeemed::Before => Err(reused(sign_in, &grant).await?),
        Redeemed::Changed => Err(invalid()),
    }
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

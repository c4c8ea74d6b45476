use gatehouse::auth::{SignIn, refresh};
use gatehouse::http::Form;
use gatehouse::oauth::error::{Code, OauthError};
use gatehouse::oauth::scopes::Scopes;
use gatehouse_model::Sensitive;
use serde_json::Value;

use crate::{Shown, required, shown};

/// Renews tokens (RFC 6749 section 6) with the scope that was granted; a client that asks for less is told what it has.
/// Where refresh tokens rotate, the next one comes along.
pub(crate) async fn renew(sign_in: &SignIn<'_>, form: &Form, request: Shown) -> Result<Value, OauthError> {
    let token = Sensitive::from(required(form, "refresh_token")?);
    let beyond = || OauthError::new(Code::InvalidScope, "The scope was not granted");
    let asked = match form.get("scope") {
        None => Scopes::default(),
        Some(text) => Scopes::parse(text).ok_or_else(beyond)?,
    };
    let (accepted, held) = tokio::join!(request.accept(sign_in.app), refresh::load(sign_in, &token));
    accepted?;
    let held = held.map_err(|fault| told(fault.into()))?;
    let key = request.bound_key.as_deref();
    held.check_key(key).map_err(|fault| told(fault.into()))?;
    let granted = Scopes::parse(held.scope()).unwrap_or_default();
    if !asked.iter().all(|scope| granted.has(scope)) {
        return Err(beyond());
    }
    let tokens = refresh::exchange(sign_in, held)
        .await
        .map_err(|fault| told(fault.into()))?;
    Ok(shown(&tokens))
}

fn told(error: OauthError) -> OauthError {
    if error.code == Code::InvalidGrant {
        return OauthError::invalid_grant("The refresh token is not valid");
    }
    error
}

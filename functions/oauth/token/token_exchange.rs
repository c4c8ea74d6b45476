use gatehouse::auth::SignIn;
use gatehouse::http::Form;
use gatehouse::oauth::error::OauthError;
use gatehouse::oauth::scopes;
use gatehouse::oauth::token_exchange::{self, Exchange, Shown, Target};
use gatehouse::tokens::keys::Use;
use gatehouse_model::Sensitive;
use serde_json::{Value, json};

use crate::required;

/// The grant type (RFC 8693 section 2.1).
pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// Gives a token in exchange for one of this pool that is shown.
pub(crate) async fn exchange(
    sign_in: &SignIn<'_>,
    form: &Form,
    request: crate::Shown,
) -> Result<Value, OauthError> {
    let subject = Sensitive::from(required(form, "subject_token")?);
    let subject_type = usage(required(form, "subject_token_type")?)?;
    let actor = form.get("actor_token").map(Sensitive::from);
    let actor = match (&actor, form.get("actor_token_type")) {
        (Some(token), Some(kind)) => Some(Shown {
            token,
            usage: usage(kind)?,
        }),
        (None, None) => None,
        _ => {
            return Err(OauthError::invalid_request(
                "actor_token and actor_token_type must be given together",
            ));
        }
    };
    let target = match (form.get("audience"), form.get("resource")) {
        (Some(_), Some(_)) => {
            return Err(OauthError::invalid_request(
                "audience and resource can not be given together",
            ));
        }
        (Some(name), None) => Some(Target::Audience(name.to_owned())),
        (None, Some(name)) => Some(Target::Resource(name.to_owned())),
        (None, None) => None,
    };
    let wanted = form.get("requested_token_type").map_or(Ok(Use::Access), usage)?;
    let is_bound = request.bound_key.is_some();
    let asked = Exchange {
        subject: Shown {
            token: &subject,
            usage: subject_type,
        },
        actor,
        scopes: scopes::asked(form)?,
        target,
        wanted,
        bound_key: request.bound_key.clone(),
        event_id: &sign_in.event_id,
        cause: sign_in.cause(),
    };
    // The exchange leaves nothing behind.
    let (accepted, derived) = tokio::join!(
        request.accept(sign_in.app),
        token_exchange::exchange(sign_in.app, &sign_in.open, &sign_in.client, asked, sign_in.now)
    );
    accepted?;
    let derived = derived?;
    let (issued, token_type) = match (derived.usage, is_bound) {
        (Use::Id, _) => (ID_TOKEN, "N_A"),
        (Use::Access, false) => (ACCESS_TOKEN, "Bearer"),
        (Use::Access, true) => (ACCESS_TOKEN, "DPoP"),
    };
    let mut answer = json!({
        "access_token": Sensitive::expose(&derived.token),
        "issued_token_type": issued,
        "token_type": token_type,
        "expires_in": derived.expires_in,
    });
    if derived.usage == Use::Access {
        answer["scope"] = json!(derived.scopes.to_string());
    }
    Ok(answer)
}

/// What a token type means; a plain JWT is taken for an access token.
fn usage(kind: &str) -> Result<Use, OauthError> {
    match kind {
        ACCESS_TOKEN | JWT => Ok(Use::Access),
        ID_TOKEN => Ok(Use::Id),
        _ => Err(OauthError::invalid_request("The token type is not supported")),
    }
}

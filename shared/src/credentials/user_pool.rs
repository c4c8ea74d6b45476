//! ID tokens of user pools of this deployment, verified here with the pool's stored keys.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::logins::{Verified, expired, invalid, unsupported_provider};
use crate::app::OpenPool;
use crate::auth::signed_in::SignedIn;
use crate::domain::ids::{PoolId, SessionId, Sub, Username};
use crate::domain::pool_identity::{Login, LoginProvider, Subject};
use crate::fault::FaultKind;
use crate::tokens::genuine::{self, Ungenuine};
use crate::tokens::keys::Use;
use crate::{App, Fault, Timestamp};

/// What is asked of an ID token.
#[derive(Debug, Deserialize)]
struct IdToken {
    sub: Sub,
    aud: String,
    exp: i64,
    auth_time: i64,
    token_use: String,
    #[serde(rename = "cognito:username")]
    username: Username,
    origin_jti: Option<SessionId>,
}

/// Verifies an ID token of `pool` for one of `clients`; where the client asks for it (`ServerSideTokenCheck`), also that
/// the user is still signed in.
pub(super) async fn verify(
    app: &App,
    provider: LoginProvider,
    pool: &PoolId,
    clients: &BTreeMap<String, bool>,
    token: &str,
    now: Timestamp,
) -> Result<Verified, Fault> {
    let open = app.pool(pool).await.map_err(|fault| match fault.kind() {
        FaultKind::ResourceNotFound => unsupported_provider(),
        _ => fault,
    })?;
    let claims = genuine(token, &open, &app.settings.issuer_base)?;
    let id: IdToken = serde_json::from_value(Value::Object(claims.clone()))
        .map_err(|_| invalid("Missing a required claim."))?;
    if id.token_use != "id" {
        return Err(invalid("Not an ID token."));
    }
    let checked = clients.get(&id.aud).ok_or_else(unsupported_provider)?;
    if now.seconds() >= id.exp {
        return Err(expired(id.exp, now));
    }
    if *checked {
        check_signed_in(app, &open, &id).await?;
    }
    Ok(Verified {
        amr: format!("{provider}:CognitoSignIn:{}", id.sub),
        mapping_keys: mapping_keys(&provider, pool, &id.aud),
        login: Login {
            provider,
            subject: Subject::new(id.sub.as_str()),
        },
        claims,
        is_saml: false,
    })
}

fn genuine(token: &str, open: &OpenPool, base: &str) -> Result<Map<String, Value>, Fault> {
    genuine::claims(token, &open.pool, Use::Id, base)?.map_err(|why| {
        invalid(match why {
            Ungenuine::Malformed => "Not a Cognito token.",
            Ungenuine::Signature => "Token signature invalid.",
            Ungenuine::Issuer => "Issuer doesn't match providerName.",
        })
    })
}

/// The names under which roles may be mapped for a client of a user pool.
fn mapping_keys(provider: &LoginProvider, pool: &PoolId, client: &str) -> Vec<String> {
    vec![
        format!("{provider}:{client}"),
        format!("cognito-idp.{}.amazonaws.com/{pool}:{client}", pool.region()),
    ]
}

/// Deleted, disabled or signed out users get nothing, nor does a token of a session that was revoked.
async fn check_signed_in(app: &App, open: &OpenPool, id: &IdToken) -> Result<(), Fault> {
    let signed_in = SignedIn {
        sub: id.sub.clone(),
        username: id.username.clone(),
        session: id.origin_jti.clone(),
        auth_time: id.auth_time,
    };
    if signed_in.is_current(app, open).await? {
        return Ok(());
    }
    Err(Fault::not_authorized(
        "Token is revoked or the user is no longer signed in.",
    ))
}

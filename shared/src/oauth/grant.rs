//! Authorization codes: short-lived, for one client, one redirect URI and one PKCE verifier, and good for once.
//!
//! A code is the sealed name of its user and of its grant, so that whoever redeems it reads both at once. Storage has
//! the grant under the code's hash, never the code.

use aws_lc_rs::digest::{SHA256, digest};
use gatehouse_model::Sensitive;
use serde::{Deserialize, Serialize};

use super::authorization::Authorization;
use crate::app::OpenPool;
use crate::crypto::base64url;
use crate::crypto::seal::Purpose;
use crate::domain::factors::Methods;
use crate::domain::ids::{ClientId, GrantHash, PoolId, SessionId, Sub, UserKey};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::{App, Fault, Timestamp};

/// Seconds that a code is valid.
const SECONDS: i64 = 300;

/// What a code stands for, as storage has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The pool.
    pub pool: PoolId,
    /// The client that asked.
    pub client: ClientId,
    /// `redirect_uri` as it was given; the client repeats it.
    pub redirect_uri: Option<String>,
    /// The PKCE challenge.
    pub challenge: Option<String>,
    /// What the tokens may do.
    pub scope: String,
    /// `nonce` of the ID token.
    pub nonce: Option<String>,
    /// The API that the access token is for.
    pub resource: Option<String>,
    /// The thumbprint of the key that redeems the code (RFC 9449 section 10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound_key: Option<String>,
    /// The user.
    pub user: UserKey,
    /// The user's immutable id.
    pub sub: Sub,
    /// The user's `auth_version` when the code was made: with a new password, old codes are void.
    pub auth_version: u64,
    /// How often the user had signed out everywhere; `None` where only the moments are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_outs: Option<u64>,
    /// How the user signed in: the browser's session.
    pub signed_in: SessionId,
    /// What the user proved.
    #[serde(default)]
    pub methods: Methods,
    /// Whether the tokens say so: the client asked for a level.
    #[serde(default)]
    pub leveled: bool,
    /// When the user signed in.
    pub auth_time: Timestamp,
    /// The session that redeeming begins; a second try ends it.
    pub session: SessionId,
    /// Whether it was redeemed.
    pub redeemed: bool,
    /// When it stops working.
    #[serde(rename = "valid_until")]
    pub expires_at: Timestamp,
}

/// What a code says once it is open.
#[derive(Debug, Serialize, Deserialize)]
struct Code {
    /// Makes the code unguessable and its hash unique.
    #[serde(rename = "i")]
    id: SessionId,
    /// The user.
    #[serde(rename = "u")]
    user: UserKey,
}

/// The hash under which storage has what `secret` stands for.
pub fn hash(secret: &Sensitive) -> GrantHash {
    GrantHash::of(digest(&SHA256, secret.expose().as_bytes()).as_ref())
}

impl Grant {
    /// What `user`, signed in as `browser`, grants to the client that asks.
    pub fn new(request: &Authorization, user: &User, browser: &Session, app: &App, now: Timestamp) -> Self {
        Self {
            pool: request.open.pool.id().clone(),
            client: request.client.id().clone(),
            redirect_uri: request.redirect_uri.clone(),
            challenge: request.challenge.clone(),
            scope: request.scopes.to_string(),
            nonce: request.nonce.clone(),
            resource: request.resource.clone(),
            bound_key: request.bound_key.clone(),
            user: user.key.clone(),
            sub: user.sub.clone(),
            auth_version: user.auth_version,
            sign_outs: Some(user.sign_outs),
            signed_in: browser.id.clone(),
            methods: browser.methods.clone(),
            leveled: request.levels.is_some(),
            auth_time: browser.created_at,
            session: SessionId::generate(&*app.entropy),
            redeemed: false,
            expires_at: now.plus_seconds(SECONDS),
        }
    }

    /// Writes the grant and returns its code.
    ///
    /// # Errors
    /// `TooManyRequestsException` when AWS throttles.
    pub async fn issue(&self, app: &App, open: &OpenPool) -> Result<Sensitive, Fault> {
        let code = Code {
            id: SessionId::generate(&*app.entropy),
            user: self.user.clone(),
        };
        let key = app.data_key(open).await?;
        let context = self.client.as_str();
        let code = key.seal_text(Purpose::AuthorizationCode, context, &code, &*app.entropy)?;
        let code = Sensitive::from(code);
        app.store.create_grant(&hash(&code), self).await?;
        Ok(code)
    }

    /// Whether `user` is still who granted it, as at the time: not with another password, disabled or signed out
    /// everywhere since.
    pub fn is_by(&self, user: &User) -> bool {
        user.sub == self.sub
            && user.auth_version == self.auth_version
            && user.check_enabled().is_ok()
            && !user.has_signed_out_since(self.sign_outs, self.auth_time)
    }

    /// Whether `verifier` is what the challenge was made of (RFC 7636 section 4.6). A challenge needs one, and one needs
    /// a challenge: a code that was stolen and injected into another flow fits neither way (RFC 9700 section 4.8.2).
    pub fn is_verified_by(&self, verifier: Option<&str>) -> bool {
        match (&self.challenge, verifier) {
            (None, None) => true,
            (Some(challenge), Some(verifier)) => {
                let is_verifier = (43..=128).contains(&verifier.len())
                    && verifier
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~'));
                let computed = base64url(digest(&SHA256, verifier.as_bytes()).as_ref());
                is_verifier
                    && aws_lc_rs::constant_time::verify_slices_are_equal(
                        computed.as_bytes(),
                        challenge.as_bytes(),
                    )
                    .is_ok()
            }
            _ => false,
        }
    }
}

/// The user whom a code of `client` names; `None` for any other text.
///
/// # Errors
/// `TooManyRequestsException` when KMS throttles.
pub async fn user_of_code(
    app: &App,
    open: &OpenPool,
    client: &ClientId,
    code: &Sensitive,
) -> Result<Option<UserKey>, Fault> {
    let key = app.data_key(open).await?;
    let code: Option<Code> = key.open_text(Purpose::AuthorizationCode, client.as_str(), code.expose());
    Ok(code.map(|code| code.user))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::{Counting, NOON};

    fn grant(challenge: Option<&str>) -> Grant {
        let entropy = Counting::default();
        Grant {
            pool: "eu-west-1_abc".parse().unwrap(),
            client: ClientId::generate(&entropy),
            redirect_uri: None,
            challenge: challenge.map(str::to_owned),
            scope: "openid".to_owned(),
            nonce: None,
            resource: None,
            bound_key: None,
            user: "ann".parse().unwrap(),
            sub: Sub::generate(&entropy),
            auth_version: 1,
            sign_outs: None,
            signed_in: SessionId::generate(&entropy),
            methods: Methods::default(),
            leveled: false,
            auth_time: NOON,
            session: SessionId::generate(&entropy),
            redeemed: false,
            expires_at: NOON,
        }
    }

    #[test]
    fn the_example_of_rfc_7636_verifies_and_nothing_else() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let grant = grant(Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        assert!(grant.is_verified_by(Some(verifier)));
        for other in [None, Some(""), Some("dBjftJeZ4CVP"), Some(&verifier[1..])] {
            assert!(!grant.is_verified_by(other));
        }
        // The challenge itself is public.
        assert!(!grant.is_verified_by(grant.challenge.as_deref()));
    }

    #[test]
    fn a_verifier_without_a_challenge_is_an_attack() {
        assert!(grant(None).is_verified_by(None));
        assert!(!grant(None).is_verified_by(Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")));
    }
}

//! Who a token is about, for those who exchange one: a user whose sign-in lives, or a client.

use serde_json::{Map, Value};

use super::refusal::Refusal;
use super::scopes::Scopes;
use super::token_exchange::Shown;
use crate::app::OpenPool;
use crate::domain::group::Membership;
use crate::domain::ids::{ClientId, SessionId, Username};
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::fault::FaultKind;
use crate::tokens::keys::Use;
use crate::tokens::verify;
use crate::{App, Fault, Timestamp};

/// A verified token.
#[derive(Debug)]
pub struct Party {
    /// Claim `sub`.
    pub sub: String,
    /// The client that the token was issued to.
    pub client: Option<ClientId>,
    /// What the token allows.
    pub scopes: Scopes,
    /// Claim `auth_time`, in seconds.
    pub auth_time: i64,
    /// Claim `exp`, in seconds.
    pub expires_at: i64,
    /// Claim `act`: who acts already.
    pub act: Option<Value>,
    /// Claim `may_act`.
    pub may_act: Option<Value>,
    /// All that it says.
    pub claims: Map<String, Value>,
    /// What it is about.
    pub kind: Kind,
}

/// What a token is about.
#[derive(Debug)]
pub enum Kind {
    /// A user.
    User(Box<SignedIn>),
    /// A client itself.
    Client,
}

/// A user and the sign-in that the token descends from.
#[derive(Debug)]
pub struct SignedIn {
    /// The user as stored.
    pub user: User,
    /// The user's memberships.
    pub memberships: Vec<Membership>,
    /// The sign-in.
    pub session: Session,
    /// Whether the token names it; it does not where the client has switched revocation off.
    pub bound: bool,
}

fn invalid() -> Refusal {
    Refusal::Token("The token is not valid.".into())
}

fn ended() -> Refusal {
    Refusal::Token("The token has been revoked.".into())
}

/// Verifies a token of the pool, here and in storage.
///
/// # Errors
/// `Token` when it is not valid, or when the sign-in it descends from has ended.
pub async fn identify(
    app: &App,
    open: &OpenPool,
    shown: Shown<'_>,
    now: Timestamp,
) -> Result<Party, Refusal> {
    let base = &app.settings.issuer_base;
    let claims = verify::claims(shown.token.expose(), &open.pool, shown.usage, base, now).map_err(
        |fault| match fault.kind() {
            FaultKind::NotAuthorized => Refusal::Token(fault.message().to_owned().into()),
            _ => Refusal::Fault(fault),
        },
    )?;
    let (client, name) = match shown.usage {
        Use::Id => ("aud", "cognito:username"),
        Use::Access => ("client_id", "username"),
    };
    let sub = text(&claims, "sub").ok_or_else(invalid)?.to_owned();
    let number = |claim| claims.get(claim).and_then(Value::as_i64);
    let client: Option<ClientId> = text(&claims, client).and_then(|client| client.parse().ok());
    let kind = match text(&claims, name) {
        Some(name) => {
            let name: Username = name.parse().map_err(|_| invalid())?;
            let session = text(&claims, "origin_jti").map(|id| id.parse().map_err(|_| invalid()));
            let started = number("auth_time").unwrap_or_default();
            let who = Who {
                sub: &sub,
                name,
                session: session.transpose()?,
                client: client.as_ref(),
                started,
            };
            Kind::User(Box::new(signed_in(app, open, who).await?))
        }
        None => Kind::Client,
    };
    Ok(Party {
        scopes: text(&claims, "scope").and_then(Scopes::parse).unwrap_or_default(),
        auth_time: number("auth_time").unwrap_or_default(),
        expires_at: number("exp").ok_or_else(invalid)?,
        act: claims.get("act").cloned(),
        may_act: claims.get("may_act").cloned(),
        sub,
        client,
        kind,
        claims,
    })
}

struct Who<'a> {
    sub: &'a str,
    name: Username,
    session: Option<SessionId>,
    client: Option<&'a ClientId>,
    started: i64,
}

/// The user and the session, read at once.
async fn signed_in(app: &App, open: &OpenPool, who: Who<'_>) -> Result<SignedIn, Refusal> {
    let pool = open.pool.id();
    let key = who.name.to_key(open.pool.case_sensitive);
    let (found, session) = tokio::join!(app.store.load_user(pool, &key), async {
        match &who.session {
            Some(session) => app.store.load_one_session(pool, &key, session).await,
            None => Ok(None),
        }
    });
    let (found, session) = (found?, session?);
    let user = found.user.filter(|user| user.sub.as_str() == who.sub);
    let user = user.ok_or_else(Fault::user_not_found)?;
    user.check_enabled()?;
    user.check_not_reset()?;
    let bound = who.session.is_some();
    let session = match session {
        Some(session) if !session.is_ended(&user) => session,
        None if !bound => unnamed(app, &user, &who).ok_or_else(ended)?,
        _ => return Err(ended()),
    };
    Ok(SignedIn {
        user,
        memberships: found.memberships,
        session,
        bound,
    })
}

/// What is known of a sign-in that its token does not name; `None` when the user signed out everywhere since.
fn unnamed(app: &App, user: &User, who: &Who<'_>) -> Option<Session> {
    let at = Timestamp::from_seconds(who.started);
    let client = who.client?.clone();
    let session = Session {
        sign_outs: None,
        ..Session::begin(SessionId::generate(&*app.entropy), user, client, at, 0)
    };
    (!session.is_ended(user)).then_some(session)
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name)?.as_str()
}

//! Token exchange (RFC 8693): a token for a downstream service in the place of one that is held already, by
//! `GetDerivedToken` or at the token endpoint.
//!
//! Beyond the specification: what is issued never outlives the tokens it came from; it belongs to the same sign-in, so
//! it ends with it; a chain of actors is kept; and no token is issued for another client of the pool, which would take
//! it for one of its own.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ExplicitAuthFlowsType;
use serde_json::{Map, Value, json};

use super::party::{self, Kind, Party};
use super::refusal::Refusal;
use super::scopes::{self, Scopes};
use crate::ambient::random_uuid;
use crate::app::OpenPool;
use crate::domain::client::Client;
use crate::domain::ids::ClientId;
use crate::fault::FaultKind;
use crate::tokens::changes::{Changes, Owner};
use crate::tokens::claims;
use crate::tokens::keys::Use;
use crate::tokens::profile;
use crate::triggers::event::Source;
use crate::triggers::{Call, Cause};
use crate::{App, Timestamp};

/// A token that is shown, and what it is said to be.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The token.
    pub token: &'a Sensitive,
    /// Its type.
    pub usage: Use,
}

/// Whom the new token is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The logical name of a service.
    Audience(String),
    /// A resource server of the pool.
    Resource(String),
}

/// What is asked for.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// The token of the party on whose behalf the request is made.
    pub subject: Shown<'a>,
    /// The token of the party that acts.
    pub actor: Option<Shown<'a>>,
    /// The wanted scopes; all of the subject's if `None`.
    pub scopes: Option<Scopes>,
    /// Whom the token is for.
    pub target: Option<Target>,
    /// The kind of token that is wanted.
    pub wanted: Use,
    /// The thumbprint of the key that the new token is bound to.
    pub bound_key: Option<String>,
    /// The id of the request, which the token carries.
    pub event_id: &'a str,
    /// The request that leads to the pool's function for tokens.
    pub cause: Cause<'a>,
}

/// What is given.
#[derive(Debug)]
pub struct Derived {
    /// The token.
    pub token: Sensitive,
    /// Its kind.
    pub usage: Use,
    /// Seconds until it expires.
    pub expires_in: i64,
    /// What it allows; nothing for an ID token.
    pub scopes: Scopes,
}

/// Exchanges a token for `client`, which has proved who it is.
///
/// # Errors
/// `Client` for a client without the flow, `Token` for tokens that are not valid or have ended, `Scope` and `Target`.
pub async fn exchange(
    app: &App,
    open: &OpenPool,
    client: &Client,
    asked: Exchange<'_>,
    now: Timestamp,
) -> Result<Derived, Refusal> {
    check_flow(client, asked.actor.is_some())?;
    profile::check_binding(open, client, asked.bound_key.as_deref())?;
    let (subject, actor, audience) = tokio::join!(
        party::identify(app, open, asked.subject, now),
        identify_actor(app, open, asked.actor, now),
        audience(app, open, client, asked.target.as_ref())
    );
    let (subject, actor, audience) = (subject?, actor?, audience?);
    check_may_act(&subject, actor.as_ref())?;
    let bound = |party: &Party| party.claims.contains_key("cnf");
    if bound(&subject) || actor.as_ref().is_some_and(bound) {
        return Err(Refusal::Token(
            "A token that is bound to a key can not be exchanged.".into(),
        ));
    }
    let allowed = match asked.wanted {
        Use::Id => Scopes::default(),
        Use::Access => granted(app, open, client, &subject, asked.scopes.as_ref()).await?,
    };

    let mut claims = own_claims(app, open, client, &subject, &asked, &allowed, now).await?;
    // A function may take scopes away. It adds none: the token would allow more than the one it came from.
    let kept = claims
        .remove("scope")
        .and_then(|scope| Scopes::parse(scope.as_str()?));
    let scopes = allowed.filter(|scope| kept.as_ref().is_some_and(|kept| kept.has(scope)));
    if !scopes.is_empty() {
        claims.insert("scope".to_owned(), json!(scopes.to_string()));
    }
    if let Some(audience) = audience {
        claims.insert("aud".to_owned(), json!(audience));
    }
    if let (Some(thumbprint), Use::Access) = (&asked.bound_key, asked.wanted) {
        claims.insert("cnf".to_owned(), json!({ "jkt": thumbprint }));
    }
    if let Some(act) = acting(&subject, actor.as_ref()) {
        claims.insert("act".to_owned(), act);
    }
    let lifetime = match asked.wanted {
        Use::Id => client.lifetimes.id,
        Use::Access => client.lifetimes.access,
    };
    let ends = [
        Some(now.seconds() + lifetime),
        Some(subject.expires_at),
        actor.map(|actor| actor.expires_at),
    ];
    let expires_at = ends.into_iter().flatten().min().unwrap_or_default();
    claims.insert("exp".to_owned(), json!(expires_at));
    let keys = &open.pool.record.signing_keys;
    let token = match asked.wanted {
        Use::Id => app.kms.sign(keys, Use::Id, &claims).await?,
        Use::Access => profile::sign_access(app, open, client, claims).await?,
    };
    Ok(Derived {
        token: Sensitive::from(token),
        usage: asked.wanted,
        expires_in: expires_at - now.seconds(),
        scopes,
    })
}

/// With an actor it is delegation, without one impersonation (RFC 8693 section 1.1); a client is allowed either by
/// itself.
fn check_flow(client: &Client, delegation: bool) -> Result<(), Refusal> {
    let (flow, name) = if delegation {
        (
            ExplicitAuthFlowsType::AllowTokenExchangeDelegation,
            "ALLOW_TOKEN_EXCHANGE_DELEGATION",
        )
    } else {
        (
            ExplicitAuthFlowsType::AllowTokenExchangeImpersonation,
            "ALLOW_TOKEN_EXCHANGE_IMPERSONATION",
        )
    };
    let flows = client.document.explicit_auth_flows.as_deref().unwrap_or_default();
    if flows.contains(&flow) {
        return Ok(());
    }
    Err(Refusal::Client(
        format!("{name} is not enabled for the client.").into(),
    ))
}

async fn identify_actor(
    app: &App,
    open: &OpenPool,
    shown: Option<Shown<'_>>,
    now: Timestamp,
) -> Result<Option<Party>, Refusal> {
    match shown {
        Some(shown) => party::identify(app, open, shown, now).await.map(Some),
        None => Ok(None),
    }
}

/// A subject's token may name who may act for it (RFC 8693 section 4.4).
fn check_may_act(subject: &Party, actor: Option<&Party>) -> Result<(), Refusal> {
    let (Some(may_act), Some(actor)) = (&subject.may_act, actor) else {
        return Ok(());
    };
    if may_act.get("sub").and_then(Value::as_str) == Some(&actor.sub) {
        return Ok(());
    }
    Err(Refusal::Token("The actor may not act for the subject.".into()))
}

/// The scopes that are wanted, that the subject has and that the client may have; without any that are wanted, those
/// of the subject.
async fn granted(
    app: &App,
    open: &OpenPool,
    client: &Client,
    subject: &Party,
    asked: Option<&Scopes>,
) -> Result<Scopes, Refusal> {
    let Some(asked) = asked else {
        return Ok(subject.scopes.clone());
    };
    let allowed = scopes::granted(app, open, client, None)
        .await?
        .unwrap_or_default();
    let scopes = asked.filter(|scope| subject.scopes.has(scope) && allowed.has(scope));
    if scopes.is_empty() {
        return Err(Refusal::Scope(
            "None of the scopes is one of the subject token's and of the client's.".into(),
        ));
    }
    Ok(scopes)
}

/// The audience of a new token, if one is asked for.
///
/// # Errors
/// `Target` for a resource server that does not exist and for another client of the pool.
pub async fn audience(
    app: &App,
    open: &OpenPool,
    client: &Client,
    target: Option<&Target>,
) -> Result<Option<String>, Refusal> {
    let name = match target {
        None => return Ok(None),
        Some(Target::Resource(name)) => {
            let id = name.parse().map_err(|_| no_resource(name))?;
            let found = app.resource_servers(open, [id].into()).await?;
            return if found.is_empty() {
                Err(no_resource(name))
            } else {
                Ok(Some(name.clone()))
            };
        }
        Some(Target::Audience(name)) => name,
    };
    if let Ok(id) = name.parse::<ClientId>()
        && id != *client.id()
    {
        match app.client(&id).await {
            Ok(_) => {
                return Err(Refusal::Target("Another client can not be the audience.".into()));
            }
            Err(fault) if fault.kind() == FaultKind::ResourceNotFound => {}
            Err(fault) => return Err(fault.into()),
        }
    }
    Ok(Some(name.clone()))
}

fn no_resource(name: &str) -> Refusal {
    Refusal::Target(format!("Resource server {name} does not exist.").into())
}

/// Who acts (RFC 8693 section 4.1): the actor, and before it those who acted already.
fn acting(subject: &Party, actor: Option<&Party>) -> Option<Value> {
    let Some(actor) = actor else {
        return subject.act.clone();
    };
    let mut act = Map::from_iter([("sub".to_owned(), json!(actor.sub))]);
    if let Some(client) = &actor.client {
        act.insert("client_id".to_owned(), json!(client));
    }
    if let Some(before) = &subject.act {
        act.insert("act".to_owned(), before.clone());
    }
    Some(Value::Object(act))
}

/// The claims of the new token before it is bound to an audience, changed as the pool's function wants it.
async fn own_claims(
    app: &App,
    open: &OpenPool,
    client: &Client,
    subject: &Party,
    asked: &Exchange<'_>,
    scopes: &Scopes,
    now: Timestamp,
) -> Result<Map<String, Value>, Refusal> {
    let names: Vec<_> = scopes.iter().collect();
    let call = |source, user_name| Call {
        cause: asked.cause,
        source,
        user_name,
        part: "derived",
    };
    let issuer = open.pool.issuer(&app.settings.issuer_base);
    let user = match &subject.kind {
        Kind::User(user) => user,
        Kind::Client if asked.wanted == Use::Id => {
            return Err(Refusal::Request("There is no ID token of a client.".into()));
        }
        Kind::Client => {
            let mut claims = Map::from_iter([
                ("sub".to_owned(), json!(subject.sub)),
                ("client_id".to_owned(), json!(client.id())),
                ("token_use".to_owned(), json!("access")),
                ("iss".to_owned(), json!(issuer)),
                ("auth_time".to_owned(), json!(subject.auth_time)),
                ("iat".to_owned(), json!(now.seconds())),
                ("jti".to_owned(), json!(random_uuid(&*app.entropy).to_string())),
                ("version".to_owned(), json!(2)),
                ("scope".to_owned(), json!(scopes.to_string())),
            ]);
            let owner = Owner {
                user: None,
                groups: None,
                scopes: &names,
            };
            let call = call(Source::TokenGenerationClientCredentials, None);
            Changes::ask(app, &open.pool, call, owner)
                .await?
                .apply_to_access(&mut claims);
            return Ok(claims);
        }
    };
    let groups = app.groups(open, &user.memberships).await?;
    let about = claims::Subject {
        pool: &open.pool,
        client,
        user: &user.user,
        groups: &groups,
        session: &user.session,
    };
    let owner = Owner {
        user: Some(&user.user),
        groups: Some(&groups),
        scopes: &names,
    };
    let call = call(
        Source::TokenGenerationAuthentication,
        Some(user.user.username.as_str()),
    );
    let changes = Changes::ask(app, &open.pool, call, owner).await?;
    let (event_id, entropy) = (asked.event_id, &*app.entropy);
    let mut claims = match asked.wanted {
        Use::Id => {
            let mut claims = claims::id_token(about, &issuer, event_id, now, entropy);
            changes.apply_to_id(&mut claims);
            claims
        }
        Use::Access => {
            let mut claims = claims::access_token(about, &issuer, event_id, now, entropy);
            claims.insert("scope".to_owned(), json!(scopes.to_string()));
            changes.apply_to_access(&mut claims);
            claims
        }
    };
    if user.bound {
        claims.insert("origin_jti".to_owned(), json!(user.session.id));
    } else {
        claims.remove("origin_jti");
    }
    Ok(claims)
}

//! The claims of ID and access tokens, as Cognito's applications expect them.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use crate::Timestamp;
use crate::ambient::{Entropy, random_uuid};
use crate::crypto::{base64url, from_base64url};
use crate::domain::client::Client;
use crate::domain::group::Groups;
use crate::domain::identity;
use crate::domain::pool::Pool;
use crate::domain::session::Session;
use crate::domain::user::User;
use crate::oauth::scopes::Scopes;

/// The scope of tokens from the API: the user's own profile.
pub const USER_ADMIN_SCOPE: &str = "aws.cognito.signin.user.admin";

/// What tokens are about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The pool.
    pub pool: &'a Pool,
    /// The client that asked.
    pub client: &'a Client,
    /// The user.
    pub user: &'a User,
    /// The user's groups.
    pub groups: &'a Groups,
    /// The sign-in.
    pub session: &'a Session,
}

impl Subject<'_> {
    /// What the access token may do.
    fn scope(&self) -> &str {
        self.session.scope()
    }
}

fn common(
    subject: Subject<'_>,
    issuer: &str,
    lifetime: i64,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Map<String, Value> {
    let mut claims = Map::new();
    claims.insert("sub".to_owned(), json!(subject.user.sub));
    claims.insert("iss".to_owned(), json!(issuer));
    claims.insert(
        "auth_time".to_owned(),
        json!(subject.session.created_at.seconds()),
    );
    claims.insert("iat".to_owned(), json!(now.seconds()));
    claims.insert("exp".to_owned(), json!(now.plus_seconds(lifetime).seconds()));
    let groups = subject.groups.names();
    if !groups.is_empty() {
        claims.insert("cognito:groups".to_owned(), json!(groups));
    }
    if subject.session.leveled {
        let methods = &subject.session.methods;
        if let Some(level) = methods.level() {
            claims.insert("acr".to_owned(), json!(subject.pool.level_name(level)));
        }
        claims.insert("amr".to_owned(), json!(methods.amr()));
    }
    if subject.client.revocation || subject.pool.session_limit().is_some() {
        claims.insert("origin_jti".to_owned(), json!(subject.session.id));
        claims.insert("jti".to_owned(), json!(random_uuid(entropy).to_string()));
    }
    claims
}

/// The claims of an ID token (OpenID Connect Core 1.0 section 2), with the attributes that the client may read.
pub fn id_token(
    subject: Subject<'_>,
    issuer: &str,
    event_id: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Map<String, Value> {
    let mut claims = common(subject, issuer, subject.client.lifetimes.id, now, entropy);
    let scopes = Scopes::parse(subject.scope()).unwrap_or_default();
    for (name, value) in &subject.user.attributes {
        if subject.client.may_read(name) && scopes.show(name) {
            claims
                .entry(name.clone())
                .or_insert_with(|| attribute(name, value));
        }
    }
    if let Some(identities) = identity::claim(&subject.user.identities) {
        claims.insert("identities".to_owned(), identities);
    }
    let roles = subject.groups.roles();
    if !roles.is_empty() {
        claims.insert("cognito:roles".to_owned(), json!(roles));
    }
    if let Some(role) = subject.groups.preferred_role() {
        claims.insert("cognito:preferred_role".to_owned(), json!(role));
    }
    claims.insert("aud".to_owned(), json!(subject.client.id()));
    claims.insert("event_id".to_owned(), json!(event_id));
    if let Some(nonce) = subject
        .session
        .granted
        .as_ref()
        .and_then(|granted| granted.nonce.as_ref())
    {
        claims.insert("nonce".to_owned(), json!(nonce));
    }
    claims.insert("token_use".to_owned(), json!("id"));
    claims.insert("cognito:username".to_owned(), json!(subject.user.username));
    claims
}

/// The claims of an access token.
pub fn access_token(
    subject: Subject<'_>,
    issuer: &str,
    event_id: &str,
    now: Timestamp,
    entropy: &dyn Entropy,
) -> Map<String, Value> {
    let mut claims = common(subject, issuer, subject.client.lifetimes.access, now, entropy);
    // Without revocation an access token still needs a name of its own (RFC 9068 section 2.2).
    claims
        .entry("jti")
        .or_insert_with(|| json!(random_uuid(entropy).to_string()));
    claims.insert("client_id".to_owned(), json!(subject.client.id()));
    claims.insert("event_id".to_owned(), json!(event_id));
    claims.insert("token_use".to_owned(), json!("access"));
    claims.insert("scope".to_owned(), json!(subject.scope()));
    if let Some(resource) = subject
        .session
        .granted
        .as_ref()
        .and_then(|granted| granted.resource.as_ref())
    {
        claims.insert("aud".to_owned(), json!(resource));
    }
    claims.insert("username".to_owned(), json!(subject.user.username));
    claims.insert("version".to_owned(), json!(2));
    if let Some(thumbprint) = &subject.session.bound_key {
        claims.insert("cnf".to_owned(), json!({ "jkt": thumbprint }));
    }
    if let Some(device) = &subject.session.device {
        claims.insert("device_key".to_owned(), json!(device));
    }
    claims
}

/// Claim `at_hash` (OpenID Connect Core section 3.1.3.6): the left half of the access token's SHA-256.
pub fn at_hash(access_token: &str) -> String {
    let hash = digest(&SHA256, access_token.as_bytes());
    let (half, _) = hash.as_ref().split_at(16);
    base64url(half)
}

/// The scope that an access token says, which a pool's function may have changed. The token is our own: nothing is verified.
pub fn scope_of(access_token: &str) -> String {
    let said = access_token.split('.').nth(1).and_then(from_base64url);
    let said: Option<Value> = said.and_then(|payload| serde_json::from_slice(&payload).ok());
    said.as_ref()
        .and_then(|claims| claims.get("scope")?.as_str())
        .unwrap_or_default()
        .to_owned()
}

/// An attribute as a claim: booleans for `*_verified`, a number for `updated_at`, a structure for `address`
/// (OpenID Connect Core 1.0 section 5.1), strings for all others.
pub fn attribute(name: &str, value: &str) -> Value {
    match name {
        "email_verified" | "phone_number_verified" => json!(value == "true"),
        "updated_at" => value
            .parse::<i64>()
            .map_or_else(|_| json!(value), |number| json!(number)),
        "address" => json!({ "formatted": value }),
        _ => json!(value),
    }
}

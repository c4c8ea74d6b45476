//! Whether a token is one that is taken.

use serde_json::{Map, Value, json};

use super::rules::Rules;
use crate::auth::signed_in::SignedIn;
use crate::tokens::genuine;
use crate::tokens::keys::Use;
use crate::tokens::verify::claimed_pool;
use crate::{App, Fault, Timestamp};

/// The header `Authorization` of an event; empty where there is none.
pub fn header<'a>(headers: impl IntoIterator<Item = (&'a String, &'a String)>) -> &'a str {
    headers
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        .map_or("", |(_, value)| value)
}

/// The claims of a token that is genuine, current, of a pool and a client that are taken and, where rules ask for it, not
/// revoked; `None` otherwise. The pool's keys are kept for 30 seconds.
///
/// # Errors
/// `TooManyRequestsException` when DynamoDB throttles: the caller cannot tell, and is to be asked again.
pub async fn token(app: &App, rules: &Rules, given: &str) -> Result<Option<Map<String, Value>>, Fault> {
    let token = bearer(given);
    let base = &app.settings.issuer_base;
    let Some(pool) = claimed_pool(token, base)
        .ok()
        .filter(|pool| rules.pools.contains(pool))
    else {
        return Ok(None);
    };
    let open = app.pool(&pool).await?;
    let mut claims = None;
    for usage in [Use::Access, Use::Id] {
        let found = genuine::claims(token, &open.pool, usage, base)?.ok();
        claims = claims.or(found.filter(|claims| text(claims, "token_use") == Some(usage.as_str())));
    }
    let Some(claims) = claims else { return Ok(None) };
    if !is_taken(&claims, rules, app.now()) {
        return Ok(None);
    }
    if rules.check_revocation {
        let name = text(&claims, "username").or_else(|| text(&claims, "cognito:username"));
        let signed_in = (|| {
            Some(SignedIn {
                sub: text(&claims, "sub")?.parse().ok()?,
                username: name?.parse().ok()?,
                session: match claims.get("origin_jti") {
                    Some(session) => Some(session.as_str()?.parse().ok()?),
                    None => None,
                },
                auth_time: claims.get("auth_time")?.as_i64()?,
            })
        })();
        // A token of a client itself, without a user, cannot be looked up: it opens nothing where that is asked for.
        let Some(signed_in) = signed_in else {
            return Ok(None);
        };
        if !signed_in.is_current(app, &open).await? {
            return Ok(None);
        }
    }
    Ok(Some(claims))
}

/// Whether a genuine token is current, of a client that is taken, and good in anybody's hands: one that is bound to a key
/// (RFC 9449) needs a proof, which nobody shows an authorizer.
fn is_taken(claims: &Map<String, Value>, rules: &Rules, now: Timestamp) -> bool {
    let expires = claims.get("exp").and_then(Value::as_i64);
    let client = text(claims, "client_id")
        .or_else(|| text(claims, "aud"))
        .unwrap_or_default();
    expires.is_some_and(|expires| now.seconds() < expires)
        && !claims.contains_key("cnf")
        && (rules.clients.is_empty() || rules.clients.contains(client))
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name)?.as_str()
}

/// The token of an `Authorization` header (RFC 6750 section 2.1), or the header itself where it has no scheme.
fn bearer(header: &str) -> &str {
    let header = header.trim();
    match header.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => header,
    }
}

/// What the protected API is told of the caller: texts only, as REST APIs want. `claims` has all of them, as JSON.
pub fn context(claims: &Map<String, Value>) -> Value {
    let mut context = Map::new();
    for (name, claim) in [
        ("sub", "sub"),
        ("username", "username"),
        ("username", "cognito:username"),
        ("clientId", "client_id"),
        ("clientId", "aud"),
        ("scope", "scope"),
        ("tokenUse", "token_use"),
        ("email", "email"),
    ] {
        if let Some(value) = text(claims, claim) {
            context.entry(name).or_insert_with(|| json!(value));
        }
    }
    let groups = claims.get("cognito:groups").and_then(Value::as_array);
    let groups: Vec<_> = groups.into_iter().flatten().filter_map(Value::as_str).collect();
    if !groups.is_empty() {
        context.insert("groups".to_owned(), json!(groups.join(" ")));
    }
    context.insert("claims".to_owned(), json!(json!(claims).to_string()));
    Value::Object(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_may_have_the_scheme_or_not() {
        for header in ["abc", "Bearer abc", "bearer  abc ", " BEARER abc"] {
            assert_eq!(bearer(header), "abc");
        }
    }

    #[test]
    fn a_token_is_taken_in_its_time_of_its_clients_and_unbound() {
        let taken = |claims: Value, clients: &str| {
            let rules = Rules::parse(&format!(r#"{{ "clients": {clients} }}"#)).unwrap();
            is_taken(claims.as_object().unwrap(), &rules, Timestamp::from_seconds(100))
        };
        assert!(taken(json!({ "exp": 101, "client_id": "app" }), "[]"));
        assert!(taken(json!({ "exp": 101, "aud": "app" }), r#"["app"]"#));
        assert!(!taken(json!({ "exp": 100, "client_id": "app" }), "[]"));
        assert!(!taken(json!({ "client_id": "app" }), "[]"));
        assert!(!taken(json!({ "exp": 101, "client_id": "other" }), r#"["app"]"#));
        assert!(!taken(
            json!({ "exp": 101, "client_id": "app", "cnf": { "jkt": "x" } }),
            "[]"
        ));
    }

    #[test]
    fn the_api_is_told_texts_only() {
        let claims = json!({ "sub": "1", "cognito:username": "ann", "aud": "app", "cognito:groups": ["a", "b"], "exp": 1 });
        let context = context(claims.as_object().unwrap());
        assert!(context.as_object().unwrap().values().all(Value::is_string));
        assert_eq!(context["groups"], "a b");
        assert_eq!(context["username"], "ann");
        assert_eq!(
            serde_json::from_str::<Value>(context["claims"].as_str().unwrap()).unwrap(),
            claims
        );
    }
}

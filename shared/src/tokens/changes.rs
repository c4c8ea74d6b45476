//! What a pool's function changes in tokens before they are signed: claims, scopes, groups.
//!
//! What tells who a token is for, from whom, and for how long is not a function's to change (Cognito Developer Guide,
//! "Pre token generation Lambda trigger", excluded claims): it stays as it is, whatever the function says.

use serde_json::{Map, Value, json};

use super::claims::USER_ADMIN_SCOPE;
use crate::domain::group::Groups;
use crate::domain::lambda_config::{TokenEvent, Trigger};
use crate::domain::pool::Pool;
use crate::domain::user::{Attributes, User};
use crate::triggers::event::{
    AccessTokenGeneration, ClaimsAndScopeOverrideDetails, GroupConfiguration, IdTokenGeneration,
    PreTokenGeneration, PreTokenGenerationV2, Source,
};
use crate::triggers::{Call, attributes_of};
use crate::{App, Fault, fault::FaultKind};

/// Claims of both tokens that stay.
const SHARED: [&str; 14] = [
    "acr",
    "amr",
    "at_hash",
    "auth_time",
    "azp",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "origin_jti",
    "sub",
    "token_use",
];
/// Claims of ID tokens that stay.
const ID: [&str; 4] = ["aud", "cognito:username", "event_id", "identities"];
/// Claims of access tokens that stay. Scopes have lists of their own.
const ACCESS: [&str; 8] = [
    "act",
    "client_id",
    "cnf",
    "device_key",
    "event_id",
    "scope",
    "username",
    "version",
];

/// What changes; by default nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    id: IdTokenGeneration,
    access: AccessTokenGeneration,
    groups: Option<GroupConfiguration>,
}

/// Whose tokens they are.
#[derive(Debug, Clone, Copy)]
pub struct Owner<'a> {
    /// The user; none where a client signs in for itself.
    pub user: Option<&'a User>,
    /// The user's groups.
    pub groups: Option<&'a Groups>,
    /// The scopes of the access token.
    pub scopes: &'a [&'a str],
}

impl Changes {
    /// Asks the pool's function, if it has one for this version of the event.
    ///
    /// # Errors
    /// Those of [`App::trigger`]; `InvalidLambdaResponseException` for a scope that is none.
    pub async fn ask(app: &App, pool: &Pool, call: Call<'_>, owner: Owner<'_>) -> Result<Self, Fault> {
        let version = pool.triggers.token_event;
        // The tokens of clients are there since version 3.
        if call.source == Source::TokenGenerationClientCredentials && version != TokenEvent::V3 {
            return Ok(Self::default());
        }
        let user_attributes = || {
            owner
                .user
                .map_or_else(Attributes::new, |user| attributes_of(pool, user))
        };
        let group_configuration = || owner.groups.map(configuration).unwrap_or_default();
        if version == TokenEvent::V1 {
            let request = || PreTokenGeneration {
                user_attributes: user_attributes(),
                group_configuration: group_configuration(),
                client_metadata: call.cause.metadata(),
            };
            let answer = app.trigger(pool, call, request).await?.unwrap_or_default();
            let details = answer.claims_override_details.unwrap_or_default();
            let claims = details.claims_to_add_or_override.unwrap_or_default();
            return Ok(Self {
                id: IdTokenGeneration {
                    claims_to_add_or_override: Some(
                        claims
                            .into_iter()
                            .map(|(name, value)| (name, json!(value)))
                            .collect(),
                    ),
                    claims_to_suppress: details.claims_to_suppress,
                },
                access: AccessTokenGeneration::default(),
                groups: details.group_override_details,
            });
        }
        let request = || PreTokenGenerationV2 {
            user_attributes: user_attributes(),
            scopes: owner.scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            group_configuration: group_configuration(),
            client_metadata: call.cause.metadata(),
        };
        let answer = app.trigger(pool, call, request).await?.unwrap_or_default();
        Self::of(answer.claims_and_scope_override_details.unwrap_or_default())
    }

    fn of(details: ClaimsAndScopeOverrideDetails) -> Result<Self, Fault> {
        let access = details.access_token_generation.unwrap_or_default();
        let added = access.scopes_to_add.as_deref().unwrap_or_default();
        if let Some(scope) = added.iter().find(|scope| !is_scope(scope)) {
            return Err(Fault::new(
                FaultKind::InvalidLambdaResponse,
                format!("{}: {scope:?} is not a scope", Trigger::PreTokenGeneration),
            ));
        }
        Ok(Self {
            id: details.id_token_generation.unwrap_or_default(),
            access,
            groups: details.group_override_details,
        })
    }

    /// Changes the claims of an ID token.
    pub fn apply_to_id(&self, claims: &mut Map<String, Value>) {
        self.apply_groups(claims, true);
        apply(
            claims,
            self.id.claims_to_add_or_override.as_ref(),
            self.id.claims_to_suppress.as_deref(),
            |name, _| !ID.contains(&name),
        );
    }

    /// Changes the claims of an access token. `aud` may be added, but no other than the client.
    pub fn apply_to_access(&self, claims: &mut Map<String, Value>) {
        self.apply_groups(claims, false);
        let client = claims.get("client_id").cloned();
        apply(
            claims,
            self.access.claims_to_add_or_override.as_ref(),
            self.access.claims_to_suppress.as_deref(),
            |name, value| {
                let audience = name == "aud" && value.is_none_or(|value| Some(value) != client.as_ref());
                !audience && !ACCESS.contains(&name)
            },
        );
        let before = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
        let suppressed = self.access.scopes_to_suppress.as_deref().unwrap_or_default();
        let mut scopes: Vec<&str> = before
            .split(' ')
            .filter(|scope| !scope.is_empty() && !suppressed.iter().any(|gone| gone == scope))
            .collect();
        for scope in self.access.scopes_to_add.iter().flatten() {
            // The right to change the user's own profile comes from the sign-in alone.
            if scope != USER_ADMIN_SCOPE && !scopes.contains(&scope.as_str()) {
                scopes.push(scope);
            }
        }
        let scope = scopes.join(" ");
        if scope != before {
            claims.insert("scope".to_owned(), json!(scope));
        }
    }

    /// Groups that are given take the place of all three claims; what is not among them goes.
    fn apply_groups(&self, claims: &mut Map<String, Value>, with_roles: bool) {
        let Some(groups) = &self.groups else {
            return;
        };
        let mut set = |name: &str, value: Option<Value>| match value {
            Some(value) if value != json!([]) && value != json!("") => {
                claims.insert(name.to_owned(), value);
            }
            _ => {
                claims.remove(name);
            }
        };
        set(
            "cognito:groups",
            groups.groups_to_override.as_ref().map(|list| json!(list)),
        );
        if with_roles {
            set(
                "cognito:roles",
                groups.iam_roles_to_override.as_ref().map(|list| json!(list)),
            );
            set(
                "cognito:preferred_role",
                groups.preferred_role.as_ref().map(|role| json!(role)),
            );
        }
    }
}

/// A scope token of RFC 6749 section 3.3.
fn is_scope(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b == 0x21 || (0x23..=0x5B).contains(&b) || (0x5D..=0x7E).contains(&b))
}

fn configuration(groups: &Groups) -> GroupConfiguration {
    GroupConfiguration {
        groups_to_override: Some(groups.names().into_iter().map(str::to_owned).collect()),
        iam_roles_to_override: Some(groups.roles().into_iter().map(str::to_owned).collect()),
        preferred_role: groups.preferred_role().map(str::to_owned),
    }
}

fn apply(
    claims: &mut Map<String, Value>,
    set: Option<&Map<String, Value>>,
    suppressed: Option<&[String]>,
    allowed: impl Fn(&str, Option<&Value>) -> bool,
) {
    let allowed = |name: &str, value: Option<&Value>| {
        !SHARED.contains(&name) && !name.starts_with("dev:") && allowed(name, value)
    };
    for (name, value) in set.into_iter().flatten() {
        if allowed(name, Some(value)) {
            claims.insert(name.clone(), value.clone());
        }
    }
    for name in suppressed.unwrap_or_default() {
        if allowed(name, None) {
            claims.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    fn changes(details: Value) -> Changes {
        Changes::of(serde_json::from_value(details).unwrap()).unwrap()
    }

    #[test]
    fn claims_scopes_and_groups_change_where_they_may() {
        let changes = changes(json!({
            "idTokenGeneration": {
                "claimsToAddOrOverride": { "tenant": { "id": 7 }, "sub": "x", "dev:x": "y" },
                "claimsToSuppress": ["email", "iss"]
            },
            "accessTokenGeneration": {
                "claimsToAddOrOverride": { "tenant": "blue", "client_id": "x", "aud": "other", "scope": "all" },
                "scopesToAdd": ["read", "aws.cognito.signin.user.admin"],
                "scopesToSuppress": ["openid"]
            },
            "groupOverrideDetails": { "groupsToOverride": ["b"] }
        }));
        let before = json!({
            "sub": "1", "iss": "i", "email": "e", "cognito:groups": ["a"], "cognito:roles": ["r"],
            "cognito:preferred_role": "r"
        });
        let mut id = map(before);
        changes.apply_to_id(&mut id);
        assert_eq!(
            Value::Object(id),
            json!({ "sub": "1", "iss": "i", "tenant": { "id": 7 }, "cognito:groups": ["b"] })
        );
        let mut access = map(json!({ "sub": "1", "client_id": "c", "scope": "openid profile" }));
        changes.apply_to_access(&mut access);
        assert_eq!(
            Value::Object(access),
            json!({
                "sub": "1", "client_id": "c", "scope": "profile read", "tenant": "blue", "cognito:groups": ["b"]
            })
        );
    }

    #[test]
    fn an_access_token_may_say_that_it_is_for_its_client() {
        let details = json!({ "accessTokenGeneration": { "claimsToAddOrOverride": { "aud": "c" } } });
        let mut access = map(json!({ "client_id": "c" }));
        changes(details).apply_to_access(&mut access);
        assert_eq!(access["aud"], "c");
    }

    #[test]
    fn a_scope_with_a_blank_is_none() {
        for bad in ["", "a b", "a\"b", "\u{e9}"] {
            let details = json!({ "accessTokenGeneration": { "scopesToAdd": [bad] } });
            assert!(
                Changes::of(serde_json::from_value(details).unwrap()).is_err(),
                "{bad}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_a_token_is_for_never_changes(names in prop::collection::vec(
            prop::sample::select([&SHARED[..], &ID, &ACCESS].concat()), 1..8
        )) {
            let set: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), json!("changed"))).collect();
            let claims = json!({ "claimsToAddOrOverride": set, "claimsToSuppress": names });
            let changes = changes(json!({ "idTokenGeneration": claims, "accessTokenGeneration": claims }));
            let id: Map<String, Value> =
                [&SHARED[..], &ID].concat().iter().map(|name| ((*name).to_owned(), json!(1))).collect();
            let mut after = id.clone();
            changes.apply_to_id(&mut after);
            for (name, value) in id {
                prop_assert_eq!(&after[&name], &value);
            }
            let mut access: Map<String, Value> =
                [&SHARED[..], &ACCESS].concat().iter().map(|name| ((*name).to_owned(), json!("as it was"))).collect();
            changes.apply_to_access(&mut access);
            for name in SHARED.iter().chain(&ACCESS).filter(|name| **name != "scope") {
                prop_assert_eq!(&access[*name], &json!("as it was"));
            }
        }
    }
}

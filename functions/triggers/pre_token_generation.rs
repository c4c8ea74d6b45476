//! Pre token generation: claims from the user's attributes and from an item of the user's tenant, in all three versions of
//! the event.
//!
//! - `CLAIMS_FROM_ATTRIBUTES`: `claim=attribute` with commas between the pairs, e.g. `plan=custom:plan`.
//! - `TENANT_ATTRIBUTE`: the attribute that names the user's tenant, e.g. `custom:tenant`. The claim `tenant_id` says it, and
//!   the claims of the tenant's item (docs/DATA-MODEL.md) are set too: its roles, flags and the like. Users must not be
//!   able to write it: leave it out of every client's `WriteAttributes`.
//! - `SUPPRESS_CLAIMS`: claims to leave out, with commas between them.
//!
//! In versions 2 and 3 the claims are in both tokens and may be any JSON. In version 1 they are in the ID token, as text:
//! what is no text is written as JSON.

use std::collections::BTreeMap;

use gatehouse::App;
use gatehouse::domain::ids::PoolId;
use gatehouse::domain::user::Attributes;
use gatehouse::triggers::event::{
    AccessTokenGeneration, ClaimsAndScopeOverrideDetails, ClaimsOverrideDetails, Event, IdTokenGeneration,
    PreTokenGeneration, PreTokenGenerationAnswer, PreTokenGenerationV2, PreTokenGenerationV2Answer,
};
use gatehouse::triggers::serve::{Misconfigured, Refusal, Variables, serve_raw};
use lambda_runtime::Error;
use serde_json::{Map, Value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    gatehouse::observe::start();
    let rules = Rules::read(&Variables::from_env())?;
    let app = App::from_env().await;
    serve_raw(async |event: Value, _: &_| Box::pin(answer(&app, &rules, event)).await).await
}

/// What goes into tokens.
#[derive(Debug)]
struct Rules {
    claims: Vec<(String, String)>,
    tenant: Option<String>,
    suppressed: Vec<String>,
}

impl Rules {
    fn read(variables: &Variables) -> Result<Self, Misconfigured> {
        Ok(Self {
            claims: variables.pairs("CLAIMS_FROM_ATTRIBUTES")?,
            tenant: variables.text("TENANT_ATTRIBUTE"),
            suppressed: variables.list("SUPPRESS_CLAIMS"),
        })
    }

    /// The name of the user's tenant.
    fn tenant_of<'a>(&self, attributes: &'a Attributes) -> Option<&'a str> {
        let name = attributes.get(self.tenant.as_ref()?)?;
        Some(name.as_str()).filter(|name| !name.is_empty())
    }

    /// The claims to set. What is said of the user alone comes before what is said of the tenant.
    fn claims(&self, attributes: &Attributes, tenant: Map<String, Value>) -> Map<String, Value> {
        let mut claims = tenant;
        let own = self.claims.iter().filter_map(|(claim, attribute)| {
            Some((claim.clone(), Value::String(attributes.get(attribute)?.clone())))
        });
        claims.extend(own);
        if let Some(tenant) = self.tenant_of(attributes) {
            claims.insert("tenant_id".to_owned(), Value::String(tenant.to_owned()));
        }
        claims
    }

    fn suppressed(&self) -> Option<Vec<String>> {
        Some(self.suppressed.clone()).filter(|claims| !claims.is_empty())
    }

    fn first(&self, claims: Map<String, Value>) -> PreTokenGenerationAnswer {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let claims: BTreeMap<_, _> = claims
            .into_iter()
            .map(|(name, value)| (name, text(value)))
            .collect();
        PreTokenGenerationAnswer {
            claims_override_details: Some(ClaimsOverrideDetails {
                claims_to_add_or_override: Some(claims),
                claims_to_suppress: self.suppressed(),
                group_override_details: None,
            }),
        }
    }

    fn later(&self, claims: Map<String, Value>) -> PreTokenGenerationV2Answer {
        PreTokenGenerationV2Answer {
            claims_and_scope_override_details: Some(ClaimsAndScopeOverrideDetails {
                id_token_generation: Some(IdTokenGeneration {
                    claims_to_add_or_override: Some(claims.clone()),
                    claims_to_suppress: self.suppressed(),
                }),
                access_token_generation: Some(AccessTokenGeneration {
                    claims_to_add_or_override: Some(claims),
                    claims_to_suppress: self.suppressed(),
                    ..AccessTokenGeneration::default()
                }),
                group_override_details: None,
            }),
        }
    }
}

async fn answer(app: &App, rules: &Rules, event: Value) -> Result<Value, Refusal> {
    if event["version"] == "1" {
        let mut event: Event<PreTokenGeneration> = serde_json::from_value(event).map_err(Refusal::failed)?;
        let claims = claims(app, rules, &event.user_pool_id, &event.request.user_attributes).await?;
        event.response = rules.first(claims);
        serde_json::to_value(event).map_err(Refusal::failed)
    } else {
        let mut event: Event<PreTokenGenerationV2> =
            serde_json::from_value(event).map_err(Refusal::failed)?;
        let claims = claims(app, rules, &event.user_pool_id, &event.request.user_attributes).await?;
        event.response = rules.later(claims);
        serde_json::to_value(event).map_err(Refusal::failed)
    }
}

/// The claims for a user: one read where the user has a tenant, none else.
async fn claims(
    app: &App,
    rules: &Rules,
    pool: &str,
    attributes: &Attributes,
) -> Result<Map<String, Value>, Refusal> {
    let tenant = match rules.tenant_of(attributes) {
        Some(tenant) => {
            let pool: PoolId = pool.parse().map_err(Refusal::failed)?;
            app.store
                .load_tenant(&pool, tenant)
                .await?
                .map(|tenant| tenant.claims)
        }
        None => None,
    };
    Ok(rules.claims(attributes, tenant.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rules() -> Rules {
        Rules::read(&Variables::given(&[
            ("CLAIMS_FROM_ATTRIBUTES", "plan=custom:plan, nick=nickname"),
            ("TENANT_ATTRIBUTE", "custom:tenant"),
            ("SUPPRESS_CLAIMS", "email"),
        ]))
        .unwrap()
    }

    fn attributes() -> Attributes {
        Attributes::from([
            ("custom:plan".to_owned(), "gold".to_owned()),
            ("custom:tenant".to_owned(), "acme".to_owned()),
        ])
    }

    fn tenant() -> Map<String, Value> {
        let claims = json!({ "plan": "basic", "tenant_id": "another", "roles": ["admin"], "beta": true });
        claims.as_object().unwrap().clone()
    }

    #[test]
    fn the_user_comes_before_the_tenant() {
        let claims = rules().claims(&attributes(), tenant());
        let expected = json!({ "plan": "gold", "tenant_id": "acme", "roles": ["admin"], "beta": true });
        assert_eq!(Value::Object(claims), expected);
    }

    #[test]
    fn nobody_without_a_tenant_has_one() {
        let rules = rules();
        let empty = Attributes::from([("custom:tenant".to_owned(), String::new())]);
        assert_eq!(rules.tenant_of(&empty), None);
        assert!(rules.claims(&Attributes::new(), Map::new()).is_empty());
        let unset = Rules::read(&Variables::given(&[])).unwrap();
        assert_eq!(unset.tenant_of(&attributes()), None);
    }

    #[test]
    fn the_first_version_has_texts_and_the_id_token_alone() {
        let rules = rules();
        let answer = serde_json::to_value(rules.first(rules.claims(&attributes(), tenant()))).unwrap();
        let expected = json!({ "claimsOverrideDetails": {
            "claimsToAddOrOverride": { "plan": "gold", "tenant_id": "acme", "roles": "[\"admin\"]", "beta": "true" },
            "claimsToSuppress": ["email"],
        }});
        assert_eq!(answer, expected);
    }

    #[test]
    fn later_versions_have_both_tokens_and_any_json() {
        let rules = rules();
        let answer = serde_json::to_value(rules.later(rules.claims(&attributes(), tenant()))).unwrap();
        for token in ["idTokenGeneration", "accessTokenGeneration"] {
            let said = &answer["claimsAndScopeOverrideDetails"][token];
            assert_eq!(said["claimsToAddOrOverride"]["roles"], json!(["admin"]));
            assert_eq!(said["claimsToSuppress"], json!(["email"]));
        }
    }
}

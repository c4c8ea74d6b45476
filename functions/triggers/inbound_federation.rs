//! Inbound federation: what another identity provider said, renamed and filtered before it is mapped.
//!
//! - `KEEP_ATTRIBUTES`: only these, by the provider's names, with commas between them. All where nothing is said.
//! - `DROP_ATTRIBUTES`: not these, whatever else is said.
//! - `RENAME_ATTRIBUTES`: `new=old` with commas between the pairs, e.g. `department=custom_dept`.
//! - `REQUIRED_ATTRIBUTES`: who comes without one of these, by its new name, is refused.
//!
//! Of an OpenID provider the ID token and its user info are taken, of a SAML provider the assertion; the provider's tokens
//! are never passed on.

use gatehouse::triggers::event::{Event, InboundFederation, InboundFederationAnswer};
use gatehouse::triggers::serve::{Misconfigured, Refusal, Variables, serve};
use lambda_runtime::Error;
use serde_json::{Map, Value};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    gatehouse::observe::start();
    let rules = Rules::read(&Variables::from_env())?;
    serve(async |event: &Event<InboundFederation>, _| rules.decide(&event.request)).await
}

/// What becomes of attributes.
struct Rules {
    keep: Vec<String>,
    drop: Vec<String>,
    rename: Vec<(String, String)>,
    required: Vec<String>,
}

impl Rules {
    fn read(variables: &Variables) -> Result<Self, Misconfigured> {
        Ok(Self {
            keep: variables.list("KEEP_ATTRIBUTES"),
            drop: variables.list("DROP_ATTRIBUTES"),
            rename: variables.pairs("RENAME_ATTRIBUTES")?,
            required: variables.list("REQUIRED_ATTRIBUTES"),
        })
    }

    fn decide(&self, request: &InboundFederation) -> Result<InboundFederationAnswer, Refusal> {
        let mut attributes = said(&request.attributes)?;
        attributes.retain(|name, _| {
            (self.keep.is_empty() || self.keep.contains(name)) && !self.drop.contains(name)
        });
        let renamed: Vec<_> = self
            .rename
            .iter()
            .filter_map(|(new, old)| Some((new.clone(), attributes.remove(old)?)))
            .collect();
        attributes.extend(renamed);
        let lacks = |name: &&String| match attributes.get(*name) {
            None | Some(Value::Null) => true,
            Some(value) => value.as_str() == Some(""),
        };
        // An empty answer would mean that all stays as the provider said it.
        if attributes.is_empty() || self.required.iter().any(|name| lacks(&name)) {
            return Err(Refusal::new(
                "The identity provider did not say enough about you.",
            ));
        }
        Ok(InboundFederationAnswer {
            user_attributes_to_map: Some(attributes),
        })
    }
}

/// What the provider said of the user. User info of another subject than the ID token's is not believed (OpenID Connect
/// Core 1.0, section 5.3.2).
fn said(parts: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let part = |name: &str| parts.get(name).and_then(Value::as_object);
    let (id_token, user_info) = (part("idToken"), part("userInfo"));
    if let (Some(id_token), Some(user_info)) = (id_token, user_info)
        && id_token.get("sub") != user_info.get("sub")
    {
        return Err(Refusal::new("The identity provider speaks of two users."));
    }
    let parts = [part("samlResponse"), user_info, id_token];
    Ok(parts
        .into_iter()
        .flatten()
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn decide(variables: &[(&str, &str)], attributes: &Value) -> Option<Value> {
        let request = InboundFederation {
            attributes: attributes.as_object().unwrap().clone(),
            ..InboundFederation::default()
        };
        let answer = Rules::read(&Variables::given(variables))
            .unwrap()
            .decide(&request);
        answer
            .ok()
            .map(|answer| answer.user_attributes_to_map.unwrap().into())
    }

    fn oidc() -> Value {
        json!({
            "tokenResponse": { "access_token": "secret", "refresh_token": "secret" },
            "idToken": { "sub": "1", "email": "a@example.com" },
            "userInfo": { "sub": "1", "email": "old@example.com", "dept": "sales", "salary": 7 },
        })
    }

    #[test]
    fn tokens_stay_and_the_id_token_is_believed_first() {
        let expected = json!({ "sub": "1", "email": "a@example.com", "dept": "sales", "salary": 7 });
        assert_eq!(decide(&[], &oidc()), Some(expected));
    }

    #[test]
    fn attributes_are_kept_dropped_and_renamed() {
        let rules = [
            ("KEEP_ATTRIBUTES", "sub, email, dept, salary"),
            ("DROP_ATTRIBUTES", "salary"),
            ("RENAME_ATTRIBUTES", "department=dept, absent=nothing"),
        ];
        let expected = json!({ "sub": "1", "email": "a@example.com", "department": "sales" });
        assert_eq!(decide(&rules, &oidc()), Some(expected));
        let saml = json!({ "samlResponse": { "email": "b@example.com", "dept": ["a", "b"] } });
        let expected = json!({ "email": "b@example.com", "department": ["a", "b"] });
        assert_eq!(decide(&rules, &saml), Some(expected));
    }

    #[test]
    fn names_can_be_exchanged() {
        let rules = [("RENAME_ATTRIBUTES", "a=b,b=a")];
        let saml = json!({ "samlResponse": { "a": 1, "b": 2 } });
        assert_eq!(decide(&rules, &saml), Some(json!({ "a": 2, "b": 1 })));
    }

    #[test]
    fn a_filter_that_leaves_nothing_lets_nobody_pass() {
        assert_eq!(decide(&[("KEEP_ATTRIBUTES", "nothing")], &oidc()), None);
        assert_eq!(decide(&[("REQUIRED_ATTRIBUTES", "dept,manager")], &oidc()), None);
        let empty = json!({ "samlResponse": { "dept": "" } });
        assert_eq!(decide(&[("REQUIRED_ATTRIBUTES", "dept")], &empty), None);
    }

    #[test]
    fn user_info_of_somebody_else_is_not_believed() {
        let mut two = oidc();
        two["userInfo"]["sub"] = json!("2");
        assert_eq!(decide(&[], &two), None);
    }
}

//! Attributes for access control: claims of a provider's token that become session tags of AWS credentials.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Which claims become which tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagMap {
    /// `username` is claim `sub`, `client` is claim `aud`; `tags` counts for nothing.
    pub defaults: bool,
    /// Tag → claim.
    pub tags: BTreeMap<String, String>,
}

impl TagMap {
    /// Tag → claim, as in force.
    pub fn in_force(&self) -> BTreeMap<String, String> {
        if self.defaults {
            let defaults = [("username", "sub"), ("client", "aud")];
            return defaults
                .into_iter()
                .map(|(tag, claim)| (tag.to_owned(), claim.to_owned()))
                .collect();
        }
        self.tags.clone()
    }

    /// The tags that a token's claims make. A claim that the token lacks makes none.
    pub fn tags_of(&self, claims: &Map<String, Value>) -> BTreeMap<String, String> {
        self.in_force()
            .into_iter()
            .filter_map(|(tag, claim)| Some((tag, text(claims.get(&claim)?)?)))
            .collect()
    }
}

/// A claim as text; structures and empty values are none.
fn text(claim: &Value) -> Option<String> {
    let text = match claim {
        Value::String(text) => text.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Array(values) => {
            let parts: Option<Vec<_>> = values.iter().map(text).collect();
            parts?.join(" ")
        }
        Value::Null | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn claims_become_tags() {
        let claims = json!({ "sub": "1", "aud": "app", "custom:team": "red", "cognito:groups": ["a", "b"], "email_verified": true });
        let claims = claims.as_object().unwrap();
        let map = TagMap {
            defaults: false,
            tags: [
                ("team", "custom:team"),
                ("groups", "cognito:groups"),
                ("ok", "email_verified"),
                ("no", "none"),
            ]
            .map(|(tag, claim)| (tag.to_owned(), claim.to_owned()))
            .into(),
        };
        let tags = map.tags_of(claims);
        assert_eq!(tags.len(), 3);
        assert_eq!(tags["team"], "red");
        assert_eq!(tags["groups"], "a b");
        assert_eq!(tags["ok"], "true");
        let defaults = TagMap {
            defaults: true,
            ..map
        };
        assert_eq!(
            defaults.tags_of(claims),
            [
                ("username".to_owned(), "1".to_owned()),
                ("client".to_owned(), "app".to_owned())
            ]
            .into()
        );
    }
}

//! Rules: which tokens are taken, and what of an API they open.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Fault;
use crate::domain::ids::PoolId;
use crate::tokens::keys::Use;

/// `GATEHOUSE_AUTHORIZER`, JSON. Without pools nothing is let in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Rules {
    /// User pools whose tokens are taken.
    pub pools: BTreeSet<PoolId>,
    /// App clients whose tokens are taken; empty for all of those pools.
    pub clients: BTreeSet<String>,
    /// Whether users and sessions are looked up, so that a revoked token opens nothing.
    pub check_revocation: bool,
    /// What opens what. A request must satisfy the rule of every pattern that it matches, and match one at least.
    pub rules: Vec<Rule>,
}

/// A pattern of requests, and what a token needs for them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Rule {
    /// `<method> <path>` as in `GET /photos/*`, or `<type>.<field>` of a GraphQL schema; `*` stands for any text.
    #[serde(rename = "match")]
    pub pattern: String,
    /// The kind of token; an access token where nothing is said.
    #[serde(default)]
    pub token_use: TokenUse,
    /// Scopes of which an access token needs one; empty for none.
    #[serde(default)]
    pub scopes: BTreeSet<String>,
    /// Groups of which the user must be in one; empty for none.
    #[serde(default)]
    pub groups: BTreeSet<String>,
}

/// Kinds of tokens that a rule takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenUse {
    /// Access tokens.
    #[default]
    Access,
    /// ID tokens.
    Id,
    /// Both.
    Any,
}

impl Rules {
    /// Parses the environment's text; empty text is no rules at all.
    ///
    /// # Errors
    /// `InternalErrorException` for what is no JSON, or names what no rule has.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_str(text).map_err(|why| Fault::internal(format!("GATEHOUSE_AUTHORIZER: {why}")))
    }

    /// Whether `claims` open what `target` names.
    pub fn allow(&self, target: &str, claims: &Map<String, Value>) -> bool {
        let mut matching = self.rules.iter().filter(|rule| rule.matches(target)).peekable();
        matching.peek().is_some() && matching.all(|rule| rule.is_satisfied(claims))
    }

    /// Whether `claims` satisfy every rule there is: what may be answered where the answer is kept for other requests too.
    pub fn allow_all(&self, claims: &Map<String, Value>) -> bool {
        let mut rules = self.of_requests().peekable();
        rules.peek().is_some() && rules.all(|rule| rule.is_satisfied(claims))
    }

    /// The rules about HTTP requests.
    pub fn of_requests(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| !rule.is_of_field())
    }

    /// The rules about single fields of a GraphQL schema.
    pub fn of_fields(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(|rule| rule.is_of_field())
    }
}

impl Rule {
    /// Whether the rule is about what `target` names.
    pub fn matches(&self, target: &str) -> bool {
        glob(&self.pattern, target)
    }

    fn is_of_field(&self) -> bool {
        self.pattern.contains('.') && !self.pattern.contains([' ', '/'])
    }

    /// Whether a token with these claims has what the rule wants.
    pub fn is_satisfied(&self, claims: &Map<String, Value>) -> bool {
        let usage = claims.get("token_use").and_then(Value::as_str);
        let kind = match self.token_use {
            TokenUse::Access => usage == Some(Use::Access.as_str()),
            TokenUse::Id => usage == Some(Use::Id.as_str()),
            TokenUse::Any => true,
        };
        let scopes = claims.get("scope").and_then(Value::as_str).unwrap_or_default();
        let scope = self.scopes.is_empty() || scopes.split(' ').any(|scope| self.scopes.contains(scope));
        let groups = claims.get("cognito:groups").and_then(Value::as_array);
        let mut groups = groups.into_iter().flatten().filter_map(Value::as_str);
        let group = self.groups.is_empty() || groups.any(|group| self.groups.contains(group));
        kind && scope && group
    }
}

/// Whether `text` is as `pattern`, in which `*` stands for any text, slashes included, as in an IAM policy.
fn glob(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(head) else {
        return false;
    };
    let mut parts: Vec<_> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = left.find(part) else {
            return false;
        };
        left = left.get(at + part.len()..).unwrap_or_default();
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn rules(text: &str) -> Rules {
        Rules::parse(text).unwrap()
    }

    fn allows(rules: &Rules, target: &str, claims: &Value) -> bool {
        rules.allow(target, claims.as_object().unwrap())
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [
            ("*", "GET /"),
            ("GET /photos/*", "GET /photos/1/2"),
            ("* /photos", "PUT /photos"),
            ("GET /*/raw", "GET /a/b/raw"),
            ("GET /a*a", "GET /aa"),
            ("Query.*", "Query.photos"),
        ] {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "GET /"),
            ("GET /photos/*", "GET /photos"),
            ("GET /photos", "GET /photos/1"),
            ("GET /*/raw", "GET /raw"),
            ("GET /a*a", "GET /a"),
            ("Query.*", "Mutation.photos"),
        ] {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn every_rule_that_is_about_a_request_must_be_satisfied() {
        let rules = rules(
            r#"{ "pools": ["eu-west-1_abc"], "rules": [
                { "match": "* /photos*", "scopes": ["photos/read", "photos/write"] },
                { "match": "DELETE *", "groups": ["admins"] },
                { "match": "GET /me", "tokenUse": "id" } ] }"#,
        );
        let reader = json!({ "token_use": "access", "scope": "openid photos/read" });
        let admin = json!({ "token_use": "access", "scope": "photos/read", "cognito:groups": ["admins"] });
        let id = json!({ "token_use": "id", "cognito:groups": ["admins"] });
        assert!(allows(&rules, "GET /photos/1", &reader));
        assert!(!allows(&rules, "DELETE /photos/1", &reader));
        assert!(allows(&rules, "DELETE /photos/1", &admin));
        assert!(!allows(&rules, "DELETE /photos/1", &id));
        assert!(allows(&rules, "GET /me", &id) && !allows(&rules, "GET /me", &reader));
        assert!(!allows(&rules, "GET /elsewhere", &admin));
        assert!(!rules.allow_all(admin.as_object().unwrap()));
    }

    #[test]
    fn without_rules_nothing_is_open() {
        let none = rules("");
        assert!(!allows(&none, "GET /", &json!({ "token_use": "access" })));
        assert!(!none.allow_all(&Map::new()));
        assert!(Rules::parse(r#"{ "pool": ["eu-west-1_abc"] }"#).is_err());
        assert!(Rules::parse(r#"{ "rules": [{ "match": "*", "scope": ["x"] }] }"#).is_err());
    }

    proptest! {
        #[test]
        fn a_text_matches_itself_and_a_star(text in "[^*]{0,30}", other in "[^*]{0,30}") {
            prop_assert!(glob(&text, &text));
            prop_assert!(glob("*", &text));
            let ends = format!("{text}*");
            let begins = format!("*{other}");
            let both = format!("{text}{other}");
            prop_assert!(glob(&ends, &both));
            prop_assert!(glob(&begins, &both));
        }
    }
}

//! Which IAM role the credentials of an identity are for (Cognito's role-based access control).

use std::collections::BTreeMap;

use gatehouse_model::identity_pool::{
    AmbiguousRoleResolutionType, MappingRule, MappingRuleMatchType, RoleMapping, RoleMappingType,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Fault, fault::FaultKind};

/// Rules of a provider at most.
const MOST_RULES: usize = 25;

/// A pool's roles.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Roles {
    /// `authenticated` and `unauthenticated`: role ARNs.
    pub defaults: BTreeMap<String, String>,
    /// How users of a provider are mapped to roles, by `<user pool's provider name>:<client>`, an OpenID Connect
    /// provider's ARN or a public provider's name.
    pub mappings: BTreeMap<String, RoleMapping>,
}

/// A verified login, as far as roles go.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// The keys of `RoleMappings` that are about this login.
    pub mapping_keys: &'a [String],
    /// What the token says.
    pub claims: &'a Map<String, Value>,
    /// Whether its roles count where no mapping is about it: those that a SAML provider gives.
    pub asserts_roles: bool,
}

fn not_configured() -> Fault {
    Fault::new(
        FaultKind::InvalidIdentityPoolConfiguration,
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    )
}

fn forbidden() -> Fault {
    Fault::not_authorized("Role is not allowed for this identity.")
}

/// Whether a text is the ARN of an IAM role.
pub fn is_role_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let scheme =
        parts.next() == Some("arn") && parts.next().is_some_and(|partition| partition.starts_with("aws"));
    let service = parts.next() == Some("iam") && parts.next() == Some("");
    let account = parts
        .next()
        .is_some_and(|account| account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()));
    let role = parts
        .next()
        .and_then(|role| role.strip_prefix("role/"))
        .is_some_and(|name| !name.is_empty());
    scheme && service && account && role
}

impl Roles {
    /// Checks what `SetIdentityPoolRoles` gives.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub fn check(&self) -> Result<(), Fault> {
        for arn in self.defaults.values() {
            check_role(arn)?;
        }
        for (provider, mapping) in &self.mappings {
            if mapping.ambiguous_role_resolution.is_none() {
                return Err(Fault::invalid_parameter(format!(
                    "AmbiguousRoleResolution is required for {provider}."
                )));
            }
            let rules = rules(mapping);
            match mapping.r#type {
                Some(RoleMappingType::Rules) if rules.is_empty() => {
                    return Err(Fault::invalid_parameter(format!(
                        "RulesConfiguration is required for {provider}."
                    )));
                }
                Some(RoleMappingType::Token) if mapping.rules_configuration.is_some() => {
                    return Err(Fault::invalid_parameter(format!(
                        "RulesConfiguration is only for mappings of type Rules: {provider}."
                    )));
                }
                _ => {}
            }
            if rules.len() > MOST_RULES {
                return Err(Fault::invalid_parameter(format!(
                    "A provider has at most {MOST_RULES} rules."
                )));
            }
            for rule in rules {
                check_role(rule.role_arn.as_deref().unwrap_or_default())?;
            }
        }
        Ok(())
    }

    /// The role of a guest.
    ///
    /// # Errors
    /// `InvalidIdentityPoolConfigurationException` when there is none; `NotAuthorizedException` for another role.
    pub fn of_guest(&self, wanted: Option<&str>) -> Result<String, Fault> {
        self.usual("unauthenticated", wanted)
    }

    /// The role of an identity that showed these logins. The first of them that has a mapping decides.
    ///
    /// # Errors
    /// `InvalidIdentityPoolConfigurationException` when there is none; `NotAuthorizedException` for a role that the
    /// login does not give, and where an ambiguous login is denied.
    pub fn of_logins(&self, evidence: &[Evidence<'_>], wanted: Option<&str>) -> Result<String, Fault> {
        let mapped = evidence.iter().find_map(|login| {
            let mapping = login.mapping_keys.iter().find_map(|key| self.mappings.get(key))?;
            Some((mapping, login.claims))
        });
        let Some((mapping, claims)) = mapped else {
            return self.asserted(evidence, wanted);
        };
        let candidates = match mapping.r#type {
            Some(RoleMappingType::Rules) => by_rules(rules(mapping), claims),
            Some(RoleMappingType::Token) | None => by_token(claims, wanted.is_some()),
        };
        if let Some(wanted) = wanted {
            return among(&candidates, wanted);
        }
        if let Some(role) = candidates.first() {
            return Ok((*role).to_owned());
        }
        match mapping.ambiguous_role_resolution {
            Some(AmbiguousRoleResolutionType::AuthenticatedRole) => self.usual("authenticated", None),
            Some(AmbiguousRoleResolutionType::Deny) | None => Err(ambiguous()),
        }
    }

    /// The role that a SAML provider gives, or the one that is asked for of several; where it gives none, the usual one.
    fn asserted(&self, evidence: &[Evidence<'_>], wanted: Option<&str>) -> Result<String, Fault> {
        let asserting = evidence.iter().filter(|login| login.asserts_roles);
        let roles: Vec<_> = asserting.flat_map(|login| by_token(login.claims, true)).collect();
        match (roles.as_slice(), wanted) {
            ([], _) => self.usual("authenticated", wanted),
            (several, Some(wanted)) => among(several, wanted),
            ([one], None) => Ok((*one).to_owned()),
            (_, None) => Err(ambiguous()),
        }
    }

    fn usual(&self, kind: &str, wanted: Option<&str>) -> Result<String, Fault> {
        let role = self.defaults.get(kind).ok_or_else(not_configured)?;
        match wanted {
            Some(wanted) if wanted != role => Err(forbidden()),
            _ => Ok(role.clone()),
        }
    }
}

fn ambiguous() -> Fault {
    Fault::not_authorized("The ambiguous role mapping rules for the login deny access.")
}

/// The role that is asked for, if it is among those that may be had.
fn among(roles: &[&str], wanted: &str) -> Result<String, Fault> {
    roles
        .contains(&wanted)
        .then(|| wanted.to_owned())
        .ok_or_else(forbidden)
}

fn check_role(arn: &str) -> Result<(), Fault> {
    if is_role_arn(arn) {
        return Ok(());
    }
    Err(Fault::invalid_parameter(format!(
        "{arn} is not the ARN of an IAM role."
    )))
}

fn rules(mapping: &RoleMapping) -> &[MappingRule] {
    mapping
        .rules_configuration
        .as_ref()
        .and_then(|configuration| configuration.rules.as_deref())
        .unwrap_or_default()
}

/// The roles of the rules that match, in the order of the rules.
fn by_rules<'a>(rules: &'a [MappingRule], claims: &Map<String, Value>) -> Vec<&'a str> {
    rules
        .iter()
        .filter(|rule| matches(rule, claims))
        .filter_map(|rule| rule.role_arn.as_deref())
        .collect()
}

/// The roles that the token names: all of them where one is asked for, else the preferred one, or the only one.
fn by_token(claims: &Map<String, Value>, all: bool) -> Vec<&str> {
    let named = claims.get("cognito:roles").and_then(Value::as_array);
    let named: Vec<_> = named.into_iter().flatten().filter_map(Value::as_str).collect();
    if all {
        return named;
    }
    match claims.get("cognito:preferred_role").and_then(Value::as_str) {
        Some(preferred) => vec![preferred],
        None if named.len() == 1 => named,
        None => Vec::new(),
    }
}

/// Whether a rule matches: the token has the claim, and a value of it, of a list any, is as the rule wants. For
/// `NotEqual` none may be the rule's value.
fn matches(rule: &MappingRule, claims: &Map<String, Value>) -> bool {
    let wanted = rule.value.as_deref().unwrap_or_default();
    let Some(claim) = claims.get(rule.claim.as_deref().unwrap_or_default()) else {
        return false;
    };
    let values = texts(claim);
    match rule.match_type {
        Some(MappingRuleMatchType::Equals) => values.iter().any(|value| value == wanted),
        Some(MappingRuleMatchType::Contains) => values.iter().any(|value| value.contains(wanted)),
        Some(MappingRuleMatchType::StartsWith) => values.iter().any(|value| value.starts_with(wanted)),
        Some(MappingRuleMatchType::NotEqual) => {
            !values.is_empty() && values.iter().all(|value| value != wanted)
        }
        None => false,
    }
}

fn texts(claim: &Value) -> Vec<String> {
    match claim {
        Value::String(text) => vec![text.clone()],
        Value::Bool(value) => vec![value.to_string()],
        Value::Number(number) => vec![number.to_string()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Null | Value::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const AUTH: &str = "arn:aws:iam::123456789012:role/auth";
    const GUEST: &str = "arn:aws:iam::123456789012:role/guest";
    const ADMIN: &str = "arn:aws:iam::123456789012:role/admin";
    const STAFF: &str = "arn:aws:iam::123456789012:role/staff";

    fn rule(claim: &str, kind: MappingRuleMatchType, value: &str, role: &str) -> MappingRule {
        MappingRule {
            claim: Some(claim.to_owned()),
            match_type: Some(kind),
            value: Some(value.to_owned()),
            role_arn: Some(role.to_owned()),
        }
    }

    fn roles(mapping: Option<RoleMapping>) -> Roles {
        Roles {
            defaults: [("authenticated", AUTH), ("unauthenticated", GUEST)]
                .map(|(kind, role)| (kind.to_owned(), role.to_owned()))
                .into(),
            mappings: mapping
                .map(|mapping| ("p:c".to_owned(), mapping))
                .into_iter()
                .collect(),
        }
    }

    fn mapping(
        kind: RoleMappingType,
        ambiguous: AmbiguousRoleResolutionType,
        rules: Vec<MappingRule>,
    ) -> RoleMapping {
        RoleMapping {
            r#type: Some(kind),
            ambiguous_role_resolution: Some(ambiguous),
            rules_configuration: (!rules.is_empty())
                .then_some(gatehouse_model::identity_pool::RulesConfigurationType { rules: Some(rules) }),
        }
    }

    fn chosen(roles: &Roles, claims: &Value, wanted: Option<&str>) -> Result<String, FaultKind> {
        let keys = ["p:c".to_owned()];
        let evidence = [Evidence {
            mapping_keys: &keys,
            claims: claims.as_object().unwrap(),
            asserts_roles: false,
        }];
        roles.of_logins(&evidence, wanted).map_err(|fault| fault.kind())
    }

    #[test]
    fn a_saml_provider_gives_roles_unless_a_mapping_decides() {
        let chosen = |mapping: Option<RoleMapping>, given: &[&str], wanted: Option<&str>| {
            let keys = ["p:c".to_owned()];
            let claims = json!({ "cognito:roles": given, "team": "red" });
            let evidence = [Evidence {
                mapping_keys: &keys,
                claims: claims.as_object().unwrap(),
                asserts_roles: true,
            }];
            let chosen = roles(mapping).of_logins(&evidence, wanted);
            chosen.map_err(|fault| fault.kind())
        };
        let forbidden = Err(FaultKind::NotAuthorized);
        assert_eq!(chosen(None, &[], None), Ok(AUTH.to_owned()));
        assert_eq!(chosen(None, &[STAFF], None), Ok(STAFF.to_owned()));
        assert_eq!(chosen(None, &[STAFF, ADMIN], None), forbidden);
        assert_eq!(chosen(None, &[STAFF, ADMIN], Some(ADMIN)), Ok(ADMIN.to_owned()));
        assert_eq!(chosen(None, &[STAFF], Some(ADMIN)), forbidden);
        let red = mapping(
            RoleMappingType::Rules,
            AmbiguousRoleResolutionType::Deny,
            vec![rule("team", MappingRuleMatchType::Equals, "red", ADMIN)],
        );
        assert_eq!(chosen(Some(red), &[STAFF], None), Ok(ADMIN.to_owned()));
    }

    #[test]
    fn without_a_mapping_there_are_two_roles() {
        let roles = roles(None);
        assert_eq!(roles.of_guest(None).unwrap(), GUEST);
        assert_eq!(chosen(&roles, &json!({}), None), Ok(AUTH.to_owned()));
        assert_eq!(chosen(&roles, &json!({}), Some(AUTH)), Ok(AUTH.to_owned()));
        assert_eq!(
            chosen(&roles, &json!({}), Some(ADMIN)),
            Err(FaultKind::NotAuthorized)
        );
        assert_eq!(
            roles.of_guest(Some(AUTH)).unwrap_err().kind(),
            FaultKind::NotAuthorized
        );
        assert_eq!(
            Roles::default().of_guest(None).unwrap_err().kind(),
            FaultKind::InvalidIdentityPoolConfiguration
        );
    }

    #[test]
    fn a_token_names_its_roles() {
        let deny = roles(Some(mapping(
            RoleMappingType::Token,
            AmbiguousRoleResolutionType::Deny,
            vec![],
        )));
        let fall_back = roles(Some(mapping(
            RoleMappingType::Token,
            AmbiguousRoleResolutionType::AuthenticatedRole,
            vec![],
        )));
        let two = json!({ "cognito:roles": [ADMIN, STAFF] });
        let preferred = json!({ "cognito:roles": [ADMIN, STAFF], "cognito:preferred_role": STAFF });
        assert_eq!(chosen(&deny, &preferred, None), Ok(STAFF.to_owned()));
        assert_eq!(chosen(&deny, &preferred, Some(ADMIN)), Ok(ADMIN.to_owned()));
        assert_eq!(
            chosen(&deny, &preferred, Some(AUTH)),
            Err(FaultKind::NotAuthorized)
        );
        assert_eq!(chosen(&deny, &two, None), Err(FaultKind::NotAuthorized));
        assert_eq!(chosen(&fall_back, &two, None), Ok(AUTH.to_owned()));
        assert_eq!(
            chosen(&deny, &json!({ "cognito:roles": [ADMIN] }), None),
            Ok(ADMIN.to_owned())
        );
        assert_eq!(chosen(&fall_back, &json!({}), None), Ok(AUTH.to_owned()));
        assert_eq!(chosen(&deny, &json!({}), None), Err(FaultKind::NotAuthorized));
    }

    #[test]
    fn the_first_rule_that_matches_wins() {
        use MappingRuleMatchType::{Contains, Equals, NotEqual, StartsWith};
        let of = |kind, value| {
            roles(Some(mapping(
                RoleMappingType::Rules,
                AmbiguousRoleResolutionType::Deny,
                vec![
                    rule("team", kind, value, ADMIN),
                    rule("team", StartsWith, "r", STAFF),
                ],
            )))
        };
        let red = json!({ "team": "red" });
        assert_eq!(chosen(&of(Equals, "red"), &red, None), Ok(ADMIN.to_owned()));
        assert_eq!(chosen(&of(Equals, "re"), &red, None), Ok(STAFF.to_owned()));
        assert_eq!(chosen(&of(Contains, "e"), &red, None), Ok(ADMIN.to_owned()));
        assert_eq!(chosen(&of(NotEqual, "blue"), &red, None), Ok(ADMIN.to_owned()));
        assert_eq!(chosen(&of(NotEqual, "red"), &red, None), Ok(STAFF.to_owned()));
        assert_eq!(
            chosen(&of(Equals, "red"), &red, Some(STAFF)),
            Ok(STAFF.to_owned())
        );
        assert_eq!(
            chosen(&of(NotEqual, "x"), &json!({}), None),
            Err(FaultKind::NotAuthorized)
        );
        let list = json!({ "team": ["blue", "red"] });
        assert_eq!(chosen(&of(Equals, "red"), &list, None), Ok(ADMIN.to_owned()));
        assert_eq!(chosen(&of(NotEqual, "red"), &list, None), Ok(STAFF.to_owned()));
    }

    #[test]
    fn half_a_mapping_is_refused() {
        let missing = RoleMapping {
            r#type: Some(RoleMappingType::Rules),
            ambiguous_role_resolution: Some(AmbiguousRoleResolutionType::Deny),
            rules_configuration: None,
        };
        assert!(roles(Some(missing.clone())).check().is_err());
        let silent = RoleMapping {
            r#type: Some(RoleMappingType::Token),
            ambiguous_role_resolution: None,
            ..missing
        };
        assert!(roles(Some(silent)).check().is_err());
        assert!(is_role_arn(AUTH));
        for wrong in [
            "",
            "role/x",
            "arn:aws:iam::123456789012:user/x",
            "arn:aws:iam::1:role/x",
            "arn:aws:s3::123456789012:role/x",
        ] {
            assert!(!is_role_arn(wrong), "{wrong}");
        }
    }
}

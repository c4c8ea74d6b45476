//! Answers of authorizers of REST APIs: an IAM policy for everything that the token opens or does not, since API Gateway
//! keeps the answer for other requests with the same token.

use serde_json::{Map, Value, json};

use super::check::context;
use super::rules::Rules;
use crate::Fault;

/// The policy for a token, whose claims are `claims`, of the API and stage that `method_arn` names.
///
/// # Errors
/// `InternalErrorException` for what is no ARN of a method.
pub fn answer(rules: &Rules, claims: &Map<String, Value>, method_arn: &str) -> Result<Value, Fault> {
    let stage = stage_arn(method_arn).ok_or_else(|| Fault::internal("methodArn is not one of a method"))?;
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    for rule in rules.of_requests() {
        let resource = format!("{stage}/{}", resource(&rule.pattern));
        if rule.is_satisfied(claims) {
            open.push(resource);
        } else {
            closed.push(resource);
        }
    }
    let mut statements = Vec::new();
    for (effect, resources) in [("Allow", open), ("Deny", closed)] {
        if !resources.is_empty() {
            statements
                .push(json!({ "Action": "execute-api:Invoke", "Effect": effect, "Resource": resources }));
        }
    }
    if statements.is_empty() {
        let all = format!("{stage}/*");
        statements.push(json!({ "Action": "execute-api:Invoke", "Effect": "Deny", "Resource": [all] }));
    }
    Ok(json!({
        "principalId": claims.get("sub").and_then(Value::as_str).unwrap_or("anybody"),
        "policyDocument": { "Version": "2012-10-17", "Statement": statements },
        "context": context(claims),
    }))
}

/// `arn:<partition>:execute-api:<region>:<account>:<api>/<stage>` of a method's ARN.
fn stage_arn(method_arn: &str) -> Option<&str> {
    let (api, rest) = method_arn.split_once('/')?;
    let stage = rest.split('/').next().filter(|stage| !stage.is_empty())?;
    api.contains(":execute-api:")
        .then(|| method_arn.get(..api.len() + 1 + stage.len()))?
}

/// `<method> <path>` as the end of a method's ARN.
fn resource(pattern: &str) -> String {
    match pattern.split_once(' ') {
        Some((method, path)) => format!("{method}/{}", path.trim_start_matches('/')),
        None => pattern.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/photos/1";
    const STAGE: &str = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod";

    #[test]
    fn the_policy_is_about_all_rules_not_about_the_one_request() {
        let rules = Rules::parse(
            r#"{ "rules": [{ "match": "*" }, { "match": "DELETE /photos/*", "groups": ["admins"] }] }"#,
        )
        .unwrap();
        let claims = json!({ "sub": "1", "token_use": "access" });
        let answer = answer(&rules, claims.as_object().unwrap(), ARN).unwrap();
        let statements = &answer["policyDocument"]["Statement"];
        assert_eq!(statements[0]["Effect"], "Allow");
        assert_eq!(statements[0]["Resource"], json!([format!("{STAGE}/*")]));
        assert_eq!(statements[1]["Effect"], "Deny");
        assert_eq!(
            statements[1]["Resource"],
            json!([format!("{STAGE}/DELETE/photos/*")])
        );
        assert_eq!(answer["principalId"], "1");
    }

    #[test]
    fn without_rules_all_is_denied() {
        let claims = json!({ "sub": "1", "token_use": "access" });
        let answer = answer(&Rules::default(), claims.as_object().unwrap(), ARN).unwrap();
        assert_eq!(answer["policyDocument"]["Statement"].as_array().unwrap().len(), 1);
        assert_eq!(answer["policyDocument"]["Statement"][0]["Effect"], "Deny");
    }

    #[test]
    fn only_a_method_s_arn_is_one() {
        assert_eq!(stage_arn(ARN), Some(STAGE));
        for wrong in [
            "",
            "arn:aws:s3:::bucket/key",
            "arn:aws:execute-api:eu-west-1:1:abc",
        ] {
            assert_eq!(stage_arn(wrong), None);
        }
    }
}

//! SAML responses of providers that are registered with IAM.

use std::sync::Arc;

use aws_sdk_iam::error::{DisplayErrorContext, ProvideErrorMetadata as _};
use serde_json::{Map, Value, json};

use super::issuer;
use super::logins::{invalid, unsupported_provider};
use crate::domain::pool_identity::LoginProvider;
use crate::protocol::saml::{Destination, SamlProvider, SamlRefusal, SamlStatement};
use crate::store::rate_exceeded;
use crate::{App, Fault, Timestamp};

/// Seconds for which a provider's metadata are kept in a warm function.
pub(super) const KEPT_SECONDS: i64 = 300;
/// By which providers know AWS as an audience ("Configure SAML assertions for the authentication response", IAM).
const AWS: &str = "urn:amazon:webservices";
/// Where providers send users of AWS; another name of the audience too.
const SIGN_IN: &str = "https://signin.aws.amazon.com/saml";
/// Attribute with the roles that a user may take, each beside the provider's ARN.
const ROLE: &str = "https://aws.amazon.com/SAML/Attributes/Role";

/// What a response of the provider at `arn` says, as claims.
///
/// # Errors
/// `NotAuthorizedException` for a response that is not genuine, current and for AWS or for us.
pub(super) async fn verify(
    app: &App,
    arn: &LoginProvider,
    response: &str,
    now: Timestamp,
) -> Result<Map<String, Value>, Fault> {
    let provider = provider(app, arn, now).await?;
    let ours = issuer::url(app);
    let regional = format!("https://{}.signin.aws.amazon.com/saml", app.settings.region);
    let recipients = [SIGN_IN, &regional];
    let of_aws = [AWS, SIGN_IN]
        .into_iter()
        .flat_map(|audience| recipients.map(|recipient| Destination { audience, recipient }));
    let own = Destination {
        audience: &ours,
        recipient: &ours,
    };
    let destinations: Vec<_> = of_aws.chain([own]).collect();
    let statement = provider
        .accept(response, &destinations, now)
        .map_err(|refusal| refused(refusal, now))?;
    Ok(claims(statement, arn))
}

fn refused(refusal: SamlRefusal, now: Timestamp) -> Fault {
    match refusal {
        SamlRefusal::Malformed => invalid("Not a valid SAML response."),
        SamlRefusal::Signature => invalid("SAML response signature invalid."),
        SamlRefusal::Issuer => invalid("Issuer doesn't match providerName."),
        SamlRefusal::Audience => invalid("SAML response is for another audience or recipient."),
        SamlRefusal::Time => invalid(&format!("SAML response is not valid at {}.", now.seconds())),
    }
}

/// What IAM says of a provider, at most five minutes old.
async fn provider(app: &App, arn: &LoginProvider, now: Timestamp) -> Result<Arc<SamlProvider>, Fault> {
    let parts = &app.identity;
    if let Some(known) = parts.saml_providers.get(arn, now) {
        return Ok(known);
    }
    let sent = parts.iam.get_saml_provider().saml_provider_arn(arn.as_str());
    let found = sent.send().await.map_err(|error| match error.code() {
        Some("NoSuchEntity" | "InvalidInput" | "ValidationError") => unsupported_provider(),
        Some("Throttling" | "ThrottlingException") => rate_exceeded(),
        _ => Fault::internal(DisplayErrorContext(error)),
    })?;
    let metadata = found.saml_metadata_document.unwrap_or_default();
    let provider = SamlProvider::parse(&metadata).map_err(|error| {
        tracing::warn!(%arn, %error, "a SAML provider cannot be used");
        unsupported_provider()
    })?;
    let provider = Arc::new(provider);
    parts.saml_providers.put(arn, Arc::clone(&provider), now);
    Ok(provider)
}

/// Attributes by their names, with `iss`, `sub` and `aud` as tokens have them, and the roles of this provider.
fn claims(statement: SamlStatement, arn: &LoginProvider) -> Map<String, Value> {
    let mut roles = Vec::new();
    let mut claims = Map::new();
    for (name, values) in statement.attributes {
        if name == ROLE {
            roles.extend(
                values
                    .iter()
                    .filter_map(|pair| role_of(pair, arn))
                    .map(str::to_owned),
            );
        }
        // What only Cognito says of its users.
        if !name.starts_with("cognito:") {
            claims.insert(name, one_or_all(values));
        }
    }
    claims.insert("iss".to_owned(), json!(statement.issuer));
    claims.insert("sub".to_owned(), json!(statement.subject));
    claims.insert("aud".to_owned(), json!(statement.audience));
    if !roles.is_empty() {
        claims.insert("cognito:roles".to_owned(), json!(roles));
    }
    claims
}

fn one_or_all(mut values: Vec<String>) -> Value {
    match values.len() {
        1 => json!(values.remove(0)),
        _ => json!(values),
    }
}

/// The role of a pair of ARNs, of a role and of the provider that vouches, in either order.
fn role_of<'a>(pair: &'a str, provider: &LoginProvider) -> Option<&'a str> {
    let (one, other) = pair.split_once(',')?;
    let (one, other) = (one.trim(), other.trim());
    if other == provider.as_str() {
        Some(one)
    } else {
        (one == provider.as_str()).then_some(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:iam::123456789012:saml-provider/Corp";
    const ROLE_ARN: &str = "arn:aws:iam::123456789012:role/Staff";

    fn said(attributes: &[(&str, &[&str])]) -> Map<String, Value> {
        let attributes = attributes.iter().map(|(name, values)| {
            let values = values.iter().map(|value| (*value).to_owned());
            ((*name).to_owned(), values.collect())
        });
        let statement = SamlStatement {
            issuer: "https://idp.example.com".to_owned(),
            audience: AWS.to_owned(),
            subject: "ann".to_owned(),
            attributes: attributes.collect(),
        };
        claims(statement, &ARN.parse().unwrap())
    }

    #[test]
    fn attributes_are_claims_and_none_of_them_says_who_it_is() {
        let claims = said(&[
            ("team", &["red"]),
            ("groups", &["a", "b"]),
            ("sub", &["eve"]),
            ("cognito:preferred_role", &["x"]),
        ]);
        let expected = json!({
            "team": "red", "groups": ["a", "b"], "sub": "ann", "aud": AWS, "iss": "https://idp.example.com"
        });
        assert_eq!(Value::Object(claims), expected);
    }

    #[test]
    fn roles_are_those_beside_this_provider() {
        let other = "arn:aws:iam::123456789012:saml-provider/Other";
        let pairs = [
            format!("{ROLE_ARN},{ARN}"),
            format!("{ARN}, {ROLE_ARN}2"),
            format!("{ROLE_ARN}3,{other}"),
            "nonsense".to_owned(),
        ];
        let pairs: Vec<_> = pairs.iter().map(String::as_str).collect();
        let claims = said(&[(ROLE, &pairs)]);
        assert_eq!(claims["cognito:roles"], json!([ROLE_ARN, format!("{ROLE_ARN}2")]));
    }
}

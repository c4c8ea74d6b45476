//! A provider's settings, checked and completed: its name, its mapping, its identifiers. Details are checked by type in
//! `details.rs`.

use std::collections::BTreeSet;

use gatehouse::Fault;
use gatehouse::domain::pool::Pool;
use gatehouse_model::user_pool::{IdentityProviderType, IdentityProviderTypeType};

use crate::details;

/// Names that mean the pool itself.
const RESERVED: [&str; 2] = ["Cognito", "COGNITO"];
/// Bytes of a provider's settings at most: DynamoDB has 400 kB for an item.
const LONGEST: usize = 300_000;

/// The names that only social providers have.
fn social_name(kind: IdentityProviderTypeType) -> Option<&'static str> {
    match kind {
        IdentityProviderTypeType::Facebook => Some("Facebook"),
        IdentityProviderTypeType::Google => Some("Google"),
        IdentityProviderTypeType::LoginWithAmazon => Some("LoginWithAmazon"),
        IdentityProviderTypeType::SignInWithApple => Some("SignInWithApple"),
        IdentityProviderTypeType::Saml | IdentityProviderTypeType::Oidc => None,
    }
}

/// The claim that tells who somebody is, where it is always the same one.
fn subject_claim(kind: IdentityProviderTypeType) -> Option<&'static str> {
    match kind {
        IdentityProviderTypeType::Facebook => Some("id"),
        IdentityProviderTypeType::LoginWithAmazon => Some("user_id"),
        IdentityProviderTypeType::Google
        | IdentityProviderTypeType::SignInWithApple
        | IdentityProviderTypeType::Oidc => Some("sub"),
        IdentityProviderTypeType::Saml => None,
    }
}

/// The settings with what Cognito adds to them.
pub(crate) fn completed(
    mut document: IdentityProviderType,
    pool: &Pool,
    local: bool,
) -> Result<IdentityProviderType, Fault> {
    let kind = document
        .provider_type
        .ok_or_else(|| Fault::invalid_parameter("ProviderType is required."))?;
    check_name(document.provider_name.as_deref().unwrap_or_default(), kind)?;
    let details = document.provider_details.take().unwrap_or_default();
    document.provider_details = Some(details::completed(kind, details, local)?);
    for attribute in document.attribute_mapping.iter().flatten().map(|(name, _)| name) {
        if attribute != "username" && (attribute == "sub" || pool.schema.rule(attribute).is_none()) {
            return Err(Fault::invalid_parameter(format!(
                "AttributeMapping: {attribute} is not an attribute of the user pool that can be mapped."
            )));
        }
    }
    if let Some(claim) = subject_claim(kind) {
        let mapping = document.attribute_mapping.get_or_insert_default();
        mapping.insert("username".to_owned(), claim.to_owned());
    }
    if document.acr_mapping.is_some() && kind != IdentityProviderTypeType::Oidc {
        return Err(Fault::invalid_parameter(
            "AcrMapping is only supported for OIDC identity providers.",
        ));
    }
    document.idp_identifiers = Some(identifiers(&document).into_iter().collect());
    if serde_json::to_string(&document).map_err(Fault::internal)?.len() > LONGEST {
        return Err(Fault::invalid_parameter(format!(
            "The settings of an identity provider have at most {LONGEST} bytes."
        )));
    }
    Ok(document)
}

fn check_name(name: &str, kind: IdentityProviderTypeType) -> Result<(), Fault> {
    if let Some(only) = social_name(kind) {
        return if name == only {
            Ok(())
        } else {
            Err(Fault::invalid_parameter(format!(
                "ProviderName must be {only} for a provider of type {kind}."
            )))
        };
    }
    let social = IdentityProviderTypeType::ALL
        .iter()
        .any(|kind| social_name(*kind) == Some(name));
    if social || RESERVED.contains(&name) {
        return Err(Fault::invalid_parameter(format!(
            "ProviderName {name} is reserved; choose another for a provider of type {kind}."
        )));
    }
    Ok(())
}

/// A provider's identifiers, each once.
pub(crate) fn identifiers(document: &IdentityProviderType) -> BTreeSet<String> {
    document.idp_identifiers.iter().flatten().cloned().collect()
}

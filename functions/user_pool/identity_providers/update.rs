use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::identity_provider::Provider;
use gatehouse::fault::FaultKind;
use gatehouse::store::identity_providers::{MOST_IDENTIFIER_CHANGES, ProviderWritten};
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{
    IdentityProviderType, UpdateIdentityProviderRequest, UpdateIdentityProviderResponse,
};

use crate::describe::existing;
use crate::settings::{self, identifiers};

/// Replaces what is given of a provider's settings; the rest stays.
pub(crate) async fn update(
    context: Context,
    input: UpdateIdentityProviderRequest,
) -> Result<UpdateIdentityProviderResponse, Fault> {
    let app = &context.app;
    let (open, before) = existing(app, input.user_pool_id, input.provider_name).await?;
    let pool = open.pool.id();
    let mut document = before.document.clone();
    document.attribute_mapping = input.attribute_mapping.or(document.attribute_mapping);
    document.idp_identifiers = input.idp_identifiers.or(document.idp_identifiers);
    document.acr_mapping = input.acr_mapping.or(document.acr_mapping);
    document.provider_details = input
        .provider_details
        .or_else(|| before.to_api().provider_details);
    let document = settings::completed(
        with_private_key(document, &before),
        &open.pool,
        app.settings.local_aws,
    )?;
    let key = app.data_key(&open).await?;
    let record = &before.record;
    let dates = (record.created_at, context.now, record.version + 1);
    let after = Provider::create(pool, document, dates, &key, &*app.entropy)?;

    let (old, new) = (identifiers(&before.document), identifiers(&after.document));
    if old.symmetric_difference(&new).count() > MOST_IDENTIFIER_CHANGES {
        return Err(Fault::invalid_parameter(format!(
            "IdpIdentifiers: at most {MOST_IDENTIFIER_CHANGES} can be added and removed at a time."
        )));
    }
    match app
        .store
        .replace_provider(pool, &after.record, record.version, (&old, &new))
        .await?
    {
        ProviderWritten::Done => Ok(UpdateIdentityProviderResponse {
            identity_provider: Some(after.to_api()),
        }),
        ProviderWritten::IdentifierTaken(identifier) => Err(Fault::invalid_parameter(format!(
            "A provider already exists with the identifier {identifier}."
        ))),
        ProviderWritten::NameTaken | ProviderWritten::TooMany | ProviderWritten::Changed => {
            Err(concurrent_change())
        }
    }
}

/// A private key is never shown, so whoever sends back what was shown keeps it.
fn with_private_key(mut document: IdentityProviderType, before: &Provider) -> IdentityProviderType {
    if let Some(key) = before.secrets.get("private_key").map(Sensitive::expose) {
        let details = document.provider_details.get_or_insert_default();
        details
            .entry("private_key".to_owned())
            .or_insert_with(|| key.to_owned());
    }
    document
}

/// The answer where another request came first.
pub(crate) fn concurrent_change() -> Fault {
    Fault::new(
        FaultKind::ConcurrentModification,
        "The identity provider was changed by another request; try again.",
    )
}

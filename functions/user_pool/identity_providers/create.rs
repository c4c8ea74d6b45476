use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::identity_provider::{MOST_PROVIDERS, Provider};
use gatehouse::fault::FaultKind;
use gatehouse::store::identity_providers::ProviderWritten;
use gatehouse::store::rate_exceeded;
use gatehouse_model::user_pool::{
    CreateIdentityProviderRequest, CreateIdentityProviderResponse, IdentityProviderType,
};

use crate::settings::{self, identifiers};

/// Creates an identity provider.
pub(crate) async fn create(
    context: Context,
    input: CreateIdentityProviderRequest,
) -> Result<CreateIdentityProviderResponse, Fault> {
    let app = &context.app;
    let open = app.fresh_pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let document = IdentityProviderType {
        user_pool_id: input.user_pool_id,
        provider_name: input.provider_name,
        provider_type: input.provider_type,
        provider_details: input.provider_details,
        attribute_mapping: input.attribute_mapping,
        idp_identifiers: input.idp_identifiers,
        acr_mapping: input.acr_mapping,
        ..IdentityProviderType::default()
    };
    let document = settings::completed(document, &open.pool, app.settings.local_aws)?;
    let key = app.data_key(&open).await?;
    let dates = (context.now, context.now, 1);
    let provider = Provider::create(pool, document, dates, &key, &*app.entropy)?;

    let identifiers = identifiers(&provider.document);
    match app
        .store
        .create_provider(pool, &provider.record, &identifiers)
        .await?
    {
        ProviderWritten::Done => Ok(CreateIdentityProviderResponse {
            identity_provider: Some(provider.to_api()),
        }),
        ProviderWritten::NameTaken => Err(Fault::new(
            FaultKind::DuplicateProvider,
            format!(
                "A provider already exists with the name {}.",
                provider.record.name
            ),
        )),
        ProviderWritten::IdentifierTaken(identifier) => Err(Fault::new(
            FaultKind::DuplicateProvider,
            format!("A provider already exists with the identifier {identifier}."),
        )),
        ProviderWritten::TooMany => Err(Fault::new(
            FaultKind::LimitExceeded,
            format!("A user pool has at most {MOST_PROVIDERS} identity providers."),
        )),
        ProviderWritten::Changed => Err(rate_exceeded()),
    }
}

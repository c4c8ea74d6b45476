use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::identity_pool;
use gatehouse_model::identity_pool::IdentityPool as Document;

use crate::registration::Registrar;

/// Replaces an identity pool's settings; what is not given goes back to its default.
pub(crate) async fn update(
    context: Context,
    input: Document,
    registrar: Registrar,
) -> Result<Document, Fault> {
    let app = &context.app;
    let before = app.fresh_identity_pool(input.identity_pool_id.as_ref()).await?;
    let document = identity_pool::update(&before.document, input, &app.settings.issuer_base)?;
    registrar
        .check_saml_providers(document.saml_provider_arns.as_ref())
        .await?;
    let issuers = registrar
        .issuers(document.open_id_connect_provider_arns.as_ref())
        .await?;
    let after = before.changed(&document, issuers)?;
    app.replace_identity_pool(&before, &after).await?;
    Ok(document)
}

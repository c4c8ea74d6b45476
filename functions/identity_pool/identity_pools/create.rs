use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::credentials::issuer::provider_arn;
use gatehouse::domain::identity_pool::{self, IdentityPool};
use gatehouse::domain::ids::IdentityPoolId;
use gatehouse::fault::FaultKind;
use gatehouse_model::identity_pool::{CreateIdentityPoolInput, IdentityPool as Document};

use crate::registration::Registrar;

/// Creates an identity pool and makes it known to IAM.
pub(crate) async fn create(
    context: Context,
    input: CreateIdentityPoolInput,
    registrar: Registrar,
) -> Result<Document, Fault> {
    let app = &context.app;
    let document = identity_pool::create(input, &app.settings.issuer_base)?;
    let id = context.id_or(|| IdentityPoolId::generate(&app.settings.region, &*app.entropy))?;
    if context.chosen_id.is_some() && app.store.load_identity_pool(&id).await?.is_some() {
        return Err(taken(&id));
    }
    registrar
        .check_saml_providers(document.saml_provider_arns.as_ref())
        .await?;
    let issuers = registrar
        .issuers(document.open_id_connect_provider_arns.as_ref())
        .await?;
    let pool = IdentityPool::new(id.clone(), document, issuers, context.now)?;

    let arn = provider_arn(app, &context.account);
    registrar.register(&arn, &id).await?;
    match app.store.create_identity_pool(&pool.record).await {
        Ok(true) => Ok(pool.document),
        // Somebody else has it, audience and all.
        Ok(false) => Err(taken(&id)),
        // A write that was not answered may be done all the same: then the pool needs its audience.
        Err(fault) => match app.store.load_identity_pool(&id).await? {
            Some(there) if there == pool.record => Ok(pool.document),
            Some(_) => Err(fault),
            None => {
                registrar.unregister(&arn, &id).await?;
                Err(fault)
            }
        },
    }
}

fn taken(id: &IdentityPoolId) -> Fault {
    Fault::new(
        FaultKind::ResourceConflict,
        format!("Identity pool {id} exists already."),
    )
}

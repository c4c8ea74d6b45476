use gatehouse::api::Context;
use gatehouse::domain::domain_name::PoolDomain;
use gatehouse::domain::ids::DomainName;
use gatehouse::store::rate_exceeded;
use gatehouse::{App, Fault};
use gatehouse_model::user_pool::{UpdateUserPoolDomainRequest, UpdateUserPoolDomainResponse};

use crate::create::{certificate, name, target};

/// Changes the certificate of a custom domain, or the version of its pages.
pub(crate) async fn update(
    context: Context,
    input: UpdateUserPoolDomainRequest,
) -> Result<UpdateUserPoolDomainResponse, Fault> {
    let app = &context.app;
    if input.routing.is_some() {
        return Err(Fault::unsupported("Routing"));
    }
    let before = existing(app, input.user_pool_id.as_ref(), &name(input.domain.as_ref())?).await?;
    let given = certificate(input.custom_domain_config)?;
    let after = PoolDomain {
        version: before.version + 1,
        ..PoolDomain::new(
            before.name.clone(),
            before.pool.clone(),
            given.or_else(|| before.certificate.clone()),
            input.managed_login_version.or(Some(before.pages)),
        )?
    };
    if !app.store.replace_domain(&after, before.version).await? {
        return Err(rate_exceeded());
    }
    Ok(UpdateUserPoolDomainResponse {
        cloud_front_domain: target(app, &after),
        managed_login_version: Some(after.pages),
        ..UpdateUserPoolDomainResponse::default()
    })
}

/// A pool's domain as it is now.
pub(crate) async fn existing(
    app: &App,
    pool: Option<&String>,
    name: &DomainName,
) -> Result<PoolDomain, Fault> {
    let open = app.pool_named(pool).await?;
    app.store
        .load_domain(name)
        .await?
        .filter(|domain| domain.pool == *open.pool.id())
        .ok_or_else(|| Fault::not_found("No such domain or user pool exists."))
}

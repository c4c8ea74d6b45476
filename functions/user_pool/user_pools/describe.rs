use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::domain_name::DomainKind;
use gatehouse_model::user_pool::{DescribeUserPoolRequest, DescribeUserPoolResponse};

/// Shows a pool as it is now.
pub(crate) async fn describe(
    context: Context,
    input: DescribeUserPoolRequest,
) -> Result<DescribeUserPoolResponse, Fault> {
    let open = context.app.fresh_pool_named(input.user_pool_id.as_ref()).await?;
    let mut document = open.pool.document.clone();
    for domain in context.app.store.domains_of(open.pool.id()).await? {
        match domain.name.kind() {
            DomainKind::Prefix => document.domain = Some(domain.name.to_string()),
            DomainKind::Custom => document.custom_domain = Some(domain.name.to_string()),
        }
    }
    Ok(DescribeUserPoolResponse {
        user_pool: Some(document),
    })
}

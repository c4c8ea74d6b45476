use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse_model::user_pool::{
    CustomDomainConfigType, DescribeUserPoolDomainRequest, DescribeUserPoolDomainResponse,
    DomainDescriptionType, DomainStatusType,
};

use crate::create::{name, target};

/// Shows a domain. One that no pool has is described as nothing, as Cognito does it.
pub(crate) async fn describe(
    context: Context,
    input: DescribeUserPoolDomainRequest,
) -> Result<DescribeUserPoolDomainResponse, Fault> {
    let app = &context.app;
    let found = app.store.load_domain(&name(input.domain.as_ref())?).await?;
    let description = found.map_or_else(DomainDescriptionType::default, |domain| DomainDescriptionType {
        user_pool_id: Some(domain.pool.to_string()),
        aws_account_id: Some(context.account.clone()),
        domain: Some(domain.name.to_string()),
        cloud_front_distribution: target(app, &domain),
        status: Some(DomainStatusType::Active),
        version: Some(domain.version.to_string()),
        custom_domain_config: domain.certificate.map(|arn| CustomDomainConfigType {
            certificate_arn: Some(arn),
            ..CustomDomainConfigType::default()
        }),
        managed_login_version: Some(domain.pages),
        ..DomainDescriptionType::default()
    });
    Ok(DescribeUserPoolDomainResponse {
        domain_description: Some(description),
    })
}

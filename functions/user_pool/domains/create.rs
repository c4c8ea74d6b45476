use gatehouse::api::Context;
use gatehouse::domain::domain_name::{DomainKind, PoolDomain};
use gatehouse::domain::ids::DomainName;
use gatehouse::store::domains::DomainWritten;
use gatehouse::{App, Fault};
use gatehouse_model::user_pool::{
    CreateUserPoolDomainRequest, CreateUserPoolDomainResponse, CustomDomainConfigType,
};

/// Gives a pool a domain: a prefix, or a host name of one's own.
pub(crate) async fn create(
    context: Context,
    input: CreateUserPoolDomainRequest,
) -> Result<CreateUserPoolDomainResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    if input.routing.is_some() {
        return Err(Fault::unsupported("Routing"));
    }
    let domain = PoolDomain::new(
        name(input.domain.as_ref())?,
        open.pool.id().clone(),
        certificate(input.custom_domain_config)?,
        input.managed_login_version,
    )?;
    match app.store.create_domain(&domain).await? {
        DomainWritten::Done => Ok(CreateUserPoolDomainResponse {
            cloud_front_domain: target(app, &domain),
            managed_login_version: Some(domain.pages),
            ..CreateUserPoolDomainResponse::default()
        }),
        DomainWritten::NameTaken => Err(Fault::invalid_parameter(
            "Domain already associated with another user pool.",
        )),
        DomainWritten::PlaceTaken => Err(Fault::invalid_parameter(format!(
            "User pool {} already has a {} domain configured.",
            domain.pool,
            domain.name.kind().as_str()
        ))),
    }
}

/// The domain of a request.
pub(crate) fn name(given: Option<&String>) -> Result<DomainName, Fault> {
    given
        .map(String::as_str)
        .unwrap_or_default()
        .parse()
        .map_err(|_| Fault::invalid_parameter("Value at 'domain' is not a valid domain."))
}

/// The certificate of a request. Its owner gives it to the API's custom domain, where TLS ends.
pub(crate) fn certificate(config: Option<CustomDomainConfigType>) -> Result<Option<String>, Fault> {
    let Some(config) = config else { return Ok(None) };
    if config.security_policy.is_some() {
        return Err(Fault::unsupported("CustomDomainConfig.SecurityPolicy"));
    }
    Ok(config.certificate_arn)
}

/// Where the DNS of a custom domain points: the host of the API.
pub(crate) fn target(app: &App, domain: &PoolDomain) -> Option<String> {
    (domain.name.kind() == DomainKind::Custom).then(|| app.issuer_host().to_owned())
}

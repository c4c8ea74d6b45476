use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::ids::ResourceServerId;
use gatehouse::domain::resource_server::ResourceServer;
use gatehouse_model::user_pool::{CreateResourceServerRequest, CreateResourceServerResponse};

/// Creates a resource server.
pub(crate) async fn create(
    context: Context,
    input: CreateResourceServerRequest,
) -> Result<CreateResourceServerResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let pool = open.pool.id();
    let server = ResourceServer::new(
        identifier(input.identifier.as_ref())?,
        input.name.unwrap_or_default(),
        input.scopes.unwrap_or_default(),
    )?;
    if !app.store.create_resource_server(pool, &server).await? {
        return Err(Fault::invalid_parameter(format!(
            "{} already exists in user pool {pool}.",
            server.identifier
        )));
    }
    Ok(CreateResourceServerResponse {
        resource_server: Some(server.to_api(pool)),
    })
}

/// The identifier of a request.
pub(crate) fn identifier(given: Option<&String>) -> Result<ResourceServerId, Fault> {
    given
        .map(String::as_str)
        .unwrap_or_default()
        .parse()
        .map_err(|_| Fault::invalid_parameter("Value at 'identifier' is not a valid identifier."))
}

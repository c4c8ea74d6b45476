use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::ids::ClientId;
use gatehouse_model::user_pool::{
    ListUserPoolClientsRequest, ListUserPoolClientsResponse, UserPoolClientDescription,
};

/// Lists the clients of a pool, page by page.
pub(crate) async fn list(
    context: Context,
    input: ListUserPoolClientsRequest,
) -> Result<ListUserPoolClientsResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let after = input
        .next_token
        .map(|token| token.parse::<ClientId>())
        .transpose()
        .map_err(|_| Fault::invalid_parameter("Invalid pagination token."))?;
    let limit = input.max_results.unwrap_or(60);
    let (clients, next) = app
        .store
        .list_clients(open.pool.id(), after.as_ref(), limit)
        .await?;
    let clients = clients
        .into_iter()
        .map(|entry| UserPoolClientDescription {
            client_id: Some(entry.id.to_string()),
            user_pool_id: Some(open.pool.id().to_string()),
            client_name: Some(entry.name),
        })
        .collect();
    Ok(ListUserPoolClientsResponse {
        user_pool_clients: Some(clients),
        next_token: next.map(|id| id.to_string()),
    })
}

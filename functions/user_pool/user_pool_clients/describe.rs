use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::{App, OpenPool, no_client, no_pool};
use gatehouse::domain::client::Client;
use gatehouse::domain::ids::ClientId;
use gatehouse_model::user_pool::{
    DescribeUserPoolClientRequest, DescribeUserPoolClientResponse, UserPoolClientType,
};
use std::sync::Arc;

/// Shows a client as it is now, its secret with it.
pub(crate) async fn describe(
    context: Context,
    input: DescribeUserPoolClientRequest,
) -> Result<DescribeUserPoolClientResponse, Fault> {
    let (_, client) = fresh(&context.app, input.user_pool_id, input.client_id).await?;
    Ok(DescribeUserPoolClientResponse {
        user_pool_client: Some(shown(&client)),
    })
}

/// A client of a pool and the pool, both as they are now.
pub(crate) async fn fresh(
    app: &App,
    pool: Option<String>,
    client: Option<String>,
) -> Result<(Arc<OpenPool>, Client), Fault> {
    let pool = pool.unwrap_or_default();
    let client = client.unwrap_or_default();
    let pool = pool.parse().map_err(|_| no_pool(&pool))?;
    let id: ClientId = client.parse().map_err(|_| no_client(&client))?;
    let (open, record) = tokio::join!(app.fresh_pool(&pool), app.store.load_client(&id));
    let open = open?;
    let record = record?
        .filter(|record| record.pool == pool)
        .ok_or_else(|| no_client(&client))?;
    let client = app.open_client(&open, record).await?;
    Ok((open, client))
}

/// The client as the API shows it, with its newest secret.
pub(crate) fn shown(client: &Client) -> UserPoolClientType {
    UserPoolClientType {
        client_secret: client.secrets.last().cloned(),
        ..client.document.clone()
    }
}

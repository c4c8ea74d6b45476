use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::app::no_client;
use gatehouse::store::keys::Owner;
use gatehouse_model::Empty;
use gatehouse_model::user_pool::DeleteUserPoolClientRequest;

use crate::describe::fresh;

/// Deletes a client. Its tokens can not be renewed any more.
pub(crate) async fn delete(context: Context, input: DeleteUserPoolClientRequest) -> Result<Empty, Fault> {
    let app = &context.app;
    let (open, client) = fresh(app, input.user_pool_id, input.client_id).await?;
    let removed = app.store.remove_client(open.pool.id(), client.id()).await?;
    app.forget_client(client.id());
    let owner = Owner::Client(client.id().clone());
    app.store.purge_look(open.pool.id(), &owner).await?;
    if removed {
        Ok(Empty {})
    } else {
        Err(no_client(client.id().as_str()))
    }
}

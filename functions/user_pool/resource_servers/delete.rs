use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse_model::Empty;
use gatehouse_model::user_pool::DeleteResourceServerRequest;

use crate::create::identifier;
use crate::describe::no_server;

/// Deletes a resource server. Clients get its scopes no more, though they still name them.
pub(crate) async fn delete(context: Context, input: DeleteResourceServerRequest) -> Result<Empty, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let identifier = identifier(input.identifier.as_ref())?;
    if app
        .store
        .remove_resource_server(open.pool.id(), &identifier)
        .await?
    {
        Ok(Empty {})
    } else {
        Err(no_server(&identifier))
    }
}

use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::client_settings;
use gatehouse::domain::ids::ClientId;
use gatehouse::domain::registration::MOST_CLIENTS;
use gatehouse_model::user_pool::{CreateUserPoolClientRequest, CreateUserPoolClientResponse};

use crate::describe::shown;

/// Creates a client, with a secret if it is asked for.
pub(crate) async fn create(
    context: Context,
    input: CreateUserPoolClientRequest,
) -> Result<CreateUserPoolClientResponse, Fault> {
    let app = &context.app;
    let open = app.fresh_pool_named(input.user_pool_id.as_ref()).await?;
    let id = context.id_or(|| ClientId::generate(&*app.entropy))?;
    let client = client_settings::create(&context, &open, id, input, MOST_CLIENTS).await?;
    Ok(CreateUserPoolClientResponse {
        user_pool_client: Some(shown(&client)),
    })
}

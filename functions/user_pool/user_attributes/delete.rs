use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse::directory::attributes::{Editor, apply, remove};
use gatehouse_model::user_pool::{DeleteUserAttributesRequest, DeleteUserAttributesResponse};

/// Removes the user's own attributes.
pub(crate) async fn delete(
    context: Context,
    input: DeleteUserAttributesRequest,
) -> Result<DeleteUserAttributesResponse, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, input.access_token.as_ref(), context.now).await?;
    let (open, client) = app.client(&bearer.token.client_id).await?;
    let names = input.user_attribute_names.unwrap_or_default();
    client.check_write(names.iter())?;
    let change = remove(&open.pool, &bearer.user, &names, context.now)?;

    let cause = context.cause(Some(client.id()), None);
    apply(
        app,
        &open,
        &bearer.user,
        change,
        (Editor::User, cause),
        context.now,
    )
    .await?;
    Ok(DeleteUserAttributesResponse::default())
}

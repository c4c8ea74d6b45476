use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::auth::bearer::authenticate;
use gatehouse::directory::attributes::{Editor, apply, set};
use gatehouse::domain::user::attributes_from_api;
use gatehouse_model::user_pool::{UpdateUserAttributesRequest, UpdateUserAttributesResponse};

/// Changes the user's own attributes and sends codes to new addresses.
pub(crate) async fn update(
    context: Context,
    input: UpdateUserAttributesRequest,
) -> Result<UpdateUserAttributesResponse, Fault> {
    let app = &context.app;
    let bearer = authenticate(app, input.access_token.as_ref(), context.now).await?;
    let (open, client) = app.client(&bearer.token.client_id).await?;
    let changes = attributes_from_api(input.user_attributes);
    client.check_write(changes.keys())?;
    let change = set(&open.pool, &bearer.user, &changes, Editor::User, context.now)?;
    let cause = context.cause(Some(client.id()), input.client_metadata.as_ref());
    let details = apply(
        app,
        &open,
        &bearer.user,
        change,
        (Editor::User, cause),
        context.now,
    )
    .await?;
    Ok(UpdateUserAttributesResponse {
        code_delivery_details_list: Some(details),
    })
}

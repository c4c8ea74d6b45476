use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::attributes::{Editor, apply, remove, set};
use gatehouse::domain::user::attributes_from_api;
use gatehouse_model::user_pool::{
    AdminDeleteUserAttributesRequest, AdminDeleteUserAttributesResponse, AdminUpdateUserAttributesRequest,
    AdminUpdateUserAttributesResponse,
};

/// Changes a user's attributes. A new address that is not said to be verified gets a code where the pool verifies it.
pub(crate) async fn update(
    context: Context,
    input: AdminUpdateUserAttributesRequest,
) -> Result<AdminUpdateUserAttributesResponse, Fault> {
    let app = &context.app;
    let (open, user) = context
        .user_named(input.user_pool_id.as_ref(), input.username.as_ref())
        .await?;
    let changes = attributes_from_api(input.user_attributes);
    let change = set(&open.pool, &user, &changes, Editor::Administrator, context.now)?;
    let cause = context.cause(None, input.client_metadata.as_ref());
    apply(
        app,
        &open,
        &user,
        change,
        (Editor::Administrator, cause),
        context.now,
    )
    .await?;
    Ok(AdminUpdateUserAttributesResponse::default())
}

/// Removes a user's attributes.
pub(crate) async fn delete(
    context: Context,
    input: AdminDeleteUserAttributesRequest,
) -> Result<AdminDeleteUserAttributesResponse, Fault> {
    let app = &context.app;
    let (open, user) = context
        .user_named(input.user_pool_id.as_ref(), input.username.as_ref())
        .await?;
    let change = remove(
        &open.pool,
        &user,
        &input.user_attribute_names.unwrap_or_default(),
        context.now,
    )?;
    let cause = context.cause(None, None);
    apply(
        app,
        &open,
        &user,
        change,
        (Editor::Administrator, cause),
        context.now,
    )
    .await?;
    Ok(AdminDeleteUserAttributesResponse::default())
}

use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::new_user::parse_name;
use gatehouse_model::user_pool::{AdminGetUserRequest, AdminGetUserResponse};

/// Shows a user.
pub(crate) async fn get(context: Context, input: AdminGetUserRequest) -> Result<AdminGetUserResponse, Fault> {
    let app = &context.app;
    let open = app.pool_named(input.user_pool_id.as_ref()).await?;
    let name = parse_name(input.username.as_ref())?;
    let user = app
        .store
        .find_user(&open.pool, &name)
        .await?
        .found
        .user
        .ok_or_else(Fault::user_not_found)?;
    Ok(AdminGetUserResponse {
        username: Some(user.username.to_string()),
        user_attributes: Some(user.attributes_to_api(|_| true)),
        user_create_date: Some(user.created_at.epoch()),
        user_last_modified_date: Some(user.modified_at.epoch()),
        enabled: Some(user.enabled),
        user_status: Some(user.status.to_api()),
        ..AdminGetUserResponse::default()
    })
}

use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::directory::mfa;
use gatehouse_model::user_pool::{AdminDeleteSoftwareTokenRequest, AdminDeleteSoftwareTokenResponse};

/// Forgets a user's authenticator app. A user who has none is left as is.
pub(crate) async fn delete(
    context: Context,
    input: AdminDeleteSoftwareTokenRequest,
) -> Result<AdminDeleteSoftwareTokenResponse, Fault> {
    let (open, user) = context
        .user_named(input.user_pool_id.as_ref(), input.username.as_ref())
        .await?;
    if user.software_token.is_some() || user.pending_software_token.is_some() {
        let after = user.clone().without_software_token();
        mfa::replace(&context.app, &open, &user, after, context.now).await?;
    }
    Ok(AdminDeleteSoftwareTokenResponse::default())
}

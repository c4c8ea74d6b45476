use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::device::{is_remembered, key_named, no_device};
use gatehouse_model::user_pool::{AdminUpdateDeviceStatusRequest, AdminUpdateDeviceStatusResponse};

use crate::owner;

/// Remembers one of a user's devices, or stops remembering it.
pub(crate) async fn update(
    context: Context,
    input: AdminUpdateDeviceStatusRequest,
) -> Result<AdminUpdateDeviceStatusResponse, Fault> {
    let (open, user) = owner(&context, input.user_pool_id.as_ref(), input.username.as_ref()).await?;
    let key = key_named(input.device_key.as_ref())?;
    let remembered = is_remembered(input.device_remembered_status)?;
    let store = &context.app.store;
    if store
        .set_device_remembered(open.pool.id(), &user, &key, remembered, context.now)
        .await?
    {
        return Ok(AdminUpdateDeviceStatusResponse::default());
    }
    Err(no_device())
}

use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::device::{is_remembered, key_named, no_device};
use gatehouse_model::user_pool::{UpdateDeviceStatusRequest, UpdateDeviceStatusResponse};

use crate::owner;

/// Remembers one of the user's devices, or stops remembering it.
pub(crate) async fn update(
    context: Context,
    input: UpdateDeviceStatusRequest,
) -> Result<UpdateDeviceStatusResponse, Fault> {
    let (bearer, _) = owner(&context, input.access_token.as_ref()).await?;
    let key = key_named(input.device_key.as_ref())?;
    let remembered = is_remembered(input.device_remembered_status)?;
    let (pool, user) = (bearer.open.pool.id(), &bearer.user);
    let store = &context.app.store;
    if store
        .set_device_remembered(pool, user, &key, remembered, context.now)
        .await?
    {
        return Ok(UpdateDeviceStatusResponse::default());
    }
    Err(no_device())
}

use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::device::{key_named, no_device};
use gatehouse_model::Empty;
use gatehouse_model::user_pool::AdminForgetDeviceRequest;

use crate::owner;

/// Forgets one of a user's devices.
pub(crate) async fn forget(context: Context, input: AdminForgetDeviceRequest) -> Result<Empty, Fault> {
    let (open, user) = owner(&context, input.user_pool_id.as_ref(), input.username.as_ref()).await?;
    let key = key_named(input.device_key.as_ref())?;
    let store = &context.app.store;
    if store.remove_device(open.pool.id(), &user, &key).await? {
        return Ok(Empty {});
    }
    Err(no_device())
}

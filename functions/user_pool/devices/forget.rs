use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::device::{key_named, no_device};
use gatehouse_model::Empty;
use gatehouse_model::user_pool::ForgetDeviceRequest;

use crate::owner;

/// Forgets one of the user's devices.
pub(crate) async fn forget(context: Context, input: ForgetDeviceRequest) -> Result<Empty, Fault> {
    let (bearer, _) = owner(&context, input.access_token.as_ref()).await?;
    let key = key_named(input.device_key.as_ref())?;
    let store = &context.app.store;
    if store
        .remove_device(bearer.open.pool.id(), &bearer.user, &key)
        .await?
    {
        return Ok(Empty {});
    }
    Err(no_device())
}

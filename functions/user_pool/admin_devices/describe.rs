use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::crypto::{from_page_token, page_token};
use gatehouse::domain::device::{key_named, no_device};
use gatehouse_model::user_pool::{
    AdminGetDeviceRequest, AdminGetDeviceResponse, AdminListDevicesRequest, AdminListDevicesResponse,
};

use crate::owner;

/// Devices on a page where the request names no limit.
const PAGE: i32 = 60;

/// Shows one device of a user.
pub(crate) async fn describe(
    context: Context,
    input: AdminGetDeviceRequest,
) -> Result<AdminGetDeviceResponse, Fault> {
    let (open, user) = owner(&context, input.user_pool_id.as_ref(), input.username.as_ref()).await?;
    let key = key_named(input.device_key.as_ref())?;
    let store = &context.app.store;
    let device = store
        .load_device_of(open.pool.id(), &user, &key)
        .await?
        .ok_or_else(no_device)?;
    Ok(AdminGetDeviceResponse {
        device: Some(device.to_api(true)),
    })
}

/// Lists a user's devices, page by page.
pub(crate) async fn list(
    context: Context,
    input: AdminListDevicesRequest,
) -> Result<AdminListDevicesResponse, Fault> {
    let (open, user) = owner(&context, input.user_pool_id.as_ref(), input.username.as_ref()).await?;
    let after = from_page_token(input.pagination_token.as_ref())?;
    let limit = input.limit.filter(|limit| *limit > 0).unwrap_or(PAGE);
    let store = &context.app.store;
    let (devices, next) = store
        .list_devices(open.pool.id(), &user, after.as_ref(), limit)
        .await?;
    Ok(AdminListDevicesResponse {
        devices: Some(devices.iter().map(|device| device.to_api(true)).collect()),
        pagination_token: next.map(page_token),
    })
}

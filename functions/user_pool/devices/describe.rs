use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::crypto::{from_page_token, page_token};
use gatehouse::domain::device::{key_named, no_device};
use gatehouse_model::user_pool::{
    GetDeviceRequest, GetDeviceResponse, ListDevicesRequest, ListDevicesResponse,
};

use crate::owner;

/// Devices on a page where the request names no limit.
const PAGE: i32 = 60;

/// Shows one device of the user.
pub(crate) async fn describe(context: Context, input: GetDeviceRequest) -> Result<GetDeviceResponse, Fault> {
    let (bearer, _) = owner(&context, input.access_token.as_ref()).await?;
    let key = key_named(input.device_key.as_ref())?;
    let store = &context.app.store;
    let device = store
        .load_device_of(bearer.open.pool.id(), &bearer.user, &key)
        .await?
        .ok_or_else(no_device)?;
    Ok(GetDeviceResponse {
        device: Some(device.to_api(false)),
    })
}

/// Lists the user's devices, page by page.
pub(crate) async fn list(context: Context, input: ListDevicesRequest) -> Result<ListDevicesResponse, Fault> {
    let (bearer, _) = owner(&context, input.access_token.as_ref()).await?;
    let after = from_page_token(input.pagination_token.as_ref())?;
    let limit = input.limit.filter(|limit| *limit > 0).unwrap_or(PAGE);
    let store = &context.app.store;
    let (devices, next) = store
        .list_devices(bearer.open.pool.id(), &bearer.user, after.as_ref(), limit)
        .await?;
    Ok(ListDevicesResponse {
        devices: Some(devices.iter().map(|device| device.to_api(false)).collect()),
        pagination_token: next.map(page_token),
    })
}

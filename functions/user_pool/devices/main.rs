//! The devices of the signed-in user.

mod confirm;
mod describe;
mod forget;
mod status;

use gatehouse::Fault;
use gatehouse::api::{Context, Routes, serve};
use gatehouse::auth::bearer::{Bearer, authenticate};
use gatehouse::domain::device::{DeviceRules, not_tracked};
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::operations::{
    ConfirmDevice, ForgetDevice, GetDevice, ListDevices, UpdateDeviceStatus,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(ConfirmDevice, confirm::confirm)
            .on(GetDevice, describe::describe)
            .on(ListDevices, describe::list)
            .on(UpdateDeviceStatus, status::update)
            .on(ForgetDevice, forget::forget),
    )
    .await
}

/// The user of a token, in a pool that tracks devices.
async fn owner(context: &Context, token: Option<&Sensitive>) -> Result<(Bearer, DeviceRules), Fault> {
    let bearer = authenticate(&context.app, token, context.now).await?;
    let rules = bearer.open.pool.devices().ok_or_else(not_tracked)?;
    Ok((bearer, rules))
}

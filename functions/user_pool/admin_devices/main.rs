//! Any user's devices, for administrators.

mod describe;
mod forget;
mod status;

use std::sync::Arc;

use gatehouse::Fault;
use gatehouse::api::{Context, Routes, serve};
use gatehouse::app::OpenPool;
use gatehouse::domain::device::not_tracked;
use gatehouse::domain::user::User;
use gatehouse_model::user_pool::operations::{
    AdminForgetDevice, AdminGetDevice, AdminListDevices, AdminUpdateDeviceStatus,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(AdminGetDevice, describe::describe)
            .on(AdminListDevices, describe::list)
            .on(AdminUpdateDeviceStatus, status::update)
            .on(AdminForgetDevice, forget::forget),
    )
    .await
}

/// A user of a pool that tracks devices.
async fn owner(
    context: &Context,
    pool: Option<&String>,
    username: Option<&String>,
) -> Result<(Arc<OpenPool>, User), Fault> {
    let (open, user) = context.user_named(pool, username).await?;
    open.pool.devices().ok_or_else(not_tracked)?;
    Ok((open, user))
}

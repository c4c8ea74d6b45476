use gatehouse::Fault;
use gatehouse::api::Context;
use gatehouse::domain::device::{Device, key_named, seal_verifier};
use gatehouse::fault::FaultKind;
use gatehouse::store::devices::Confirmed;
use gatehouse_model::user_pool::{ConfirmDeviceRequest, ConfirmDeviceResponse};

use crate::owner;

/// Keeps the device that the token's sign-in was given a key for.
pub(crate) async fn confirm(
    context: Context,
    input: ConfirmDeviceRequest,
) -> Result<ConfirmDeviceResponse, Fault> {
    let app = &context.app;
    let (bearer, rules) = owner(&context, input.access_token.as_ref()).await?;
    let (pool, user) = (bearer.open.pool.id(), &bearer.user);
    let key = key_named(input.device_key.as_ref())?;
    if bearer.token.device_key.as_ref() != Some(&key) {
        return Err(Fault::invalid_parameter("Invalid device key given."));
    }
    let data_key = app.data_key(&bearer.open).await?;
    let owner = (pool, &user.key, &key);
    let verifier = seal_verifier(
        input.device_secret_verifier_config,
        &data_key,
        owner,
        &*app.entropy,
    )?;

    let device = Device {
        sub: user.sub.clone(),
        name: input.device_name,
        verifier,
        remembered: !rules.on_prompt,
        created_at: context.now,
        modified_at: context.now,
        authenticated_at: context.now,
        key,
    };
    match app.store.confirm_device(pool, user, &device).await? {
        Confirmed::Done => Ok(ConfirmDeviceResponse {
            user_confirmation_necessary: Some(rules.on_prompt),
        }),
        Confirmed::Exists => Err(Fault::new(
            FaultKind::DeviceKeyExists,
            "Device key already exists.",
        )),
        Confirmed::NoUser => Err(Fault::user_not_found()),
    }
}

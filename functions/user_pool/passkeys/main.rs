//! The passkeys of the signed-in user.

mod complete;
mod delete;
mod list;
mod start;

use gatehouse::Fault;
use gatehouse::api::{Context, Routes, serve};
use gatehouse::auth::bearer::{Bearer, authenticate};
use gatehouse::domain::passkey::not_enabled;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::operations::{
    CompleteWebAuthnRegistration, DeleteWebAuthnCredential, ListWebAuthnCredentials,
    StartWebAuthnRegistration,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(StartWebAuthnRegistration, start::start)
            .on(CompleteWebAuthnRegistration, complete::complete)
            .on(ListWebAuthnCredentials, list::list)
            .on(DeleteWebAuthnCredential, delete::delete),
    )
    .await
}

/// The user of a token, in a pool that lets users sign in with passkeys.
async fn registrant(context: &Context, token: Option<&Sensitive>) -> Result<Bearer, Fault> {
    let bearer = authenticate(&context.app, token, context.now).await?;
    if bearer.open.pool.mfa.takes_passkeys() {
        Ok(bearer)
    } else {
        Err(not_enabled())
    }
}

//! What administrators do with a user's second factors.

mod factors;
mod preference;
mod software_token;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    AdminDeleteSoftwareToken, AdminGetUserAuthFactors, AdminSetUserMFAPreference, AdminSetUserSettings,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(AdminSetUserMFAPreference, preference::set)
            .on(AdminSetUserSettings, preference::set_legacy)
            .on(AdminDeleteSoftwareToken, software_token::delete)
            .on(AdminGetUserAuthFactors, factors::get),
    )
    .await
}

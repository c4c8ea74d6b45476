//! What users do with their own second factors.

mod factors;
mod preference;
mod software_token;

use gatehouse::api::{Routes, serve};
use gatehouse_model::user_pool::operations::{
    AssociateSoftwareToken, GetUserAuthFactors, SetUserMFAPreference, SetUserSettings, VerifySoftwareToken,
};
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(
        Routes::new()
            .on(AssociateSoftwareToken, software_token::associate)
            .on(VerifySoftwareToken, software_token::verify)
            .on(SetUserMFAPreference, preference::set)
            .on(SetUserSettings, preference::set_legacy)
            .on(GetUserAuthFactors, factors::get),
    )
    .await
}

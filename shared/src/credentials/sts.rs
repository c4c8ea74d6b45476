//! AWS STS: credentials of a role for a token of our issuer.

use aws_sdk_sts::error::{ProvideErrorMetadata as _, SdkError};
use gatehouse_model::identity_pool::Credentials;
use gatehouse_model::{EpochSeconds, Sensitive};

use crate::fault::FaultKind;
use crate::store::rate_exceeded;
use crate::{App, Fault};

/// The session's name, as Cognito gives it; policies and logs of applications look for it.
const SESSION_NAME: &str = "CognitoIdentityCredentials";
/// Seconds for which credentials are good.
const LIFETIME: i32 = 3600;

fn failed<E>(error: &SdkError<E>) -> bool {
    error
        .raw_response()
        .is_some_and(|response| response.status().is_server_error())
}

/// Credentials of `role` for a token.
///
/// # Errors
/// `InvalidIdentityPoolConfigurationException` when the role does not trust the token, `TooManyRequestsException` when STS
/// throttles, `ExternalServiceException` when it cannot read our keys.
pub async fn credentials(app: &App, role: &str, token: &str) -> Result<Credentials, Fault> {
    let output = app
        .identity
        .sts
        .assume_role_with_web_identity()
        .role_arn(role)
        .role_session_name(SESSION_NAME)
        .web_identity_token(token)
        .duration_seconds(LIFETIME)
        .send()
        .await
        .map_err(|error| match error.code() {
            Some("Throttling" | "ThrottlingException" | "RequestLimitExceeded") => rate_exceeded(),
            Some("IDPCommunicationError") => Fault::new(
                FaultKind::ExternalService,
                "AWS STS could not read the issuer's keys.",
            ),
            // Whatever it calls it, a failure of its own is not the role's.
            Some(code) if !failed(&error) => {
                tracing::warn!(role, code, message = error.message(), "AWS STS refused");
                Fault::new(
                    FaultKind::InvalidIdentityPoolConfiguration,
                    "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
                )
            }
            _ => Fault::internal(aws_sdk_sts::error::DisplayErrorContext(&error)),
        })?;
    let given = output
        .credentials
        .ok_or_else(|| Fault::internal("STS answered without credentials"))?;
    Ok(Credentials {
        access_key_id: Some(given.access_key_id),
        secret_key: Some(Sensitive::from(given.secret_access_key)),
        session_token: Some(given.session_token),
        expiration: Some(EpochSeconds(given.expiration.as_secs_f64())),
    })
}

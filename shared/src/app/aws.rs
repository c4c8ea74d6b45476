//! How AWS is called: as the environment says, and with the patience that a request has.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;

/// The longest wait before a call is tried again; it doubles. The SDK's own, a second, is for programs that nobody waits for.
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// How long a call of AWS may take. The SDK waits for ever by itself, so one connection that went silent would cost the
/// request; so it costs one try, and the caller, whom API Gateway leaves after 30 seconds, still gets an answer.
fn patience() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(4))
        .operation_timeout(Duration::from_secs(13))
        .build()
}

/// What the environment says of AWS, with waits that fit the inside of a request.
pub async fn from_env() -> SdkConfig {
    let aws = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .timeout_config(patience())
        .load()
        .await;
    let retries = aws.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
    aws.into_builder()
        .retry_config(retries.with_initial_backoff(FIRST_WAIT))
        .build()
}

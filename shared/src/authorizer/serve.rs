//! Running an authorizer: rules from the environment, one event after another.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::rules::Rules;
use crate::App;

/// Runs a function that answers every event with `authorize`, until the Lambda runtime ends it.
///
/// # Errors
/// When the rules of the environment make no sense, or the runtime's API fails.
pub async fn serve<E: DeserializeOwned + Send>(
    authorize: impl AsyncFn(&App, &Rules, E) -> Result<Value, Error>,
) -> Result<(), Error> {
    lambda_http::tracing::init_default_subscriber();
    let app = App::from_env().await;
    let rules = Rules::parse(&app.settings.authorizer)?;
    let (app, rules, authorize) = (&app, &rules, &authorize);
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<E>| {
        Box::pin(authorize(app, rules, event.payload)).await
    }))
    .await
}

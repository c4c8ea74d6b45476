//! Running an authorizer: rules from the environment, one event after another.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::rules::Rules;
use crate::{App, observe};

/// Runs a function that answers every event with `authorize`, until the Lambda runtime ends it.
///
/// # Errors
/// When the rules of the environment make no sense, or the runtime's API fails.
pub async fn serve<E: DeserializeOwned + Send>(
    authorize: impl AsyncFn(&App, &Rules, E) -> Result<Value, Error>,
) -> Result<(), Error> {
    observe::start();
    let app = App::from_env().await;
    let rules = Rules::parse(&app.settings.authorizer)?;
    let (app, rules, authorize) = (&app, &rules, &authorize);
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<E>| {
        let LambdaEvent { payload, context } = event;
        let authorizing = Box::pin(authorize(app, rules, payload));
        observe::request(
            Some(&context),
            &context.request_id,
            observe::function(),
            authorizing,
        )
        .await
    }))
    .await
}

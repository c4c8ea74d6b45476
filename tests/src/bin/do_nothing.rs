//! A Lambda function that answers its event and does nothing else: what cold starts of the others are compared with.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let nothing = service_fn(|event: LambdaEvent<Value>| async move { Ok::<_, Error>(event.payload) });
    lambda_runtime::run(nothing).await
}

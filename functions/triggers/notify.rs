//! Events for `EventBridge`, of what triggers were told.

use gatehouse::triggers::event::{Event, Request};
use gatehouse::triggers::serve::{Variables, occasion};
use lambda_runtime::Context;
use serde_json::{Value, json};

/// Where events go: `EVENT_BUS`, the name of a bus. Without one nothing is told.
pub(crate) struct Notifier {
    events: aws_sdk_eventbridge::Client,
    bus: Option<String>,
}

impl Notifier {
    pub(crate) async fn read(variables: &Variables) -> Self {
        let aws = gatehouse::app::aws::from_env().await;
        Self {
            events: aws_sdk_eventbridge::Client::new(&aws),
            bus: variables.text("EVENT_BUS"),
        }
    }

    /// Tells what happened. The user is confirmed or signed in whether or not it can be told, so a failure goes to the
    /// log and keeps nobody out.
    pub(crate) async fn tell<R: Request>(
        &self,
        kind: &str,
        event: &Event<R>,
        sub: Option<&str>,
        context: &Context,
    ) {
        let Some(bus) = &self.bus else { return };
        let entry = aws_sdk_eventbridge::types::PutEventsRequestEntry::builder()
            .event_bus_name(bus)
            .source("gatehouse")
            .detail_type(kind)
            .detail(detail(event, sub, occasion(context)).to_string())
            .build();
        let failed = match self.events.put_events().entries(entry).send().await {
            Ok(output) => output
                .entries()
                .iter()
                .find_map(|entry| entry.error_code().map(str::to_owned)),
            Err(error) => {
                use aws_sdk_eventbridge::error::ProvideErrorMetadata as _;
                Some(error.code().unwrap_or("no answer").to_owned())
            }
        };
        if let Some(error) = failed {
            tracing::error!(pool = event.user_pool_id, kind, error, "an event was not told");
        }
    }
}

/// What is told: who and where, no other attribute. `id` is the same when the same is told twice.
fn detail<R: Request>(event: &Event<R>, sub: Option<&str>, id: &str) -> Value {
    json!({
        "id": id,
        "triggerSource": event.trigger_source,
        "userPoolId": event.user_pool_id,
        "clientId": event.caller_context.client_id,
        "userName": event.user_name,
        "sub": sub,
    })
}

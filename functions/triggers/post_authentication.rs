//! Post authentication: an event bus is told of a sign-in, and when it was is kept at the user.
//!
//! - `LAST_SIGN_IN_ATTRIBUTE`: a custom attribute of the pool that gets the time (RFC 3339, UTC, whole seconds).
//! - `EVENT_BUS`: the bus that is told `UserSignedIn`.

mod notify;

use gatehouse::triggers::event::{Event, Nothing, PostAuthentication};
use gatehouse::triggers::serve::{Misconfigured, Refusal, Variables, serve, user_of};
use gatehouse::{App, Fault};
use lambda_runtime::Error;

use notify::Notifier;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    gatehouse::observe::start();
    let variables = Variables::from_env();
    let attribute = attribute(&variables)?;
    let notifier = Notifier::read(&variables).await;
    let app = App::from_env().await;
    serve(async |event: &Event<PostAuthentication>, context| {
        if let Some(attribute) = &attribute {
            Box::pin(remember(&app, event, attribute)).await?;
        }
        let sub = event.request.user_attributes.get("sub").map(String::as_str);
        Box::pin(notifier.tell("UserSignedIn", event, sub, context)).await;
        Ok(Nothing {})
    })
    .await
}

/// Only custom attributes: the others mean something else.
fn attribute(variables: &Variables) -> Result<Option<String>, Misconfigured> {
    let attribute = variables.text("LAST_SIGN_IN_ATTRIBUTE");
    if attribute
        .as_ref()
        .is_some_and(|name| !name.starts_with("custom:"))
    {
        return Err(Misconfigured::new(
            "LAST_SIGN_IN_ATTRIBUTE",
            "must be a custom attribute",
        ));
    }
    Ok(attribute)
}

async fn remember(app: &App, event: &Event<PostAuthentication>, attribute: &str) -> Result<(), Refusal> {
    let (pool, name) = user_of(event)?;
    let open = app.pool(&pool).await?;
    let text = app.now().to_rfc3339();
    open.pool
        .schema
        .check_value(attribute, &text)
        .map_err(|_| Refusal::failed("the pool has no such attribute, or it takes no such text"))?;
    if open.pool.searchable.iter().any(|name| name == attribute) {
        return Err(Refusal::failed("the attribute is one that users are searched by"));
    }
    let user = app.store.find_user(&open.pool, &name).await?.found.user;
    let user = user.ok_or_else(Fault::user_not_found)?;
    app.store.stamp_user(&pool, &user, attribute, &text).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_custom_attribute_is_written() {
        let read = |name: &str| attribute(&Variables::given(&[("LAST_SIGN_IN_ATTRIBUTE", name)]));
        assert_eq!(read(""), Ok(None));
        assert_eq!(read("custom:seen"), Ok(Some("custom:seen".to_owned())));
        assert!(read("email").is_err());
    }
}

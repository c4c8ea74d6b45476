//! Custom SMS sender: text messages by a webhook.
//!
//! - `WEBHOOK_URL` and `WEBHOOK_SECRET`: the server that sends them, see `gatehouse::triggers::webhook` and
//!   docs/TRIGGERS.md.
//! - `BRAND_NAME`, `DEFAULT_LANGUAGE`, `MESSAGES`: `gatehouse::triggers::words`.

mod sender;

use gatehouse::App;
use gatehouse::domain::names::AliasKind;
use gatehouse::triggers::event::{CustomSender, Event, Nothing};
use gatehouse::triggers::serve::{Refusal, Variables, occasion, serve};
use lambda_runtime::Error;
use sender::Sender;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    gatehouse::observe::start();
    let app = App::from_env().await;
    let sender = Sender::read(&Variables::from_env(), app.settings.local_aws)?;
    serve(async |event: &Event<CustomSender>, context| {
        Box::pin(send(&app, &sender, event, occasion(context))).await
    })
    .await
}

async fn send(app: &App, sender: &Sender, event: &Event<CustomSender>, id: &str) -> Result<Nothing, Refusal> {
    let webhook = sender
        .webhook
        .as_ref()
        .ok_or_else(|| Refusal::failed("WEBHOOK_URL is not set"))?;
    let message = sender.compose(app, event, AliasKind::PhoneNumber).await?;
    sender::hand_over(app, webhook, event, &message, (id, AliasKind::PhoneNumber)).await?;
    Ok(Nothing {})
}

//! Custom e-mail sender: mail by SMTP, or by a webhook.
//!
//! - `SMTP_URL`: `smtps://user:password@host` (TLS from the first byte, port 465 unless another is named) or
//!   `smtp://user:password@host?tls=required` (STARTTLS, port 587), both percent-encoded.
//! - `MAIL_FROM`: the sender, `mail@example.com` or `Name <mail@example.com>`; `GATEHOUSE_EMAIL_FROM` unless it is set.
//! - `WEBHOOK_URL` and `WEBHOOK_SECRET`, instead: the server that sends the mail, see `gatehouse::triggers::webhook` and
//!   docs/TRIGGERS.md.
//! - `BRAND_NAME`, `DEFAULT_LANGUAGE`, `MESSAGES`: `gatehouse::triggers::words`.

mod sender;

use std::time::Duration;

use gatehouse::App;
use gatehouse::domain::names::AliasKind;
use gatehouse::triggers::event::{CustomSender, Event, Nothing};
use gatehouse::triggers::serve::{Misconfigured, Refusal, Variables, occasion, serve};
use gatehouse::triggers::webhook::Webhook;
use lambda_runtime::Error;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use sender::{Outgoing, Sender};
use url::{Host, Url};

/// The most time for each answer of the server: less than the pool gives this function.
const TIMEOUT: Duration = Duration::from_secs(4);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    gatehouse::observe::start();
    let variables = Variables::from_env();
    let app = App::from_env().await;
    let sender = Sender::read(&variables, app.settings.local_aws)?;
    let smtp = Smtp::read(&variables, &app.settings.email_from)?;
    let way = Way::of(smtp.as_ref(), sender.webhook.as_ref())?;
    serve(async |event: &Event<CustomSender>, context| {
        Box::pin(send(&app, &sender, &way, event, occasion(context))).await
    })
    .await
}

/// How mail leaves.
enum Way<'a> {
    Smtp(&'a Smtp),
    Webhook(&'a Webhook),
    /// Nobody has said how.
    None,
}

impl<'a> Way<'a> {
    fn of(smtp: Option<&'a Smtp>, webhook: Option<&'a Webhook>) -> Result<Self, Misconfigured> {
        match (smtp, webhook) {
            (Some(_), Some(_)) => Err(Misconfigured::new("SMTP_URL", "WEBHOOK_URL is set as well")),
            (Some(smtp), None) => Ok(Self::Smtp(smtp)),
            (None, Some(webhook)) => Ok(Self::Webhook(webhook)),
            (None, None) => Ok(Self::None),
        }
    }
}

async fn send(
    app: &App,
    sender: &Sender,
    way: &Way<'_>,
    event: &Event<CustomSender>,
    id: &str,
) -> Result<Nothing, Refusal> {
    if matches!(way, Way::None) {
        return Err(Refusal::failed("neither SMTP_URL nor WEBHOOK_URL is set"));
    }
    let message = sender.compose(app, event, AliasKind::Email).await?;
    match way {
        Way::Smtp(smtp) => smtp.send(&message, id).await?,
        Way::Webhook(webhook) => {
            sender::hand_over(app, webhook, event, &message, (id, AliasKind::Email)).await?;
        }
        Way::None => {}
    }
    Ok(Nothing {})
}

/// A server that takes mail.
struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    fn read(variables: &Variables, usual_from: &str) -> Result<Option<Self>, Misconfigured> {
        let Some(url) = variables.text("SMTP_URL").map(zeroize::Zeroizing::new) else {
            return Ok(None);
        };
        if !is_encrypted(&url) {
            return Err(Misconfigured::new(
                "SMTP_URL",
                "must be smtps://… or smtp://…?tls=required",
            ));
        }
        // What is wrong may quote the password.
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url)
            .map_err(|_| Misconfigured::new("SMTP_URL", "is not the address of a server"))?
            .timeout(Some(TIMEOUT))
            .build();
        let from = variables.text("MAIL_FROM");
        let from = from.as_deref().unwrap_or(usual_from).parse();
        Ok(Some(Self {
            transport,
            from: from.map_err(|_| Misconfigured::new("MAIL_FROM", "is not a mail address"))?,
        }))
    }

    /// Sends a mail. `id` becomes its `Message-ID`, so that one that was sent twice can be told.
    async fn send(&self, message: &Outgoing, id: &str) -> Result<(), Refusal> {
        let mail = self.mail(message, id)?;
        self.transport.send(mail).await.map(|_| ()).map_err(|error| {
            // What the server says may quote the address.
            let said = error
                .status()
                .map_or_else(|| "no answer".to_owned(), |code| code.to_string());
            Refusal::failed(format_args!("the mail server did not take the mail: {said}"))
        })
    }

    fn mail(&self, message: &Outgoing, id: &str) -> Result<Message, Refusal> {
        let to: Address = message
            .to
            .parse()
            .map_err(|_| Refusal::failed("the user's address is none of mail"))?;
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&message.worded.subject)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .header(ContentType::TEXT_HTML)
            .body(message.worded.email.clone())
            .map_err(Refusal::failed)
    }
}

/// Whether what goes to the server is encrypted on its way, or stays on this machine.
fn is_encrypted(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else {
        return false;
    };
    let required = url
        .query_pairs()
        .any(|(name, value)| name == "tls" && value == "required");
    // Hosts of other schemes than those of the web are not parsed as addresses.
    let local = url
        .host_str()
        .and_then(|host| Host::parse(host).ok())
        .is_some_and(|host| match host {
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
            Host::Domain(_) => false,
        });
    match url.scheme() {
        "smtps" => true,
        "smtp" => required || local,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use gatehouse::triggers::words::Worded;

    use super::*;

    fn read(url: &str, from: &str) -> Result<Option<Smtp>, Misconfigured> {
        let variables = [("SMTP_URL", url), ("MAIL_FROM", from)];
        Smtp::read(&Variables::given(&variables), "mail@example.com")
    }

    #[test]
    fn codes_and_passwords_travel_encrypted() {
        assert!(read("", "").unwrap().is_none());
        for url in [
            "smtps://user:pass%40word@mail.example.com",
            "smtp://user:password@mail.example.com:2587?tls=required",
            "smtp://127.0.0.1:2525",
            "smtp://[::1]:2525",
        ] {
            assert!(read(url, "Gatehouse <mail@example.com>").is_ok(), "{url}");
        }
        for url in [
            "smtp://user:password@mail.example.com",
            "smtp://user:password@mail.example.com?tls=opportunistic",
            "smtp://127.0.0.1.example.com",
            "smtp://localhost",
            "https://mail.example.com",
            "mail.example.com",
        ] {
            let why = read(url, "").err().unwrap().to_string();
            assert!(!why.contains("password"), "{why}");
        }
        assert!(read("smtps://mail.example.com", "nonsense").is_err());
    }

    #[test]
    fn a_mail_has_one_receiver_whatever_the_address_says() {
        let smtp = read("smtps://mail.example.com", "").unwrap().unwrap();
        let mail = |to: &str| {
            let message = Outgoing {
                to: to.to_owned(),
                worded: Worded {
                    subject: "Your code\r\nBcc: eve@example.com".to_owned(),
                    email: "<p>123456</p>".to_owned(),
                    sms: String::new(),
                },
                code: None,
            };
            smtp.mail(&message, "occasion")
                .map(|mail| String::from_utf8(mail.formatted()).unwrap())
        };
        let text = mail("ann@example.com").unwrap();
        assert!(text.contains("Message-ID: <occasion@example.com>"));
        assert!(!text.contains("\r\nBcc:"));
        for to in [
            "",
            "ann",
            "ann@example.com\r\nRCPT TO:<eve@example.com>",
            "a@b, c@d",
        ] {
            assert!(mail(to).is_err(), "{to}");
        }
    }
}

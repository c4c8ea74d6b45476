//! Mail (SES v2) and text messages (SNS) to users.

pub mod deliver;
pub mod link;
pub mod templates;

use aws_sdk_sesv2::error::ProvideErrorMetadata;
use aws_sdk_sesv2::types::{
    Body, Content, Destination as SesDestination, EmailContent, Message as SesMessage,
};
use aws_sdk_sns::types::MessageAttributeValue;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{CodeDeliveryDetailsType, DeliveryMediumType};

use crate::domain::ids::Username;
use crate::domain::names::{AliasKind, is_email, is_phone_number};
use crate::domain::pool::Pool;
use crate::domain::user::Attributes;
use crate::{Fault, fault::FaultKind};

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// `Email` or `PhoneNumber`.
    pub kind: AliasKind,
    /// The address or number.
    pub address: String,
}

/// A message, ready to send. `body` may hold a code or a password.
#[derive(Debug, Clone)]
pub struct Message {
    /// Where it goes.
    pub to: Destination,
    /// The subject of a mail.
    pub subject: String,
    /// The text: HTML in a mail, plain in a text message.
    pub body: Sensitive,
}

impl Destination {
    /// Where a sign-up code goes: to the phone number if the pool verifies it and the user has one, else to the
    /// e-mail address.
    pub fn for_sign_up(pool: &Pool, attributes: &Attributes) -> Option<Self> {
        [AliasKind::PhoneNumber, AliasKind::Email]
            .into_iter()
            .filter(|kind| pool.auto_verified.contains(kind))
            .find_map(|kind| Self::of(kind, attributes))
    }

    /// The address that an attribute holds.
    pub fn of(kind: AliasKind, attributes: &Attributes) -> Option<Self> {
        let address = attributes
            .get(kind.attribute())
            .filter(|value| !value.is_empty())?;
        Some(Self {
            kind,
            address: address.clone(),
        })
    }

    /// A delivery as it could look for a name without a user: to the name itself where it is an address, else to an
    /// address that begins with the name's first letter.
    pub fn pretended(pool: &Pool, name: &Username) -> Self {
        let text = name.as_str();
        if is_phone_number(text) {
            return Self::pretended_by(AliasKind::PhoneNumber, name);
        }
        if !is_email(text) && !pool.auto_verified.contains(&AliasKind::Email) {
            return Self::pretended_by(AliasKind::PhoneNumber, name);
        }
        Self::pretended_by(AliasKind::Email, name)
    }

    /// The same by one medium alone.
    pub fn pretended_by(kind: AliasKind, name: &Username) -> Self {
        let text = name.as_str();
        let address = match kind {
            AliasKind::PhoneNumber if is_phone_number(text) => text.to_owned(),
            AliasKind::PhoneNumber => {
                let digits = text
                    .bytes()
                    .fold(0, |sum: u32, byte| (sum * 31 + u32::from(byte)) % 10_000);
                format!("+1555010{digits:04}")
            }
            _ if is_email(text) => text.to_owned(),
            _ => format!("{}@e", text.to_lowercase()),
        };
        Self { kind, address }
    }

    /// What the caller is told about the delivery: the address is masked.
    pub fn details(&self) -> CodeDeliveryDetailsType {
        CodeDeliveryDetailsType {
            destination: Some(self.masked()),
            delivery_medium: Some(match self.kind {
                AliasKind::PhoneNumber => DeliveryMediumType::Sms,
                _ => DeliveryMediumType::Email,
            }),
            attribute_name: Some(self.kind.attribute().to_owned()),
        }
    }

    /// `a***@e***` of a mail address, `+*******1234` of a phone number.
    pub fn masked(&self) -> String {
        if self.kind == AliasKind::PhoneNumber {
            let digits = self.address.trim_start_matches('+');
            let hidden = digits.len().saturating_sub(4);
            return format!(
                "+{}{}",
                "*".repeat(hidden),
                digits.get(hidden..).unwrap_or_default()
            );
        }
        let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
        let (local, domain) = self.address.split_once('@').unwrap_or((&self.address, ""));
        format!("{}***@{}***", first(local), first(domain))
    }
}

/// SES and SNS, as Gatehouse uses them.
#[derive(Debug, Clone)]
pub struct Messages {
    ses: aws_sdk_sesv2::Client,
    sns: aws_sdk_sns::Client,
    from: String,
}

impl Messages {
    /// Mail comes from `from` unless the pool names another sender.
    pub const fn new(ses: aws_sdk_sesv2::Client, sns: aws_sdk_sns::Client, from: String) -> Self {
        Self { ses, sns, from }
    }

    /// Sends a message as the pool's configuration says.
    ///
    /// # Errors
    /// `CodeDeliveryFailureException`; what AWS said goes to the log, without the message.
    pub async fn send(&self, pool: &Pool, message: &Message) -> Result<(), Fault> {
        let sent = match message.to.kind {
            AliasKind::PhoneNumber => self.send_sms(message).await,
            _ => self.send_email(pool, message).await,
        };
        sent.map_err(|code| {
            tracing::warn!(pool = %pool.id(), medium = ?message.to.kind, error = code, "message not delivered");
            Fault::new(FaultKind::CodeDeliveryFailure, "Unable to deliver the message; try again later.")
        })
    }

    async fn send_email(&self, pool: &Pool, message: &Message) -> Result<(), String> {
        let settings = pool.document.email_configuration.clone().unwrap_or_default();
        let content = |text: &str| Content::builder().data(text).charset("UTF-8").build();
        let subject = content(&message.subject).map_err(|error| error.to_string())?;
        let html = content(message.body.expose()).map_err(|error| error.to_string())?;
        let body = Body::builder().html(html).build();
        let content = EmailContent::builder()
            .simple(SesMessage::builder().subject(subject).body(body).build())
            .build();
        let from = settings
            .from
            .or_else(|| sender_of(settings.source_arn.as_deref()));
        self.ses
            .send_email()
            .from_email_address(from.unwrap_or_else(|| self.from.clone()))
            .set_from_email_address_identity_arn(settings.source_arn)
            .set_configuration_set_name(settings.configuration_set)
            .set_reply_to_addresses(settings.reply_to_email_address.map(|address| vec![address]))
            .destination(
                SesDestination::builder()
                    .to_addresses(&message.to.address)
                    .build(),
            )
            .content(content)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| code_of(&error))
    }

    async fn send_sms(&self, message: &Message) -> Result<(), String> {
        let transactional = MessageAttributeValue::builder()
            .data_type("String")
            .string_value("Transactional")
            .build()
            .map_err(|error| error.to_string())?;
        self.sns
            .publish()
            .phone_number(&message.to.address)
            .message(message.body.expose())
            .message_attributes("AWS.SNS.SMS.SMSType", transactional)
            .send()
            .await
            .map(|_| ())
            .map_err(|error| code_of(&error))
    }
}

/// The address of an SES identity's ARN, where the identity is an address.
fn sender_of(arn: Option<&str>) -> Option<String> {
    arn?.rsplit_once("identity/")
        .map(|(_, identity)| identity)
        .filter(|identity| identity.contains('@'))
        .map(str::to_owned)
}

/// AWS's error code alone: its text may quote the message.
fn code_of<E: ProvideErrorMetadata, R>(error: &aws_sdk_sns::error::SdkError<E, R>) -> String {
    error.code().unwrap_or("no answer").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_masked() {
        let masked = |kind, address: &str| {
            Destination {
                kind,
                address: address.to_owned(),
            }
            .masked()
        };
        assert_eq!(masked(AliasKind::Email, "ann@example.com"), "a***@e***");
        assert_eq!(masked(AliasKind::PhoneNumber, "+15550101234"), "+*******1234");
        assert_eq!(masked(AliasKind::PhoneNumber, "+12"), "+12");
    }

    #[test]
    fn an_identity_that_is_a_domain_names_no_sender() {
        assert_eq!(
            sender_of(Some("arn:aws:ses:eu-west-1:1:identity/a@b.co")),
            Some("a@b.co".to_owned())
        );
        assert_eq!(sender_of(Some("arn:aws:ses:eu-west-1:1:identity/b.co")), None);
    }
}

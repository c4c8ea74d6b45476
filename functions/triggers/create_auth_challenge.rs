//! Create auth challenge: sends a code or a link by mail or text message, and asks for a CAPTCHA before that.
//!
//! - `CHALLENGE_LINK`: the page that a link leads to; it gets the answer as `answer` and the user's name as `username`, and
//!   answers the challenge whose session it keeps. Without it a code of six digits is sent.
//! - `CHALLENGE_MEDIA`: `email`, `sms` or both, the preferred one first; `email,sms` unless it is set.
//! - `CHALLENGE_SECONDS`: how long a code or a link is good for; 180 unless it is set (a session of Cognito's lasts as long).
//! - `CAPTCHA` and `CAPTCHA_SITE_KEY`: what the application shows, see define auth challenge.
//! - `BRAND_NAME`, `DEFAULT_LANGUAGE`, `MESSAGES`: `gatehouse::triggers::words`.
//!
//! Messages go to verified addresses alone, and count with the codes that the pool itself sends to sign in: a user gets
//! only so many an hour. What was answered wrongly is not sent again while it is good.

use gatehouse::App;
use gatehouse::ambient::random_text;
use gatehouse::app::OpenPool;
use gatehouse::crypto::codes;
use gatehouse::domain::guard::SIGN_IN_CODES_PER_HOUR;
use gatehouse::domain::ids::Username;
use gatehouse::domain::names::AliasKind;
use gatehouse::domain::user::Attributes;
use gatehouse::messages::{Destination, Message};
use gatehouse::store::keys::GuardKind;
use gatehouse::triggers::challenge::{Asked, Captcha, SentCode};
use gatehouse::triggers::event::{CreateAuthChallenge, CreateAuthChallengeAnswer, Event};
use gatehouse::triggers::serve::{Misconfigured, Refusal, Variables, serve, user_of};
use gatehouse::triggers::words::{Topic, Values, Words};
use gatehouse_model::Sensitive;
use lambda_runtime::Error;
use url::Url;

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Characters of a link's secret: 190 bits.
const LINK_LENGTH: usize = 32;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    gatehouse::observe::start();
    let rules = Rules::read(&Variables::from_env())?;
    let app = App::from_env().await;
    serve(async |event: &Event<CreateAuthChallenge>, _| Box::pin(answer(&app, &rules, event)).await).await
}

/// What is sent.
struct Rules {
    link: Option<Url>,
    media: Vec<Medium>,
    seconds: i64,
    captcha: Option<(Captcha, String)>,
    words: Words,
}

/// By what a code goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Medium(AliasKind);

impl std::str::FromStr for Medium {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "email" => Ok(Self(AliasKind::Email)),
            "sms" => Ok(Self(AliasKind::PhoneNumber)),
            _ => Err("must be email, sms or both"),
        }
    }
}

impl Rules {
    fn read(variables: &Variables) -> Result<Self, Misconfigured> {
        let seconds = variables.parsed("CHALLENGE_SECONDS")?.unwrap_or(180);
        if !(30..=900).contains(&seconds) {
            return Err(Misconfigured::new("CHALLENGE_SECONDS", "must be from 30 to 900"));
        }
        let link: Option<Url> = variables.parsed("CHALLENGE_LINK")?;
        if link.as_ref().is_some_and(Url::cannot_be_a_base) {
            return Err(Misconfigured::new(
                "CHALLENGE_LINK",
                "must be the address of a page",
            ));
        }
        let captcha = match variables.parsed("CAPTCHA")? {
            Some(kind) => Some((kind, variables.required("CAPTCHA_SITE_KEY")?)),
            None => None,
        };
        let mut media = variables.parsed_list("CHALLENGE_MEDIA")?;
        if media.is_empty() {
            media = vec![Medium(AliasKind::Email), Medium(AliasKind::PhoneNumber)];
        }
        Ok(Self {
            link,
            media,
            seconds,
            captcha,
            words: Words::read(variables)?,
        })
    }

    /// The link that answers with `code`.
    fn link_for(&self, code: &Sensitive, username: &str) -> Option<String> {
        let mut link = self.link.clone()?;
        link.query_pairs_mut()
            .append_pair("username", username)
            .append_pair("answer", code.expose());
        Some(link.into())
    }

    /// The verified address to which a user's code goes.
    fn destination(&self, attributes: &Attributes) -> Option<Destination> {
        self.media.iter().find_map(|Medium(kind)| {
            let verified = attributes.get(&format!("{}_verified", kind.attribute()));
            Destination::of(*kind, attributes).filter(|_| verified.is_some_and(|verified| verified == "true"))
        })
    }
}

/// The CAPTCHA first, where there is one; then the code, the same for each answer to it.
async fn answer(
    app: &App,
    rules: &Rules,
    event: &Event<CreateAuthChallenge>,
) -> Result<CreateAuthChallengeAnswer, Refusal> {
    let request = &event.request;
    let asked = || request.session.iter().filter_map(Asked::of);
    if let Some((kind, site_key)) = &rules.captcha
        && !asked().any(|asked| asked == Asked::Captcha)
    {
        let public = [
            ("challenge", "CAPTCHA"),
            ("captcha", kind.as_str()),
            ("siteKey", site_key),
        ];
        return Ok(challenge(&Asked::Captcha, &public));
    }
    let (pool, name) = user_of(event)?;
    let open = app.pool(&pool).await?;
    let to = rules.destination(&request.user_attributes);
    let now = app.now();
    let good = asked().next_back().and_then(|asked| match asked {
        Asked::Code(sent) if now < sent.until => Some(sent),
        _ => None,
    });
    let sent = match good {
        Some(sent) => sent,
        None => {
            let code = match rules.link {
                Some(_) => Sensitive::from(random_text(&*app.entropy, LETTERS, LINK_LENGTH)),
                None => codes::generate(&*app.entropy),
            };
            if to.is_none() && !request.user_not_found {
                return Err(Refusal::new("There is no verified address to send a code to."));
            }
            count(app, &open, &name).await?;
            if let Some(to) = to.clone() {
                send(app, &open, rules, event, to, &code).await?;
            }
            let until = now.plus_seconds(rules.seconds);
            SentCode { code, until }
        }
    };
    // Nobody is told that there is nobody.
    let to = to.unwrap_or_else(|| match rules.media[..] {
        [Medium(kind)] => Destination::pretended_by(kind, &name),
        _ => Destination::pretended(&open.pool, &name),
    });
    let kind = if rules.link.is_some() { "LINK" } else { "CODE" };
    let public = [("challenge", kind), ("destination", &to.masked())];
    Ok(challenge(&Asked::Code(sent), &public))
}

fn challenge(asked: &Asked, public: &[(&str, &str)]) -> CreateAuthChallengeAnswer {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    CreateAuthChallengeAnswer {
        public_challenge_parameters: Some(public.iter().map(owned).collect()),
        private_challenge_parameters: Some(asked.to_private()),
        challenge_metadata: Some(asked.to_metadata()),
    }
}

/// Counts a code for the name, whether or not it is a user's.
async fn count(app: &App, open: &OpenPool, name: &Username) -> Result<(), Refusal> {
    let pool = &open.pool;
    let user = name.to_key(pool.case_sensitive);
    let seen = app
        .store
        .load_user(pool.id(), &user)
        .await?
        .guard(GuardKind::SignInCode);
    seen.check_hourly(SIGN_IN_CODES_PER_HOUR, app.now())
        .map_err(|fault| Refusal::new(fault.message()))?;
    let counted = seen.after_attempt(app.now());
    app.store
        .count_attempt(pool.id(), &user, GuardKind::SignInCode, seen, counted)
        .await?;
    Ok(())
}

async fn send(
    app: &App,
    open: &OpenPool,
    rules: &Rules,
    event: &Event<CreateAuthChallenge>,
    to: Destination,
    code: &Sensitive,
) -> Result<(), Refusal> {
    let link = rules.link_for(code, event.user_name.as_deref().unwrap_or_default());
    let topic = if link.is_some() {
        Topic::Link
    } else {
        Topic::SignIn
    };
    let values = Values {
        code: Some(code.expose()),
        username: None,
        link: link.as_deref(),
    };
    let request = &event.request;
    let worded = rules.words.message(
        topic,
        &request.user_attributes,
        request.client_metadata.as_ref(),
        values,
    );
    let body = match to.kind {
        AliasKind::PhoneNumber => worded.sms,
        _ => worded.email,
    };
    let message = Message {
        to,
        subject: worded.subject,
        body: Sensitive::from(body),
    };
    Ok(app.messages.send(&open.pool, &message).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(variables: &[(&str, &str)]) -> Rules {
        Rules::read(&Variables::given(variables)).unwrap()
    }

    fn attributes(pairs: &[(&str, &str)]) -> Attributes {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn the_application_is_never_told_the_code() {
        let sent = Asked::Code(SentCode {
            code: Sensitive::from("123456"),
            until: gatehouse::Timestamp::from_seconds(99),
        });
        let answer = challenge(&sent, &[("challenge", "CODE")]);
        let public = format!("{:?}", answer.public_challenge_parameters);
        assert!(!public.contains("123456"));
        assert_eq!(
            Asked::from_private(&answer.private_challenge_parameters.unwrap()),
            Some(sent)
        );
    }

    #[test]
    fn only_verified_addresses_get_codes_by_the_media_that_are_wanted() {
        let mail = [("email", "a@example.com"), ("email_verified", "true")];
        let number = [("phone_number", "+15550100"), ("phone_number_verified", "true")];
        let both = attributes(&[mail, number].concat());
        let kind = |media: &str, attributes: &Attributes| {
            rules(&[("CHALLENGE_MEDIA", media)])
                .destination(attributes)
                .map(|to| to.kind)
        };
        assert_eq!(kind("", &both), Some(AliasKind::Email));
        assert_eq!(kind("sms, email", &both), Some(AliasKind::PhoneNumber));
        assert_eq!(kind("", &attributes(&number)), Some(AliasKind::PhoneNumber));
        assert_eq!(kind("email", &attributes(&number)), None);
        assert_eq!(kind("", &attributes(&mail[..1])), None);
        assert_eq!(kind("", &Attributes::new()), None);
    }

    #[test]
    fn a_link_carries_what_it_is_given_as_text() {
        let rules = rules(&[("CHALLENGE_LINK", "https://app.example.com/in?x=1")]);
        let link = rules.link_for(&Sensitive::from("abc"), "a&b=c").unwrap();
        assert_eq!(
            link,
            "https://app.example.com/in?x=1&username=a%26b%3Dc&answer=abc"
        );
    }

    #[test]
    fn rules_that_cannot_be_read_are_none() {
        for variables in [
            [("CHALLENGE_LINK", "nonsense")],
            [("CHALLENGE_LINK", "mailto:a@example.com")],
            [("CHALLENGE_SECONDS", "5")],
            [("CHALLENGE_MEDIA", "email,pigeon")],
            [("CAPTCHA", "turnstile")],
            [("CAPTCHA", "sums")],
        ] {
            assert!(Rules::read(&Variables::given(&variables)).is_err());
        }
    }
}

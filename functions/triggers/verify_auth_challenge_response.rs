//! Verify auth challenge response: the code or link that create auth challenge has sent, or a CAPTCHA's proof.
//!
//! - `CAPTCHA`: `turnstile` or `hcaptcha`.
//! - `CAPTCHA_SECRET`: the site's secret with that service.
//! - `CAPTCHA_URL`: another address that speaks the same contract.

use gatehouse::Timestamp;
use gatehouse::ambient::{Clock as _, SystemClock};
use gatehouse::app::Settings;
use gatehouse::crypto::same;
use gatehouse::outbound::Outbound;
use gatehouse::triggers::challenge::{Asked, Captcha, SentCode};
use gatehouse::triggers::event::{Event, VerifyAuthChallengeResponse, VerifyAuthChallengeResponseAnswer};
use gatehouse::triggers::serve::{Misconfigured, Refusal, Variables, serve};
use gatehouse_model::Sensitive;
use lambda_runtime::Error;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

/// The longest proof of a CAPTCHA that is passed on; Turnstile's have 2048 characters at most.
const LONGEST_PROOF: usize = 8192;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    gatehouse::observe::start();
    let outbound = Outbound::new(Settings::from_env().local_aws);
    let service = Service::read(&Variables::from_env(), outbound)?;
    serve(async |event: &Event<VerifyAuthChallengeResponse>, _| {
        let right = Box::pin(is_right(service.as_ref(), &event.request, SystemClock.now())).await?;
        Ok::<_, Refusal>(VerifyAuthChallengeResponseAnswer {
            answer_correct: Some(right),
        })
    })
    .await
}

/// A service that says whether a CAPTCHA was solved: a form with `secret` and `response` goes there, `success` comes back
/// (Turnstile "Server-side validation", hCaptcha "Verify the user response server side").
struct Service {
    url: String,
    secret: Sensitive,
    outbound: Outbound,
}

/// What the service answers; the rest of it does not matter here.
#[derive(Debug, Deserialize)]
struct Verdict {
    success: bool,
}

impl Service {
    fn read(variables: &Variables, outbound: Outbound) -> Result<Option<Self>, Misconfigured> {
        let Some(captcha) = variables.parsed::<Captcha>("CAPTCHA")? else {
            return Ok(None);
        };
        let url = variables
            .text("CAPTCHA_URL")
            .unwrap_or_else(|| captcha.url().to_owned());
        if !outbound.allows(&url) {
            return Err(Misconfigured::new("CAPTCHA_URL", "must be https to a name"));
        }
        Ok(Some(Self {
            url,
            secret: Sensitive::from(variables.required("CAPTCHA_SECRET")?),
            outbound,
        }))
    }

    async fn is_solved(&self, proof: &Sensitive) -> Result<bool, Refusal> {
        if proof.expose().is_empty() || proof.expose().len() > LONGEST_PROOF {
            return Ok(false);
        }
        let form = Serializer::new(String::new())
            .append_pair("secret", self.secret.expose())
            .append_pair("response", proof.expose())
            .finish();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, kind)]);
        let answer = self
            .outbound
            .post(&self.url, headers, form.into_bytes())
            .await
            .map_err(Refusal::failed)?;
        let verdict: Verdict = serde_json::from_slice(&answer)
            .map_err(|_| Refusal::failed("the CAPTCHA's service did not say whether it was solved"))?;
        Ok(verdict.success)
    }
}

/// Whether the answer is right at `now`.
async fn is_right(
    service: Option<&Service>,
    request: &VerifyAuthChallengeResponse,
    now: Timestamp,
) -> Result<bool, Refusal> {
    match (
        Asked::from_private(&request.private_challenge_parameters),
        service,
    ) {
        (Some(Asked::Captcha), Some(service)) => service.is_solved(&request.challenge_answer).await,
        (Some(Asked::Code(SentCode { code, until })), _) => {
            let given = request.challenge_answer.expose().trim();
            Ok(!request.user_not_found && now < until && same(code.expose(), given))
        }
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(asked: &Asked, answer: &str) -> VerifyAuthChallengeResponse {
        VerifyAuthChallengeResponse {
            private_challenge_parameters: asked.to_private(),
            challenge_answer: Sensitive::from(answer),
            ..VerifyAuthChallengeResponse::default()
        }
    }

    fn sent() -> Asked {
        Asked::Code(SentCode {
            code: Sensitive::from("123456"),
            until: Timestamp::from_seconds(100),
        })
    }

    async fn right(request: &VerifyAuthChallengeResponse, now: i64) -> bool {
        is_right(None, request, Timestamp::from_seconds(now))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn the_code_is_right_until_it_is_too_old() {
        assert!(right(&request(&sent(), " 123456 "), 99).await);
        assert!(!right(&request(&sent(), "123456"), 100).await);
        for answer in ["123457", "12345", "", "1234567"] {
            assert!(!right(&request(&sent(), answer), 99).await, "{answer}");
        }
        let nobody = VerifyAuthChallengeResponse {
            user_not_found: true,
            ..request(&sent(), "123456")
        };
        assert!(!right(&nobody, 99).await);
    }

    #[tokio::test]
    async fn what_nobody_asked_is_wrong() {
        assert!(!right(&request(&Asked::Captcha, "x"), 99).await);
        assert!(!right(&VerifyAuthChallengeResponse::default(), 0).await);
    }

    #[test]
    fn the_secret_travels_encrypted() {
        let read = |url: &str, secret: &str| {
            let variables = [
                ("CAPTCHA", "hcaptcha"),
                ("CAPTCHA_SECRET", secret),
                ("CAPTCHA_URL", url),
            ];
            Service::read(&Variables::given(&variables), Outbound::new(false)).is_ok()
        };
        assert!(read("https://captcha.example.com/verify", "s") && read("", "s"));
        assert!(!read("", ""));
        for url in ["http://captcha.example.com/", "https://127.0.0.1/", "nonsense"] {
            assert!(!read(url, "s"), "{url}");
        }
        let read = |variables: &[_]| Service::read(&Variables::given(variables), Outbound::new(false));
        assert!(read(&[]).unwrap().is_none());
        assert!(read(&[("CAPTCHA", "sums"), ("CAPTCHA_SECRET", "s")]).is_err());
    }
}

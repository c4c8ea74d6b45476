//! Define auth challenge: a code or a link that was sent, after a CAPTCHA where one is asked for.
//!
//! - `CHALLENGE_ATTEMPTS`: how many answers to one code are heard; 3 unless it is set.
//! - `CAPTCHA`: `turnstile` or `hcaptcha`, where one has to be solved before anything is sent.
//!
//! A client that begins with `SRP_A` has the password checked first. The other two functions are create auth challenge and
//! verify auth challenge response. A session that is answered more than once is heard each time, so the pool counts wrong
//! answers as well, whatever the session.

use gatehouse::triggers::challenge::{Asked, CUSTOM_CHALLENGE, Captcha};
use gatehouse::triggers::event::{DefineAuthChallenge, DefineAuthChallengeAnswer, Event};
use gatehouse::triggers::serve::{Misconfigured, Refusal, Variables, serve};
use lambda_runtime::Error;

const SRP_A: &str = "SRP_A";
const PASSWORD_VERIFIER: &str = "PASSWORD_VERIFIER";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    gatehouse::observe::start();
    let rules = Rules::read(&Variables::from_env())?;
    serve(async |event: &Event<DefineAuthChallenge>, _| Ok::<_, Refusal>(rules.next(&event.request))).await
}

/// How many answers are heard, and of what.
struct Rules {
    attempts: usize,
    captcha: bool,
}

impl Rules {
    fn read(variables: &Variables) -> Result<Self, Misconfigured> {
        let attempts = variables.parsed("CHALLENGE_ATTEMPTS")?.unwrap_or(3);
        if !(1..=10).contains(&attempts) {
            return Err(Misconfigured::new("CHALLENGE_ATTEMPTS", "must be from 1 to 10"));
        }
        Ok(Self {
            attempts,
            captcha: variables.parsed::<Captcha>("CAPTCHA")?.is_some(),
        })
    }

    /// What comes after what was answered. A name without a user goes the same way and never arrives.
    fn next(&self, request: &DefineAuthChallenge) -> DefineAuthChallengeAnswer {
        let Some(last) = request.session.last() else {
            return challenge(CUSTOM_CHALLENGE);
        };
        match (
            last.challenge_name.as_str(),
            Asked::of(last),
            last.challenge_result,
        ) {
            (SRP_A, _, true) => challenge(PASSWORD_VERIFIER),
            (PASSWORD_VERIFIER, _, true) => challenge(CUSTOM_CHALLENGE),
            (_, Some(Asked::Captcha), true) if self.captcha => challenge(CUSTOM_CHALLENGE),
            (_, Some(Asked::Code(_)), true) if self.may_pass(request) => DefineAuthChallengeAnswer {
                issue_tokens: Some(true),
                fail_authentication: Some(false),
                challenge_name: None,
            },
            (_, Some(Asked::Code(_)), false) if wrong(request) < self.attempts => challenge(CUSTOM_CHALLENGE),
            _ => DefineAuthChallengeAnswer {
                issue_tokens: Some(false),
                fail_authentication: Some(true),
                challenge_name: None,
            },
        }
    }

    /// A right code counts where the CAPTCHA was solved before it, and for a user who exists.
    fn may_pass(&self, request: &DefineAuthChallenge) -> bool {
        let solved = request
            .session
            .iter()
            .any(|result| result.challenge_result && Asked::of(result) == Some(Asked::Captcha));
        !request.user_not_found && (!self.captcha || solved)
    }
}

/// How many answers to codes were wrong.
fn wrong(request: &DefineAuthChallenge) -> usize {
    request
        .session
        .iter()
        .filter(|result| !result.challenge_result && matches!(Asked::of(result), Some(Asked::Code(_))))
        .count()
}

fn challenge(name: &str) -> DefineAuthChallengeAnswer {
    DefineAuthChallengeAnswer {
        challenge_name: Some(name.to_owned()),
        issue_tokens: Some(false),
        fail_authentication: Some(false),
    }
}

#[cfg(test)]
mod tests {
    use gatehouse::triggers::event::ChallengeResult;

    use super::*;

    type Answered = (&'static str, bool, Option<&'static str>);

    fn next(variables: &[(&str, &str)], session: &[Answered], absent: bool) -> String {
        let request = DefineAuthChallenge {
            session: session
                .iter()
                .map(|(name, right, metadata)| ChallengeResult {
                    challenge_name: (*name).to_owned(),
                    challenge_result: *right,
                    challenge_metadata: metadata.map(str::to_owned),
                })
                .collect(),
            user_not_found: absent,
            ..DefineAuthChallenge::default()
        };
        let answer = Rules::read(&Variables::given(variables)).unwrap().next(&request);
        match (
            answer.issue_tokens,
            answer.fail_authentication,
            answer.challenge_name,
        ) {
            (Some(true), Some(false), None) => "tokens".to_owned(),
            (Some(false), Some(true), None) => "failure".to_owned(),
            (Some(false), Some(false), Some(name)) => name,
            other => panic!("{other:?}"),
        }
    }

    const WRONG: Answered = (CUSTOM_CHALLENGE, false, Some("CODE-1-123456"));
    const RIGHT: Answered = (CUSTOM_CHALLENGE, true, Some("CODE-1-123456"));
    const SOLVED: Answered = (CUSTOM_CHALLENGE, true, Some("CAPTCHA"));
    const UNSOLVED: Answered = (CUSTOM_CHALLENGE, false, Some("CAPTCHA"));
    const BEGUN: Answered = (SRP_A, true, None);

    #[test]
    fn a_right_code_signs_in_and_wrong_ones_are_numbered() {
        assert_eq!(next(&[], &[], false), CUSTOM_CHALLENGE);
        assert_eq!(next(&[], &[RIGHT], false), "tokens");
        assert_eq!(next(&[], &[WRONG, WRONG], false), CUSTOM_CHALLENGE);
        assert_eq!(next(&[], &[WRONG, WRONG, RIGHT], false), "tokens");
        assert_eq!(next(&[], &[WRONG, WRONG, WRONG], false), "failure");
        assert_eq!(next(&[("CHALLENGE_ATTEMPTS", "1")], &[WRONG], false), "failure");
    }

    #[test]
    fn a_password_that_was_wrong_leads_nowhere() {
        assert_eq!(next(&[], &[BEGUN], false), PASSWORD_VERIFIER);
        let proved = |right| [BEGUN, (PASSWORD_VERIFIER, right, None)];
        assert_eq!(next(&[], &proved(true), false), CUSTOM_CHALLENGE);
        assert_eq!(next(&[], &proved(false), false), "failure");
        assert_eq!(next(&[], &[("SMS_MFA", true, None)], false), "failure");
    }

    #[test]
    fn nobody_gets_past_the_captcha() {
        let rules = [("CAPTCHA", "turnstile")];
        assert_eq!(next(&rules, &[], false), CUSTOM_CHALLENGE);
        assert_eq!(next(&rules, &[SOLVED], false), CUSTOM_CHALLENGE);
        assert_eq!(next(&rules, &[UNSOLVED], false), "failure");
        assert_eq!(next(&rules, &[RIGHT], false), "failure");
        assert_eq!(next(&rules, &[SOLVED, WRONG, RIGHT], false), "tokens");
        // A CAPTCHA alone is no sign-in, and neither is what another function asked.
        assert_eq!(next(&[], &[SOLVED], false), "failure");
        assert_eq!(next(&[], &[(CUSTOM_CHALLENGE, true, None)], false), "failure");
    }

    #[test]
    fn a_name_without_a_user_looks_the_same_and_never_arrives() {
        assert_eq!(next(&[], &[], true), CUSTOM_CHALLENGE);
        assert_eq!(next(&[], &[WRONG], true), CUSTOM_CHALLENGE);
        assert_eq!(next(&[], &[RIGHT], true), "failure");
    }

    #[test]
    fn rules_that_cannot_be_read_are_none() {
        for variables in [
            [("CHALLENGE_ATTEMPTS", "0")],
            [("CHALLENGE_ATTEMPTS", "x")],
            [("CAPTCHA", "sums")],
        ] {
            assert!(Rules::read(&Variables::given(&variables)).is_err());
        }
    }
}

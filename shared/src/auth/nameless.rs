//! A passkey that names its user itself: the browser offers it where the name would be filled in (WebAuthn level 3,
//! conditional mediation), so nobody is known when it is asked for. Only the pool's own pages do this.

use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::ChallengeNameType;
use serde::Deserialize;

use super::journey::Journey;
use super::state::{Awaited, State};
use super::{Outcome, Parameters, SignIn, choice, go_on, hooks, invalid_session, web_authn};
use crate::Fault;
use crate::crypto::from_base64url;
use crate::domain::ids::Username;
use crate::domain::passkey::relying_party;

/// Whom the state names while nobody is known; it holds no user's `sub`, so it opens nothing for a user of this name.
const NOBODY: &str = "passkey";

/// Options for `navigator.credentials.get()`, and the sealed state that the answer comes back with.
///
/// # Errors
/// `WebAuthnConfigurationMissingException` where the pool names no relying party.
pub async fn ask(sign_in: &SignIn<'_>) -> Result<(String, Sensitive), Fault> {
    let (_, site) = relying_party(sign_in.pool())?;
    let (options, state) = site
        .that_requires_verification()
        .start_authentication(&[], &*sign_in.app.entropy)?;
    let nobody: Username = NOBODY.parse().map_err(|_| invalid_session())?;
    let owner = (nobody.to_key(sign_in.pool().case_sensitive), None);
    let journey = Journey::begin(sign_in, &Parameters::new());
    let state = State::new(sign_in, Awaited::AnyPasskey(state), owner, journey);
    Ok((options.to_string(), state.seal(sign_in).await?))
}

/// Takes the assertion of a passkey: its user handle says whose it is, and its signature proves it.
///
/// # Errors
/// `NotAuthorizedException` for anything but a valid assertion by a passkey of the user whose handle it names, who may
/// sign in with one.
pub async fn answer(sign_in: &SignIn<'_>, session: &Sensitive, credential: &str) -> Result<Outcome, Fault> {
    let state = State::open(sign_in, session.expose()).await?;
    let Awaited::AnyPasskey(asked) = state.awaited else {
        return Err(invalid_session());
    };
    let refused = || Fault::not_authorized("The passkey could not be verified.");
    let name = handle(credential).ok_or_else(refused)?;
    let named = sign_in.find(&name).await?;
    hooks::pre_authentication(sign_in, &name, &named.found).await?;
    let user = named.found.user.ok_or_else(refused)?;
    if user.sub.as_str() != name.as_str()
        || !choice::offered(sign_in.pool(), &user, &named.found.passkeys)
            .contains(&ChallengeNameType::WebAuthn)
    {
        return Err(refused());
    }
    let owner = (named.key, Some(&user));
    let state = State::new(sign_in, Awaited::WebAuthn(asked), owner, state.journey);
    let responses = Parameters::from([("CREDENTIAL".to_owned(), credential.to_owned())]);
    let step = web_authn::answer(sign_in, (user.username.clone(), state), &responses).await?;
    go_on(sign_in, step).await
}

/// The user handle of an assertion, which is the user's `sub`.
fn handle(credential: &str) -> Option<Username> {
    #[derive(Deserialize)]
    struct Assertion {
        response: Response,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Response {
        user_handle: String,
    }
    let assertion: Assertion = serde_json::from_str(credential).ok()?;
    let handle = from_base64url(&assertion.response.user_handle)?;
    String::from_utf8(handle).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::base64url;
    use proptest::prelude::*;

    #[test]
    fn the_handle_is_read_from_the_assertion() {
        let sub = "0d1c2b3a-0000-4000-8000-000000000001";
        let text = serde_json::json!({"response": {"userHandle": base64url(sub.as_bytes())}}).to_string();
        assert_eq!(handle(&text).unwrap().as_str(), sub);
        for other in [
            "",
            "{}",
            r#"{"response":{"userHandle":null}}"#,
            r#"{"response":{"userHandle":"!"}}"#,
        ] {
            assert_eq!(handle(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_text_reads_or_does_not(text in ".{0,200}") {
            let _ = handle(&text);
        }
    }
}

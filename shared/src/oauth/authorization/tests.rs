use super::*;
use proptest::prelude::*;

fn form(text: &str) -> Form {
    Form::parse(text.as_bytes()).unwrap()
}

#[test]
fn response_types_are_sets_of_words() {
    assert_eq!(response_type("code"), Some(ResponseType::Code));
    assert_eq!(response_type("token id_token"), response_type("id_token token"));
    for text in ["", "code token", "code id_token", "Code", "none", "device"] {
        assert_eq!(response_type(text), None, "{text}");
    }
}

#[test]
fn only_a_digest_is_a_challenge() {
    let digest = crate::crypto::base64url(&[7; 32]);
    let s256 = format!("code_challenge={digest}&code_challenge_method=S256");
    assert_eq!(challenge(&form(&s256)), Ok(Some(digest.clone())));
    assert_eq!(challenge(&form("")), Ok(None));
    for text in [
        format!("code_challenge={digest}"),
        format!("code_challenge={digest}&code_challenge_method=plain"),
        format!("code_challenge={digest}A&code_challenge_method=S256"),
        "code_challenge=abc&code_challenge_method=S256".to_owned(),
        "code_challenge_method=S256".to_owned(),
    ] {
        assert!(challenge(&form(&text)).is_err(), "{text}");
    }
}

#[test]
fn prompt_none_stands_alone() {
    assert_eq!(prompt(None), Ok(Prompt::Needed));
    assert_eq!(prompt(Some("none")), Ok(Prompt::None));
    assert_eq!(prompt(Some("login consent")), Ok(Prompt::Login));
    assert_eq!(prompt(Some("select_account")), Ok(Prompt::Select));
    assert!(prompt(Some("none login")).is_err() && prompt(Some("dance")).is_err());
}

#[test]
fn an_answer_keeps_the_redirect_uri_as_it_was_registered() {
    let mut target = Target {
        uri: "https://example.com/cb".to_owned(),
        fragment: false,
        state: Some("a&b=c#d".to_owned()),
        issuer: "https://auth.example.com/p".to_owned(),
    };
    assert_eq!(
        target.with([("code", "x")]),
        "https://example.com/cb?code=x&state=a%26b%3Dc%23d&iss=https%3A%2F%2Fauth.example.com%2Fp"
    );
    for (fault, told) in [
        (crate::Fault::internal("the table is on fire"), "server_error"),
        (crate::store::rate_exceeded(), "temporarily_unavailable"),
    ] {
        let sent = target.with_error(&fault.into());
        assert!(
            sent.contains(&format!("?error={told}&")) && !sent.contains("fire"),
            "{sent}"
        );
    }
    target.uri = "https://example.com/cb?from=idp".to_owned();
    target.state = None;
    assert!(
        target
            .with([("code", "x")])
            .starts_with("https://example.com/cb?from=idp&code=x&iss=")
    );
    target.fragment = true;
    assert!(
        target
            .with([("code", "x")])
            .starts_with("https://example.com/cb?from=idp#code=x&iss=")
    );
}

proptest! {
    #[test]
    fn any_request_is_read_or_refused_and_never_panics(
        response_mode in ".{0,20}", text in "((code|token|id_token|none|login|S256|é|\\x00) ?){0,4}", noise in ".{0,60}",
    ) {
        for text in [text.as_str(), &noise] {
            let written = form::query([
                ("response_type", text), ("response_mode", response_mode.as_str()), ("prompt", text),
                ("code_challenge", text), ("code_challenge_method", "S256"),
            ]);
            let parameters = form(&written);
            prop_assert_ne!(response_type(text), Some(ResponseType::Device));
            prop_assert!(challenge(&parameters).is_err() || text.is_empty());
            let asked = prompt(Some(text));
            prop_assert!(asked != Ok(Prompt::None) || text.split_whitespace().all(|word| word == "none"));
        }
    }

    #[test]
    fn no_state_changes_where_an_answer_goes(state in ".{0,60}", code in ".{0,20}", fragment: bool, more: bool) {
        let uri = if more { "https://example.com/cb?from=idp" } else { "https://example.com/cb" };
        let target = Target {
            uri: uri.to_owned(),
            fragment,
            state: Some(state.clone()),
            issuer: "https://auth.example.com/p".to_owned(),
        };
        let sent: url::Url = target.with([("code", code.as_str())]).parse().unwrap();
        prop_assert_eq!((sent.host_str(), sent.path()), (Some("example.com"), "/cb"));
        let answer = if fragment { sent.fragment() } else { sent.query() };
        let own = [("code", code.as_str()), ("state", state.as_str()), ("iss", "https://auth.example.com/p")];
        let own = [("from", "idp")].into_iter().skip(usize::from(fragment || !more)).chain(own);
        let told: Vec<_> = form_urlencoded::parse(answer.unwrap().as_bytes()).collect();
        prop_assert!(own.eq(told.iter().map(|(name, value)| (&**name, &**value))), "{}", sent);
    }
}

use super::*;

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

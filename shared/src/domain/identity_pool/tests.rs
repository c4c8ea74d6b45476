use super::*;
use crate::ambient::fixed::{Counting, NOON};

const BASE: &str = "https://auth.example.com";

fn pool(document: Document) -> IdentityPool {
    let id = IdentityPoolId::generate("eu-west-1", &Counting::default());
    IdentityPool::new(id, checked(document, BASE).unwrap(), Vec::new(), NOON).unwrap()
}

#[test]
fn a_user_pool_has_two_names_and_one_that_counts() {
    let own = "auth.example.com/eu-west-1_abc";
    let aws = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc";
    assert_eq!(canonical_provider(aws, BASE).unwrap().as_str(), own);
    assert_eq!(canonical_provider(own, BASE).unwrap().as_str(), own);
    for other in [
        "evil.example.com/eu-west-1_abc",
        "cognito-idp.eu-west-1.amazonaws.com.evil.com/eu-west-1_abc",
        "cognito-idp.us-east-1.amazonaws.com/eu-west-1_abc",
        "auth.example.com/x/eu-west-1_abc",
    ] {
        assert_eq!(canonical_provider(other, BASE).unwrap().as_str(), other);
        assert_eq!(user_pool_of(other, BASE), None);
    }
}

#[test]
fn an_arn_stands_for_its_issuer() {
    let arn = "arn:aws:iam::123456789012:oidc-provider/idp.example.com/tenant";
    assert_eq!(
        canonical_provider(arn, BASE).unwrap().as_str(),
        "idp.example.com/tenant"
    );
}

#[test]
fn only_what_is_configured_is_a_provider() {
    let pool = pool(Document {
        cognito_identity_providers: Some(vec![CognitoIdentityProvider {
            provider_name: Some("cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc".to_owned()),
            client_id: Some("app".to_owned()),
            server_side_token_check: Some(true),
        }]),
        supported_login_providers: Some([("accounts.google.com".to_owned(), "a;b".to_owned())].into()),
        ..Document::default()
    });
    let provider = |name: &str| pool.provider(&canonical_provider(name, BASE).unwrap(), BASE);
    assert!(matches!(
        provider("auth.example.com/eu-west-1_abc"),
        Some(Provider::UserPool { clients, .. }) if clients == [("app".to_owned(), true)].into()
    ));
    assert_eq!(provider("auth.example.com/eu-west-1_other"), None);
    assert!(matches!(
        provider("accounts.google.com"),
        Some(Provider::Social(Social::Google, apps)) if apps.len() == 2
    ));
    assert_eq!(provider("graph.facebook.com"), None);
    assert_eq!(provider("idp.example.com"), None);
}

#[test]
fn what_is_not_obeyed_is_refused() {
    let refused = |document: Document| checked(document, BASE).unwrap_err().message().to_owned();
    assert!(
        refused(Document {
            saml_provider_arns: Some(vec!["arn:aws:iam::1:oidc-provider/x".to_owned()]),
            ..Document::default()
        })
        .contains("SAML provider")
    );
    assert!(
        refused(Document {
            supported_login_providers: Some([("api.twitter.com".to_owned(), "a".to_owned())].into()),
            ..Document::default()
        })
        .contains("api.twitter.com")
    );
}

#[test]
fn a_developer_provider_is_for_good() {
    let before = Document {
        developer_provider_name: Some("login.mine".to_owned()),
        ..Document::default()
    };
    assert!(update(&before, Document::default(), BASE).is_err());
    assert!(update(&before, before.clone(), BASE).is_ok());
}

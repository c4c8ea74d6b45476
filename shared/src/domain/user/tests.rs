use super::*;
use crate::ambient::fixed::{Counting, NOON};

fn user(attributes: &[(&str, &str)]) -> User {
    let name: Username = "Ann".parse().unwrap();
    let attributes = attributes
        .iter()
        .map(|&(n, v)| (n.to_owned(), v.to_owned()))
        .collect();
    User::new(
        name.clone(),
        name.to_key(false),
        Sub::generate(&Counting::default()),
        attributes,
        NOON,
    )
}

#[test]
fn an_address_becomes_an_alias_when_it_is_verified_or_when_it_is_the_name() {
    let unverified = user(&[("email", "Ann@Example.com")]);
    let verified = user(&[("email", "Ann@Example.com"), ("email_verified", "true")]);
    let email: BTreeSet<_> = [AliasKind::Email].into();
    let aliases = SignInNames::Username(email.clone());
    assert_eq!(unverified.alias(AliasKind::Email, &aliases, false), None);
    assert_eq!(
        verified.alias(AliasKind::Email, &aliases, false),
        Some("ann@example.com".to_owned())
    );
    let names = SignInNames::Attributes(email);
    assert_eq!(
        unverified.alias(AliasKind::Email, &names, false),
        Some("ann@example.com".to_owned())
    );
}

#[test]
fn each_status_leads_where_it_should() {
    let mut user = user(&[]);
    assert_eq!(
        user.after_password(NOON).unwrap_err().kind(),
        FaultKind::UserNotConfirmed
    );
    user = user.confirmed();
    assert_eq!(user.after_password(NOON), Ok(Proven::SignedIn));
    user.status = Status::ForceChangePassword;
    user.temporary_password_expires_at = Some(NOON);
    assert_eq!(
        user.after_password(NOON).unwrap_err().kind(),
        FaultKind::NotAuthorized
    );
    assert_eq!(
        user.after_password(NOON.plus_seconds(-1)),
        Ok(Proven::MustChangePassword)
    );
    user.enabled = false;
    assert_eq!(
        user.after_password(NOON.plus_seconds(-1)).unwrap_err().message(),
        "User is disabled."
    );
}

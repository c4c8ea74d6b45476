//! The words of errors, against examples of the services' own.

use crate::user_pool::operations::{
    AdminCreateUser, AssociateSoftwareToken, CreateUserPool, CreateUserPoolClient, GetUser, InitiateAuth,
    ListUsers, SetUICustomization, SignUp,
};
use crate::{DecodeError, Operation, decode, identity_pool};

fn invalid<O: Operation>(body: &str) -> String {
    match decode::<O>(body.as_bytes()) {
        Err(DecodeError::Invalid(message)) => message,
        Err(DecodeError::Serialization(message)) => panic!("a serialization error: {message}"),
        Ok(_) => panic!("{body} was taken"),
    }
}

fn unreadable<O: Operation>(body: &[u8]) -> String {
    match decode::<O>(body) {
        Err(DecodeError::Serialization(message)) => message,
        Err(DecodeError::Invalid(message)) => panic!("a validation error: {message}"),
        Ok(_) => panic!("it was taken"),
    }
}

#[test]
fn a_value_that_is_too_long() {
    let name = "x".repeat(129);
    let body = format!(r#"{{"ClientId":"abc","Username":"{name}","Password":"Secret.1"}}"#);
    assert_eq!(
        invalid::<SignUp>(&body),
        format!(
            "1 validation error detected: Value '{name}' at 'username' failed to satisfy constraint: \
             Member must have length less than or equal to 128"
        )
    );
    let body = body.replace(&name, &"é".repeat(128));
    assert!(
        decode::<SignUp>(body.as_bytes()).is_ok(),
        "characters count, not bytes"
    );
}

#[test]
fn all_violations_are_told_at_once() {
    assert_eq!(
        invalid::<SignUp>(r#"{"Username":"","Password":null}"#),
        "3 validation errors detected: \
         Value null at 'clientId' failed to satisfy constraint: Member must not be null; \
         Value '' at 'username' failed to satisfy constraint: Member must have length greater than or equal to 1; \
         Value '' at 'username' failed to satisfy constraint: Member must satisfy regular expression pattern: \
         [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+"
    );
}

#[test]
fn a_missing_member_is_null_whether_absent_or_null() {
    let expected = "1 validation error detected: Value null at 'accessToken' failed to satisfy constraint: \
                    Member must not be null";
    for body in [
        "",
        "  ",
        "{}",
        "null",
        r#"{"AccessToken":null}"#,
        r#"{"accessToken":"a"}"#,
    ] {
        assert_eq!(invalid::<GetUser>(body), expected, "{body}");
    }
    assert!(
        decode::<AssociateSoftwareToken>(b"").is_ok(),
        "nothing is required"
    );
}

#[test]
fn a_secret_is_never_repeated() {
    assert_eq!(
        invalid::<SignUp>(r#"{"ClientId":"abc","Username":"ann","Password":"with space"}"#),
        "1 validation error detected: Value at 'password' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [\\S]+"
    );
}

#[test]
fn an_enum_names_its_values() {
    assert_eq!(
        invalid::<CreateUserPool>(r#"{"PoolName":"p","MfaConfiguration":"MAYBE"}"#),
        "1 validation error detected: Value 'MAYBE' at 'mfaConfiguration' failed to satisfy constraint: \
         Member must satisfy enum value set: [OFF, ON, OPTIONAL]"
    );
}

#[test]
fn numbers_have_values() {
    assert_eq!(
        invalid::<ListUsers>(r#"{"UserPoolId":"eu-west-1_a","Limit":61}"#),
        "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: \
         Member must have value less than or equal to 60"
    );
    assert_eq!(
        invalid::<CreateUserPool>(r#"{"PoolName":"p","Policies":{"PasswordPolicy":{"MinimumLength":5}}}"#),
        "1 validation error detected: Value '5' at 'policies.passwordPolicy.minimumLength' failed to satisfy \
         constraint: Member must have value greater than or equal to 6"
    );
}

#[test]
fn members_of_lists_of_structures_are_counted_from_one() {
    let body =
        r#"{"UserPoolId":"eu-west-1_a","Username":"ann","UserAttributes":[{"Name":"email"},{"Value":"x"}]}"#;
    assert_eq!(
        invalid::<AdminCreateUser>(body),
        "1 validation error detected: Value null at 'userAttributes.2.member.name' failed to satisfy \
         constraint: Member must not be null"
    );
}

#[test]
fn scalars_in_lists_and_maps_are_told_of_together() {
    assert_eq!(
        invalid::<CreateUserPoolClient>(
            r#"{"UserPoolId":"eu-west-1_a","ClientName":"c","CallbackURLs":["https://a","https://b c"]}"#
        ),
        "1 validation error detected: Value '[https://a, https://b c]' at 'callbackURLs' failed to satisfy \
         constraint: Member must satisfy constraint: [Member must have length less than or equal to 1024, \
         Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: \
         [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+]"
    );
    let tag = "v".repeat(257);
    assert_eq!(
        invalid::<CreateUserPool>(&format!(r#"{{"PoolName":"p","UserPoolTags":{{"k":"{tag}"}}}}"#)),
        format!(
            "1 validation error detected: Value '{{k={tag}}}' at 'userPoolTags' failed to satisfy constraint: \
             Map value must satisfy constraint: [Member must have length less than or equal to 256, \
             Member must have length greater than or equal to 0]"
        )
    );
}

#[test]
fn structures_in_maps_are_named_by_their_key() {
    let body =
        r#"{"IdentityPoolId":"eu-west-1:a","Roles":{},"RoleMappings":{"google":{"Type":"Token"},"x":{}}}"#;
    assert_eq!(
        invalid::<identity_pool::operations::SetIdentityPoolRoles>(body),
        "1 validation error detected: Value null at 'roleMappings.x.member.type' failed to satisfy constraint: \
         Member must not be null"
    );
}

#[test]
fn nulls_in_maps_are_absent_and_in_lists_refused() {
    let input = decode::<InitiateAuth>(
        br#"{"ClientId":"c","AuthFlow":"USER_SRP_AUTH","AuthParameters":{"USERNAME":"ann","SECRET_HASH":null}}"#,
    )
    .unwrap();
    let parameters = input.auth_parameters.unwrap();
    assert_eq!(
        parameters.into_iter().collect::<Vec<_>>(),
        [("USERNAME".to_owned(), "ann".to_owned())]
    );
    assert_eq!(
        invalid::<CreateUserPool>(r#"{"PoolName":"p","AliasAttributes":["email",null]}"#),
        "1 validation error detected: Value null at 'aliasAttributes.2.member' failed to satisfy constraint: \
         Member must not be null"
    );
}

#[test]
fn a_blob_is_measured_in_bytes() {
    let image = "A".repeat(174_768);
    let body = format!(r#"{{"UserPoolId":"eu-west-1_a","ImageFile":"{image}"}}"#);
    assert!(
        invalid::<SetUICustomization>(&body)
            .ends_with("Member must have length less than or equal to 131072")
    );
    let input = decode::<SetUICustomization>(br#"{"UserPoolId":"eu-west-1_a","ImageFile":"aGk="}"#).unwrap();
    assert_eq!(input.image_file.unwrap().0, b"hi");
    assert_eq!(
        unreadable::<SetUICustomization>(br#"{"UserPoolId":"eu-west-1_a","ImageFile":"*"}"#),
        "STRING_VALUE can not be converted to a Blob"
    );
}

#[test]
fn wrong_types_are_told_without_their_values() {
    let cases: [(&[u8], &str); 12] = [
        (
            br#"{"PoolName":1}"#,
            "NUMBER_VALUE can not be converted to a String",
        ),
        (
            br#"{"PoolName":true}"#,
            "TRUE_VALUE can not be converted to a String",
        ),
        (
            br#"{"PoolName":{}}"#,
            "Start of structure or map found where not expected.",
        ),
        (br#"{"PoolName":[]}"#, "Start of list found where not expected."),
        (
            br#"{"Policies":"x"}"#,
            "STRING_VALUE can not be converted to a Structure",
        ),
        (
            br#"{"AliasAttributes":"email"}"#,
            "STRING_VALUE can not be converted to a List",
        ),
        (
            br#"{"AliasAttributes":[1]}"#,
            "NUMBER_VALUE can not be converted to a String",
        ),
        (
            br#"{"UserPoolTags":{"a":1}}"#,
            "NUMBER_VALUE can not be converted to a String",
        ),
        (
            br#"{"Policies":{"PasswordPolicy":{"MinimumLength":"8"}}}"#,
            "STRING_VALUE can not be converted to an Integer",
        ),
        (
            br#"{"Policies":{"PasswordPolicy":{"MinimumLength":2147483648}}}"#,
            "NUMBER_VALUE can not be converted to an Integer",
        ),
        (
            br#"{"Policies":{"PasswordPolicy":{"RequireNumbers":"yes"}}}"#,
            "STRING_VALUE can not be converted to a Boolean",
        ),
        (b"[]", "Start of list found where not expected."),
    ];
    for (body, message) in cases {
        assert_eq!(
            unreadable::<CreateUserPool>(body),
            message,
            "{}",
            String::from_utf8_lossy(body)
        );
    }
}

#[test]
fn malformed_json_is_told_by_its_place() {
    assert_eq!(
        unreadable::<SignUp>(br#"{"Password":"hunter2"#),
        "Unexpected end of input"
    );
    assert_eq!(
        unreadable::<SignUp>(br#"{"Password":hunter2}"#),
        "Unexpected token at line 1, column 13"
    );
    assert_eq!(
        unreadable::<SignUp>(b"\xff\xfe"),
        "Unexpected token at line 1, column 1"
    );
    let deep = format!(r#"{{"Unknown":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(
        unreadable::<SignUp>(deep.as_bytes()),
        "Too many levels of nesting"
    );
}

#[test]
fn an_answer_stays_small() {
    let attributes = vec!["{}"; 50_000].join(",");
    let body = format!(
        r#"{{"ClientId":"c","Username":"{}","Password":"p","UserAttributes":[{attributes}]}}"#,
        "x".repeat(500_000)
    );
    let message = invalid::<SignUp>(&body);
    assert!(
        message.starts_with("50001 validation errors detected: "),
        "{}",
        &message[..200]
    );
    assert!(message.len() < 20_000, "{}", message.len());
}

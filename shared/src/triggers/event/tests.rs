//! Events against Cognito's published examples, as the independent crate `aws_lambda_events` reads and writes them.

use aws_lambda_events::event::cognito as published;
use serde_json::{Value, json};

use super::*;

/// An example of an event, as AWS documents them.
fn example(source: Source, request: &Value, response: &Value) -> Value {
    json!({
        "version": "1",
        "triggerSource": source.as_str(),
        "region": "us-west-2",
        "userPoolId": "us-west-2_EXAMPLE",
        "userName": "test-user",
        "callerContext": { "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "1example23456789" },
        "request": request,
        "response": response,
    })
}

/// Removes what is null, false or empty: it says the same as its absence.
fn said(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, said(value)))
            .filter(|(_, value)| ![json!(null), json!(false), json!({}), json!([])].contains(value))
            .collect(),
        Value::Array(items) => items.into_iter().map(said).collect(),
        other => other,
    }
}

/// What we read and write of an example is the example, and so it is of the published type `P`.
fn agrees<R: Request, P: Serialize + DeserializeOwned>(example: &Value) {
    let ours: Event<R> = serde_json::from_value(example.clone()).unwrap();
    let ours = serde_json::to_value(&ours).unwrap();
    assert_eq!(said(ours.clone()), said(example.clone()));
    let theirs: P = serde_json::from_value(ours).unwrap();
    assert_eq!(
        said(serde_json::to_value(&theirs).unwrap()),
        said(example.clone())
    );
}

fn attributes() -> Value {
    json!({ "sub": "a1b2", "cognito:user_status": "CONFIRMED", "email": "ann@example.com", "email_verified": "true" })
}

#[test]
fn events_of_users_who_come_have_the_published_form() {
    let request = json!({
        "userAttributes": attributes(), "validationData": { "k": "v" }, "clientMetadata": { "m": "n" }
    });
    let response = json!({ "autoConfirmUser": true, "autoVerifyEmail": true, "autoVerifyPhone": false });
    for source in [
        Source::PreSignUpSignUp,
        Source::PreSignUpAdminCreateUser,
        Source::PreSignUpExternalProvider,
    ] {
        agrees::<PreSignUp, published::CognitoEventUserPoolsPreSignup>(&example(source, &request, &response));
    }
    let request = json!({ "userAttributes": attributes(), "clientMetadata": { "m": "n" } });
    for source in [
        Source::PostConfirmationConfirmSignUp,
        Source::PostConfirmationConfirmForgotPassword,
    ] {
        agrees::<PostConfirmation, published::CognitoEventUserPoolsPostConfirmation>(&example(
            source,
            &request,
            &json!({}),
        ));
    }
    let request = json!({ "password": "p", "validationData": { "k": "v" }, "clientMetadata": { "m": "n" } });
    let response = json!({
        "userAttributes": { "email": "ann@example.com" }, "finalUserStatus": "CONFIRMED", "messageAction": "SUPPRESS",
        "desiredDeliveryMediums": ["EMAIL"], "forceAliasCreation": true
    });
    for source in [
        Source::UserMigrationAuthentication,
        Source::UserMigrationForgotPassword,
    ] {
        agrees::<UserMigration, published::CognitoEventUserPoolsMigrateUser>(&example(
            source, &request, &response,
        ));
    }
}

#[test]
fn events_of_sign_ins_have_the_published_form() {
    let request = json!({ "userAttributes": attributes(), "validationData": { "k": "v" } });
    agrees::<PreAuthentication, published::CognitoEventUserPoolsPreAuthentication>(&example(
        Source::PreAuthenticationAuthentication,
        &request,
        &json!({}),
    ));
    let request =
        json!({ "userAttributes": attributes(), "newDeviceUsed": true, "clientMetadata": { "m": "n" } });
    agrees::<PostAuthentication, published::CognitoEventUserPoolsPostAuthentication>(&example(
        Source::PostAuthenticationAuthentication,
        &request,
        &json!({}),
    ));
    let session = json!([
        { "challengeName": "SRP_A", "challengeResult": true },
        { "challengeName": "CUSTOM_CHALLENGE", "challengeResult": false, "challengeMetadata": "CAPTCHA" }
    ]);
    let request = json!({
        "userAttributes": attributes(), "session": session, "clientMetadata": { "m": "n" }, "userNotFound": true
    });
    agrees::<DefineAuthChallenge, published::CognitoEventUserPoolsDefineAuthChallenge>(&example(
        Source::DefineAuthChallengeAuthentication,
        &request,
        &json!({ "challengeName": "CUSTOM_CHALLENGE", "issueTokens": true, "failAuthentication": true }),
    ));
    let request = json!({
        "userAttributes": attributes(), "challengeName": "CUSTOM_CHALLENGE", "session": session,
        "clientMetadata": { "m": "n" }, "userNotFound": true
    });
    agrees::<CreateAuthChallenge, published::CognitoEventUserPoolsCreateAuthChallenge>(&example(
        Source::CreateAuthChallengeAuthentication,
        &request,
        &json!({
            "publicChallengeParameters": { "a": "b" }, "privateChallengeParameters": { "c": "d" },
            "challengeMetadata": "CAPTCHA"
        }),
    ));
    let request = json!({
        "userAttributes": attributes(), "privateChallengeParameters": { "c": "d" }, "challengeAnswer": "d",
        "clientMetadata": { "m": "n" }, "userNotFound": true
    });
    agrees::<VerifyAuthChallengeResponse, published::CognitoEventUserPoolsVerifyAuthChallenge>(&example(
        Source::VerifyAuthChallengeResponseAuthentication,
        &request,
        &json!({ "answerCorrect": true }),
    ));
}

#[test]
fn events_before_tokens_have_the_published_form() {
    let groups = json!({
        "groupsToOverride": ["a", "b"], "iamRolesToOverride": ["arn:aws:iam::123456789012:role/r"],
        "preferredRole": "arn:aws:iam::123456789012:role/r"
    });
    let request = json!({
        "userAttributes": attributes(), "groupConfiguration": groups, "clientMetadata": { "m": "n" }
    });
    let response = json!({ "claimsOverrideDetails": {
        "claimsToAddOrOverride": { "tenant": "blue" }, "claimsToSuppress": ["email"], "groupOverrideDetails": groups
    } });
    let sources = [
        Source::TokenGenerationHostedAuth,
        Source::TokenGenerationAuthentication,
        Source::TokenGenerationNewPasswordChallenge,
        Source::TokenGenerationAuthenticateDevice,
        Source::TokenGenerationRefreshTokens,
    ];
    for source in sources {
        agrees::<PreTokenGeneration, published::CognitoEventUserPoolsPreTokenGen>(&example(
            source, &request, &response,
        ));
    }
    let request = json!({
        "userAttributes": attributes(), "scopes": ["aws.cognito.signin.user.admin"], "groupConfiguration": groups,
        "clientMetadata": { "m": "n" }
    });
    let response = json!({ "claimsAndScopeOverrideDetails": {
        "idTokenGeneration": { "claimsToAddOrOverride": { "roles": ["x", { "y": 1 }] }, "claimsToSuppress": ["email"] },
        "accessTokenGeneration": {
            "claimsToAddOrOverride": { "tenant": "blue" }, "claimsToSuppress": ["jti"],
            "scopesToAdd": ["read"], "scopesToSuppress": ["write"]
        },
        "groupOverrideDetails": groups
    } });
    for source in sources {
        let mut example = example(source, &request, &response);
        example["version"] = json!("2");
        agrees::<PreTokenGenerationV2, published::CognitoEventUserPoolsPreTokenGenV2>(&example);
    }
}

#[test]
fn events_of_messages_have_the_published_form() {
    let request = json!({
        "userAttributes": attributes(), "codeParameter": "{####}", "usernameParameter": "{username}",
        "clientMetadata": { "m": "n" }
    });
    let response =
        json!({ "smsMessage": "{####}", "emailMessage": "<b>{####}</b>", "emailSubject": "Hello" });
    for &source in Source::ALL
        .iter()
        .filter(|source| source.trigger() == Trigger::CustomMessage)
    {
        agrees::<CustomMessage, published::CognitoEventUserPoolsCustomMessage>(&example(
            source, &request, &response,
        ));
    }
}

/// The other crate lacks these; the form is that of AWS's documentation.
#[test]
fn events_of_senders_and_of_federation_have_the_documented_form() {
    let request = json!({
        "type": "customEmailSenderRequestV1", "code": "AgV4", "clientMetadata": { "m": "n" },
        "userAttributes": attributes()
    });
    let documented = example(Source::CustomEmailSenderSignUp, &request, &json!({}));
    let event: Event<CustomSender> = serde_json::from_value(documented.clone()).unwrap();
    assert_eq!(event.request.kind, SenderType::Email);
    assert_eq!(serde_json::to_value(&event).unwrap(), documented);
    let request = json!({
        "providerName": "Okta", "providerType": "OIDC",
        "attributes": { "idToken": { "sub": "1", "groups": ["a"] }, "tokenResponse": { "expires_in": 3600 } }
    });
    let response = json!({ "userAttributesToMap": { "email": "ann@example.com" } });
    let documented = example(Source::InboundFederationExternalProvider, &request, &response);
    let event: Event<InboundFederation> = serde_json::from_value(documented.clone()).unwrap();
    assert_eq!(serde_json::to_value(&event).unwrap(), documented);
}

#[test]
fn a_source_belongs_to_the_trigger_that_its_text_begins_with() {
    for &source in Source::ALL {
        let (before, _) = source.as_str().split_once('_').unwrap();
        let name = match source.trigger() {
            Trigger::PreTokenGeneration => "TokenGeneration",
            other => other.name(),
        };
        assert_eq!(before, name);
    }
}

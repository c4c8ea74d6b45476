use super::*;

fn request() -> CreateUserPoolRequest {
    CreateUserPoolRequest {
        pool_name: Some("p".to_owned()),
        ..CreateUserPoolRequest::default()
    }
}

#[test]
fn a_pool_without_settings_has_cognitos_defaults() {
    let (document, _) = create(&request(), "eu-west-1").unwrap();
    let policy = document.policies.unwrap().password_policy.unwrap();
    assert_eq!(policy.minimum_length, Some(8));
    assert_eq!(policy.require_symbols, Some(true));
    assert_eq!(
        document.username_configuration.unwrap().case_sensitive,
        Some(true)
    );
    assert_eq!(document.mfa_configuration, Some(UserPoolMfaType::Off));
    assert_eq!(document.schema_attributes.unwrap().len(), 20);
}

#[test]
fn what_would_not_be_obeyed_is_refused_by_name() {
    let mut risk = request();
    risk.user_pool_add_ons = Some(UserPoolAddOnsType {
        advanced_security_mode: Some(AdvancedSecurityModeType::Audit),
        ..UserPoolAddOnsType::default()
    });
    let mut issuer = request();
    issuer.issuer_configuration = Some(IssuerConfigurationType {
        r#type: Some(IssuerType::Updated),
    });
    for (request, setting) in [(risk, "UserPoolAddOns"), (issuer, "IssuerConfiguration")] {
        let fault = create(&request, "eu-west-1").unwrap_err();
        assert!(fault.message().starts_with(setting), "{}", fault.message());
    }
}

#[test]
fn mfa_without_a_way_to_send_text_messages_is_refused_and_with_one_sms_is_a_factor() {
    let mut mfa = request();
    mfa.mfa_configuration = Some(UserPoolMfaType::On);
    assert!(create(&mfa, "eu-west-1").is_err());
    mfa.sms_configuration = Some(SmsConfigurationType {
        sns_caller_arn: Some("arn:aws:iam::1:role/sms".to_owned()),
        ..SmsConfigurationType::default()
    });
    let (document, factors) = create(&mfa, "eu-west-1").unwrap();
    assert_eq!(document.mfa_configuration, Some(UserPoolMfaType::On));
    assert!(factors.sms);
}

#[test]
fn tags_choose_how_a_pool_signs_once() {
    let tagged = |name: &str, value: &str| CreateUserPoolRequest {
        user_pool_tags: Some([(name.to_owned(), value.to_owned())].into()),
        ..request()
    };
    let es256 = create(&tagged(SIGNING_ALGORITHM_TAG, "ES256"), "eu-west-1")
        .unwrap()
        .0;
    assert_eq!(signing(&es256).unwrap().algorithm, SigningAlgorithm::Es256);
    let local = create(&tagged(SIGNER_TAG, "KMS_DATA_KEY_PAIR"), "eu-west-1")
        .unwrap()
        .0;
    assert_eq!(signing(&local).unwrap().signer, Signer::KmsDataKeyPair);
    let plain = create(&request(), "eu-west-1").unwrap().0;
    assert_eq!(signing(&plain).unwrap(), Signing::default());
    for (name, value) in [
        (SIGNING_ALGORITHM_TAG, "HS256"),
        (SIGNING_ALGORITHM_TAG, ""),
        (SIGNING_ALGORITHM_TAG, "es256"),
        (SIGNER_TAG, "LOCAL"),
    ] {
        let fault = create(&tagged(name, value), "eu-west-1").unwrap_err();
        assert!(fault.message().contains(name), "{}", fault.message());
    }
    let before = es256.user_pool_tags.as_ref();
    assert!(check_tags(before, before).is_ok());
    assert!(check_tags(before, None).is_err());
    assert!(check_tags(None, before).is_err());
}

#[test]
fn the_older_name_of_a_temporary_password_s_days_counts_where_it_is_the_only_one() {
    let mut given = request();
    given.admin_create_user_config = Some(AdminCreateUserConfigType {
        unused_account_validity_days: Some(3),
        ..AdminCreateUserConfigType::default()
    });
    let days = |request: &CreateUserPoolRequest| {
        let (document, _) = create(request, "eu-west-1").unwrap();
        let policy = document.policies.unwrap().password_policy.unwrap();
        (
            policy.temporary_password_validity_days,
            document
                .admin_create_user_config
                .unwrap()
                .unused_account_validity_days,
        )
    };
    assert_eq!(days(&given), (Some(3), Some(3)));
    let mut policy = gatehouse_model::user_pool::PasswordPolicyType {
        temporary_password_validity_days: Some(3),
        ..Default::default()
    };
    let with = |policy: &gatehouse_model::user_pool::PasswordPolicyType| {
        let mut request = given.clone();
        request.policies = Some(UserPoolPolicyType {
            password_policy: Some(policy.clone()),
            sign_in_policy: None,
        });
        request
    };
    assert_eq!(days(&with(&policy)), (Some(3), Some(3)));
    policy.temporary_password_validity_days = Some(4);
    assert!(create(&with(&policy), "eu-west-1").is_err());
}

#[test]
fn an_update_keeps_what_is_fixed_and_resets_what_is_not_given() {
    let mut first = request();
    first.sms_verification_message = Some("Code {####}".to_owned());
    first.username_attributes = Some(vec![gatehouse_model::user_pool::UsernameAttributeType::Email]);
    let (document, mfa) = create(&first, "eu-west-1").unwrap();
    let request = UpdateUserPoolRequest::default();
    let (updated, _) = update(document.clone(), mfa, &request, "eu-west-1").unwrap();
    assert_eq!(updated.username_attributes, document.username_attributes);
    assert_eq!(updated.sms_verification_message, None);
    assert_eq!(updated.name, Some("p".to_owned()));
}

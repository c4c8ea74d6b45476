//! What a pool's functions say to users who come: before they are created, and after they are confirmed.

use gatehouse_model::user_pool::AttributeType;

use crate::domain::names::{AliasKind, SignInNames};
use crate::domain::pool::Pool;
use crate::domain::user::{User, attributes_from_api};
use crate::store::users::Takeover;
use crate::triggers::event::{PostConfirmation, PreSignUp, PreSignUpAnswer, Source};
use crate::triggers::{Call, Cause, attributes_of};
use crate::{App, Fault, fault::FaultKind};

/// Asks the pool's function whether a new user may be created, who is not stored yet.
///
/// # Errors
/// Those of [`App::trigger`]: a function that fails refuses the user.
pub async fn pre_sign_up(
    app: &App,
    pool: &Pool,
    user: &User,
    (cause, source): (Cause<'_>, Source),
    validation_data: Option<Vec<AttributeType>>,
) -> Result<PreSignUpAnswer, Fault> {
    let call = Call {
        cause,
        source,
        user_name: Some(user.username.as_str()),
        part: "",
    };
    let request = || PreSignUp {
        user_attributes: user.attributes.clone(),
        validation_data: validation_data.map(|data| attributes_from_api(Some(data))),
        client_metadata: cause.metadata(),
    };
    Ok(app.trigger(pool, call, request).await?.unwrap_or_default())
}

/// A new user as the answer of the pool's function wants it.
///
/// # Errors
/// `InvalidLambdaResponseException` for an address to verify that the user does not have.
pub fn obey(mut user: User, answer: &PreSignUpAnswer) -> Result<User, Fault> {
    let verified = [
        (AliasKind::Email, answer.auto_verify_email, "autoVerifyEmail"),
        (
            AliasKind::PhoneNumber,
            answer.auto_verify_phone,
            "autoVerifyPhone",
        ),
    ];
    for (kind, wanted, name) in verified {
        if wanted != Some(true) {
            continue;
        }
        if user.attributes.get(kind.attribute()).is_none_or(String::is_empty) {
            return Err(Fault::new(
                FaultKind::InvalidLambdaResponse,
                format!("PreSignUp: {name} without attribute {}", kind.attribute()),
            ));
        }
        let verified = format!("{}_verified", kind.attribute());
        user.attributes.insert(verified, "true".to_owned());
    }
    if answer.auto_confirm_user == Some(true) {
        user = user.confirmed();
    }
    Ok(user)
}

/// The users whose aliases a new user takes over: an address that the pool's function says is verified leaves whoever
/// had it.
///
/// # Errors
/// `TooManyRequestsException` when DynamoDB throttles.
pub async fn takeovers(
    app: &App,
    pool: &Pool,
    user: &User,
    answer: &PreSignUpAnswer,
) -> Result<Vec<Takeover>, Fault> {
    let verified = [answer.auto_verify_email, answer.auto_verify_phone].contains(&Some(true));
    if !verified || !matches!(pool.names, SignInNames::Username(_)) {
        return Ok(Vec::new());
    }
    app.store.present_owners(pool, None, user).await
}

/// Tells the pool's function that a user was confirmed, or has a new password.
///
/// # Errors
/// Those of [`App::trigger`]. What is told stands all the same.
pub async fn post_confirmation(
    app: &App,
    pool: &Pool,
    user: &User,
    (cause, source): (Cause<'_>, Source),
) -> Result<(), Fault> {
    let call = Call {
        cause,
        source,
        user_name: Some(user.username.as_str()),
        part: "",
    };
    let request = || PostConfirmation {
        user_attributes: attributes_of(pool, user),
        client_metadata: cause.metadata(),
    };
    app.trigger(pool, call, request).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::{Counting, NOON};
    use crate::domain::ids::{Sub, Username};
    use crate::domain::user::Status;

    fn ann() -> User {
        let name: Username = "ann".parse().unwrap();
        let attributes = [("email".to_owned(), "ann@example.com".to_owned())].into();
        User::new(
            name.clone(),
            name.to_key(true),
            Sub::generate(&Counting::default()),
            attributes,
            NOON,
        )
    }

    #[test]
    fn a_function_confirms_and_verifies_what_is_there() {
        assert_eq!(obey(ann(), &PreSignUpAnswer::default()), Ok(ann()));
        let answer = PreSignUpAnswer {
            auto_confirm_user: Some(true),
            auto_verify_email: Some(true),
            auto_verify_phone: None,
        };
        let user = obey(ann(), &answer).unwrap();
        assert_eq!(user.status, Status::Confirmed);
        assert!(user.is_verified(AliasKind::Email));
        let phone = PreSignUpAnswer {
            auto_verify_phone: Some(true),
            ..answer
        };
        assert_eq!(
            obey(ann(), &phone).unwrap_err().kind(),
            FaultKind::InvalidLambdaResponse
        );
    }
}

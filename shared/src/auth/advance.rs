//! What comes after a proof: the one place that decides the order of challenges.

use gatehouse_model::user_pool::UserPoolMfaType;

use super::journey::Progress;
use super::{Outcome, SignIn, complete, device, mfa, mfa_setup, new_password, password};
use crate::Fault;
use crate::domain::device::Device;
use crate::domain::factors::{Factor, Method};
use crate::domain::pool_mfa::PoolMfa;
use crate::domain::user::{Proven, User};
use crate::store::rate_exceeded;

/// The next step of a sign-in.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// A lasting password in the place of a temporary one.
    NewPassword,
    /// The password, which the level that was asked for needs.
    Password,
    /// One of these second factors.
    Mfa(Vec<Factor>),
    /// A second factor has to be set up first.
    MfaSetup,
    /// A proof of the remembered device that the application says it runs on.
    Device,
    /// None: the user is signed in.
    Tokens,
}

/// Leads a user who has proved something to the next challenge or to tokens.
///
/// # Errors
/// `UserNotConfirmedException`, `PasswordResetRequiredException`, `NotAuthorizedException` for a user who may not sign
/// in; `TooManyRequestsException` when another attempt was counted in between: this one tells nothing then.
pub(super) async fn advance(sign_in: &SignIn<'_>, mut progress: Progress) -> Result<Outcome, Fault> {
    let claimed = device::claimed(sign_in, &progress).await;
    let decided = claimed.and_then(|device| {
        let next = decide(sign_in, &progress, device.as_ref());
        progress.device = progress.device.take().or(device.map(|device| device.key));
        next
    });
    if decided == Ok(Next::Tokens) {
        return complete::complete(sign_in, progress).await;
    }
    // Only now, when the failures before are forgotten, does the step count.
    let Progress {
        user,
        guards,
        codes_sent,
        journey,
        ..
    } = progress;
    let pool = sign_in.pool().id();
    if !sign_in.app.store.clear_guards(pool, &user.key, &guards).await? {
        return Err(rate_exceeded());
    }
    match decided? {
        Next::NewPassword => new_password::ask(sign_in, &user, journey).await,
        Next::Password => password::ask(sign_in, &user, journey).await,
        Next::Mfa(factors) => mfa::ask(sign_in, &user, codes_sent, journey, &factors).await,
        Next::MfaSetup => mfa_setup::ask(sign_in, &user, journey).await,
        Next::Device => device::ask(sign_in, &user, journey).await,
        Next::Tokens => Err(Fault::internal("tokens need no challenge")),
    }
}

fn decide(sign_in: &SignIn<'_>, progress: &Progress, device: Option<&Device>) -> Result<Next, Fault> {
    let (user, journey) = (&progress.user, &progress.journey);
    let proven = user.after_password(sign_in.now)?;
    if proven == Proven::MustChangePassword && journey.methods.has(Method::Password) {
        return Ok(Next::NewPassword);
    }
    let mfa = &sign_in.pool().mfa;
    if let Some(next) = toward_target(progress, mfa) {
        return Ok(next);
    }
    let remembered = device.is_some_and(|device| device.remembered);
    let rules = sign_in.pool().devices();
    let replaces_mfa = rules.is_some_and(|rules| rules.replaces_mfa);
    Ok(with_device(progress, mfa, remembered, replaces_mfa))
}

/// What the pool and the user want of one on a device that is `remembered`, or on none. The device comes last, after
/// all that the user has to prove: nothing is left out for one that does not prove itself then.
fn with_device(progress: &Progress, mfa: &PoolMfa, remembered: bool, replaces_mfa: bool) -> Next {
    let proved = progress.journey.device_proved;
    let next = match second_factor(progress, mfa) {
        Next::Mfa(_) if (remembered || proved) && replaces_mfa => Next::Tokens,
        other => other,
    };
    match next {
        Next::Tokens if remembered && !proved => Next::Device,
        other => other,
    }
}

/// What the pool and the user want after one factor.
fn second_factor(progress: &Progress, mfa: &PoolMfa) -> Next {
    let journey = &progress.journey;
    if journey.complete || journey.methods.are_several() {
        return Next::Tokens;
    }
    let factors = progress.user.second_factors(mfa, &journey.methods);
    match (factors.is_empty(), mfa.mode) {
        (false, _) => Next::Mfa(factors),
        (true, UserPoolMfaType::On) => Next::MfaSetup,
        (true, _) => Next::Tokens,
    }
}

/// What leads to the first of the wanted levels that the user can reach; `None` where it is reached, or none can be.
fn toward_target(progress: &Progress, mfa: &PoolMfa) -> Option<Next> {
    let Progress { user, journey, .. } = progress;
    for wanted in journey.targets.iter().flatten() {
        let reaches = |method: Method| journey.methods.clone().with(method).level() >= Some(*wanted);
        if journey.methods.level() >= Some(*wanted) {
            return None;
        }
        let factors: Vec<_> = usable(user, mfa)
            .into_iter()
            .filter(|factor| !journey.methods.has(factor.method()) && reaches(factor.method()))
            .collect();
        if !factors.is_empty() {
            return Some(Next::Mfa(factors));
        }
        let knows_password = user.credentials.is_some() && !journey.methods.has(Method::Password);
        let then_reaches = |factor: &Factor| {
            let both = journey.methods.clone().with(Method::Password);
            both.with(factor.method()).level() >= Some(*wanted)
        };
        if knows_password && (reaches(Method::Password) || usable(user, mfa).iter().any(then_reaches)) {
            return Some(Next::Password);
        }
    }
    None
}

/// The factors of the pool that the user has what it needs for.
fn usable(user: &User, mfa: &PoolMfa) -> Vec<Factor> {
    if mfa.mode == UserPoolMfaType::Off {
        return Vec::new();
    }
    Factor::ALL
        .into_iter()
        .filter(|factor| mfa.factors.contains(factor) && user.can_use(*factor))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::{Counting, NOON};
    use crate::auth::journey::Journey;
    use crate::domain::factors::{Level, Methods, MfaPreference};
    use crate::domain::ids::{SessionId, Sub, Username};
    use crate::domain::pool_mfa::MfaDocument;
    use crate::store::keys::GuardKind;
    use crate::store::users::Found;
    use gatehouse_model::user_pool::{EmailMfaConfigType, UserPoolType};

    fn mfa(mode: UserPoolMfaType) -> PoolMfa {
        let pool = UserPoolType {
            mfa_configuration: Some(mode),
            ..UserPoolType::default()
        };
        PoolMfa::parse(
            &pool,
            MfaDocument {
                sms: true,
                software_token: true,
                email: Some(EmailMfaConfigType::default()),
                web_authn: None,
            },
        )
    }

    fn progress(attributes: &[&str], app: bool, methods: &[Method], targets: Option<&[Level]>) -> Progress {
        let name: Username = "ann".parse().unwrap();
        let attributes = attributes
            .iter()
            .map(|name| ((*name).to_owned(), "x".to_owned()))
            .collect();
        let sub = Sub::generate(&Counting::default());
        let mut user = User::new(name.clone(), name.to_key(true), sub, attributes, NOON);
        user.software_token = app.then(Vec::new);
        user.credentials = Some(Vec::new());
        let journey = Journey {
            methods: Methods::of(methods.iter().copied()),
            targets: targets.map(<[Level]>::to_vec),
            ..Journey::to(SessionId::generate(&Counting::default()))
        };
        Progress::new(user, Found::default(), &[GuardKind::Password], journey)
    }

    #[test]
    fn a_pool_that_requires_mfa_takes_what_the_user_has_or_sets_it_up() {
        use UserPoolMfaType::{Off, On, Optional};
        let nothing = progress(&[], false, &[Method::Password], None);
        assert_eq!(second_factor(&nothing, &mfa(On)), Next::MfaSetup);
        assert_eq!(second_factor(&nothing, &mfa(Optional)), Next::Tokens);
        let phone = progress(&["phone_number"], true, &[Method::Password], None);
        assert_eq!(
            second_factor(&phone, &mfa(On)),
            Next::Mfa(vec![Factor::Sms, Factor::SoftwareToken])
        );
        assert_eq!(second_factor(&phone, &mfa(Optional)), Next::Tokens);
        assert_eq!(second_factor(&phone, &mfa(Off)), Next::Tokens);
    }

    #[test]
    fn a_user_who_switched_a_factor_on_is_asked_for_it_alone() {
        let mut chosen = progress(&["phone_number", "email"], true, &[Method::Password], None);
        chosen.user.mfa = MfaPreference {
            enabled: [Factor::SoftwareToken].into(),
            ..MfaPreference::default()
        };
        for mode in [UserPoolMfaType::On, UserPoolMfaType::Optional] {
            assert_eq!(
                second_factor(&chosen, &mfa(mode)),
                Next::Mfa(vec![Factor::SoftwareToken])
            );
        }
    }

    #[test]
    fn a_remembered_device_comes_last_and_replaces_a_second_factor_where_the_pool_says_so() {
        let mfa = mfa(UserPoolMfaType::On);
        let asked = || Next::Mfa(vec![Factor::SoftwareToken]);
        let mut password = progress(&[], true, &[Method::Password], None);
        for (remembered, replaces, next) in [
            (false, true, asked()),
            (false, false, asked()),
            (true, false, asked()),
            (true, true, Next::Device),
        ] {
            assert_eq!(with_device(&password, &mfa, remembered, replaces), next);
        }
        password.journey.device_proved = true;
        assert_eq!(with_device(&password, &mfa, false, true), Next::Tokens);
        // A pool that no longer lets devices replace anything asks even now.
        assert_eq!(with_device(&password, &mfa, false, false), asked());

        let both = progress(&[], true, &[Method::Password, Method::SoftwareToken], None);
        assert_eq!(with_device(&both, &mfa, false, false), Next::Tokens);
        assert_eq!(with_device(&both, &mfa, true, false), Next::Device);
        let nothing_yet = progress(&[], false, &[Method::Password], None);
        assert_eq!(with_device(&nothing_yet, &mfa, true, true), Next::MfaSetup);
    }

    #[test]
    fn the_same_channel_is_not_two_factors() {
        let by_mail = progress(&["email"], false, &[Method::Email], None);
        assert_eq!(second_factor(&by_mail, &mfa(UserPoolMfaType::On)), Next::MfaSetup);
    }

    #[test]
    fn the_first_level_in_reach_is_aimed_at() {
        let mfa = mfa(UserPoolMfaType::Optional);
        let app = progress(&["email"], true, &[Method::Password], Some(&[4]));
        assert_eq!(
            toward_target(&app, &mfa),
            Some(Next::Mfa(vec![Factor::SoftwareToken]))
        );
        let mail = progress(&["email"], false, &[Method::Password], Some(&[4, 3]));
        assert_eq!(toward_target(&mail, &mfa), Some(Next::Mfa(vec![Factor::Email])));
        let by_mail = progress(&["email"], true, &[Method::Email], Some(&[4]));
        assert_eq!(toward_target(&by_mail, &mfa), Some(Next::Password));
        let there = progress(&["email"], true, &[Method::Password, Method::Email], Some(&[3]));
        assert_eq!(toward_target(&there, &mfa), None);
        let never = progress(&[], false, &[Method::Password], Some(&[4]));
        assert_eq!(toward_target(&never, &mfa), None);
    }
}

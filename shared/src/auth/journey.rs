//! What a sign-in has behind it, from step to step.

use serde::{Deserialize, Serialize};

use super::SignIn;
use crate::domain::factors::{Level, Method, Methods};
use crate::domain::group::Membership;
use crate::domain::guard::Guard;
use crate::domain::ids::{DeviceKey, SessionId};
use crate::domain::user::User;
use crate::store::keys::GuardKind;
use crate::store::users::Found;
use crate::triggers::event::ChallengeResult;

/// What a sign-in has behind it; it travels in the sealed state.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Journey {
    /// The session that the sign-in will be. Drawn at the first step: whatever leads to tokens leads to them once.
    pub session: SessionId,
    /// What the user has proved so far.
    #[serde(default)]
    pub methods: Methods,
    /// What was proved counts as two factors.
    #[serde(default)]
    pub complete: bool,
    /// The levels that the application wants, the most wanted first; `None` when it asked for none.
    #[serde(default)]
    pub targets: Option<Vec<Level>>,
    /// The answers of a custom sign-in so far; `None` in others.
    #[serde(default)]
    pub custom: Option<Vec<ChallengeResult>>,
    /// A new password was chosen on the way.
    #[serde(default)]
    pub new_password: bool,
    /// The device that the application says it runs on (`DEVICE_KEY`).
    #[serde(default)]
    pub device_key: Option<String>,
    /// The step of the authenticator app's code that was given: it is used up with the session.
    #[serde(default)]
    pub software_token_step: Option<u64>,
    /// The recovery code that was given, as storage has it: it is used up with the session.
    #[serde(default)]
    pub recovery_code: Option<String>,
    /// That device has proved that it is the one.
    #[serde(default)]
    pub device_proved: bool,
}

impl Journey {
    /// A sign-in to this session with nothing behind it.
    pub fn to(session: SessionId) -> Self {
        Self {
            session,
            methods: Methods::default(),
            complete: false,
            targets: None,
            custom: None,
            new_password: false,
            device_key: None,
            software_token_step: None,
            recovery_code: None,
            device_proved: false,
        }
    }

    /// A sign-in that begins with these parameters.
    pub fn begin(sign_in: &SignIn<'_>, parameters: &super::Parameters) -> Self {
        Self {
            // On the pages levels are wished for (OpenID Connect Core section 3.1.2.1): who cannot reach any signs in all
            // the same, and the tokens say how. `USER_AUTH` of the API reads and checks them by itself.
            targets: parameters
                .get("TARGET_ACR_VALUES")
                .filter(|_| sign_in.browser)
                .map(|names| sign_in.pool().levels_named(names)),
            device_key: parameters.get("DEVICE_KEY").cloned(),
            ..Self::to(SessionId::generate(&*sign_in.app.entropy))
        }
    }

    /// The same, with one more method proved.
    #[must_use]
    pub fn proving(mut self, method: Method) -> Self {
        self.methods = self.methods.with(method);
        self
    }
}

/// A user who has just proved something, and all that the next step is decided from.
#[derive(Debug)]
pub struct Progress {
    /// The user as read.
    pub user: User,
    /// The user's memberships as read.
    pub memberships: Vec<Membership>,
    /// The guards that allowed this step, as read: cleared when it counts.
    pub guards: Vec<(GuardKind, Guard)>,
    /// Credentials to store in the place of the user's, which lacked an SRP verifier.
    pub credentials: Option<Vec<u8>>,
    /// The codes sent to sign in, as read.
    pub codes_sent: Guard,
    /// The device that the sign-in is on, if the pool knows it.
    pub device: Option<DeviceKey>,
    /// What lies behind.
    pub journey: Journey,
}

impl Progress {
    /// A user, read with `found`, who has just passed the guards of these kinds.
    pub fn new(user: User, found: Found, passed: &[GuardKind], journey: Journey) -> Self {
        Self {
            user,
            guards: passed.iter().map(|kind| (*kind, found.guard(*kind))).collect(),
            codes_sent: found.guard(GuardKind::SignInCode),
            memberships: found.memberships,
            credentials: None,
            device: None,
            journey,
        }
    }
}

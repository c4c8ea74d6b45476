//! Where a step led, as each of the four operations answers it.

use gatehouse_model::user_pool::{
    AdminInitiateAuthResponse, AdminRespondToAuthChallengeResponse, InitiateAuthResponse,
    RespondToAuthChallengeResponse,
};

use super::{Outcome, Parameters};

macro_rules! answers {
    ($($response:ident),*) => {$(
        impl From<Outcome> for $response {
            fn from(outcome: Outcome) -> Self {
                match outcome {
                    Outcome::Tokens(result) => Self {
                        authentication_result: Some(result),
                        challenge_parameters: Some(Parameters::new()),
                        ..Self::default()
                    },
                    // Only the pool's own pages sign browsers in.
                    Outcome::Browser(_) => Self::default(),
                    Outcome::Challenge { name, session, parameters, available } => Self {
                        challenge_name: Some(name),
                        session,
                        challenge_parameters: Some(parameters),
                        available_challenges: (!available.is_empty()).then_some(available),
                        ..Self::default()
                    },
                }
            }
        }
    )*};
}

answers!(
    InitiateAuthResponse,
    RespondToAuthChallengeResponse,
    AdminInitiateAuthResponse,
    AdminRespondToAuthChallengeResponse
);

//! What people do with their account before they are signed in, through the API and through the pages alike.

mod confirm;
mod forgot;
mod resend;
mod reset;
mod sign_up;

pub use confirm::confirm;
pub use forgot::forgot;
pub use resend::resend;
pub use reset::reset;
pub use sign_up::sign_up;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use lambda_http::http::{HeaderMap, Response};
use lambda_http::{Body, Request};

use super::set_cookie;
use crate::App;
use crate::ambient::random_bytes;
use crate::crypto::base64url;
use crate::http::{Form, cookies};

/// The cookie that a form's token has to match.
const COOKIE: &str = "gatehouse-csrf";
/// Seconds that the cookie lives.
const SECONDS: i64 = 86_400;

/// What proves that a form was sent from one of our pages: a token that the browser has as a cookie.
#[derive(Debug)]
pub struct Csrf {
    token: String,
    is_new: bool,
}

impl Csrf {
    /// The token of the browser that sent `headers`, or a new one.
    pub fn of(app: &App, headers: &HeaderMap) -> Self {
        let known = cookies::read(headers, COOKIE).filter(|token| token.len() == 43);
        Self {
            is_new: known.is_none(),
            token: known.map_or_else(|| base64url(&random_bytes::<32>(&*app.entropy)), str::to_owned),
        }
    }

    /// What forms carry as `csrf`.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The form that the browser sent, if it was sent from one of our pages; `None` for any other.
    pub fn form(&self, request: &Request) -> Option<Form> {
        let site = request.headers().get("sec-fetch-site");
        let foreign = site.is_some_and(|site| site != "same-origin" && site != "none");
        let form = Form::of_body(request).ok()?;
        let given = form.get("csrf").unwrap_or_default();
        let matches = verify_slices_are_equal(given.as_bytes(), self.token.as_bytes()).is_ok();
        (matches && !self.is_new && !foreign).then_some(form)
    }

    /// Has the browser keep the token, where it is new.
    pub fn keep(&self, response: &mut Response<Body>) {
        if self.is_new {
            set_cookie(response, &cookies::set(COOKIE, &self.token, SECONDS));
        }
    }
}

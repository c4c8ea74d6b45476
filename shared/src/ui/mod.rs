//! Pages for browsers: typed contexts, rendered on the server from `templates/`, styled by one stylesheet, without
//! scripts but the one that passkeys need.
//!
//! A page is a struct that derives [`askama::Template`], extends `base.html` and implements [`Page`]: its [`Frame`] says
//! what every page needs. [`answer`] renders it and adds the headers that allow the page nothing else. What a page
//! shows is escaped where it is written; a template never says `safe` of what came from a request.

mod csrf;
mod form_page;
mod frame;
mod locale;
mod look;
mod notice;
mod visit;

pub use askama;
pub use csrf::Csrf;
pub use form_page::{Alert, Button, Field, FormPage, Link, PasskeyForm, PasskeyWay, Picture};
pub use frame::{Frame, Logo, Schemes, Script, Style};
pub use locale::{LOCALES, Locale};
pub use look::{default_settings, frame_of, image_path};
pub use notice::{Notice, Tone};
pub use visit::{Visit, refusal, set_cookie};

use lambda_http::Body;
use lambda_http::http::header::{HeaderName, HeaderValue};
use lambda_http::http::{Response, StatusCode};

use crate::Fault;

/// A page that extends `base.html`.
pub trait Page: askama::Template {
    /// Language and style, which the base writes into the document.
    fn frame(&self) -> &Frame;

    /// One of each kind of this page, with text that would do harm if it were not escaped; a test renders them all.
    fn samples() -> Vec<Self>
    where
        Self: Sized;
}

/// Headers of every page, besides its policy (CSP), which names the style.
const HEADERS: [(&str, &str); 8] = [
    ("content-type", "text/html; charset=utf-8"),
    // What a page says may be about one user: no cache keeps it, and no other site learns its address.
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ("cross-origin-opener-policy", "same-origin"),
    ("x-robots-tag", "noindex, nofollow"),
];

/// The answer that shows `page` with HTTP status `status`.
///
/// # Errors
/// `InternalErrorException` when the template fails.
pub fn answer(status: u16, page: &impl Page) -> Result<Response<Body>, Fault> {
    let mut response = Response::new(Body::Text(page.render().map_err(Fault::internal)?));
    *response.status_mut() = StatusCode::from_u16(status).map_err(Fault::internal)?;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    let policy = HeaderValue::from_str(&page.frame().policy()).map_err(Fault::internal)?;
    headers.insert("content-security-policy", policy);
    Ok(response)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Renders every sample of a page; what a request could bring along must come out as text.
    pub(crate) fn check_samples<P: Page>() {
        for page in P::samples() {
            let html = page.render().unwrap();
            assert!(html.starts_with("<!doctype html>"), "{html}");
            assert!(
                !html.contains("<script") && !html.contains("<img src=x"),
                "{html}"
            );
            assert!(html.contains("<main") && html.contains("<h1"), "{html}");
            let title = html
                .split_once("<title>")
                .and_then(|(_, rest)| rest.split_once("</title>"))
                .map(|(title, _)| title.trim().to_owned());
            assert!(title.is_some_and(|title| !title.is_empty()), "{html}");
        }
    }

    #[test]
    fn notices_render() {
        check_samples::<Notice>();
    }

    #[test]
    fn a_page_may_load_nothing_and_be_framed_by_nobody() {
        let page = Notice::new(Frame::default(), Tone::Done, "Done", "All is well.");
        let answer = answer(200, &page).unwrap();
        let header = |name: &str| answer.headers().get(name).unwrap().to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        for part in [
            "default-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "style-src 'sha256-",
        ] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("script-src") && !policy.contains("unsafe"));
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("x-frame-options"), "DENY");
    }

    #[test]
    fn the_policy_allows_the_style_that_the_page_carries_and_no_other() {
        use aws_lc_rs::digest::{SHA256, digest};
        let page = Notice::new(Frame::default(), Tone::Done, "Done", "All is well.");
        let html = askama::Template::render(&page).unwrap();
        let (_, rest) = html.split_once("<style>").unwrap();
        let (style, _) = rest.split_once("</style>").unwrap();
        let hash = crate::crypto::base64(digest(&SHA256, style.as_bytes()).as_ref());
        assert!(page.frame().policy().contains(&format!("'sha256-{hash}'")));
    }

    #[test]
    fn the_one_script_is_ours_and_the_policy_allows_its_text_alone() {
        use aws_lc_rs::digest::{SHA256, digest};
        let page = FormPage {
            frame: Frame {
                script: Some(Script::PASSKEY),
                ..Frame::default()
            },
            ..FormPage::default()
        };
        let html = askama::Template::render(&page).unwrap();
        let (_, rest) = html.split_once("<script>").unwrap();
        let (script, _) = rest.split_once("</script>").unwrap();
        let hash = crate::crypto::base64(digest(&SHA256, script.as_bytes()).as_ref());
        let policy = page.frame().policy();
        assert!(
            policy.contains(&format!("script-src 'sha256-{hash}';")) && !policy.contains("unsafe"),
            "{policy}"
        );
    }
}

use std::sync::Arc;

use gatehouse::app::OpenPool;
use gatehouse::fault::FaultKind;
use gatehouse::http::{Form, Web, form, see_other};
use gatehouse::oauth::authorization;
use gatehouse::oauth::device::{self, ENTRIES_PER_HOUR, PAGE, PARAMETER, UserCode};
use gatehouse::ui::{Alert, Button, Csrf, Field, FormPage, Frame, Locale, answer, frame_of, refusal};
use gatehouse::{Fault, api, observe};
use lambda_http::http::{Method, Response};
use lambda_http::{Body, Request};

/// What stays with the page while codes are tried.
const CARRIED: [&str; 3] = ["client_id", "lang", "ui_locales"];

/// The page that asks for the code, which knows its client only where the address names one.
pub(crate) struct Entrance<'a> {
    web: &'a Web,
    request: &'a Request,
    query: &'a Form,
    /// The pool whose domain was asked, if any.
    of_host: Option<Arc<OpenPool>>,
    locale: Locale,
    csrf: Csrf,
}

pub(crate) async fn respond(
    web: &Web,
    request: &Request,
    query: &Form,
) -> Result<Response<Body>, Response<Body>> {
    let entrance = Entrance::of(web, request, query).await?;
    if request.method() != Method::POST {
        let code = query.get("user_code").and_then(|text| text.parse().ok());
        return Ok(entrance.show(code.as_ref(), None).await);
    }
    let Some(form) = entrance.csrf.form(request) else {
        return Ok(entrance.show(None, Some("error-session")).await);
    };
    let code = form.get("user_code").unwrap_or_default().parse().ok();
    Ok(match entrance.enter(code.as_ref()).await {
        Ok(Some(address)) => see_other(&address),
        Ok(None) => entrance.show(code.as_ref(), Some("error-device-code")).await,
        Err(fault) => {
            observe::failed(&fault);
            let why = match fault.kind() {
                FaultKind::LimitExceeded => "error-locked",
                FaultKind::TooManyRequests => "error-busy",
                _ => "error-generic",
            };
            entrance.show(code.as_ref(), Some(why)).await
        }
    })
}

impl<'a> Entrance<'a> {
    pub(crate) async fn of(
        web: &'a Web,
        request: &'a Request,
        query: &'a Form,
    ) -> Result<Self, Response<Body>> {
        let headers = request.headers();
        let of_host = web
            .app
            .pool_of_host(headers)
            .await
            .map_err(|fault| refusal(&fault.into(), headers))?;
        Ok(Self {
            web,
            request,
            query,
            of_host,
            locale: Locale::asked(query.get("lang").or_else(|| query.get("ui_locales")), headers),
            csrf: Csrf::of(&web.app, headers),
        })
    }

    /// Where the browser goes on with a code; `None` if no device shows it. Every try counts, before it tells anything.
    async fn enter(&self, code: Option<&UserCode>) -> Result<Option<String>, Fault> {
        let Some(code) = code else {
            return Ok(None);
        };
        let (app, now) = (&self.web.app, self.web.now);
        let network = device::entries(&api::origin(self.request), now);
        let hash = code.hash();
        let (counted, found) = tokio::join!(
            app.store.count_entry(&network, ENTRIES_PER_HOUR, now),
            app.store.load_device_grant(&hash),
        );
        if !counted? {
            return Err(Fault::new(
                FaultKind::LimitExceeded,
                "Attempt limit exceeded, please try after some time.",
            ));
        }
        let here = |pool: &_| self.of_host.as_ref().is_none_or(|host| host.pool.id() == pool);
        let Some(waiting) = found?.filter(|waiting| waiting.waits(now) && here(&waiting.pool)) else {
            return Ok(None);
        };
        let (open, client) = app.client(&waiting.client).await?;
        let request = device::Request::of(code.clone(), waiting);
        let sealed = request.seal(app, &open, client.id()).await?;
        let own = [("client_id", client.id().as_str()), (PARAMETER, sealed.as_str())];
        let language = self
            .query
            .iter()
            .filter(|(name, _)| matches!(*name, "lang" | "ui_locales"));
        Ok(Some(format!(
            "{PAGE}?{}",
            form::query(own.into_iter().chain(language))
        )))
    }

    /// The answer that shows the page, with a code that is filled in and what became of the try before.
    pub(crate) async fn show(&self, code: Option<&UserCode>, problem: Option<&str>) -> Response<Body> {
        let page = FormPage {
            frame: self.frame().await,
            heading: self.locale.text("device-title"),
            text: Some(self.locale.text("device-text")),
            alert: problem.map(|key| Alert::wrong(self.locale.text(key))),
            csrf: self.csrf.token().to_owned(),
            action: format!("{PAGE}?{}", self.query.query_of(&CARRIED)),
            fields: vec![Field {
                letters: true,
                value: code.map(ToString::to_string),
                ..Field::new("user_code", self.locale.text("device-code"), "text", "off")
            }],
            buttons: vec![Button::usual(self.locale.text("next"))],
            ..FormPage::default()
        };
        let status = if problem.is_some() { 400 } else { 200 };
        let mut response = answer(status, &page)
            .unwrap_or_else(|fault| api::response::failure(&fault, &self.web.request_id));
        self.csrf.keep(&mut response);
        response
    }

    /// The look of the client that the address names, or the usual one.
    async fn frame(&self) -> Frame {
        let app = &self.web.app;
        match authorization::client(app, self.of_host.as_deref(), self.query).await {
            Ok((open, client)) => frame_of(app, self.locale, open.pool.id(), client.id()).await,
            Err(_) => Frame::of(self.locale),
        }
    }
}

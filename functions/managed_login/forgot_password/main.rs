//! `/forgotPassword` and `/confirmforgotPassword`: a code, and a new password for it.

use gatehouse::Fault;
use gatehouse::accounts;
use gatehouse::fault::FaultKind;
use gatehouse::http::{Form, Web, serve};
use gatehouse::ui::{Alert, Button, FormPage, Visit};
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};
use lambda_http::http::{Method, Response};
use lambda_http::{Body, Error, Request, RequestExt as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(async |web, request| respond(&web, &request).await.unwrap_or_else(|answer| answer)).await
}

async fn respond(web: &Web, request: &Request) -> Result<Response<Body>, Response<Body>> {
    let visit = Visit::begin(web, request).await?;
    let confirming = request.raw_http_path().ends_with("/confirmforgotPassword");
    if request.method() != Method::POST {
        let page = if confirming {
            new_page(&visit, "", None)
        } else {
            first_page(&visit, None, None)
        };
        return Ok(visit.show(page));
    }
    let Some(form) = visit.form() else {
        let expired = visit.wrong("error-session");
        return Ok(visit.show(first_page(&visit, None, Some(expired))));
    };
    let name = form.get("username").unwrap_or_default().trim();
    if confirming {
        return Ok(match change(&visit, name, &form).await {
            Ok(()) => visit.show(visit.sign_in_page(Some(name), Some(visit.done("reset-done")))),
            Err(fault) => visit.show(new_page(&visit, name, Some(visit.problem(&veiled(fault))))),
        });
    }
    Ok(match send(&visit, name).await {
        Ok(()) => visit.show(new_page(&visit, name, None)),
        Err(fault) => visit.show(first_page(&visit, Some(name), Some(visit.problem(&fault)))),
    })
}

/// Sends a code. Whether there is an account to send one to, the page does not tell.
async fn send(visit: &Visit<'_>, name: &str) -> Result<(), Fault> {
    let request = ForgotPasswordRequest {
        client_id: Some(visit.asked.client.id().to_string()),
        secret_hash: visit.secret_hash(name).map(Sensitive::from),
        username: Some(name.to_owned()),
        ..ForgotPasswordRequest::default()
    };
    match accounts::forgot(visit.web.context(visit.request), request).await {
        Err(fault)
            if !matches!(
                fault.kind(),
                FaultKind::Internal
                    | FaultKind::TooManyRequests
                    | FaultKind::LimitExceeded
                    | FaultKind::CodeDeliveryFailure
            ) =>
        {
            Ok(())
        }
        other => other.map(|_| ()),
    }
}

async fn change(visit: &Visit<'_>, name: &str, form: &Form) -> Result<(), Fault> {
    let request = ConfirmForgotPasswordRequest {
        client_id: Some(visit.asked.client.id().to_string()),
        secret_hash: visit.secret_hash(name).map(Sensitive::from),
        username: Some(name.to_owned()),
        confirmation_code: form.get("code").map(|code| code.trim().to_owned()),
        password: form.get("password").map(Sensitive::from),
        ..ConfirmForgotPasswordRequest::default()
    };
    accounts::reset(visit.web.context(visit.request), request).await?;
    Ok(())
}

/// What is told of an account that is not there, or was sent no code: that the code is wrong.
fn veiled(fault: Fault) -> Fault {
    match fault.kind() {
        FaultKind::UserNotFound | FaultKind::NotAuthorized | FaultKind::ExpiredCode => {
            gatehouse::crypto::codes::mismatch()
        }
        _ => fault,
    }
}

fn first_page(visit: &Visit<'_>, name: Option<&str>, alert: Option<Alert>) -> FormPage {
    FormPage {
        heading: visit.text("forgot-title"),
        text: Some(visit.text("forgot-text")),
        alert,
        action: visit.path("/forgotPassword"),
        fields: vec![visit.name_field(name)],
        buttons: vec![Button::usual(visit.text("send-code"))],
        links: vec![visit.link("/login", None, "back")],
        ..FormPage::default()
    }
}

fn new_page(visit: &Visit<'_>, name: &str, alert: Option<Alert>) -> FormPage {
    let mut fields = vec![visit.code_field(), visit.new_password_field()];
    let mut hidden = Vec::new();
    if name.is_empty() {
        fields.insert(0, visit.name_field(None));
    } else {
        hidden.push(("username".to_owned(), name.to_owned()));
    }
    FormPage {
        heading: visit.text("reset-title"),
        text: Some(visit.text("code-sent-somewhere")),
        alert,
        action: visit.path("/confirmforgotPassword"),
        hidden,
        fields,
        buttons: vec![Button::usual(visit.text("reset"))],
        links: vec![visit.link("/login", None, "back")],
        ..FormPage::default()
    }
}

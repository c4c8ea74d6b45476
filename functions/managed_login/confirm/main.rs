//! `/confirm` and `/resend`: the code that confirms a new account.

use gatehouse::Fault;
use gatehouse::accounts;
use gatehouse::fault::FaultKind;
use gatehouse::http::{Form, Web, serve};
use gatehouse::ui::Visit;
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{ConfirmSignUpRequest, ResendConfirmationCodeRequest};
use lambda_http::http::{Method, Response};
use lambda_http::{Body, Error, Request};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(async |web, request| respond(&web, &request).await.unwrap_or_else(|answer| answer)).await
}

async fn respond(web: &Web, request: &Request) -> Result<Response<Body>, Response<Body>> {
    let visit = Visit::begin(web, request).await?;
    if request.method() != Method::POST {
        let name = Form::of_query(request)
            .ok()
            .and_then(|query| query.get("username").map(str::to_owned));
        return Ok(visit.show(visit.confirm_page(name.as_deref().unwrap_or_default(), None, None)));
    }
    let Some(form) = visit.form() else {
        let expired = visit.wrong("error-session");
        return Ok(visit.show(visit.confirm_page("", None, Some(expired))));
    };
    let (name, sent) = (
        form.get("username").unwrap_or_default().trim(),
        form.get("destination"),
    );
    let again = |alert| visit.show(visit.confirm_page(name, sent, Some(alert)));
    if form.get("action") == Some("resend") {
        return Ok(match resend_code(&visit, name).await {
            Ok(()) => again(visit.done("resent")),
            Err(fault) => again(visit.problem(&fault)),
        });
    }
    Ok(match confirm_account(&visit, name, &form).await {
        Ok(()) => visit.show(visit.sign_in_page(Some(name), Some(visit.done("confirmed")))),
        Err(fault) => again(visit.problem(&veiled(fault))),
    })
}

async fn confirm_account(visit: &Visit<'_>, name: &str, form: &Form) -> Result<(), Fault> {
    let request = ConfirmSignUpRequest {
        client_id: Some(visit.asked.client.id().to_string()),
        secret_hash: visit.secret_hash(name).map(Sensitive::from),
        username: Some(name.to_owned()),
        confirmation_code: form.get("code").map(|code| code.trim().to_owned()),
        ..ConfirmSignUpRequest::default()
    };
    accounts::confirm(visit.web.context(visit.request), request).await?;
    Ok(())
}

async fn resend_code(visit: &Visit<'_>, name: &str) -> Result<(), Fault> {
    let request = ResendConfirmationCodeRequest {
        client_id: Some(visit.asked.client.id().to_string()),
        secret_hash: visit.secret_hash(name).map(Sensitive::from),
        username: Some(name.to_owned()),
        ..ResendConfirmationCodeRequest::default()
    };
    match accounts::resend(visit.web.context(visit.request), request).await {
        // The page tells nobody who has an account here, nor who has confirmed it.
        Err(fault)
            if matches!(
                fault.kind(),
                FaultKind::UserNotFound | FaultKind::InvalidParameter | FaultKind::NotAuthorized
            ) =>
        {
            Ok(())
        }
        other => other.map(|_| ()),
    }
}

/// What is told of an account that is not there, or is confirmed already: that the code is wrong.
fn veiled(fault: Fault) -> Fault {
    match fault.kind() {
        FaultKind::UserNotFound | FaultKind::NotAuthorized | FaultKind::ExpiredCode => {
            gatehouse::crypto::codes::mismatch()
        }
        _ => fault,
    }
}

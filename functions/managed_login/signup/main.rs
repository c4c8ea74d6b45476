//! `/signup`: a new account with the attributes that the pool wants.

use gatehouse::Fault;
use gatehouse::accounts::sign_up;
use gatehouse::http::{Form, Web, see_other, serve};
use gatehouse::ui::{Alert, Button, Field, FormPage, Visit};
use gatehouse_model::Sensitive;
use gatehouse_model::user_pool::{AttributeType, SignUpRequest, SignUpResponse};
use lambda_http::http::{Method, Response};
use lambda_http::{Body, Error, Request};

/// What the fields of attributes are called, before the attribute's name.
const PREFIX: &str = "attribute.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve(async |web, request| respond(&web, &request).await.unwrap_or_else(|answer| answer)).await
}

async fn respond(web: &Web, request: &Request) -> Result<Response<Body>, Response<Body>> {
    let visit = Visit::begin(web, request).await?;
    if visit.pool().admin_only() {
        // Only administrators create users here.
        return Err(see_other(&visit.path("/login")));
    }
    if request.method() != Method::POST {
        return Ok(visit.show(page(&visit, None, None)));
    }
    let Some(form) = visit.form() else {
        let expired = visit.wrong("error-session");
        return Ok(visit.show(page(&visit, None, Some(expired))));
    };
    Ok(match create(&visit, &form).await {
        Ok((name, created)) if created.user_confirmed == Some(true) => {
            visit.show(visit.sign_in_page(Some(&name), Some(visit.done("confirmed"))))
        }
        Ok((name, created)) => {
            let sent = created.code_delivery_details.and_then(|sent| sent.destination);
            visit.show(visit.confirm_page(&name, sent.as_deref(), None))
        }
        Err(fault) => visit.show(page(&visit, Some(&form), Some(visit.problem(&fault)))),
    })
}

async fn create(visit: &Visit<'_>, form: &Form) -> Result<(String, SignUpResponse), Fault> {
    let attributes: Vec<_> = form
        .iter()
        .filter_map(|(field, value)| Some((field.strip_prefix(PREFIX)?, value.trim())))
        .map(|(name, value)| AttributeType {
            name: Some(name.to_owned()),
            value: Some(Sensitive::from(value)),
        })
        .collect();
    let name = form.get("username").unwrap_or_default().trim().to_owned();
    let request = SignUpRequest {
        client_id: Some(visit.asked.client.id().to_string()),
        secret_hash: visit.secret_hash(&name).map(Sensitive::from),
        username: Some(name.clone()),
        password: form.get("password").map(Sensitive::from),
        user_attributes: Some(attributes),
        ..SignUpRequest::default()
    };
    let context = visit.web.context(visit.request);
    Ok((name, sign_up(context, request).await?))
}

/// The page, filled in with what was tried.
fn page(visit: &Visit<'_>, form: Option<&Form>, alert: Option<Alert>) -> FormPage {
    let given = |name: &str| form.and_then(|form| form.get(name));
    let mut fields = vec![visit.name_field(given("username"))];
    for name in wanted(visit) {
        fields.push(visit.attribute_field(&name, given(&format!("{PREFIX}{name}"))));
    }
    fields.push(Field {
        label: visit.text("password"),
        ..visit.new_password_field()
    });
    visit.with_terms(FormPage {
        heading: visit.text("sign-up-title"),
        alert,
        action: visit.path("/signup"),
        fields,
        buttons: vec![Button::usual(visit.text("sign-up"))],
        links: vec![visit.link("/login", Some("sign-in-prompt"), "sign-in")],
        ..FormPage::default()
    })
}

/// The attributes to ask for: those the pool requires, and the addresses that it verifies, without which nobody could
/// confirm the account. The one that is the user's name is asked for already.
fn wanted(visit: &Visit<'_>) -> Vec<String> {
    let pool = visit.pool();
    let names = pool.document.username_attributes.as_deref().unwrap_or_default();
    let by: Vec<_> = names.iter().map(ToString::to_string).collect();
    let verified = pool.auto_verified.iter().map(|kind| kind.attribute().to_owned());
    let required = pool
        .schema
        .names()
        .filter(|name| pool.schema.rule(name).is_some_and(|rule| rule.required));
    let mut wanted: Vec<String> = Vec::new();
    for name in verified.chain(required.map(str::to_owned)) {
        let is_name = by.len() == 1 && by.contains(&name);
        if name != "sub" && !is_name && !wanted.contains(&name) {
            wanted.push(name);
        }
    }
    wanted
}

use std::time::Duration;

use serde_json::json;

use super::event::{CreateAuthChallengeAnswer, Nothing, PreSignUpAnswer};
use super::invoke::{Failure, Functions, response_of};
use crate::domain::lambda_config::Trigger;
use crate::fault::FaultKind;

#[test]
fn what_a_function_answers_is_read_strictly() {
    let read = |answer: serde_json::Value| response_of::<PreSignUpAnswer>(answer.to_string().as_bytes());
    let answer =
        read(json!({ "version": "1", "response": { "autoConfirmUser": true, "more": [] } })).unwrap();
    assert_eq!(
        (answer.auto_confirm_user, answer.auto_verify_email),
        (Some(true), None)
    );
    for garbage in [
        json!(null),
        json!("ok"),
        json!([]),
        json!({}),
        json!({ "response": null }),
        json!({ "response": { "autoConfirmUser": "true" } }),
        json!({ "response": { "autoConfirmUser": 1 } }),
    ] {
        let failure = read(garbage.clone()).unwrap_err();
        let fault = failure.into_fault(Trigger::PreSignUp);
        assert_eq!(fault.kind(), FaultKind::InvalidLambdaResponse, "{garbage}");
    }
    assert!(response_of::<Nothing>(b"").is_err());
    assert_eq!(response_of(b"{\"response\":{}}"), Ok(Nothing {}));
}

#[test]
fn what_a_function_keeps_is_not_shown_by_debug() {
    let answer =
        json!({ "response": { "privateChallengeParameters": { "answer": "5" }, "challengeMetadata": "m" } });
    let answer = response_of::<CreateAuthChallengeAnswer>(answer.to_string().as_bytes()).unwrap();
    assert!(!format!("{answer:?}").contains('5'));
}

#[test]
fn failures_are_told_in_cognitos_words() {
    let told = |failure: Failure| {
        let fault = failure.into_fault(Trigger::CustomSmsSender);
        (fault.kind(), fault.message().to_owned())
    };
    assert_eq!(
        told(Failure::Failed("No such number".to_owned())),
        (
            FaultKind::UserLambdaValidation,
            "CustomSMSSender failed with error No such number.".to_owned()
        )
    );
    assert_eq!(
        told(Failure::Unreachable("AccessDeniedException".to_owned())).0,
        FaultKind::UnexpectedLambda
    );
}

/// A server that takes one connection after another, answers each with the next of `answers`, and tells how many came.
async fn answering(answers: Vec<String>) -> (String, std::sync::Arc<std::sync::Mutex<Vec<String>>>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let heads = std::sync::Arc::clone(&seen);
    tokio::spawn(async move {
        for answer in answers {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 64 << 10];
            let length = socket.read(&mut request).await.unwrap();
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            heads.lock().unwrap().push(text);
            if answer.is_empty() {
                // Takes the request and never answers.
                std::future::pending::<()>().await;
            }
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, seen)
}

fn http(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

async fn functions(url: &str, timeout: Duration) -> Functions {
    let aws = aws_config::defaults(aws_config::BehaviorVersion::latest())
        .endpoint_url(url)
        .region("eu-west-1")
        .test_credentials()
        .load()
        .await;
    Functions::new(&aws, timeout)
}

const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:trigger:live";
const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_function_that_lambda_throttles_is_invoked_again_with_the_same_key() {
    let throttled = http(
        "429 Too Many Requests",
        "x-amzn-errortype: TooManyRequestsException\r\n",
        "{}",
    );
    let (url, seen) = answering(vec![throttled, http("200 OK", "", "{\"response\":{}}")]).await;
    let answer = functions(&url, LONG).await.invoke(ARN, b"{}", "the-key").await;
    assert_eq!(answer, Ok(b"{\"response\":{}}".to_vec()));
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    let context = |text: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("x-amz-client-context: "))
            .unwrap();
        String::from_utf8(crate::crypto::from_base64(line).unwrap()).unwrap()
    };
    assert_eq!(context(&seen[0]), context(&seen[1]));
    assert!(context(&seen[0]).contains("\"gatehouse:idempotency-key\":\"the-key\""));
    assert!(seen[0].starts_with("POST /2015-03-31/functions/arn%3Aaws%3Alambda"));
}

#[tokio::test]
async fn both_forms_of_a_function_error_count() {
    let error = "{\"errorMessage\":\"Not today\",\"errorType\":\"ValueError\"}";
    for answer in [
        http("200 OK", "x-amz-function-error: Unhandled\r\n", error),
        http("500 Internal Server Error", "", error),
    ] {
        let (url, seen) = answering(vec![answer]).await;
        let answer = functions(&url, LONG).await.invoke(ARN, b"{}", "k").await;
        assert_eq!(answer, Err(Failure::Failed("Not today".to_owned())));
        assert_eq!(seen.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn after_a_timeout_or_an_error_of_lambdas_own_nothing_is_repeated() {
    let (url, seen) = answering(vec![String::new(), http("200 OK", "", "{}")]).await;
    let answer = functions(&url, Duration::from_millis(300))
        .await
        .invoke(ARN, b"{}", "k")
        .await;
    assert!(matches!(answer, Err(Failure::Unreachable(why)) if why.contains("timeout")));
    assert_eq!(seen.lock().unwrap().len(), 1);
    let own = http(
        "500 Internal Server Error",
        "x-amzn-errortype: ServiceException\r\n",
        "{\"Type\":\"Service\"}",
    );
    let (url, seen) = answering(vec![own, http("200 OK", "", "{}")]).await;
    let answer = functions(&url, LONG).await.invoke(ARN, b"{}", "k").await;
    assert_eq!(answer, Err(Failure::Unreachable("ServiceException".to_owned())));
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_function_that_nobody_serves_is_unreachable() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let answer = functions(&url, LONG).await.invoke(ARN, b"{}", "k").await;
    assert!(matches!(answer, Err(Failure::Unreachable(_))));
}

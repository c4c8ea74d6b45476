//! What a function tells of each request: one line of JSON, which is its log and its metrics at once.
//!
//! The line is written to standard output, which Lambda keeps anyway; AWS reads the metrics out of it (embedded metric
//! format), so they cost no call. Everything else that is logged goes through `tracing`, in the
//! form that Lambda's log settings ask for (`logging.rs`).
//!
//! Whoever answers a request need not know of this: where a pool is opened, a sign-in ends or an error becomes an answer,
//! a note is left for the line of the request that is being worked on.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::Write as _;
use std::panic::Location;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use lambda_http::Body;
use lambda_http::http::Response;
use lambda_runtime::Context;

use crate::Fault;
use crate::ambient::{Clock as _, Stopwatch, SystemClock};

mod line;
mod logging;

use line::Line;

/// Where this function writes to, known once it has started.
static FUNCTION: OnceLock<Function> = OnceLock::new();
/// Whether a request came before.
static WARM: AtomicBool = AtomicBool::new(false);

tokio::task_local! {
    static CURRENT: Current;
    /// What the request that is being worked on has left for its line.
    static NOTES: RefCell<Notes>;
}

/// What is the same in every line.
#[derive(Debug)]
struct Function {
    name: String,
    /// The namespace of the metrics; empty for none.
    metrics: String,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// `ok`, or the name of the error.
    pub name: Cow<'static, str>,
    /// The error is ours, not the caller's.
    pub ours: bool,
    /// What the caller is not told.
    pub cause: Option<String>,
}

impl Outcome {
    /// It went well.
    const OK: Self = Self {
        name: Cow::Borrowed("ok"),
        ours: false,
        cause: None,
    };

    /// The caller is refused with an error of this name.
    pub fn refused(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            ours: false,
            cause: None,
        }
    }
}

impl From<&Fault> for Outcome {
    fn from(fault: &Fault) -> Self {
        Self {
            name: fault.kind().type_name().into(),
            ours: fault.kind().status() >= 500,
            cause: fault.cause().map(str::to_owned),
        }
    }
}

/// An answer, as far as it says by itself how the request ended.
pub trait Answer {
    /// How it ended; what was noted on the way counts more.
    fn outcome(&self) -> Outcome;
}

impl Answer for Response<Body> {
    fn outcome(&self) -> Outcome {
        let status = self.status();
        if status.is_client_error() || status.is_server_error() {
            return Outcome {
                ours: status.is_server_error(),
                ..Outcome::refused(status.as_str().to_owned())
            };
        }
        Outcome::OK
    }
}

impl<T, E: Answer> Answer for Result<T, E> {
    fn outcome(&self) -> Outcome {
        self.as_ref().err().map_or(Outcome::OK, Answer::outcome)
    }
}

impl Answer for Fault {
    fn outcome(&self) -> Outcome {
        self.into()
    }
}

impl Answer for lambda_runtime::Error {
    fn outcome(&self) -> Outcome {
        Outcome::refused("Unauthorized")
    }
}

/// A request that is being worked on.
#[derive(Debug)]
struct Current {
    id: String,
    operation: String,
    trace: Option<String>,
    began: Stopwatch,
    /// No request came before.
    cold: bool,
}

/// Notes that a request left.
#[derive(Debug, Default)]
struct Notes {
    pool: Option<String>,
    outcome: Option<Outcome>,
    sign_ins: u32,
}

/// Leaves a note; nothing happens outside of a request, in unit tests for example.
fn note(write: impl FnOnce(&mut Notes)) {
    let _ = NOTES.try_with(|notes| write(&mut notes.borrow_mut()));
}

/// The request is about this pool: a user pool's id or an identity pool's. The first one counts.
pub fn pool(id: &str) {
    note(|notes| {
        notes.pool.get_or_insert_with(|| id.to_owned());
    });
}

/// The request failed in this way. The last to say so counts: it is what the caller is told.
pub fn failed(outcome: impl Into<Outcome>) {
    note(|notes| notes.outcome = Some(outcome.into()));
}

/// A sign-in has ended well.
pub fn signed_in() {
    note(|notes| notes.sign_ins += 1);
}

/// Sets up what a function logs; comes first in every `main`.
#[expect(
    clippy::disallowed_methods,
    reason = "a function's name and where its metrics go are no business of anything else"
)]
pub fn start() {
    let read = |name: &str| std::env::var(name).unwrap_or_default();
    let name = read("AWS_LAMBDA_FUNCTION_NAME");
    let prefix = read("GATEHOUSE_FUNCTION_PREFIX");
    let name = name.strip_prefix(&prefix).unwrap_or(&name).to_owned();
    logging::start(
        &name,
        &read("AWS_LAMBDA_LOG_LEVEL"),
        &read("RUST_LOG"),
        read("AWS_LAMBDA_LOG_FORMAT").eq_ignore_ascii_case("json"),
    );
    let _ = FUNCTION.set(Function {
        name,
        metrics: read("GATEHOUSE_METRICS"),
    });
    std::panic::set_hook(Box::new(|panic| panicked(panic.location())));
}

/// Writes the line of a request that ends in a panic, and with it the process. It says where that happened and not what
/// the panic said, which can hold anything.
fn panicked(location: Option<&Location<'_>>) {
    let outcome = Outcome {
        name: "Panic".into(),
        ours: true,
        cause: location.map(ToString::to_string),
    };
    let told = CURRENT.try_with(|current| {
        let notes = NOTES.try_with(|notes| {
            notes
                .try_borrow_mut()
                .map(|mut notes| std::mem::take(&mut *notes))
        });
        let notes = notes.ok().and_then(Result::ok).unwrap_or_default();
        finish(current, &notes, &outcome);
    });
    if told.is_err() {
        tracing::error!(cause = outcome.cause, "the function panicked");
    }
}

/// The name of this function, without the stack's.
pub fn function() -> &'static str {
    FUNCTION.get().map_or("", |function| &function.name)
}

/// Does the work of one request, and writes its line.
///
/// `id`: the request's. `operation`: of the API, or the function's name where it serves nothing else. It becomes a
/// dimension of metrics, so it is never a text of the caller's.
pub async fn request<T: Answer>(
    context: Option<&Context>,
    id: &str,
    operation: &str,
    work: impl Future<Output = T>,
) -> T {
    let current = Current {
        id: id.to_owned(),
        operation: operation.to_owned(),
        trace: context.and_then(|context| context.xray_trace_id.clone()),
        began: Stopwatch::start(),
        cold: !WARM.swap(true, Ordering::Relaxed),
    };
    let working = NOTES.scope(RefCell::default(), async {
        let answer = work.await;
        let mut notes = NOTES.with(RefCell::take);
        let outcome = notes.outcome.take().unwrap_or_else(|| answer.outcome());
        CURRENT.with(|current| finish(current, &notes, &outcome));
        answer
    });
    CURRENT.scope(current, working).await
}

/// Writes the line of a request, where the function has started as functions do.
fn finish(current: &Current, notes: &Notes, outcome: &Outcome) {
    let Some(function) = FUNCTION.get() else {
        return;
    };
    let line = Line {
        at: SystemClock.now(),
        function: &function.name,
        id: &current.id,
        operation: &current.operation,
        trace: current.trace.as_deref(),
        pool: notes.pool.as_deref(),
        millis: current.began.millis(),
        outcome,
        // What was noted before the session's write lost a race is no sign-in.
        sign_ins: if *outcome == Outcome::OK {
            notes.sign_ins
        } else {
            0
        },
        cold: current.cold,
    };
    write(&line, &function.metrics);
}

/// Metrics are written however little is logged.
fn write(line: &Line<'_>, metrics: &str) {
    let logged = tracing::enabled!(tracing::Level::INFO) || line.outcome.ours;
    if !logged && metrics.is_empty() {
        return;
    }
    let mut text = line.render(metrics).to_string();
    text.push('\n');
    // Whoever cannot log can still answer.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;

    #[tokio::test]
    async fn notes_belong_to_the_request_that_left_them() {
        let both = tokio::join!(noted("first"), noted("second"));
        assert_eq!(both, ("first".to_owned(), "second".to_owned()));
        // Outside of a request nobody listens.
        pool("nobody");
    }

    async fn noted(name: &str) -> String {
        NOTES
            .scope(RefCell::default(), async {
                pool(name);
                tokio::task::yield_now().await;
                pool("another");
                NOTES.with(RefCell::take).pool.unwrap()
            })
            .await
    }

    #[test]
    fn an_outcome_is_the_error_that_the_caller_sees() {
        let fault = Fault::new(FaultKind::NotAuthorized, "Incorrect username or password.");
        assert_eq!(Outcome::from(&fault), Outcome::refused("NotAuthorizedException"));
        let broken = Outcome::from(&Fault::internal("the table is gone"));
        assert_eq!(
            (broken.ours, broken.cause.as_deref()),
            (true, Some("the table is gone"))
        );
    }
}

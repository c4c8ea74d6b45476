//! What is logged besides the lines of requests, and by whom.

use lambda_http::tracing::subscriber;
use lambda_http::tracing::subscriber::filter::{EnvFilter, LevelFilter};

/// Has what is logged written to standard output: `function`'s own from `level` on, as Lambda's settings name levels.
///
/// `everything`: instead, what a developer wants to see (`RUST_LOG`), whatever it tells.
pub(super) fn start(function: &str, level: &str, everything: &str, json: bool) {
    let filter = if everything.is_empty() {
        filter(function, level)
    } else {
        EnvFilter::builder()
            .with_default_directive(LevelFilter::INFO.into())
            .parse_lossy(everything)
    };
    let collector = subscriber::fmt()
        .with_target(false)
        .without_time()
        .with_env_filter(filter);
    // A second start has nothing to say.
    let _ = if json {
        collector.json().try_init()
    } else {
        collector.try_init()
    };
}

/// What others log below `INFO` are events, requests and answers as they come, with every password and token in them: the
/// Lambda runtime's, the SDK's, the HTTP client's. No level brings that into a log.
fn filter(function: &str, level: &str) -> EnvFilter {
    let wanted = match level {
        "" => LevelFilter::INFO,
        level => level.parse().unwrap_or(LevelFilter::INFO),
    };
    let (others, own) = (wanted.min(LevelFilter::INFO), function.replace('-', "_"));
    EnvFilter::builder().parse_lossy(format!("{others},gatehouse={wanted},{own}={wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(filter: &EnvFilter, directive: &str) -> bool {
        filter.to_string().split(',').any(|own| own == directive)
    }

    #[test]
    fn others_tell_no_more_than_usual() {
        let loud = filter("sign-up", "TRACE");
        assert!(
            has(&loud, "gatehouse=trace") && has(&loud, "sign_up=trace") && has(&loud, "info"),
            "{loud}"
        );
        let quiet = filter("sign-up", "ERROR");
        assert!(has(&quiet, "gatehouse=error") && has(&quiet, "error"), "{quiet}");
        assert!(has(&filter("sign-up", ""), "gatehouse=info"));
    }
}

//! One line: JSON whose root carries the values, and where metrics are wanted a member `_aws` that names them (AWS's embedded
//! metric format).

use serde_json::{Map, Value, json};

use super::Outcome;
use crate::Timestamp;

/// What one request leaves behind.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub(super) at: Timestamp,
    pub(super) function: &'a str,
    pub(super) id: &'a str,
    pub(super) operation: &'a str,
    pub(super) trace: Option<&'a str>,
    pub(super) pool: Option<&'a str>,
    /// How long it took, in milliseconds.
    pub(super) millis: f64,
    pub(super) outcome: &'a Outcome,
    pub(super) sign_ins: u32,
    /// The function had answered nothing before.
    pub(super) cold: bool,
}

impl Line<'_> {
    /// The line, with metrics in `namespace` unless it is empty. Metrics have one dimension each, which keeps their number
    /// down: AWS charges for every combination.
    pub(super) fn render(&self, namespace: &str) -> Value {
        let mut line = Map::new();
        let mut put = |name: &str, value: Value| line.insert(name.to_owned(), value);
        let ours = self.outcome.ours;
        put("timestamp", self.at.to_rfc3339_millis().into());
        put("level", if ours { "ERROR" } else { "INFO" }.into());
        put("message", "request".into());
        put("function", self.function.into());
        put("request_id", self.id.into());
        put("operation", self.operation.into());
        put("duration_ms", self.millis.into());
        put("outcome", self.outcome.name.as_ref().into());
        put("cold_start", self.cold.into());
        if let Some(cause) = &self.outcome.cause {
            put("cause", cause.as_str().into());
        }
        if let Some(pool) = self.pool {
            put("pool", pool.into());
        }
        if let Some(trace) = self.trace {
            put("trace_id", trace.into());
        }
        if namespace.is_empty() {
            return Value::Object(line);
        }
        let failed = self.outcome.name != Outcome::OK.name;
        put("Requests", 1.into());
        put("Errors", u8::from(failed && !ours).into());
        put("Faults", u8::from(failed && ours).into());
        put("Latency", self.millis.into());
        let mut directives = vec![directive(
            namespace,
            "operation",
            &[
                ("Requests", "Count"),
                ("Errors", "Count"),
                ("Faults", "Count"),
                ("Latency", "Milliseconds"),
            ],
        )];
        if self.sign_ins > 0 && self.pool.is_some() {
            put("SignIns", self.sign_ins.into());
            directives.push(directive(namespace, "pool", &[("SignIns", "Count")]));
        }
        if self.cold {
            put("ColdStarts", 1.into());
            directives.push(directive(namespace, "function", &[("ColdStarts", "Count")]));
        }
        put(
            "_aws",
            json!({ "Timestamp": self.at.millis(), "CloudWatchMetrics": directives }),
        );
        Value::Object(line)
    }
}

/// Metrics of one dimension, by their names and units.
fn directive(namespace: &str, dimension: &str, metrics: &[(&str, &str)]) -> Value {
    let metrics: Vec<_> = metrics
        .iter()
        .map(|(name, unit)| json!({ "Name": name, "Unit": unit }))
        .collect();
    json!({ "Namespace": namespace, "Dimensions": [[dimension]], "Metrics": metrics })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::NOON;

    fn line(outcome: &Outcome) -> Line<'_> {
        Line {
            at: NOON,
            function: "initiate-auth",
            id: "5b1e",
            operation: "InitiateAuth",
            trace: Some("Root=1-5759e988-bd862e3fe1be46a994272793"),
            pool: Some("us-east-1_Abc"),
            millis: 12.5,
            outcome,
            sign_ins: 1,
            cold: true,
        }
    }

    #[test]
    fn a_line_says_what_became_of_the_request() {
        let rendered = line(&Outcome::OK).render("");
        assert_eq!(
            rendered,
            json!({
                "timestamp": "2026-11-23T12:00:00.000Z", "level": "INFO", "message": "request",
                "function": "initiate-auth", "request_id": "5b1e", "operation": "InitiateAuth",
                "trace_id": "Root=1-5759e988-bd862e3fe1be46a994272793", "pool": "us-east-1_Abc",
                "duration_ms": 12.5, "outcome": "ok", "cold_start": true,
            })
        );
    }

    /// Every name that a directive mentions is a member of the root, with a value of the right kind.
    #[test]
    fn metrics_point_to_what_the_line_has() {
        let rendered = line(&Outcome::OK).render("Gatehouse/test");
        let mut metrics = Vec::new();
        assert_eq!(rendered["_aws"]["Timestamp"], NOON.millis());
        for directive in rendered["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
            assert_eq!(directive["Namespace"], "Gatehouse/test");
            let dimension = directive["Dimensions"][0][0].as_str().unwrap();
            assert!(!rendered[dimension].as_str().unwrap().is_empty());
            for metric in directive["Metrics"].as_array().unwrap() {
                let name = metric["Name"].as_str().unwrap();
                metrics.push((name, rendered[name].as_f64().unwrap()));
            }
        }
        assert_eq!(
            metrics,
            [
                ("Requests", 1.0),
                ("Errors", 0.0),
                ("Faults", 0.0),
                ("Latency", 12.5),
                ("SignIns", 1.0),
                ("ColdStarts", 1.0)
            ]
        );
    }

    #[test]
    fn errors_of_callers_and_ours_are_told_apart() {
        let theirs = Outcome::refused("NotAuthorizedException");
        let ours = Outcome {
            ours: true,
            cause: Some("no table".to_owned()),
            ..Outcome::refused("InternalErrorException")
        };
        let (theirs, ours) = (line(&theirs).render("G"), line(&ours).render("G"));
        assert_eq!((&theirs["Errors"], &theirs["Faults"]), (&json!(1), &json!(0)));
        assert_eq!((&ours["Errors"], &ours["Faults"]), (&json!(0), &json!(1)));
        assert_eq!(
            (&ours["level"], &ours["cause"]),
            (&json!("ERROR"), &json!("no table"))
        );
    }
}

//! How long the computations of a request take: passwords, sealing, tokens, what is read of a request.

mod passwords;
mod pool;
mod requests;
mod tokens;

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

fn criterion() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .sample_size(50)
}

criterion_group! {
    name = computations;
    config = criterion();
    targets = passwords::measure, tokens::measure, requests::measure
}
criterion_main!(computations);

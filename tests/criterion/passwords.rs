//! What a password costs: its hash, SRP, and the seal under which both are kept.

use std::hint::black_box;

use criterion::Criterion;
use gatehouse::ambient::SystemEntropy;
use gatehouse::crypto::from_base64;
use gatehouse::crypto::password::Credentials;
use gatehouse::crypto::seal::{DataKey, Purpose};
use gatehouse::protocol::srp::{PublicKey, Server, Verifier};
use gatehouse_model::Sensitive;
use serde::Deserialize;

/// A sign-in in tests/vectors/srp.json.
#[derive(Deserialize)]
struct Recorded {
    pool: String,
    user_id: String,
    password: String,
    timestamp: String,
    srp_a: String,
    b: String,
    srp_b: String,
    verifier: String,
    secret_block: String,
    signature: String,
}

pub fn measure(criterion: &mut Criterion) {
    let recorded: Vec<Recorded> = serde_json::from_str(include_str!("../vectors/srp.json")).unwrap();
    let [one, ..] = recorded.as_slice() else {
        panic!("no sign-in is recorded")
    };
    let name = one.pool.split_once('_').unwrap().1;
    srp(criterion, one, name);
    argon2(criterion, one);
    sealing(criterion);
}

fn srp(criterion: &mut Criterion, one: &Recorded, name: &str) {
    criterion.bench_function("SRP: the verifier of a new password", |b| {
        b.iter(|| Verifier::create(name, &one.user_id, black_box(&one.password), &SystemEntropy));
    });
    let verifier = Verifier::create(name, &one.user_id, &one.password, &SystemEntropy);
    criterion.bench_function("SRP: the server's half, SRP_B", |b| {
        b.iter(|| Server::start(black_box(&verifier), &SystemEntropy));
    });
    let state =
        [&one.b, &format!("{:0>768}", one.srp_b), &one.verifier].map(|part| hex::decode(part).unwrap());
    let server = Server::from_bytes(&state.concat()).unwrap();
    let block = from_base64(&one.secret_block).unwrap();
    let signature = from_base64(&one.signature).unwrap();
    criterion.bench_function("SRP: the client's proof", |b| {
        b.iter(|| {
            let client = PublicKey::parse(black_box(&one.srp_a)).unwrap();
            assert!(server.verify(&client, name, &one.user_id, &block, &one.timestamp, &signature));
        });
    });
}

fn argon2(criterion: &mut Criterion, one: &Recorded) {
    let pool = one.pool.parse().unwrap();
    let password = Sensitive::from(one.password.as_str());
    criterion.bench_function("Argon2id: the hash of a new password", |b| {
        b.iter(|| Credentials::create(black_box(&password), &pool, None, &SystemEntropy).unwrap());
    });
    let credentials = Credentials::create(&password, &pool, None, &SystemEntropy).unwrap();
    criterion.bench_function("Argon2id: a password that is shown", |b| {
        b.iter(|| assert!(credentials.verify(black_box(&password))));
    });
}

fn sealing(criterion: &mut Criterion) {
    let key = DataKey::new(&[7; 32]).unwrap();
    for (what, length) in [("a refresh token", 100), ("the state of a sign-in", 2048)] {
        let plain = vec![b'x'; length];
        let seal = || {
            key.seal(Purpose::Challenge, "context", black_box(&plain), &SystemEntropy)
                .unwrap()
        };
        criterion.bench_function(&format!("Sealing: {what}, {length} bytes"), |b| b.iter(seal));
        let sealed = seal();
        criterion.bench_function(&format!("Sealing: {what} is opened"), |b| {
            b.iter(|| {
                key.open(Purpose::Challenge, "context", black_box(&sealed))
                    .unwrap()
            });
        });
    }
}

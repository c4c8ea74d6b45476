//! What a token costs: its claims as they are signed, and its verification.

use std::hint::black_box;

use criterion::Criterion;
use gatehouse::Timestamp;
use gatehouse::ambient::SystemEntropy;
use gatehouse::domain::client::{Client, ClientRecord};
use gatehouse::domain::group::Groups;
use gatehouse::domain::ids::{SessionId, Sub, Username};
use gatehouse::domain::session::Session;
use gatehouse::domain::user::User;
use gatehouse::tokens::claims::{self, Subject};
use gatehouse::tokens::keys::SigningAlgorithm;
use gatehouse::tokens::sign::unsigned;
use gatehouse::tokens::verify;

use crate::pool::{Private, pool, version};

const BASE: &str = "https://auth.example.com";
const NOW: Timestamp = Timestamp::from_seconds(1_795_435_200);

pub fn measure(criterion: &mut Criterion) {
    let record = ClientRecord {
        id: "client1".parse().unwrap(),
        pool: "us-east-1_Gatehouse".parse().unwrap(),
        document: "{}".to_owned(),
        sealed_secrets: Vec::new(),
        sso_minutes: None,
        version: 1,
    };
    let client = Client::parse(record, Vec::new()).unwrap();
    let name: Username = "ann".parse().unwrap();
    let sub = Sub::generate(&SystemEntropy);
    let attributes = [
        ("email", "ann@example.com"),
        ("email_verified", "true"),
        ("name", "Ann Example"),
    ];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let user = User::new(name.clone(), name.to_key(true), sub, attributes.into(), NOW);
    let id = SessionId::generate(&SystemEntropy);
    let session = Session::begin(id, &user, client.id().clone(), NOW, 2_592_000);
    for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Es256] {
        let key = Private::generate(algorithm);
        let pool = pool(&key);
        let subject = Subject {
            pool: &pool,
            client: &client,
            user: &user,
            groups: &Groups::new(Vec::new()),
            session: &session,
        };
        let issuer = pool.issuer(BASE);
        let message = || {
            let claims = claims::access_token(black_box(subject), &issuer, "event", NOW, &SystemEntropy);
            unsigned(version(&pool), None, &claims).unwrap()
        };
        let algorithm = algorithm.as_str();
        if algorithm == "RS256" {
            criterion.bench_function("JWT: the claims of an access token, ready to sign", |b| {
                b.iter(message)
            });
            criterion.bench_function("JWT: the claims of an ID token, ready to sign", |b| {
                b.iter(|| {
                    let claims = claims::id_token(black_box(subject), &issuer, "event", NOW, &SystemEntropy);
                    unsigned(version(&pool), None, &claims).unwrap()
                });
            });
        }
        let token = key.sign(&message());
        criterion.bench_function(&format!("JWT: an access token is verified, {algorithm}"), |b| {
            b.iter(|| verify::access_token(black_box(&token), &pool, BASE, NOW).unwrap());
        });
        criterion.bench_function(&format!("JWT: signed in the function, {algorithm}"), |b| {
            let message = message();
            b.iter(|| key.sign(black_box(&message)));
        });
    }
}

use super::*;
use proptest::prelude::*;

fn regional(number: u128) -> String {
    format!("eu-west-1:{}", uuid::Uuid::from_u128(number))
}

fn entities() -> impl Strategy<Value = Entity> {
    let pool = "[a-z]{2}-[a-z]{4}-[1-9]_[A-Za-z0-9]{1,9}".prop_map(|text| text.parse::<PoolId>().unwrap());
    let client = "[a-z0-9]{1,26}".prop_map(|text| text.parse::<ClientId>().unwrap());
    let user = "[^\\s\\p{C}]{1,40}".prop_map(|text| text.parse::<UserKey>().unwrap());
    let session =
        any::<u128>().prop_map(|n| uuid::Uuid::from_u128(n).to_string().parse::<SessionId>().unwrap());
    let access_key = "GHAK[A-Z2-7]{16}".prop_map(|text| text.parse::<AccessKeyId>().unwrap());
    let kind = prop::sample::select(AliasKind::ALL.to_vec());
    let guard = prop::sample::select(GuardKind::ALL.to_vec());
    let group = "[^\\s\\p{C}]{1,40}".prop_map(|text| text.parse::<GroupName>().unwrap());
    let purpose = prop::sample::select(CodePurpose::ALL.to_vec());
    (
        pool,
        client,
        user,
        session,
        access_key,
        kind,
        guard,
        (group, purpose),
        (".{0,40}", 0..34_u8, any::<u128>()),
    )
        .prop_map(
            |(
                pool,
                client,
                user,
                session,
                access_key,
                kind,
                guard,
                (group, purpose),
                (value, choice, number),
            )| match choice {
                0 => Entity::Pool(pool),
                1 => Entity::PoolClient(pool, client),
                2 => Entity::Client(client),
                3 => Entity::Profile(pool, user),
                4 => Entity::Code(pool, user, purpose),
                8 => Entity::Group(pool, group),
                9 => Entity::Membership(pool, user, group),
                10 => Entity::Member(pool, group, user),
                23 => Entity::SamlKey(pool),
                24 => Entity::Limit(pool, Category::ALL[value.chars().count() % Category::ALL.len()]),
                11 => Entity::Search(pool, SearchTerm::new("custom:a#b", &value), user),
                5 => Entity::Guard(pool, user, guard),
                6 => Entity::Session(pool, user, session),
                18 => Entity::TrackedSessions(pool, user),
                7 => Entity::Alias(pool, kind, value),
                12 => Entity::IdentityProvider(pool, provider_of(&group)),
                13 => Entity::ProviderIdentifier(pool, value),
                14 => Entity::Identity(pool, identity_of(&group, &value)),
                15 => Entity::Count(pool, Counted::ALL[usize::from(value.len() > 20)]),
                16 => Entity::Joins(pool, user),
                25 => Entity::Passkey(pool, user, PasskeyId::of(value.as_bytes())),
                19 => Entity::Registration(pool, user),
                17 => Entity::Device(pool, user, format!("eu-west-1_{session}").parse().unwrap()),
                20 => Entity::IdentityPool(regional(number).parse().unwrap()),
                21 => Entity::PoolIdentity(regional(number).parse().unwrap()),
                22 => Entity::Login(
                    regional(number).parse().unwrap(),
                    Login {
                        provider: "auth.example.com:9000/tenant".parse().unwrap(),
                        subject: value.parse().unwrap_or_else(|_| "ann".parse().unwrap()),
                    },
                ),
                26 => Entity::Grant(GrantHash::of(&[u8::try_from(value.len()).unwrap_or(0); 32])),
                27 => Entity::Domain("auth.example.com".parse().unwrap()),
                28 => Entity::PoolDomain(pool, DomainKind::ALL[value.len() % 2]),
                29 => Entity::ResourceServer(pool, format!("https://{client}#x").parse().unwrap()),
                30 => Entity::Tenant(pool, value),
                31 => Entity::Proof(ProofHash::of(&[u8::try_from(value.len()).unwrap_or(0); 32])),
                32 => Entity::Entries(GrantHash::of(&[u8::try_from(value.len()).unwrap_or(0); 32])),
                _ => Entity::AccessKey(access_key),
            },
        )
}

fn provider_of(group: &GroupName) -> ProviderName {
    let name: String = group.as_str().chars().take(32).collect();
    name.parse().unwrap()
}

fn identity_of(group: &GroupName, value: &str) -> IdentityKey {
    IdentityKey::new(provider_of(group), group.as_str(), &format!("v{value}")).unwrap()
}

proptest! {
    #[test]
    fn a_key_names_the_item_it_was_made_from(entity in entities()) {
        let key = entity.key();
        prop_assert_eq!(Entity::parse(&key.pk, &key.sk), Some(entity));
    }

    #[test]
    fn different_items_have_different_keys(one in entities(), other in entities()) {
        prop_assert_eq!(one == other, one.key() == other.key());
    }

    #[test]
    fn any_text_parses_or_does_not_and_never_panics(pk in ".{0,60}", sk in ".{0,60}") {
        let _ = Entity::parse(&pk, &sk);
    }
}

#[test]
fn a_long_value_is_cut_at_a_character_and_still_found() {
    let term = SearchTerm::new("name", &"ä".repeat(1000));
    assert!(term.value.len() <= LONGEST_TERM);
    let pool: PoolId = "us-east-1_abc".parse().unwrap();
    let key = Entity::Search(pool.clone(), term.clone(), "ann".parse().unwrap()).key();
    for exact in [true, false] {
        let (partitions, prefix) = term.range(&pool, exact);
        assert!(partitions.contains(&key.pk) && key.sk.starts_with(&prefix));
    }
    assert!(key.sk.len() <= 1024);
}

#[test]
fn what_a_sign_in_reads_sorts_up_to_the_profile_and_sessions_after_it() {
    let pool: PoolId = "us-east-1_abc".parse().unwrap();
    let user: UserKey = "ann".parse().unwrap();
    for kind in GuardKind::ALL {
        assert!(Entity::Guard(pool.clone(), user.clone(), kind).key().sk.as_str() < PROFILE);
    }
    assert!(
        Entity::Code(pool.clone(), user.clone(), CodePurpose::SignUp)
            .key()
            .sk
            .as_str()
            < PROFILE
    );
    let session = SessionId::generate(&crate::ambient::fixed::Counting::default());
    assert!(
        Entity::Session(pool.clone(), user.clone(), session)
            .key()
            .sk
            .as_str()
            > PROFILE
    );
    let list = Entity::TrackedSessions(pool.clone(), user.clone());
    assert!(list.key().sk.as_str() > PROFILE);
    let registration = Entity::Registration(pool.clone(), user.clone()).key().sk;
    let passkey = Entity::Passkey(pool.clone(), user.clone(), PasskeyId::of(b"x"))
        .key()
        .sk;
    assert!(registration < passkey && passkey.as_str() < PROFILE);
    let device = DeviceKey::generate("us-east-1", &crate::ambient::fixed::Counting::default());
    assert!(Entity::Device(pool, user, device).key().sk.as_str() > PROFILE);
}

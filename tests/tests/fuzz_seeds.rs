//! The targets of `make fuzz` on what lies near their seeds, so that they are never forgotten.
#![expect(clippy::unwrap_used, reason = "targets fail as tests do")]

use std::fs;

#[allow(unreachable_pub, reason = "a library of its own, where fuzzers need it")]
#[path = "../fuzz/src/lib.rs"]
mod targets;

/// At how many places, evenly spread, a seed is changed.
const PLACES: usize = 400;

/// Every seed of a target, cut off in many places, and with one byte changed.
fn near_seeds(name: &str, run: fn(&[u8])) {
    let directory = gatehouse_tests::root().join("tests/fuzz/seeds").join(name);
    let seeds: Vec<_> = fs::read_dir(directory).unwrap().collect();
    assert!(!seeds.is_empty());
    for seed in seeds {
        let mut seed = fs::read(seed.unwrap().path()).unwrap();
        run(&seed);
        for place in (0..seed.len()).step_by(1 + seed.len() / PLACES) {
            run(&seed[..place]);
            seed[place] ^= 1;
            run(&seed);
            seed[place] ^= 1;
        }
    }
}

macro_rules! near_seeds {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            near_seeds(stringify!($name), targets::$name::run);
        }
    )*};
}

near_seeds! { cookies filters forms passkeys requests saml sessions signatures styles tokens }

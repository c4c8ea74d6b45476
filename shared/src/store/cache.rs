//! Configuration, kept in a warm function for a short while.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Timestamp;

/// The longest that a warm function goes on with old configuration of its own, in seconds.
const KEPT_SECONDS: i64 = 30;
/// Entries kept at most; past it the cache starts anew, so that no stream of names fills the memory.
const MOST: usize = 1000;

/// Values by id, each for at most [`KEPT_SECONDS`] unless it was made to keep them for longer.
#[derive(Debug)]
pub struct Cache<K, V> {
    entries: Mutex<HashMap<K, (Timestamp, Arc<V>)>>,
    kept_seconds: i64,
}

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self::keeping(KEPT_SECONDS)
    }
}

impl<K, V> Cache<K, V> {
    /// A cache that keeps each value for so many seconds.
    pub fn keeping(kept_seconds: i64) -> Self {
        Self {
            entries: Mutex::new(HashMap::new()),
            kept_seconds,
        }
    }
}

impl<K: Eq + Hash + Clone, V> Cache<K, V> {
    /// The value, unless it is too old at `now`.
    pub fn get(&self, id: &K, now: Timestamp) -> Option<Arc<V>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let (read_at, value) = entries.get(id)?;
        (0..self.kept_seconds)
            .contains(&now.seconds_since(*read_at))
            .then(|| Arc::clone(value))
    }

    /// Keeps a value that was read at `now`.
    pub fn put(&self, id: &K, value: Arc<V>, now: Timestamp) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert(id.clone(), (now, value));
    }

    /// Forgets a value.
    pub fn forget(&self, id: &K) {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::fixed::NOON;

    #[test]
    fn a_value_is_kept_for_half_a_minute() {
        let cache = Cache::default();
        cache.put(&1, Arc::new("one"), NOON);
        assert_eq!(cache.get(&1, NOON.plus_seconds(29)).as_deref(), Some(&"one"));
        assert_eq!(cache.get(&1, NOON.plus_seconds(30)), None);
        assert_eq!(cache.get(&1, NOON.plus_seconds(-1)), None);
        cache.forget(&1);
        assert_eq!(cache.get(&1, NOON), None);
    }

    #[test]
    fn a_stream_of_names_does_not_fill_the_memory() {
        let cache = Cache::default();
        for id in 0..5 * MOST {
            cache.put(&id, Arc::new(()), NOON);
        }
        assert!(cache.entries.lock().unwrap().len() <= MOST);
    }
}

//! What was used lately, in two generations: bounded, and cheaper to keep than an order of use.

use std::collections::HashMap;
use std::hash::Hash;

/// Values by key. When the young generation is full it becomes the old one, and the old one is gone;
/// what is asked for again is young again.
#[derive(Debug)]
pub(crate) struct Generations<K, V> {
    /// Weight of one generation.
    limit: usize,
    young: HashMap<K, (V, usize)>,
    young_weight: usize,
    old: HashMap<K, (V, usize)>,
}

impl<K: Eq + Hash + Clone, V: Clone> Generations<K, V> {
    /// Nothing yet; at most two generations of about `limit` each.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            young: HashMap::new(),
            young_weight: 0,
            old: HashMap::new(),
        }
    }

    /// The value of a key, if it was used lately.
    pub(crate) fn get(&mut self, key: &K) -> Option<V> {
        if let Some((value, _)) = self.young.get(key) {
            return Some(value.clone());
        }
        let (value, weight) = self.old.remove(key)?;
        self.put(key.clone(), value.clone(), weight);
        Some(value)
    }

    /// Keeps a value; `weight` is its share of a generation.
    pub(crate) fn put(&mut self, key: K, value: V, weight: usize) {
        if self.young_weight >= self.limit {
            self.old = std::mem::take(&mut self.young);
            self.young_weight = 0;
        }
        self.young_weight = self.young_weight.saturating_add(weight);
        self.young.insert(key, (value, weight));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes_after_two_generations() {
        let mut kept = Generations::new(2);
        for key in 0..4u32 {
            kept.put(key, key * 10, 1);
            assert_eq!(kept.get(&0), Some(0), "{key}");
        }
        kept.put(4, 40, 1);
        kept.put(5, 50, 1);
        assert_eq!(kept.get(&1), None);
        assert_eq!(kept.get(&5), Some(50));
    }

    #[test]
    fn a_generation_is_full_by_weight() {
        let mut kept = Generations::new(10);
        kept.put("large", 1, 10);
        kept.put("next", 2, 10);
        assert_eq!(kept.get(&"large"), Some(1));
        kept.put("third", 3, 10);
        kept.put("fourth", 4, 10);
        assert_eq!(kept.get(&"next"), None);
    }
}

//! Maps and sets whose entries lie sorted, one behind the other.
//!
//! `BTreeMap` costs some 4 kB of code for each pair of types; thirty of them were a fifth of the
//! wasm. What is kept here is small, or grows at its end and shrinks at its beginning, where to
//! search and to move is as fast.

use core::borrow::Borrow;
use core::mem;
use std::collections::{VecDeque, vec_deque};

/// A map of few entries: what is inserted or removed moves all that lies behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortedMap<K, V> {
    entries: Vec<(K, V)>,
}

impl<K: Ord, V> SortedMap<K, V> {
    /// A map without entries.
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Number of entries.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether there is a value under `key`.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.search(key).is_ok()
    }

    /// The value under `key`.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let at = self.search(key).ok()?;
        self.entries.get(at).map(|(_, value)| value)
    }

    /// The value under `key`, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let at = self.search(key).ok()?;
        self.entries.get_mut(at).map(|(_, value)| value)
    }

    /// Puts `value` under `key`; gives the one that was there.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.search(&key) {
            Ok(at) => self.entries.get_mut(at).map(|(_, old)| mem::replace(old, value)),
            Err(at) => {
                self.entries.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes out the value under `key`.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.search(key).ok()?;
        Some(self.entries.remove(at).1)
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Removes the entries that `keep` says no to.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
    }

    /// The entries, by their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.entries.iter().map(|(key, value)| (key, value))
    }

    /// The entries, by their keys, with values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The keys.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The values, by their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> + Clone {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The values, by their keys, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    fn search<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        self.entries.binary_search_by(|(known, _)| known.borrow().cmp(key))
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

/// A set of few members, like [`SortedMap`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortedSet<T> {
    members: SortedMap<T, ()>,
}

impl<T: Ord> SortedSet<T> {
    /// A set without members.
    pub const fn new() -> Self {
        Self { members: SortedMap::new() }
    }

    /// Number of members.
    pub const fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there is no member.
    pub const fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether `member` is one.
    pub fn contains<Q: Ord + ?Sized>(&self, member: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.members.contains_key(member)
    }

    /// Takes in `member`; false if it was one.
    pub fn insert(&mut self, member: T) -> bool {
        self.members.insert(member, ()).is_none()
    }

    /// Removes `member`; false if it was none.
    pub fn remove<Q: Ord + ?Sized>(&mut self, member: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.members.remove(member).is_some()
    }

    /// Removes all members.
    pub fn clear(&mut self) {
        self.members.clear();
    }

    /// The members in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.members.keys()
    }
}

impl<T> Default for SortedSet<T> {
    fn default() -> Self {
        Self { members: SortedMap::default() }
    }
}

impl<T: Ord> Extend<T> for SortedSet<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, members: I) {
        for member in members {
            self.insert(member);
        }
    }
}

impl<T: Ord> FromIterator<T> for SortedSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(members: I) -> Self {
        let mut set = Self::new();
        set.extend(members);
        set
    }
}

impl<T> IntoIterator for SortedSet<T> {
    type Item = T;
    type IntoIter = core::iter::Map<std::vec::IntoIter<(T, ())>, fn((T, ())) -> T>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter().map(|(member, ())| member)
    }
}

/// A map whose keys mostly rise and whose entries mostly leave in their order, however many they
/// are: both are done at its ends.
#[derive(Clone, Debug)]
pub struct RisingMap<K, V> {
    entries: VecDeque<(K, V)>,
}

impl<K: Ord, V> RisingMap<K, V> {
    /// A map without entries.
    pub const fn new() -> Self {
        Self { entries: VecDeque::new() }
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether there is a value under `key`.
    pub fn contains_key(&self, key: &K) -> bool {
        self.search(key).is_ok()
    }

    /// The value under `key`.
    pub fn get(&self, key: &K) -> Option<&V> {
        let at = self.search(key).ok()?;
        self.entries.get(at).map(|(_, value)| value)
    }

    /// The value under `key`, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.search(key).ok()?;
        self.entries.get_mut(at).map(|(_, value)| value)
    }

    /// Puts `value` under `key`, in place of the one that was there.
    pub fn insert(&mut self, key: K, value: V) {
        match self.search(&key) {
            Ok(at) => {
                if let Some((_, old)) = self.entries.get_mut(at) {
                    *old = value;
                }
            }
            Err(at) => self.entries.insert(at, (key, value)),
        }
    }

    /// Takes out the value under `key`.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.search(key).ok()?;
        self.entries.remove(at).map(|(_, value)| value)
    }

    /// The entry with the lowest key.
    pub fn first(&self) -> Option<&(K, V)> {
        self.entries.front()
    }

    /// The entry with the highest key.
    pub fn last(&self) -> Option<&(K, V)> {
        self.entries.back()
    }

    /// Takes out the entry with the lowest key.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        self.entries.pop_front()
    }

    /// Takes out the entry with the highest key.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        self.entries.pop_back()
    }

    /// Removes all entries.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// The entries, by their keys.
    pub fn iter(&self) -> vec_deque::Iter<'_, (K, V)> {
        self.entries.iter()
    }

    /// The entries, by their keys, with values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.entries.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The values, by their keys, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    fn search(&self, key: &K) -> Result<usize, usize> {
        // What comes is most often new, what leaves is most often the oldest.
        match self.entries.back() {
            Some((last, _)) if key <= last => self.entries.binary_search_by(|(k, _)| k.cmp(key)),
            _ => Err(self.entries.len()),
        }
    }
}

impl<K, V> Default for RisingMap<K, V> {
    fn default() -> Self {
        Self { entries: VecDeque::new() }
    }
}

/// Sorts what mostly is sorted; equal ones keep their order. The code of the sort of `Vec` for one
/// type is 3 kB, and pays only for much that is in disorder.
pub fn sort_by_key<T, K: Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let mut sorted = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        let at = sorted.partition_point(|other| key(other) <= key(&item));
        sorted.insert(at, item);
    }
    *items = sorted;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_keep_their_order() {
        let mut items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (0, 'd'), (1, 'e')];

        sort_by_key(&mut items, |(key, _)| *key);

        assert_eq!(items, [(0, 'd'), (1, 'b'), (1, 'e'), (2, 'a'), (2, 'c')]);
    }

    #[test]
    fn entries_come_in_the_order_of_their_keys() {
        let mut map: SortedMap<u32, &str> = [(3, "c"), (1, "a"), (2, "b")].into_iter().collect();

        let replaced = map.insert(2, "B");
        let removed = (map.remove(&1), map.remove(&1));

        assert_eq!((replaced, removed), (Some("b"), (Some("a"), None)));
        assert_eq!(map.into_iter().collect::<Vec<_>>(), [(2, "B"), (3, "c")]);
    }

    #[test]
    fn a_set_says_what_is_new_to_it_and_what_it_had() {
        let mut set = SortedSet::new();

        let said = (set.insert(2), set.insert(1), set.insert(2), set.remove(&2), set.remove(&2));

        assert_eq!(said, (true, true, false, true, false));
        assert_eq!(set.into_iter().collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn keys_that_do_not_rise_find_their_place_too() {
        let mut map = RisingMap::new();

        for key in [5, 1, 9, 3, 1] {
            map.insert(key, key * 10);
        }

        let keys = map.iter().map(|(key, _)| *key);
        assert_eq!(keys.collect::<Vec<_>>(), [1, 3, 5, 9]);
        assert_eq!(
            [0, 1, 4, 9, 10].map(|key| map.get(&key).copied()),
            [None, Some(10), None, Some(90), None]
        );
    }

    #[test]
    fn entries_leave_from_either_end_and_from_between() {
        let mut map = RisingMap::new();
        for key in 1..=5 {
            map.insert(key, ());
        }

        let left = (map.pop_first(), map.remove(&3), map.pop_last(), map.remove(&3));

        assert_eq!(left, (Some((1, ())), Some(()), Some((5, ())), None));
        assert_eq!((map.first(), map.last(), map.len()), (Some(&(2, ())), Some(&(4, ())), 2));
    }
}

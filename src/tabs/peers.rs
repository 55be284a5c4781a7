//! The tabs that told their leader, or an heir, what they hold.

use super::wire::{Card, MAX_KEYS, MAX_TABS};
use super::{RequestNo, TabId};
use crate::sorted::{SortedMap, SortedSet};

#[derive(Debug, Default)]
pub(super) struct Peers {
    known: SortedMap<TabId, Peer>,
}

#[derive(Debug, Default)]
pub(super) struct Peer {
    pub(super) visible: bool,
    interests: SortedSet<String>,
    /// The newest request that came in under this leadership.
    newest: Option<RequestNo>,
}

impl Peers {
    /// The tab, newly known or not; `None` if there are too many.
    pub(super) fn add(&mut self, tab: TabId) -> Option<&mut Peer> {
        if !self.known.contains_key(&tab) && self.known.len() < MAX_TABS {
            self.known.insert(tab, Peer::default());
        }
        self.known.get_mut(&tab)
    }

    pub(super) fn remove(&mut self, tab: TabId) -> Option<Peer> {
        self.known.remove(&tab)
    }

    pub(super) fn find(&mut self, tab: TabId) -> Option<&mut Peer> {
        self.known.get_mut(&tab)
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    pub(super) fn visible(&self) -> usize {
        self.known.values().filter(|peer| peer.visible).count()
    }

    pub(super) fn visible_one(&self) -> Option<TabId> {
        self.known.iter().find(|(_, peer)| peer.visible).map(|(tab, _)| *tab)
    }

    /// A tab that holds all of these keys, visible if possible.
    pub(super) fn holder_of(&self, keys: &[String], except: &[TabId]) -> Option<TabId> {
        let able = |tab: &TabId, peer: &Peer| !except.contains(tab) && peer.holds_all(keys);
        let holders = self.known.iter().filter(|(tab, peer)| able(tab, peer));
        holders.max_by_key(|(_, peer)| peer.visible).map(|(tab, _)| *tab)
    }

    pub(super) fn holds_all(&self, tab: TabId, keys: &[String]) -> bool {
        self.known.get(&tab).is_some_and(|peer| peer.holds_all(keys))
    }

    pub(super) fn holds(&self, key: &str) -> bool {
        self.known.values().any(|peer| peer.interests.contains(key))
    }

    pub(super) fn interests(&self) -> impl Iterator<Item = &String> {
        self.known.values().flat_map(|peer| peer.interests.iter())
    }
}

impl Peer {
    /// Takes over what the tab says of itself; gives the keys that it held before or holds now.
    pub(super) fn update(&mut self, card: &Card<'_>) -> SortedSet<String> {
        self.visible = card.visible;
        let interests = card.interests.iter().map(|&key| key.to_owned()).collect();
        let mut touched = core::mem::replace(&mut self.interests, interests);
        touched.extend(self.interests.iter().cloned());
        touched
    }

    fn holds_all(&self, keys: &[String]) -> bool {
        keys.iter().all(|key| self.interests.contains(key.as_str()))
    }

    pub(super) fn into_interests(self) -> SortedSet<String> {
        self.interests
    }

    pub(super) fn set_interest(&mut self, key: &str, held: bool) {
        if !held {
            self.interests.remove(key);
        } else if self.interests.len() < MAX_KEYS {
            self.interests.insert(key.to_owned());
        }
    }

    /// Whether the request is new under this leadership.
    pub(super) fn is_news(&mut self, no: RequestNo) -> bool {
        let news = self.newest.is_none_or(|newest| no > newest);
        if news {
            self.newest = Some(no);
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_holds_no_more_keys_than_there_is_room_for() {
        let mut peer = Peer::default();

        for number in 0..=MAX_KEYS {
            peer.set_interest(&number.to_string(), true);
        }

        assert_eq!(peer.interests.len(), MAX_KEYS);
    }
}

//! The names under which tabs find each other.

use crate::tabs::TabId;

const TAB_LOCK: &str = "tabcast:tab:";

/// What tabs must agree on to share a connection: app, server, user and wire version.
#[derive(Clone, Debug)]
pub(crate) struct Scope(String);

impl Scope {
    pub(crate) const fn new(name: String) -> Self {
        Self(name)
    }

    /// The channel on which the tabs talk.
    pub(crate) fn channel(&self) -> String {
        format!("tabcast:{}", self.0)
    }

    /// The channel that only visible tabs hear.
    pub(crate) fn ahead_channel(&self) -> String {
        format!("tabcast:ahead:{}", self.0)
    }

    /// The lock whose holder leads.
    pub(crate) fn lead_lock(&self) -> String {
        format!("tabcast:lead:{}", self.0)
    }

    /// The lock that a tab holds for as long as it lives.
    pub(crate) fn tab_lock(&self, tab: TabId) -> String {
        format!("{TAB_LOCK}{tab}:{}", self.0)
    }

    /// The tab of this scope whose lock is called `name`, if it is one.
    pub(crate) fn tab_of_lock(&self, name: &str) -> Option<TabId> {
        let (tab, scope) = name.strip_prefix(TAB_LOCK)?.split_once(':')?;
        (scope == self.0).then(|| u64::from_str_radix(tab, 16).ok().map(TabId::from_random))?
    }
}

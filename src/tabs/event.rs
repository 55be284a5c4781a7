//! Facts that a tab takes in, commands and events that it gives out.

use core::time::Duration;

use crate::host::Host;

use super::{Envelope, Parcel, RequestNo, TabId, Term};

/// A fact reported to a [`Tab`](super::Tab).
#[derive(Clone, Debug)]
pub enum Input<H: Host> {
    /// The lock of the scope, last asked for with [`Output::RequestLock`] or
    /// [`Output::StealLock`], is held.
    ///
    /// The host drops the grant of a request that was taken back with [`Output::ReleaseLock`].
    LockGranted,
    /// The lock that was last asked for was stolen by another tab, granted or not yet.
    LockLost,
    /// The answer to [`Output::QueryLock`]: the lock is still held.
    LockConfirmed,
    /// Locks or the channel cannot be used: this tab goes on alone.
    SharingUnavailable(SoloReason),
    /// The channel brought an envelope of another tab, or one that came back
    /// ([`Output::PostEchoed`]).
    Posted(Envelope<H>),
    /// The answer to [`Output::QueryTabs`]: the tabs whose own locks are held.
    TabsFound(Vec<TabId>),
    /// The own lock of a [watched](Output::WatchTab) tab is free: the tab is gone.
    TabGone(TabId),
    /// The life of the page changed.
    Page(PageFact),
    /// The answer to [`Output::RequestFlush`], in a later task.
    Flush,
    /// The answer to [`Output::Nap`].
    NapOver,
}

/// A change in the life of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFact {
    /// It became visible (`visibilitychange`).
    Shown,
    /// It became hidden (`visibilitychange`).
    Hidden,
    /// It is about to be frozen (`freeze`).
    Frozen,
    /// It was frozen and runs again (`resume`).
    Resumed,
    /// It is left, perhaps for the back/forward cache (`pagehide`).
    Left,
    /// It came back from the cache (`pageshow`, persisted).
    Returned,
}

/// A command for the host, or an event for the tab's owner.
#[derive(Clone, Debug)]
pub enum Output<H: Host> {
    /// Queue for the lock of the scope.
    RequestLock,
    /// Take the lock from whoever holds it. The request of before is void.
    StealLock,
    /// Release the lock, or leave the queue for it.
    ReleaseLock,
    /// Ask whether the lock is still held; answer [`Input::LockConfirmed`] or [`Input::LockLost`].
    QueryLock,
    /// Look whose own locks are held (`navigator.locks.query`); answer [`Input::TabsFound`].
    ///
    /// Asked by a tab that is to lead, to know whose answers to wait for. Without an answer it
    /// waits as long as [`Config::collect`](super::Config::collect) says.
    QueryTabs,
    /// Post to all other tabs of the scope.
    Post(Envelope<H>),
    /// Post to all other tabs of the scope whose pages are visible. Nothing is lost with what does
    /// not arrive.
    PostAhead(Envelope<H>),
    /// Post from a second channel of this page, so that this tab hears it too.
    PostEchoed(Envelope<H>),
    /// Wait until the own lock of that tab is free, then report [`Input::TabGone`].
    WatchTab(TabId),
    /// Stop waiting for the end of that tab; let go of its lock if that was granted.
    UnwatchTab(TabId),
    /// Report [`Input::Flush`] in a later task of its own (not by a timer).
    RequestFlush,
    /// Report [`Input::NapOver`] after that time, in time although the page is hidden. Asked for
    /// only with [`Config::naps`](super::Config::naps).
    Nap(Duration),
    /// For the owner.
    Event(Event<H>),
}

/// What a tab tells its owner.
#[derive(Clone, Debug)]
pub enum Event<H: Host> {
    /// The part of this tab changed, or it follows a leader of another term.
    RoleChanged {
        /// The new part.
        role: Role,
        /// The newest term known.
        term: Term,
    },
    /// Leader: a tab asks for something; answer with [`accept`](super::Tab::accept).
    Requested {
        /// The tab that asks; perhaps this one.
        origin: TabId,
        /// Its number for the request. Those of one tab come in order.
        no: RequestNo,
        /// Whether an earlier leader may have carried it out already.
        again: bool,
        /// The request.
        parcel: Parcel<H>,
    },
    /// Leader: a tab took back a request that was not accepted yet.
    Withdrawn {
        /// The tab that asked.
        origin: TabId,
        /// Its number for the request.
        no: RequestNo,
    },
    /// A parcel of the log, addressed to this tab.
    Received {
        /// The parcel.
        parcel: Parcel<H>,
    },
    /// A request of this tab was carried out.
    Accepted {
        /// The request.
        no: RequestNo,
    },
    /// A request of this tab ([`Report`](super::OnHandover::Report)) was posted to a leader that
    /// ended before accepting it: whether it was carried out is unknown.
    Unknown {
        /// The request, now forgotten.
        no: RequestNo,
    },
    /// The source of the log is gone; nothing comes until there is a new leader.
    LeaderLost,
    /// Leader: a tab needs the state of things; answer with
    /// [`answer_state`](super::Tab::answer_state).
    StateWanted {
        /// The tab that joined, or fell too far behind.
        tab: TabId,
    },
    /// The place of this tab in the log jumped to where `parcel` describes the state of things;
    /// what came before does not count any more.
    StateReceived {
        /// What the leader's owner answered.
        parcel: Parcel<H>,
    },
    /// This tab missed a part of the log: what it received before does not count any more.
    /// Nothing comes until [`StateReceived`](Self::StateReceived), or until it leads itself.
    PlaceLost,
    /// Leader: the first tab holds this key. A new leader hears all known keys.
    InterestAdded {
        /// The key.
        key: String,
    },
    /// Leader: no tab holds this key any more.
    InterestRemoved {
        /// The key.
        key: String,
    },
    /// Leader: this tab is gone; nobody waits for answers to it. Should it come back, it asks for
    /// all that was not accepted again.
    TabLeft {
        /// The tab.
        tab: TabId,
    },
    /// The user logged out, in this tab or another; nothing that was known before counts. A leader
    /// still holds the connection, and loses it next.
    LoggedOut,
    /// The number of tabs changed, or how many are visible.
    RosterChanged(Roster),
}

/// The part that a tab plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It has not heard of a leader yet, or led until now.
    Joining,
    /// It holds the connection.
    Leader,
    /// Another tab holds the connection.
    Follower,
    /// It shares nothing.
    Solo(SoloReason),
    /// It left, for good or into the back/forward cache.
    Left,
}

/// Why a tab shares nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SoloReason {
    /// There is no `BroadcastChannel`.
    NoChannel,
    /// There are no Web Locks: an insecure context, or an old browser.
    NoLocks,
    /// There is no key that tells users apart, so sharing would not be safe.
    NoUserKey,
    /// The origin is opaque (a sandboxed frame): locks are forbidden.
    OpaqueOrigin,
    /// The app does not want to share.
    SwitchedOff,
}

/// How many tabs share the connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// All of them, this one included; 0 until a leader is known.
    pub count: usize,
    /// Those that are visible.
    pub visible: usize,
}

//! What every tab knows of the connection, so that each can be its heir.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::message::{Down, End, LinkEvent, Session};
use crate::engineio::Transport;

/// The state of all namespaces, as told by the hub.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Mirror {
    /// Id and transport of the Engine.IO session, while it is open.
    link: Option<(String, Transport)>,
    /// It is, or was when it was last open, over a WebSocket.
    websocket_works: bool,
    /// More waits at the socket than it can send soon.
    congested: bool,
    namespaces: Vec<(Rc<str>, Namespace)>,
}

/// What is known of one namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Namespace {
    /// The session, while connected.
    pub(crate) session: Option<Session>,
    /// What a later connection may present to get the session back.
    pub(crate) recovery: Option<Recovery>,
}

/// The claim to a session of the server (connection state recovery).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recovery {
    pub(crate) pid: Rc<str>,
    pub(crate) offset: Option<Rc<str>>,
    pub(crate) usage: Usage,
}

/// What a hub has done with a claim. The in-memory adapter of socket.io keeps a session that was
/// resumed and gives it out again, to a socket that then never hears anything: present each pid once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Usage {
    /// Nothing; whoever connects next may present it.
    Free,
    /// It may have presented it, unless it says that it did not get as far as that.
    Announced,
    /// It presents it, or has.
    Spent,
}

impl Mirror {
    /// The state of namespace `name`.
    pub(crate) fn namespace(&self, name: &str) -> Option<&Namespace> {
        self.namespaces.iter().find(|(known, _)| **known == *name).map(|(_, namespace)| namespace)
    }

    /// Follows what the hub says.
    pub(crate) fn note(&mut self, down: &Down) {
        match down {
            Down::Connected { namespace, session, .. } => self.connected(namespace, session),
            Down::Event { namespace, offset: Some(offset), .. } => {
                if let Some(recovery) = self.recovery(namespace) {
                    recovery.offset = Some(Rc::clone(offset));
                }
            }
            Down::Disconnected { namespace, end, .. } => {
                if let Some(known) = self.find(namespace) {
                    known.session = None;
                    // Only of a session that was lost does the server keep anything.
                    if *end != End::Lost {
                        known.recovery = None;
                    }
                }
            }
            Down::ConnectError { namespace, active: false } => {
                self.namespaces.retain(|(known, _)| known != namespace);
            }
            Down::Link(event) => self.note_link(event),
            Down::Congested(congested) => self.congested = *congested,
            Down::Began => {
                self.connection_lost();
                // Of some sessions this tab hears only now, behind the leader that presents them.
                self.spend();
            }
            Down::Event { .. }
            | Down::AuthWanted { .. }
            | Down::Acked { .. }
            | Down::Forgotten { .. }
            | Down::ConnectError { .. } => {}
        }
    }

    /// Whether an heir may expect a WebSocket to work: it is there in half the time.
    pub(crate) const fn websocket_works(&self) -> bool {
        self.websocket_works
    }

    /// Id and transport of the Engine.IO session, while it is open.
    pub(crate) const fn link(&self) -> Option<&(String, Transport)> {
        self.link.as_ref()
    }

    /// Forgets the Engine.IO session.
    pub(crate) const fn take_link(&mut self) -> Option<(String, Transport)> {
        self.link.take()
    }

    fn note_link(&mut self, event: &LinkEvent) {
        match event {
            LinkEvent::ReconnectAttempt(_) => self.use_lost(Usage::Announced),
            LinkEvent::Opened { sid, transport } => {
                self.use_lost(Usage::Spent);
                self.link = Some((sid.clone(), *transport));
                self.websocket_works = *transport == Transport::WebSocket;
            }
            LinkEvent::Upgraded(transport) => {
                if let Some((_, current)) = &mut self.link {
                    *current = *transport;
                }
                self.websocket_works = *transport == Transport::WebSocket;
            }
            LinkEvent::UpgradeFailed { .. } => self.websocket_works = false,
            LinkEvent::OpenFailed(_) => {
                self.link = None;
                self.websocket_works = false;
                self.free_announced();
            }
            LinkEvent::Closed { .. } => self.link = None,
            _ => {}
        }
    }

    /// Whether more waits at the socket than it can send soon.
    pub(crate) const fn congested(&self) -> bool {
        self.congested
    }

    /// All namespaces that something is known of.
    pub(crate) fn names(&self) -> Vec<Rc<str>> {
        self.namespaces.iter().map(|(name, _)| Rc::clone(name)).collect()
    }

    /// There is a new hub, which presents all claims that it knows: nobody else may. It cannot
    /// say so when it does, for its connection may be faster than what it says to other tabs.
    pub(crate) fn spend(&mut self) {
        for (_, namespace) in &mut self.namespaces {
            if let Some(recovery) = &mut namespace.recovery {
                recovery.usage = Usage::Spent;
            }
        }
    }

    /// The hub is about to connect, and to present its claims. Before that, in the time that it
    /// waits, its tab may still leave: browsers close the sockets of a page first, then tell it.
    fn use_lost(&mut self, usage: Usage) {
        for (_, namespace) in &mut self.namespaces {
            if let (None, Some(recovery)) = (&namespace.session, &mut namespace.recovery)
                && recovery.usage != Usage::Spent
            {
                recovery.usage = usage;
            }
        }
    }

    /// The hub did not reach the server: whoever follows it, while it waits to try again, may.
    fn free_announced(&mut self) {
        for recovery in self.namespaces.iter_mut().filter_map(|(_, it)| it.recovery.as_mut()) {
            if recovery.usage == Usage::Announced {
                recovery.usage = Usage::Free;
            }
        }
    }

    /// Whether there is a lost session to which nobody has presented the claim.
    pub(crate) fn has_free_claim(&self) -> bool {
        let free = |recovery: &Recovery| recovery.usage == Usage::Free;
        let lost = |known: &Namespace| known.session.is_none();
        self.namespaces.iter().any(|(_, it)| lost(it) && it.recovery.as_ref().is_some_and(free))
    }

    /// The connection is gone; claims to its sessions stay.
    pub(crate) fn connection_lost(&mut self) {
        self.congested = false;
        self.link = None;
        for (_, namespace) in &mut self.namespaces {
            namespace.session = None;
        }
    }

    fn connected(&mut self, name: &Rc<str>, session: &Session) {
        if self.namespace(name).is_none() {
            self.namespaces.push((Rc::clone(name), Namespace::default()));
        }
        let Some(known) = self.find(name) else { return };
        known.session = Some(session.clone());
        let same = known.recovery.as_ref().map(|recovery| &recovery.pid) == session.pid.as_ref();
        if !same {
            known.recovery =
                session.pid.clone().map(|pid| Recovery { pid, offset: None, usage: Usage::Free });
        }
    }

    fn recovery(&mut self, name: &str) -> Option<&mut Recovery> {
        self.find(name)?.recovery.as_mut()
    }

    fn find(&mut self, name: &str) -> Option<&mut Namespace> {
        let mut known = self.namespaces.iter_mut();
        known.find(|(known, _)| **known == *name).map(|(_, namespace)| namespace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::message::Failure;

    #[test]
    fn a_claim_follows_the_events_of_its_session() {
        let mut mirror = connected("p1");

        mirror.note(&event(Some("o1")));
        mirror.note(&event(None));

        assert_eq!(claim(&mirror), Some(("p1", Some("o1"), Usage::Free)));
    }

    #[test]
    fn a_claim_outlives_a_tab_but_is_spent_by_the_next_hub() {
        let mut mirror = connected("p1");
        mirror.note(&event(Some("o1")));

        mirror.connection_lost();
        assert_eq!(mirror.namespace("/rt").and_then(|known| known.session.as_ref()), None);
        assert_eq!(claim(&mirror), Some(("p1", Some("o1"), Usage::Free)));
        mirror.spend();

        assert_eq!(claim(&mirror), Some(("p1", Some("o1"), Usage::Spent)));
    }

    #[test]
    fn a_claim_that_is_heard_of_behind_the_next_hub_is_spent_as_soon_as_that_speaks() {
        let mut mirror = Mirror::default();
        mirror.spend();

        mirror.note(&connect("p1"));
        assert_eq!(claim(&mirror), Some(("p1", None, Usage::Free)));
        mirror.note(&Down::Began);

        assert_eq!(claim(&mirror), Some(("p1", None, Usage::Spent)));
    }

    #[test]
    fn a_hub_that_lost_its_connection_spends_the_claim_when_it_tries_again() {
        let mut mirror = connected("p1");

        mirror.note(&disconnected(End::Lost));
        assert_eq!(claim(&mirror), Some(("p1", None, Usage::Free)));
        mirror.note(&Down::Link(LinkEvent::ReconnectAttempt(1)));
        assert_eq!(claim(&mirror), Some(("p1", None, Usage::Announced)));
        mirror.note(&Down::Link(opened()));
        assert_eq!(claim(&mirror), Some(("p1", None, Usage::Spent)));
    }

    #[test]
    fn a_claim_is_free_again_when_the_hub_did_not_reach_the_server() {
        let mut mirror = connected("p1");
        let [attempt, failed] = [LinkEvent::ReconnectAttempt(1), open_failed()];

        mirror.note(&disconnected(End::Lost));
        mirror.note(&Down::Link(attempt.clone()));
        assert!(!mirror.has_free_claim());
        mirror.note(&Down::Link(failed.clone()));
        assert_eq!(claim(&mirror), Some(("p1", None, Usage::Free)));

        mirror.note(&Down::Link(attempt.clone()));
        mirror.note(&Down::Link(opened()));
        mirror.note(&Down::Link(attempt));
        mirror.note(&Down::Link(failed));
        assert_eq!(claim(&mirror), Some(("p1", None, Usage::Spent)), "it was reached once");
    }

    #[test]
    fn a_claim_stays_with_an_heir_that_did_not_reach_the_server() {
        let mut mirror = connected("p1");

        mirror.note(&disconnected(End::Lost));
        mirror.note(&Down::Link(LinkEvent::ReconnectAttempt(1)));
        mirror.note(&Down::Began);
        mirror.note(&Down::Link(open_failed()));

        assert_eq!(claim(&mirror), Some(("p1", None, Usage::Spent)));
    }

    #[test]
    fn a_hub_that_opens_without_an_attempt_of_its_own_spends_the_claim_too() {
        let mut mirror = connected("p1");

        mirror.note(&Down::Link(opened()));
        assert_eq!(claim(&mirror), Some(("p1", None, Usage::Free)));
        mirror.note(&disconnected(End::Lost));
        mirror.note(&Down::Link(opened()));
        assert_eq!(claim(&mirror), Some(("p1", None, Usage::Spent)));
    }

    #[test]
    fn a_session_that_was_resumed_stays_spent_and_a_new_one_is_not() {
        let mut mirror = connected("p1");
        mirror.note(&disconnected(End::Lost));
        mirror.note(&Down::Link(LinkEvent::ReconnectAttempt(1)));
        mirror.note(&Down::Link(opened()));

        mirror.note(&connect("p1"));
        assert_eq!(claim(&mirror), Some(("p1", None, Usage::Spent)));
        mirror.note(&connect("p2"));

        assert_eq!(claim(&mirror), Some(("p2", None, Usage::Free)));
    }

    #[test]
    fn a_session_that_was_ended_on_purpose_cannot_be_claimed() {
        for end in [End::Left, End::Expelled] {
            let mut mirror = connected("p1");

            mirror.note(&disconnected(end));

            assert_eq!(claim(&mirror), None, "{end:?}");
        }
    }

    #[test]
    fn a_refusal_ends_all_claims_but_a_failure_to_connect_ends_none() {
        let mut mirror = connected("p1");

        mirror.note(&Down::ConnectError { namespace: "/rt".into(), active: true });
        assert_eq!(claim(&mirror), Some(("p1", None, Usage::Free)));
        mirror.note(&Down::ConnectError { namespace: "/rt".into(), active: false });

        assert_eq!(mirror.namespace("/rt"), None);
    }

    #[test]
    fn an_heir_knows_whether_the_last_connection_had_a_websocket() {
        let opened = |transport| LinkEvent::Opened { sid: "e".to_owned(), transport };
        let failed = || LinkEvent::UpgradeFailed { message: "probe error".to_owned() };
        let mut mirror = Mirror::default();

        let seen = [
            opened(Transport::Polling),
            LinkEvent::Upgrading(Transport::WebSocket),
            LinkEvent::Upgraded(Transport::WebSocket),
            LinkEvent::Ping,
            failed(),
            opened(Transport::WebSocket),
        ]
        .map(|event| {
            mirror.note(&Down::Link(event));
            (mirror.websocket_works(), mirror.link().map(|(_, transport)| *transport))
        });
        mirror.connection_lost();

        let (polling, websocket) = (Some(Transport::Polling), Some(Transport::WebSocket));
        assert_eq!(
            seen,
            [
                (false, polling),
                (false, polling),
                (true, websocket),
                (true, websocket),
                (false, websocket),
                (true, websocket),
            ]
        );
        assert_eq!((mirror.websocket_works(), mirror.link()), (true, None));
    }

    fn opened() -> LinkEvent {
        LinkEvent::Opened { sid: "e".to_owned(), transport: Transport::WebSocket }
    }

    fn open_failed() -> LinkEvent {
        LinkEvent::OpenFailed(Failure { message: "m".to_owned(), status: None, refusal: None })
    }

    fn connected(pid: &str) -> Mirror {
        let mut mirror = Mirror::default();
        mirror.note(&connect(pid));
        mirror
    }

    fn connect(pid: &str) -> Down {
        let session =
            Session { sid: "s".into(), pid: Some(pid.into()), generation: 1, deduplication: None };
        Down::Connected { namespace: "/rt".into(), session, recovered: false }
    }

    fn event(offset: Option<&str>) -> Down {
        Down::Event { namespace: "/rt".into(), ack: None, offset: offset.map(Rc::from) }
    }

    fn disconnected(end: End) -> Down {
        Down::Disconnected { namespace: "/rt".into(), reason: "r".into(), detail: None, end }
    }

    fn claim(mirror: &Mirror) -> Option<(&str, Option<&str>, Usage)> {
        let claim = mirror.namespace("/rt")?.recovery.as_ref()?;
        Some((&claim.pid, claim.offset.as_deref(), claim.usage))
    }
}

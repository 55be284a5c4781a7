//! What tabs ask for, and whose the answers of the server are.

use std::rc::Rc;

use super::{Hub, Namespace, Output};
use crate::client::EmitId;
use crate::client::message::{Down, Message, Up};
use crate::client::way::ALONE;
use crate::host::{Host, Text};
use crate::socketio::{ConnId, NamespaceId};
use crate::tabs::{Audience, RequestNo, TabId};
use crate::time::Instant;

/// Most acknowledgements of a namespace that may be awaited; the oldest are given up first.
const MAX_AWAITING: usize = 100_000;
/// Most server events of a namespace that may wait for an acknowledgement; the oldest go first.
const MAX_ANSWERABLE: usize = 10_000;

impl<H: Host> Hub<H> {
    /// Carries out what a tab asked for. What cannot be sent now stays with the tab, which hears
    /// that the namespace is not connected and asks again when it is.
    pub(crate) fn handle_up(
        &mut self,
        tab: TabId,
        no: RequestNo,
        message: Message<H, Up>,
        now: Instant,
    ) {
        let done = match message.control {
            Up::Emit { namespace, generation, id, wants_ack } => {
                let origin = wants_ack.then_some((tab, id));
                self.emit(&namespace, generation, origin, message.text, message.attachments, now)
            }
            Up::Acknowledge { namespace, generation, ack } => {
                self.acknowledge(
                    &namespace,
                    generation,
                    ack,
                    message.text,
                    message.attachments,
                    now,
                );
                true
            }
            Up::DropSession => {
                self.manager.drop_session(now);
                true
            }
            // Whoever asked the tab knows whether its answer counts.
            Up::Auth { .. } => true,
            Up::Connect => {
                self.connect_wanted(now);
                true
            }
        };
        if done {
            self.outputs.push_back(Output::Accept(tab, no));
        }
    }

    /// Begins again what was given up: the attempts are used up, or the server refused, and a tab
    /// that has not heard of it yet kept its interest all the while. Whoever asks may have let go
    /// of it since.
    fn connect_wanted(&mut self, now: Instant) {
        if self.link_wanted {
            self.manager.open(now);
        }
        let missing = |namespace: &Namespace| namespace.wanted && namespace.generation.is_none();
        for (id, _) in self.namespaces.iter().filter(|(_, namespace)| missing(namespace)) {
            self.manager.connect(*id, now);
        }
    }

    fn emit(
        &mut self,
        name: &str,
        generation: u64,
        origin: Option<(TabId, EmitId)>,
        text: Option<H::Text>,
        attachments: Vec<H::Bytes>,
        now: Instant,
    ) -> bool {
        let Some((id, namespace)) = self.connected(name, generation) else { return false };
        let Some(text) = text else { return true };
        let mut forgotten = None;
        let ack = origin.map(|origin| {
            let ack = namespace.await_answer(origin);
            if namespace.awaiting.len() > MAX_AWAITING {
                forgotten = namespace.awaiting.pop_first();
            }
            ack
        });
        if let Some((_, (tab, id))) = forgotten {
            let control = Down::Forgotten { namespace: name.into(), id };
            self.publish(Audience::Only(tab), Message::bare(control));
        }
        let sent = self.manager.send_event(id, ack, &text, &attachments, now).is_ok();
        if let (false, Some(ack), Some(namespace)) = (sent, ack, self.namespaces.get_mut(&id)) {
            namespace.awaiting.remove(&ack);
        }
        sent
    }

    fn acknowledge(
        &mut self,
        name: &str,
        generation: u64,
        ack: u64,
        text: Option<H::Text>,
        attachments: Vec<H::Bytes>,
        now: Instant,
    ) {
        let Some((id, namespace)) = self.connected(name, generation) else { return };
        if namespace.answerable.remove(&ack).is_some()
            && let Some(text) = text
        {
            // A connection that is lost at this moment takes the server's question with it.
            let _ = self.manager.send_ack(id, ack, &text, &attachments, now);
        }
    }

    fn connected(&mut self, name: &str, generation: u64) -> Option<(NamespaceId, &mut Namespace)> {
        let id = self.manager.namespace(name);
        let namespace = self.namespaces.get_mut(&id)?;
        (namespace.generation == Some(generation)).then_some((id, namespace))
    }

    pub(super) fn received(
        &mut self,
        id: NamespaceId,
        payload: H::Text,
        attachments: Vec<H::Bytes>,
        ack: Option<u64>,
    ) {
        if let Some(message) = self.event(id, payload, attachments, ack) {
            self.publish(Audience::All, message);
        }
    }

    /// Takes in the frame of a plain event ([`Manager::take_plain`](crate::socketio::Manager)) and
    /// gives what the endpoint shall hear, where there is but one.
    pub(crate) fn take_plain(&mut self, conn: ConnId, frame: &H::Text) -> Option<Message<H, Down>> {
        let (namespace, payload) = self.manager.take_plain(conn, frame)?;
        let message = self.event(namespace, payload, Vec::new(), None)?;
        self.mirror.note(&message.control);
        Some(message)
    }

    /// The namespaces that have a [`plain_limit`](crate::socketio::Manager::plain_limit), and
    /// whether an event means something to the hub.
    pub(crate) fn plain_namespaces(&self) -> impl Iterator<Item = (&Rc<str>, usize, bool)> {
        self.namespaces.iter().filter_map(|(id, it)| {
            let limit = self.manager.plain_limit(*id)?;
            Some((&it.name, limit, self.manager.recovery(*id).is_some()))
        })
    }

    /// A tab is about to send a plain event by itself; `origin` awaits an acknowledgement. Gives the
    /// id for that; `None` if the hub has to send it.
    pub(crate) fn send_plain(
        &mut self,
        name: &str,
        generation: u64,
        origin: Option<EmitId>,
    ) -> Option<Option<u64>> {
        let (id, _) = self.connected(name, generation)?;
        self.manager.plain_limit(id)?;
        let namespace = self.namespaces.get_mut(&id)?;
        if namespace.awaiting.len() >= MAX_AWAITING {
            return None;
        }
        Some(origin.map(|origin| namespace.await_answer((ALONE, origin))))
    }

    /// An acknowledgement came, and nothing else is to be done about it. Gives the emit that awaits
    /// it.
    pub(crate) fn answered(&mut self, name: &str, ack: u64) -> Option<EmitId> {
        let id = self.manager.namespace(name);
        let (_, emit) = self.namespaces.get_mut(&id)?.awaiting.remove(&ack)?;
        Some(emit)
    }

    fn event(
        &mut self,
        id: NamespaceId,
        payload: H::Text,
        attachments: Vec<H::Bytes>,
        ack: Option<u64>,
    ) -> Option<Message<H, Down>> {
        let offset = self.manager.recovery(id).and_then(|recovery| recovery.offset.as_deref());
        let offset = offset.filter(|_| ack.is_none()).map(Rc::from);
        let namespace = self.namespaces.get_mut(&id)?;
        if let Some(ack) = ack {
            namespace.answerable.insert(ack, ());
            if namespace.answerable.len() > MAX_ANSWERABLE {
                namespace.answerable.pop_first();
            }
        }
        let control = Down::Event { namespace: Rc::clone(&namespace.name), ack, offset };
        Some(Message { control, text: Some(payload), attachments })
    }

    pub(super) fn acked(
        &mut self,
        id: NamespaceId,
        ack: u64,
        payload: Option<H::Text>,
        attachments: Vec<H::Bytes>,
    ) {
        let Some(namespace) = self.namespaces.get_mut(&id) else { return };
        let Some((tab, id)) = namespace.awaiting.remove(&ack) else { return };
        let control = Down::Acked { namespace: Rc::clone(&namespace.name), id };
        let text = Some(payload.unwrap_or_else(|| H::Text::from_core("[]")));
        self.publish(Audience::Only(tab), Message { control, text, attachments });
    }
}

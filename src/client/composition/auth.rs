//! Who says who the user is, when a namespace connects.
//!
//! The tab with the connection asks its own app, if that has a socket in the namespace. If it has
//! none, the connection goes to a tab whose app has one in every namespace that is wanted. If there
//! is no such tab, one that has a socket in this namespace is asked over the channel; whether it
//! answers is its app's decision, for the answer is a secret.

use std::rc::Rc;

use super::Client;
use super::doubt::Held;
use crate::client::endpoint::Upstream;
use crate::client::interest::Interest;
use crate::client::message::{Down, Message, Up};
use crate::client::{AuthRequest, Notice, Output, SocketId};
use crate::host::Host;
use crate::socketio::Recovery;
use crate::tabs::{Audience, RequestNo, TabId};
use crate::time::Instant;

/// What was asked, by this tab of another or by another of this one.
#[derive(Debug, Default)]
pub(super) struct Asked {
    of_others: Vec<Question>,
    of_this_tab: Vec<AuthRequest>,
}

#[derive(Debug)]
struct Question {
    /// Whose answer counts.
    asked: TabId,
    request: AuthRequest,
    namespace: Rc<str>,
    recovery: Option<Recovery>,
}

/// Most questions of other tabs that wait for an answer; the oldest are forgotten first.
const MAX_ASKED: usize = 64;

impl<H: Host> Client<H> {
    /// Answers [`Notice::AuthWanted`]; `auth` is the JSON object of the CONNECT packet.
    pub fn provide_auth(&mut self, request: AuthRequest, auth: Option<H::Text>, now: Instant) {
        self.begin(now);
        if self.take_question(request) {
            self.answer(request, false, auth);
        } else {
            self.pass_on(Held::Auth(request, auth));
        }
        self.settle(now);
    }

    /// Answers [`Notice::AuthWanted`] of another tab: not this time.
    pub fn withhold_auth(&mut self, request: AuthRequest, now: Instant) {
        self.begin(now);
        if self.take_question(request) {
            self.answer(request, true, None);
        }
        self.settle(now);
    }

    /// The hub wants to know who connects to a namespace.
    pub(super) fn ask_auth(
        &mut self,
        request: AuthRequest,
        namespace: Rc<str>,
        recovery: Option<Recovery>,
        now: Instant,
    ) {
        if let Some(socket) = self.endpoint.socket_for(&namespace) {
            let claim = recovery.map(|it| (it.pid.into(), it.offset.map(Into::into)));
            return self.ask_app(request, socket, claim, false);
        }
        let (Some(hub), Some(tab)) = (&mut self.hub, &mut self.way.tab) else { return };
        let keys: Vec<String> = hub.wanted().map(|name| Interest::Namespace(name).key()).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        if let Some(heir) = tab.holder_of(&keys) {
            return tab.yield_to(heir, now);
        }
        match tab.holder_of(&[&Interest::Namespace(&namespace).key()]) {
            Some(asked) => self.ask_tab(Question { asked, request, namespace, recovery }, now),
            None => hub.withhold_auth(request),
        }
    }

    /// A tab asks for something, or answers.
    pub(super) fn hear_tab(
        &mut self,
        origin: TabId,
        no: RequestNo,
        message: Message<H, Up>,
        now: Instant,
    ) {
        let connects = matches!(message.control, Up::Connect);
        if let Up::Auth { request, withheld } = message.control {
            let answer = (!withheld).then_some(message.text);
            self.auth_answered(origin, AuthRequest::from_number(request), answer, now);
            self.way.accept(origin, no, &mut self.endpoint);
        } else if let Some(hub) = &mut self.hub {
            hub.handle_up(origin, no, message, now);
        }
        if connects {
            self.ask_again(origin, now);
        }
    }

    /// A tab says what was asked; it may not be the one whose answer counts any more.
    fn auth_answered(
        &mut self,
        origin: TabId,
        request: AuthRequest,
        answer: Option<Option<H::Text>>,
        now: Instant,
    ) {
        let questions = &mut self.asked.of_others;
        let counts = |it: &Question| it.asked == origin && it.request == request;
        let Some(index) = questions.iter().position(counts) else { return };
        let Question { namespace, recovery, .. } = questions.swap_remove(index);
        let Some(hub) = &mut self.hub else { return };
        let key = Interest::Namespace(&namespace).key();
        match answer {
            Some(auth) => hub.provide_auth(request, auth, now),
            None if self.way.tab.as_ref().is_some_and(|own| own.is_held_by(&key, origin)) => {
                hub.withhold_auth(request);
            }
            // It let go of the namespace before it was asked, and speaks for no other tab.
            None => self.ask_auth(request, namespace, recovery, now),
        }
    }

    /// A tab missed what was said, or has just come to a namespace: it is asked what is open.
    pub(super) fn ask_again(&mut self, tab: TabId, now: Instant) {
        for mut question in core::mem::take(&mut self.asked.of_others) {
            if self.endpoint.socket_for(&question.namespace).is_some() {
                let Question { request, namespace, recovery, .. } = question;
                self.ask_auth(request, namespace, recovery, now);
                continue;
            }
            let key = Interest::Namespace(&question.namespace).key();
            if self.way.tab.as_ref().is_some_and(|own| own.is_held_by(&key, tab)) {
                question.asked = tab;
                self.ask_tab(question, now);
            } else {
                self.asked.of_others.push(question);
            }
        }
    }

    /// A tab is gone; what it was asked, another one is.
    pub(super) fn ask_instead_of(&mut self, gone: TabId, now: Instant) {
        for question in core::mem::take(&mut self.asked.of_others) {
            if question.asked == gone {
                let Question { request, namespace, recovery, .. } = question;
                self.ask_auth(request, namespace, recovery, now);
            } else {
                self.asked.of_others.push(question);
            }
        }
    }

    fn ask_tab(&mut self, question: Question, now: Instant) {
        let recovery = question.recovery.clone();
        let control = Down::AuthWanted {
            namespace: Rc::clone(&question.namespace),
            request: question.request.number(),
            claim: recovery.map(|it| (it.pid.into(), it.offset.map(Into::into))),
        };
        let to = Audience::Only(question.asked);
        self.asked.of_others.push(question);
        if let (Some(tab), Some(parcel)) =
            (&mut self.way.tab, Message::<H, Down>::bare(control).into_parcel())
        {
            tab.publish(to, parcel, now);
        }
    }

    /// The hub said something; if it asks, it is because its own tab cannot answer.
    pub(super) fn hear_hub(&mut self, message: Message<H, Down>) {
        let Down::AuthWanted { namespace, request, claim } = message.control else {
            return self.endpoint.handle(message, &mut self.way);
        };
        let request = AuthRequest::from_number(request);
        match self.endpoint.socket_for(&namespace) {
            Some(socket) => {
                let asked = &mut self.asked.of_this_tab;
                asked.push(request);
                if asked.len() > MAX_ASKED {
                    asked.remove(0);
                }
                self.ask_app(request, socket, claim, true);
            }
            None => self.answer(request, true, None),
        }
    }

    /// The questions of a hub end with it.
    pub(super) fn forget_questions(&mut self) {
        self.asked.of_others.clear();
    }

    fn ask_app(
        &mut self,
        request: AuthRequest,
        socket: SocketId,
        recovery: Option<(Rc<str>, Option<Rc<str>>)>,
        remote: bool,
    ) {
        let notice = Notice::AuthWanted { request, socket, recovery, remote };
        self.outputs.push_back(Output::Notice(notice));
    }

    fn answer(&mut self, request: AuthRequest, withheld: bool, text: Option<H::Text>) {
        let control = Up::Auth { request: request.number(), withheld };
        let _ = self.way.request(Message { control, text, attachments: Vec::new() });
    }

    fn take_question(&mut self, request: AuthRequest) -> bool {
        let asked = &mut self.asked.of_this_tab;
        let before = asked.len();
        asked.retain(|known| *known != request);
        asked.len() < before
    }
}

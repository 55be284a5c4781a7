//! Who says who the user is, when a namespace connects.
//!
//! The tab with the connection asks its own app, if that has a socket in the namespace. If it has
//! none, a tab that has one is asked over the channel. Whether it answers is its app's decision, for
//! the answer is a secret. If it keeps that to itself, but has a socket in every namespace that is
//! wanted, the connection goes to it. It goes to nobody who was not asked: what was last heard of a
//! tab's namespaces is old as soon as the server refuses one, and tabs that hand over by it do so
//! in a circle.

use std::rc::Rc;

use super::Client;
use super::doubt::Held;
use crate::client::endpoint::Upstream;
use crate::client::hub::Hub;
use crate::client::interest::Interest;
use crate::client::message::{AuthAnswer, Down, Message, Up};
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
    pending: Pending,
}

/// What the hub waits for.
#[derive(Debug)]
struct Pending {
    request: AuthRequest,
    namespace: Rc<str>,
    recovery: Option<Recovery>,
    /// Who did not say who it is.
    declined: Vec<TabId>,
}

/// Most questions of other tabs that wait for an answer; the oldest are forgotten first.
const MAX_ASKED: usize = 64;

impl<H: Host> Client<H> {
    /// Answers [`Notice::AuthWanted`]; `auth` is the JSON object of the CONNECT packet.
    pub fn provide_auth(&mut self, request: AuthRequest, auth: Option<H::Text>, now: Instant) {
        self.begin(now);
        if self.take_question(request) {
            self.answer(request, AuthAnswer::Given, auth);
        } else {
            self.pass_on(Held::Auth(request, auth));
        }
        self.settle(now);
    }

    /// Answers [`Notice::AuthWanted`] of another tab: not this time.
    pub fn withhold_auth(&mut self, request: AuthRequest, now: Instant) {
        self.begin(now);
        if self.take_question(request) {
            self.answer(request, AuthAnswer::Withheld, None);
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
        self.ask(Pending { request, namespace, recovery, declined: Vec::new() }, now);
    }

    /// Asks the app of this tab, or else a tab that did not decline.
    fn ask(&mut self, pending: Pending, now: Instant) {
        if let Some(socket) = self.endpoint.socket_for(&pending.namespace) {
            let claim = pending.recovery.map(|it| (it.pid.into(), it.offset.map(Into::into)));
            return self.ask_app(pending.request, socket, claim, false);
        }
        let all = self.keys_wanted();
        let (Some(hub), Some(tab)) = (&mut self.hub, &self.way.tab) else { return };
        let key = Interest::Namespace(&pending.namespace).key();
        let asked = tab
            .holder_of(&all, &pending.declined)
            .or_else(|| tab.holder_of(&[key], &pending.declined));
        match asked {
            Some(asked) => self.ask_tab(asked, pending, now),
            None => hub.withhold_auth(pending.request),
        }
    }

    fn keys_wanted(&self) -> Vec<String> {
        let wanted = self.hub.iter().flat_map(Hub::wanted);
        wanted.map(|name| Interest::Namespace(name).key()).collect()
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
        if let Up::Auth { request, answer } = message.control {
            let request = AuthRequest::from_number(request);
            self.auth_answered(origin, request, answer, message.text, now);
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
        answer: AuthAnswer,
        text: Option<H::Text>,
        now: Instant,
    ) {
        let questions = &mut self.asked.of_others;
        let counts = |it: &Question| it.asked == origin && it.pending.request == request;
        let Some(index) = questions.iter().position(counts) else { return };
        let Question { mut pending, .. } = questions.swap_remove(index);
        if answer == AuthAnswer::Given {
            if let Some(hub) = &mut self.hub {
                hub.provide_auth(request, text, now);
            }
            return;
        }
        let all = self.keys_wanted();
        match &mut self.way.tab {
            Some(tab) if answer == AuthAnswer::Withheld && tab.holds_all(origin, &all) => {
                tab.yield_to(origin, now);
            }
            _ => {
                pending.declined.push(origin);
                self.ask(pending, now);
            }
        }
    }

    /// A tab missed what was said, or has just come to a namespace: it is asked what is open. If it
    /// was asked before and let go of the namespace, it may never answer.
    pub(super) fn ask_again(&mut self, tab: TabId, now: Instant) {
        for question in core::mem::take(&mut self.asked.of_others) {
            let Question { pending, .. } = &question;
            let key = Interest::Namespace(&pending.namespace).key();
            if self.endpoint.socket_for(&pending.namespace).is_some() {
                self.ask(question.pending, now);
            } else if self.way.tab.as_ref().is_some_and(|own| own.holds_all(tab, &[key])) {
                self.ask_tab(tab, question.pending, now);
            } else if question.asked == tab {
                self.ask(question.pending, now);
            } else {
                self.asked.of_others.push(question);
            }
        }
    }

    /// A tab is gone; what it was asked, another one is.
    pub(super) fn ask_instead_of(&mut self, gone: TabId, now: Instant) {
        for question in core::mem::take(&mut self.asked.of_others) {
            if question.asked == gone {
                self.ask(question.pending, now);
            } else {
                self.asked.of_others.push(question);
            }
        }
    }

    fn ask_tab(&mut self, asked: TabId, pending: Pending, now: Instant) {
        let recovery = pending.recovery.clone();
        let control = Down::AuthWanted {
            namespace: Rc::clone(&pending.namespace),
            request: pending.request.number(),
            claim: recovery.map(|it| (it.pid.into(), it.offset.map(Into::into))),
        };
        self.asked.of_others.push(Question { asked, pending });
        if let (Some(tab), Some(parcel)) =
            (&mut self.way.tab, Message::<H, Down>::bare(control).into_parcel())
        {
            tab.publish(Audience::Only(asked), parcel, now);
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
            None => self.answer(request, AuthAnswer::Unwanted, None),
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

    fn answer(&mut self, request: AuthRequest, answer: AuthAnswer, text: Option<H::Text>) {
        let control = Up::Auth { request: request.number(), answer };
        let _ = self.way.request(Message { control, text, attachments: Vec::new() });
    }

    fn take_question(&mut self, request: AuthRequest) -> bool {
        let asked = &mut self.asked.of_this_tab;
        let before = asked.len();
        asked.retain(|known| *known != request);
        asked.len() < before
    }
}

//! The composition: what an app can ask, and how facts and commands find their way.

mod auth;
mod doubt;
mod engine;
mod plain;
mod role;
mod shortcuts;

use std::collections::VecDeque;

use auth::Asked;
use doubt::Held;
use shortcuts::Known;

use super::emits::Emit;
use super::endpoint::Endpoint;
use super::hub::{self, Hub};
use super::interest::Interest;
use super::limits::EmitLimits;
use super::message::Message;
use super::mirror::Mirror;
use super::notice::Notice;
use super::way::{ALONE, Local, Way};
use super::{EmitId, SocketId};
use crate::host::Host;
use crate::machine::{Machine, sooner};
use crate::rng::Rng;
use crate::socketio;
use crate::tabs::{self, Parcel, Role, SoloReason, Tab};
use crate::time::Instant;

/// One tab of an app, on one connection to one server.
#[derive(Debug)]
pub struct Client<H: Host> {
    config: Config,
    rng: Rng,
    endpoint: Endpoint<H>,
    hub: Option<Hub<H>>,
    way: Way<H>,
    /// What came for the hub while it is in doubt whether there shall be one here.
    held: VecDeque<Held<H>>,
    /// The part that this tab was last told to play.
    role: Role,
    asked: Asked,
    /// The app hears what travels.
    observed: bool,
    /// What the app may take in by itself, as it was told.
    shortcuts: Vec<Known>,
    outputs: VecDeque<Output<H>>,
}

/// What a [`Client`] is made from.
#[derive(Clone, Debug)]
pub struct Config {
    /// The connection.
    pub socket: socketio::Config,
    /// How to share it with other tabs; `None`: this tab connects for itself.
    pub share: Option<tabs::Config>,
    /// How much may wait for the connection.
    pub limits: EmitLimits,
    /// Source of all randomness of this client.
    pub seed: u64,
}

/// A fact for a [`Client`].
#[derive(Clone, Debug)]
pub enum Input<H: Host> {
    /// About the socket or the network.
    Wire(socketio::Input<H>),
    /// More waits at the socket than it can send soon, or no more so.
    Congested(bool),
    /// About lock, channel and other tabs.
    Tabs(tabs::Input<H>),
    /// About the page that this tab shows.
    Page(PageFact),
}

pub use shortcuts::PlainEmit;

pub use crate::tabs::PageFact;

/// What a [`Client`] wants done.
#[derive(Clone, Debug)]
pub enum Output<H: Host> {
    /// A command for the socket; never an event.
    Wire(socketio::Output<H>),
    /// A command for lock and channel; never an event.
    Tabs(tabs::Output<H>),
    /// Something for the app to hear.
    Notice(Notice<H>),
}

impl<H: Host> Client<H> {
    /// A client that has not started; it can be asked for things already.
    pub fn new(config: Config, now: Instant) -> Self {
        Self {
            rng: Rng::new(config.seed),
            endpoint: Endpoint::new(config.limits),
            hub: None,
            way: Way::new(config.share.map(Tab::new), now),
            held: VecDeque::new(),
            role: Role::Joining,
            asked: Asked::default(),
            observed: false,
            shortcuts: Vec::new(),
            outputs: VecDeque::new(),
            config,
        }
    }

    /// Looks for the other tabs, or goes to work alone. Where it shares, the host first holds the
    /// tab's own lock: others learn from it that the tab is gone.
    pub fn start(&mut self, now: Instant) {
        match &mut self.way.tab {
            Some(tab) => tab.start(now),
            None => self.role_changed(Role::Solo(SoloReason::SwitchedOff)),
        }
        self.settle(now);
    }

    /// Takes over other settings of the connection: how to reconnect at once, the rest for the next
    /// session; one that is being opened is begun anew.
    pub fn configure(&mut self, config: socketio::Config, now: Instant) {
        self.config.socket = config.clone();
        if let Some(hub) = &mut self.hub {
            hub.configure(config, now);
        }
        self.settle(now);
    }

    /// Wants the connection, whether or not a socket does, and wants it now: a wait for the next
    /// attempt ends.
    pub fn open(&mut self, now: Instant) {
        self.act(now, |endpoint, way| {
            way.hold(Interest::Link, true);
            endpoint.attach(way);
        });
    }

    /// How this tab shares; all zero if it does not.
    pub fn inspect(&self) -> tabs::Inspection {
        self.way.tab.as_ref().map(Tab::inspect).unwrap_or_default()
    }

    /// Ends the connection for this tab (`forced close`). Other tabs keep it.
    pub fn close(&mut self, now: Instant) {
        self.act(now, |endpoint, way| {
            endpoint.detach("forced close", way);
            way.hold(Interest::Link, false);
        });
    }

    /// Wants `socket` connected to namespace `name`, which begins with `/`.
    pub fn connect(&mut self, socket: SocketId, name: &str, now: Instant) {
        self.act(now, |endpoint, way| endpoint.connect(socket, name, way));
    }

    /// Does not want `socket` connected any more. Other tabs keep theirs.
    pub fn disconnect(&mut self, socket: SocketId, now: Instant) {
        self.act(now, |endpoint, way| endpoint.disconnect(socket, way));
    }

    /// Sends an event, now or when the socket is connected.
    pub fn emit(&mut self, socket: SocketId, emit: Emit<H>, now: Instant) {
        self.act(now, |endpoint, way| endpoint.emit(socket, emit, way));
    }

    /// Forgets an emit: it is not sent if it has not been, and nothing is heard of it. Says
    /// whether the server may have got it.
    pub fn cancel(&mut self, socket: SocketId, emit: EmitId, now: Instant) -> bool {
        let may_have_arrived = self.endpoint.may_have_arrived(socket, emit);
        self.act(now, |endpoint, way| {
            endpoint.cancel(socket, emit, way);
        });
        may_have_arrived
    }

    /// Answers the server's event that asked for acknowledgement `ack` with a JSON array. Of all
    /// tabs the first that answers counts.
    pub fn acknowledge(
        &mut self,
        socket: SocketId,
        ack: u64,
        payload: H::Text,
        attachments: Vec<H::Bytes>,
        now: Instant,
    ) {
        self.act(now, |endpoint, way| endpoint.acknowledge(socket, ack, payload, attachments, way));
    }

    /// Holds `key` for the device, or lets go of it. The tab with the connection hears of the
    /// first holder and of the last ([`Notice::Interest`]).
    pub fn set_interest(&mut self, key: &str, held: bool, now: Instant) {
        self.act(now, |_, way| way.hold(Interest::App(key), held));
    }

    /// Ends what all tabs share, for the user is no longer the same: each tab forgets what it was to
    /// send and what it knew, and hears [`Notice::LoggedOut`]; the server is told.
    pub fn log_out(&mut self, now: Instant) {
        self.begin(now);
        match &mut self.way.tab {
            Some(tab) => tab.log_out(now),
            None => self.logged_out(now),
        }
        self.settle(now);
    }

    /// Leaves for good: the connection goes to another tab, or ends.
    pub fn leave(&mut self, now: Instant) {
        self.close(now);
        if let Some(tab) = &mut self.way.tab {
            tab.leave(now);
        }
        self.settle(now);
    }

    fn act(&mut self, now: Instant, command: impl FnOnce(&mut Endpoint<H>, &mut Way<H>)) {
        self.begin(now);
        command(&mut self.endpoint, &mut self.way);
        self.settle(now);
    }

    /// Passes on what the parts have to say to each other until all are silent.
    fn settle(&mut self, now: Instant) {
        self.way.now = now;
        loop {
            if let Some(output) = self.way.tab.as_mut().and_then(Machine::poll_output) {
                self.handle_tab_output(output, now);
            } else if self.is_in_doubt() {
                break;
            } else if let Some(local) = self.way.local.pop_front() {
                self.handle_local(local, now);
            } else if let Some(output) = self.hub.as_mut().and_then(|hub| hub.poll_output(now)) {
                self.handle_hub_output(output, now);
            } else if let Some(held) = self.held.pop_front() {
                self.tell_hub(held, now);
            } else {
                break;
            }
            self.hear();
        }
        self.hear();
        self.follow_shortcuts();
    }

    fn hear(&mut self) {
        while let Some(notice) = self.endpoint.poll_notice() {
            self.outputs.push_back(Output::Notice(notice));
        }
    }

    fn handle_tab_output(&mut self, output: tabs::Output<H>, now: Instant) {
        match output {
            tabs::Output::Event(event) => self.handle_tab_event(event, now),
            command => self.outputs.push_back(Output::Tabs(command)),
        }
    }

    fn handle_tab_event(&mut self, event: tabs::Event<H>, now: Instant) {
        match event {
            tabs::Event::RoleChanged { role, .. } => self.role_changed(role),
            tabs::Event::RosterChanged(_) => self.tell_place(),
            tabs::Event::Requested { origin, no, parcel, .. } => {
                match Message::from_parcel(parcel) {
                    Some(message) => self.hear_tab(origin, no, message, now),
                    // Not understood now, not understood later: do not ask again.
                    None => self.way.accept(origin, no, &mut self.endpoint),
                }
            }
            tabs::Event::Received { parcel } => {
                if let Some(message) = Message::from_parcel(parcel) {
                    self.hear_hub(message);
                }
            }
            tabs::Event::Accepted { no } => self.endpoint.accepted(no),
            tabs::Event::Unknown { no } => self.endpoint.fate_unknown(no, &mut self.way),
            tabs::Event::PlaceLost => self.endpoint.place_lost(),
            // A hub keeps no request: what it could not carry out at once, it forgot.
            tabs::Event::Withdrawn { .. } => {}
            tabs::Event::TabLeft { tab } => self.ask_instead_of(tab, now),
            tabs::Event::LoggedOut => self.logged_out(now),
            tabs::Event::LeaderLost => self.endpoint.connection_lost(),
            tabs::Event::StateWanted { tab } => {
                let state = self.hub.as_ref().and_then(|hub| state_parcel(hub.mirror()));
                if let (Some(own), Some(state)) = (&mut self.way.tab, state) {
                    own.answer_state(tab, state, now);
                }
                self.ask_again(tab, now);
            }
            tabs::Event::StateReceived { parcel } => {
                let mirror = postcard::from_bytes(&parcel.control).unwrap_or_default();
                self.endpoint.adopt(mirror, &mut self.way);
            }
            tabs::Event::InterestAdded { key } => self.interest_changed(&key, true, now),
            tabs::Event::InterestRemoved { key } => self.interest_changed(&key, false, now),
        }
    }

    fn handle_local(&mut self, local: Local<H>, now: Instant) {
        match local {
            Local::Request(no, message) => {
                if let Some(hub) = &mut self.hub {
                    hub.handle_up(ALONE, no, message, now);
                }
            }
            Local::Interest(key, held) => self.interest_changed(&key, held, now),
        }
    }

    fn handle_hub_output(&mut self, output: hub::Output<H>, now: Instant) {
        match output {
            hub::Output::Wire(command) => self.outputs.push_back(Output::Wire(command)),
            hub::Output::Accept(origin, no) => self.way.accept(origin, no, &mut self.endpoint),
            hub::Output::Publish(to, message) => match &mut self.way.tab {
                None => self.endpoint.handle(message, &mut self.way),
                Some(tab) => {
                    if let Some(parcel) = message.into_parcel() {
                        tab.publish(to, parcel, now);
                    }
                }
            },
            hub::Output::Hurry(due_after) => self.way.hurry(due_after),
            hub::Output::Tell(traffic) => {
                self.outputs.push_back(Output::Notice(Notice::Traffic(traffic)));
            }
            hub::Output::AskAuth { request, namespace, recovery } => {
                self.ask_auth(request, namespace, recovery, now);
            }
        }
    }

    fn logged_out(&mut self, now: Instant) {
        if let Some(hub) = &mut self.hub {
            hub.log_out(now);
        }
        self.endpoint.log_out(&mut self.way);
        self.way.let_go();
    }

    fn interest_changed(&mut self, key: &str, held: bool, now: Instant) {
        let Some(hub) = &mut self.hub else { return };
        match (Interest::from_key(key), held) {
            (Some(Interest::Link), true) => hub.open(now),
            (Some(Interest::Link), false) => hub.close_if_unused(now),
            (Some(Interest::Namespace(name)), true) => hub.connect(name, now),
            (Some(Interest::Namespace(name)), false) => hub.disconnect(name, now),
            (Some(Interest::App(key)), held) => {
                let notice = Notice::Interest { key: key.to_owned(), held };
                self.outputs.push_back(Output::Notice(notice));
            }
            (None, _) => {}
        }
    }
}

fn state_parcel<H: Host>(mirror: &Mirror) -> Option<Parcel<H>> {
    let control = postcard::to_allocvec(mirror).ok()?;
    Some(Parcel { control, ..Parcel::default() })
}

impl<H: Host> Machine for Client<H> {
    type Input = Input<H>;
    type Output = Output<H>;

    fn handle_input(&mut self, input: Input<H>, now: Instant) {
        match input {
            Input::Wire(fact) => {
                self.begin(now);
                self.hear_wire(fact, now);
            }
            Input::Congested(congested) => {
                self.begin(now);
                if let Some(hub) = &mut self.hub {
                    hub.set_congested(congested);
                }
            }
            Input::Tabs(fact) => {
                self.way.now = now;
                let wakes = matches!(fact, tabs::Input::NapOver);
                if let Some(tab) = &mut self.way.tab {
                    tab.handle_input(fact, now);
                }
                if wakes {
                    self.wake_hub(now);
                }
            }
            Input::Page(fact) => {
                self.begin(now);
                self.handle_page(fact, now);
            }
        }
        self.settle(now);
    }

    fn handle_timeless(&mut self, input: &Input<H>) -> bool {
        self.take_plain(input)
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.way.now = now;
        if let Some(tab) = &mut self.way.tab {
            tab.handle_timeout(now);
        }
        self.wake_hub(now);
        self.endpoint.handle_timeout(now, &mut self.way);
        self.settle(now);
    }

    fn poll_output(&mut self) -> Option<Output<H>> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let tab = self.way.tab.as_ref().and_then(Machine::poll_timeout);
        let hub = self.hub.as_ref().filter(|_| !self.way.is_in_doubt()).and_then(Hub::poll_timeout);
        sooner(sooner(tab, hub), self.endpoint.poll_timeout())
    }
}

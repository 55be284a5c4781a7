//! The short ways of plain packets, beside the long one: clients hear the same, and must say the same
//! and be the same. On one of them a packet goes past the client, as the client said that it may.

use core::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tabcast::client::{
    Client, Config, Delivery, Emit, EmitId, EmitLimits, Input, Notice, Output, PlainEmit, Shortcut,
    SocketId,
};
use tabcast::engineio::{self, Frame};
use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::socketio::{self, ConnId};
use tabcast::time::Instant;

use crate::sim::client::shortcuts::{Shortcuts, Way};
use crate::socketio_support::HANDSHAKE;

/// What a server may say, in a session that can be recovered or not; most of it is no plain event.
const FRAMES: [&str; 31] = [
    r#"42["a",1]"#,
    r#"42["a","QxYzAbC.1"]"#,
    r#"42["a","QxYzAbC.2"]"#,
    r#"42/rt,["b",{"n":1}]"#,
    r#"42/rt,["b","QxYzAbC.3"]"#,
    r#"42/unknown,["b"]"#,
    r#"42 [1.5,"x"]"#,
    r#"430["answer"]"#,
    r#"43/rt,0["answer","QxYzAbC.4"]"#,
    "431",
    r#"427["wants-an-answer"]"#,
    r#"451-["c",{"_placeholder":true,"num":0}]"#,
    r#"42["connect"]"#,
    r#"42["\u0063onnect"]"#,
    r#"42{"no":"array"}"#,
    r#"42/rt,["disconnect"]"#,
    r#"42/rt,["\u0063onnect"]"#,
    "42/rt,[]",
    "42/rt,[1.5]",
    "42/rt,[bad",
    TOO_LONG,
    "42",
    "4",
    "",
    "2",
    r#"40{"sid":"s","pid":"p"}"#,
    r#"40/rt,{"sid":"t"}"#,
    "41",
    r#"44{"message":"no"}"#,
    "x",
    HANDSHAKE,
];

const TOO_LONG: &str = r#"42["too long, too long, too long, too long, too long, too long, too long, too long, too long, too long, too long"]"#;

#[derive(Clone, Debug)]
enum Step {
    Text(&'static str),
    Binary,
    Emit(SocketId),
    Observe(bool),
    Disconnect(SocketId),
    Connect(SocketId),
    Later,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => select(&FRAMES[..10]).prop_map(Step::Text),
        4 => select(&FRAMES).prop_map(Step::Text),
        1 => Just(Step::Binary),
        4 => (0..2_u32).prop_map(|id| Step::Emit(SocketId(id))),
        1 => any::<bool>().prop_map(Step::Observe),
        1 => (0..2_u32).prop_map(|id| Step::Disconnect(SocketId(id))),
        1 => (0..2_u32).prop_map(|id| Step::Connect(SocketId(id))),
        1 => Just(Step::Later),
    ];
    vec(step, 1..60)
}

proptest! {
    #[test]
    fn a_plain_packet_that_takes_the_short_way_does_what_it_does_on_the_long_one(steps in steps()) {
        let (mut long, mut short) = (Tab::connected(Way::Long), Tab::connected(Way::Short));

        for step in steps {
            let said = long.take(&step);

            prop_assert_eq!(short.take(&step), said, "{:?}", step);
            prop_assert_eq!(short.state(), long.state(), "{:?}", step);
        }
    }

    #[test]
    fn a_plain_packet_that_goes_past_the_client_does_what_it_does_on_the_long_way(steps in steps()) {
        let (mut long, mut past) = (Tab::connected(Way::Long), Tab::connected(Way::Past));

        for step in steps {
            let said = long.take(&step);

            prop_assert_eq!(past.take(&step), said, "{:?}", step);
            prop_assert_eq!(past.client.poll_timeout(), long.client.poll_timeout(), "{:?}", step);
        }
    }
}

#[test]
fn what_may_go_past_the_client_is_told_when_it_changes() {
    let mut tab = Tab::connected(Way::Past);
    let both = tab.heads.clone();

    tab.take(&Step::Observe(true));
    let observed = tab.heads.clone();
    tab.take(&Step::Observe(false));
    tab.take(&Step::Text(r#"451-["c",{"_placeholder":true,"num":0}]"#));
    let incomplete = tab.heads.clone();
    tab.take(&Step::Binary);
    tab.take(&Step::Disconnect(SocketId(0)));

    assert_eq!(both, ["42 past the client: false, 43", "42/rt, past the client: true, 43/rt,"]);
    assert_eq!((observed, incomplete), (Vec::new(), Vec::new()));
    assert_eq!(tab.heads.clone(), ["42/rt, past the client: true, 43/rt,"]);
}

#[test]
fn nothing_goes_past_a_client_that_has_something_to_do_first() {
    let mut tab = Tab::connected(Way::Past);
    let emit = PlainEmit { id: EmitId(9), units: 7, wants_ack: true, deadline: None };

    tab.client.disconnect(SocketId(0), tab.now);
    let unsaid = tab.client.send_plain(SocketId(1), emit, tab.now);
    tab.drain();
    let said = tab.client.send_plain(SocketId(1), emit, tab.now);
    let late = tab.now + Duration::from_secs(3600);
    let overdue = tab.client.send_plain(SocketId(1), PlainEmit { id: EmitId(10), ..emit }, late);

    assert_eq!((unsaid, said, overdue), (None, Some(Some(0)), None));
}

#[test]
fn only_plain_events_of_a_connected_namespace_take_the_short_way() {
    let taken: Vec<&str> =
        FRAMES.into_iter().filter(|frame| Tab::connected(Way::Short).passes(frame)).collect();

    assert_eq!(
        taken,
        [
            r#"42["a",1]"#,
            r#"42["a","QxYzAbC.1"]"#,
            r#"42["a","QxYzAbC.2"]"#,
            r#"42/rt,["b",{"n":1}]"#,
            r#"42/rt,["b","QxYzAbC.3"]"#,
            r#"42 [1.5,"x"]"#,
            "42/rt,[1.5]",
        ]
    );
}

#[test]
fn an_answer_that_is_awaited_goes_past_the_client_once() {
    let mut tab = Tab::connected(Way::Past);
    tab.take(&Step::Emit(SocketId(0)));

    let answered = [tab.hear_past(r#"430["answer"]"#), tab.hear_past(r#"430["answer"]"#)];

    assert!(answered[0].is_some() && answered[1].is_none(), "{answered:?}");
}

#[test]
fn while_something_waits_to_be_said_nothing_takes_the_short_way() {
    let mut tab = Tab::connected(Way::Short);
    let event = tab.received(r#"42/rt,["b"]"#);
    tab.client.disconnect(SocketId(0), tab.now);

    let passed = tab.client.handle_timeless(&event);
    tab.drain();

    assert_eq!((passed, tab.client.handle_timeless(&event)), (false, true));
}

#[test]
fn who_listens_to_packets_hears_of_a_plain_event_too() {
    let mut tab = Tab::connected(Way::Short);
    tab.take(&Step::Observe(true));

    let said = tab.take(&Step::Text(r#"42["a",1]"#));

    assert_eq!(said.len(), 2, "{said:?}");
}

/// A tab that shares nothing, connected to two namespaces of which one can be recovered.
struct Tab {
    client: Client<Native>,
    /// The newest socket.
    conn: Option<ConnId>,
    way: Way,
    shortcuts: Shortcuts,
    /// The same for people.
    heads: Vec<String>,
    emits: u32,
    now: Instant,
}

impl Tab {
    fn connected(way: Way) -> Self {
        let now = Instant::from_origin(Duration::from_secs(1000));
        let mut socket = socketio::Config::new("wss://host");
        socket.max_frame = HANDSHAKE.len();
        let config = Config { socket, share: None, limits: EmitLimits::default(), seed: 1 };
        let mut tab = Self {
            client: Client::new(config, now),
            conn: None,
            way,
            shortcuts: Shortcuts::default(),
            heads: Vec::new(),
            emits: 0,
            now,
        };
        tab.client.start(now);
        tab.client.connect(SocketId(0), "/", now);
        tab.client.connect(SocketId(1), "/rt", now);
        tab.drain();
        for frame in [HANDSHAKE, r#"40{"sid":"s","pid":"p"}"#, r#"40/rt,{"sid":"t"}"#] {
            tab.take(&Step::Text(frame));
        }
        tab
    }

    fn take(&mut self, step: &Step) -> Vec<String> {
        match *step {
            Step::Text(text) => {
                if let Some(said) = self.hear_past(text) {
                    return vec![said];
                }
                self.hear(self.received(text));
            }
            Step::Binary => self.hear(self.frame(Frame::Binary(vec![1]))),
            Step::Emit(socket) => {
                if let Some(said) = self.emit(socket) {
                    return said;
                }
            }
            Step::Observe(observed) => self.client.observe(observed),
            Step::Disconnect(socket) => self.client.disconnect(socket, self.now),
            Step::Connect(socket) => {
                let name = if socket == SocketId(0) { "/" } else { "/rt" };
                self.client.connect(socket, name, self.now);
            }
            Step::Later => {
                self.now = self.now + Duration::from_millis(100);
                self.client.handle_timeout(self.now);
            }
        }
        self.drain()
    }

    fn passes(&mut self, text: &str) -> bool {
        let event = self.received(text);
        self.client.handle_timeless(&event)
    }

    fn hear(&mut self, fact: Input<Native>) {
        let due = self.client.poll_timeout();
        if self.way == Way::Short && self.client.handle_timeless(&fact) {
            let next = self.client.poll_timeout();
            assert!(next.is_none_or(|next| due.is_some_and(|due| due <= next)), "{due:?} {next:?}");
        } else {
            self.client.handle_input(fact, self.now);
        }
    }

    /// Takes in a frame without the client, if that may be.
    fn hear_past(&mut self, text: &str) -> Option<String> {
        if self.way != Way::Past {
            return None;
        }
        let notice = self.shortcuts.take(&mut self.client, text)?;
        Some(format!("{:?}", Output::<Native>::Notice(notice)))
    }

    /// Sends something that is to be answered, sometimes in time; gives what was said if the client
    /// need not send it.
    fn emit(&mut self, socket: SocketId) -> Option<Vec<String>> {
        self.emits += 1;
        let (id, payload) = (EmitId(self.emits), r#"["ask"]"#);
        let wants_ack = !self.emits.is_multiple_of(5);
        let deadline = self.emits.is_multiple_of(2).then(|| self.now + Duration::from_millis(250));
        let plain = PlainEmit { id, units: payload.len(), wants_ack, deadline };
        if self.way == Way::Past
            && let Some(frame) =
                self.shortcuts.frame(&mut self.client, socket, plain, payload, self.now)
        {
            let (conn, frame) = (self.conn.unwrap(), Frame::<Native>::Text(frame));
            let sent = Output::<Native>::Wire(socketio::Output::SendFrame { conn, frame });
            let told = Output::<Native>::Notice(Notice::Sent { socket, id });
            return Some(vec![format!("{told:?}"), format!("{sent:?}")]);
        }
        let emit = Emit {
            id,
            payload: payload.to_owned(),
            attachments: Vec::new(),
            wants_ack,
            volatile: false,
            deadline,
            delivery: Delivery::AtMostOnce,
        };
        self.client.emit(socket, emit, self.now);
        None
    }

    /// What the client says; questions for the handshake data are answered.
    fn drain(&mut self) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(output) = self.client.poll_output() {
            said.push(format!("{output:?}"));
            match output {
                Output::Notice(Notice::AuthWanted { request, .. }) => {
                    self.client.provide_auth(request, None, self.now);
                }
                Output::Wire(socketio::Output::OpenSocket { conn, .. }) => self.conn = Some(conn),
                Output::Notice(Notice::Shortcuts { limit, shortcuts }) => {
                    self.shortcuts = Shortcuts::new(limit, shortcuts.clone());
                    self.heads = shortcuts.iter().map(head).collect();
                }
                _ => {}
            }
        }
        said
    }

    /// All that the client knows, with the time that only the long way takes note of.
    fn state(&mut self) -> String {
        self.client.handle_timeout(self.now);
        assert_eq!(self.drain(), [""; 0]);
        format!("{:?}", self.client)
    }

    fn received(&self, text: &str) -> Input<Native> {
        self.frame(Frame::Text(text.to_owned()))
    }

    fn frame(&self, frame: Frame<Native>) -> Input<Native> {
        let fact = engineio::Input::FrameReceived(frame);
        Input::Wire(socketio::Input::Socket { conn: self.conn.unwrap(), fact })
    }
}

fn head(Shortcut { event, ack, takes_events, .. }: &Shortcut) -> String {
    format!("{event} past the client: {takes_events}, {ack}")
}

//! What must hold for every machine, whatever it does.
//!
//! A new machine joins with a test at the end of this file.

use core::fmt::Debug;
use core::time::Duration;

use tabcast::engineio::{self, Connection, Frame, Transport};
use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::socketio::{Config, Event, Manager, Output};
use tabcast::time::Instant;

use crate::socketio_support::HANDSHAKE;

/// A machine under the laws: they are checked when it is made and after each step.
///
/// Each step is taken twice, by two machines made alike: the same calls must give the same outputs.
pub(crate) struct Lawful<M> {
    machine: M,
    twin: M,
    now: Instant,
}

impl<M: Machine<Output: Debug> + Clone> Lawful<M> {
    pub(crate) fn new(make: impl Fn(Instant) -> M) -> Self {
        let now = Instant::from_origin(Duration::from_secs(1000));
        let lawful = Self { machine: make(now), twin: make(now), now };
        lawful.check();
        lawful
    }

    /// Gives the machine a command or a fact.
    pub(crate) fn step(mut self, step: impl Fn(&mut M, Instant)) -> Self {
        self.now = self.now + Duration::from_millis(10);
        step(&mut self.machine, self.now);
        step(&mut self.twin, self.now);
        self.check();
        assert_eq!(drain(&mut self.machine), drain(&mut self.twin), "a run can be repeated");
        self
    }

    fn check(&self) {
        drained_stays_drained(self.machine.clone());
        an_early_timeout_does_nothing(self.machine.clone());
        a_timeout_that_fired_moves_the_deadline(self.machine.clone());
        a_late_timeout_fires_as_a_punctual_one(self.machine.clone(), self.now);
        time_may_run_backwards(self.machine.clone());
    }
}

fn drained_stays_drained<M: Machine<Output: Debug>>(mut machine: M) {
    drain(&mut machine);
    let timeout = machine.poll_timeout();

    assert_eq!(drain(&mut machine), [""; 0]);
    assert_eq!(machine.poll_timeout(), timeout, "polling changes nothing");
}

fn an_early_timeout_does_nothing<M: Machine<Output: Debug>>(mut machine: M) {
    drain(&mut machine);
    let due = machine.poll_timeout();

    let early = due.map_or(Instant::default(), |due| due - Duration::from_nanos(1));
    machine.handle_timeout(early);

    assert_eq!(drain(&mut machine), [""; 0]);
    assert_eq!(machine.poll_timeout(), due);
}

fn a_timeout_that_fired_moves_the_deadline<M: Machine<Output: Debug>>(mut machine: M) {
    drain(&mut machine);
    for _ in 0..100 {
        let Some(due) = machine.poll_timeout() else { return };

        machine.handle_timeout(due);
        drain(&mut machine);
        let next = machine.poll_timeout();
        machine.handle_timeout(due);

        assert!(next.is_none_or(|next| next > due), "{due:?} fired, and is due again");
        assert_eq!(drain(&mut machine), [""; 0], "a repeated timeout does nothing");
        assert_eq!(machine.poll_timeout(), next);
    }
}

/// Only the first deadline can be compared: what comes after it counts from a later start.
fn a_late_timeout_fires_as_a_punctual_one<M: Machine<Output: Debug> + Clone>(
    mut machine: M,
    now: Instant,
) {
    drain(&mut machine);
    let Some(due) = machine.poll_timeout() else { return };
    let mut late = machine.clone();
    let very_late = due.max(now) + Duration::from_hours(1000);

    machine.handle_timeout(due);
    late.handle_timeout(very_late);

    let (punctual, late_outputs) = (drain(&mut machine), drain(&mut late));
    assert_eq!(late_outputs.first(), punctual.first());
    assert!(late.poll_timeout().is_none_or(|next| next > very_late));
}

fn time_may_run_backwards<M: Machine<Output: Debug>>(mut machine: M) {
    drain(&mut machine);

    machine.handle_timeout(Instant::from_origin(Duration::from_secs(1)));
    machine.handle_timeout(Instant::default());

    assert_eq!(drain(&mut machine), [""; 0]);
}

fn drain<M: Machine<Output: Debug>>(machine: &mut M) -> Vec<String> {
    core::iter::from_fn(|| machine.poll_output()).map(|output| format!("{output:?}")).collect()
}

#[test]
fn an_engine_io_connection_obeys() {
    let config = engineio::Config::new("wss://host");
    let lawful = || Lawful::new(|now| Connection::<Native>::new(config.clone(), now));
    let frame = |text: &'static str| {
        move |connection: &mut Connection<Native>, now| {
            let frame = Frame::Text(text.to_owned());
            connection.handle_input(engineio::Input::FrameReceived(frame), now);
        }
    };
    let fact = |fact: engineio::Input<Native>| {
        move |connection: &mut Connection<Native>, now| connection.handle_input(fact.clone(), now)
    };
    let close = |connection: &mut Connection<Native>, _| connection.close();

    let mut both = config.clone();
    both.transports.order = vec![Transport::Polling, Transport::WebSocket];
    both.transports.try_all = true;
    let polling = || Lawful::new(|now| Connection::<Native>::new(both.clone(), now));
    let send = |connection: &mut Connection<Native>, now| {
        let _ = connection.send_text("a", None, now);
    };
    let upgradable = HANDSHAKE.replace("[]", "[\"websocket\"]");

    polling()
        .step(fact(engineio::Input::Polled(upgradable.clone())))
        .step(fact(engineio::Input::PollEnded))
        .step(send)
        .step(send)
        .step(fact(engineio::Input::SocketOpened))
        .step(frame("3probe"))
        .step(fact(engineio::Input::PollEnded))
        .step(fact(engineio::Input::Posted))
        .step(frame("2"))
        .step(close);
    polling()
        .step(fact(engineio::Input::Polled(upgradable)))
        .step(frame("3probe"))
        .step(fact(engineio::Input::SocketFailed))
        .step(fact(engineio::Input::Polled("1".to_owned())));
    polling()
        .step(fact(engineio::Input::PollFailed(engineio::RequestFailure::BodyTooLarge)))
        .step(fact(engineio::Input::SocketFailed));
    lawful()
        .step(frame(HANDSHAKE))
        .step(frame("4a"))
        .step(frame("2"))
        .step(frame("x"))
        .step(frame("2"));
    lawful().step(frame(HANDSHAKE)).step(close).step(close).step(frame("2"));
    lawful().step(fact(engineio::Input::SocketOpened)).step(fact(engineio::Input::SocketFailed));
    lawful().step(fact(engineio::Input::NetworkLost)).step(frame(HANDSHAKE));
}

#[test]
fn closed_is_the_last_output_of_a_connection_and_comes_once() {
    let config = engineio::Config { max_frame: 100, ..engineio::Config::new("wss://host") };
    let long = "4".repeat(101);
    for end in ["x", "", long.as_str()] {
        let now = Instant::default();
        let mut connection = Connection::<Native>::new(config.clone(), now);
        for text in [HANDSHAKE, end, "2", "4a", end] {
            let frame = Frame::Text(text.to_owned());
            connection.handle_input(engineio::Input::FrameReceived(frame), now);
        }
        connection.close();

        let outputs = drain(&mut connection);

        let closed: Vec<_> = outputs.iter().map(|output| output.contains("Closed")).collect();
        assert_eq!(closed.iter().filter(|closed| **closed).count(), 1);
        assert_eq!(closed.last(), Some(&true));
    }
}

#[test]
fn a_socket_io_manager_obeys() {
    let lawful = || {
        let mut config = Config::new("wss://host");
        config.seed = 1;
        config.connect_timeout = Some(Duration::from_secs(7));
        Lawful::new(|_| Manager::<Native>::new(config.clone()))
    };
    let connect = |name: &'static str| {
        move |manager: &mut Manager<Native>, now| {
            let id = manager.namespace(name);
            manager.connect(id, now);
        }
    };
    let disconnect = |manager: &mut Manager<Native>, now| {
        let id = manager.namespace("/");
        manager.disconnect(id, now);
    };
    let online = |manager: &mut Manager<Native>, now| {
        manager.handle_input(tabcast::socketio::Input::WentOnline, now);
    };
    let offline = |manager: &mut Manager<Native>, now| {
        manager.handle_input(tabcast::socketio::Input::WentOffline, now);
    };
    let abandon = |manager: &mut Manager<Native>, _| manager.abandon();
    let open = |manager: &mut Manager<Native>, now| {
        manager.open(now);
        play_server(manager, HANDSHAKE, now);
    };
    let receive = |text: &'static str| {
        move |manager: &mut Manager<Native>, now| play_server(manager, text, now)
    };

    lawful()
        .step(connect("/"))
        .step(open)
        .step(connect("/é"))
        .step(receive("40{\"sid\":\"s\"}"))
        .step(receive("451-[\"a\"]"))
        .step(receive("47"))
        .step(online)
        .step(disconnect);
    lawful()
        .step(connect("/"))
        .step(offline)
        .step(online)
        .step(abandon)
        .step(connect("/"))
        .step(disconnect);
}

/// Gives a frame to the socket that the manager asked for last, answering for the owner too.
fn play_server(manager: &mut Manager<Native>, text: &str, now: Instant) {
    let fact = engineio::Input::FrameReceived(Frame::Text(text.to_owned()));
    let mut probe = manager.clone();
    // A socket is only known by the command that asked for it.
    probe.abandon();
    let conn = core::iter::from_fn(|| probe.poll_output()).find_map(|output| match output {
        Output::CloseSocket { conn } => Some(conn),
        _ => None,
    });
    let Some(conn) = conn else { return };
    manager.handle_input(tabcast::socketio::Input::Socket { conn, fact }, now);
    let mut probe = manager.clone();
    while let Some(output) = probe.poll_output() {
        if let Output::Event(Event::AuthWanted { request, .. }) = output {
            manager.provide_auth(request, None, now);
        }
    }
}

//! What must hold for every machine, whatever it does.
//!
//! A machine is brought through a script of steps; between them the laws are checked. A new
//! machine joins with a test of one call at the end of this file.

use core::fmt::Debug;
use core::time::Duration;

use tabcast::engineio::{self, Connection, Frame};
use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::socketio::{Config, Event, Manager, Output};
use tabcast::time::Instant;

use crate::socketio_support::HANDSHAKE;

/// Checks all laws on the machine that `make` makes, after each of `steps`.
///
/// A step is a command, or a fact, at the given instant. Each step is taken twice, by two machines
/// made alike: the same calls must give the same outputs.
pub(crate) fn obey<M: Machine + Clone>(make: impl Fn() -> M, steps: &[&dyn Fn(&mut M, Instant)])
where
    M::Output: Debug,
{
    let (mut machine, mut twin) = (make(), make());
    let mut now = Instant::from_origin(Duration::from_secs(1000));
    check(&machine, now);
    for step in steps {
        step(&mut machine, now);
        step(&mut twin, now);
        check(&machine, now);
        assert_eq!(drain(&mut machine), drain(&mut twin), "outputs follow from the calls alone");
        now = now + Duration::from_millis(10);
    }
    check(&machine, now);
}

fn check<M: Machine + Clone>(machine: &M, now: Instant)
where
    M::Output: Debug,
{
    drained_stays_drained(machine.clone());
    an_early_timeout_does_nothing(machine.clone());
    a_timeout_that_fired_moves_the_deadline(machine.clone());
    a_late_timeout_fires_as_a_punctual_one(machine.clone(), now);
    time_may_run_backwards(machine.clone());
}

fn drained_stays_drained<M: Machine>(mut machine: M)
where
    M::Output: Debug,
{
    drain(&mut machine);
    let timeout = machine.poll_timeout();

    assert_eq!(drain(&mut machine), [""; 0]);
    assert_eq!(machine.poll_timeout(), timeout, "polling changes nothing");
}

fn an_early_timeout_does_nothing<M: Machine>(mut machine: M)
where
    M::Output: Debug,
{
    drain(&mut machine);
    let due = machine.poll_timeout();

    let early = due.map_or(Instant::default(), |due| due - Duration::from_nanos(1));
    machine.handle_timeout(early);

    assert_eq!(drain(&mut machine), [""; 0]);
    assert_eq!(machine.poll_timeout(), due);
}

fn a_timeout_that_fired_moves_the_deadline<M: Machine>(mut machine: M)
where
    M::Output: Debug,
{
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
fn a_late_timeout_fires_as_a_punctual_one<M: Machine + Clone>(mut machine: M, now: Instant)
where
    M::Output: Debug,
{
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

fn time_may_run_backwards<M: Machine>(mut machine: M)
where
    M::Output: Debug,
{
    drain(&mut machine);

    machine.handle_timeout(Instant::from_origin(Duration::from_secs(1)));
    machine.handle_timeout(Instant::default());

    assert_eq!(drain(&mut machine), [""; 0]);
}

fn drain<M: Machine>(machine: &mut M) -> Vec<String>
where
    M::Output: Debug,
{
    core::iter::from_fn(|| machine.poll_output()).map(|output| format!("{output:?}")).collect()
}

#[test]
fn an_engine_io_connection_obeys() {
    let config = engineio::Config {
        url: "wss://host".to_owned(),
        open_timeout: Some(Duration::from_secs(20)),
        max_frame: 1 << 20,
    };
    let make = || {
        let start = Instant::from_origin(Duration::from_secs(1000));
        Connection::<Native>::new(config.clone(), start)
    };
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

    obey(make, &[&frame(HANDSHAKE), &frame("4a"), &frame("2"), &frame("x"), &frame("2")]);
    obey(make, &[&frame(HANDSHAKE), &close, &close, &frame("2")]);
    obey(make, &[&fact(engineio::Input::SocketOpened), &fact(engineio::Input::SocketFailed)]);
    obey(make, &[&fact(engineio::Input::NetworkLost), &frame(HANDSHAKE)]);
}

#[test]
fn closed_is_the_last_output_of_a_connection_and_comes_once() {
    let config = engineio::Config {
        url: "wss://host".to_owned(),
        open_timeout: Some(Duration::from_secs(20)),
        max_frame: 100,
    };
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
    let make = || {
        let mut config = Config::new("wss://host");
        config.seed = 1;
        config.connect_timeout = Some(Duration::from_secs(7));
        Manager::<Native>::new(config)
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

    obey(
        make,
        &[
            &connect("/"),
            &open,
            &connect("/é"),
            &receive("40{\"sid\":\"s\"}"),
            &receive("451-[\"a\"]"),
            &receive("47"),
            &online,
            &disconnect,
        ],
    );
    obey(make, &[&connect("/"), &offline, &online, &abandon, &connect("/"), &disconnect]);
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

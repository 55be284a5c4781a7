//! What holds for every order of events, also for those that no honest server sends.

use std::time::Duration;

use proptest::prelude::*;
use tabcast::chat::{
    Answer, Cid, Code, DeviceId, Epoch, Input, Interest, Meta, MetaRef, Op, Output, PresenceDiff,
    PresenceState, RequestId, Seq, Snapshot, Status, TyperSeen, UserId,
};

use crate::chat_support::{Bench, View, failure, message, room, snapshot, theirs};

fn rows(view: &View) -> Vec<&str> {
    view.rows.get(&room()).into_iter().flatten().map(|row| row.body.as_str()).collect()
}

fn watch(bench: &mut Bench, view: &mut View) {
    for output in bench.outputs() {
        if let Output::Changed(change) = output {
            view.apply(change);
        }
    }
}

/// The numbers 1 to `most` in any order, each at least once.
fn shuffled(most: u64) -> impl Strategy<Value = Vec<u64>> {
    (1..=most, prop::collection::vec(1..=most, 0..20)).prop_flat_map(|(count, extra)| {
        let doubled: Vec<u64> =
            (1..=count).chain(extra.into_iter().filter(move |n| *n <= count)).collect();
        Just(doubled).prop_shuffle()
    })
}

fn seq() -> impl Strategy<Value = Seq> {
    prop_oneof![0..12u64, Just((1 << 53) - 1), Just(u64::MAX)].prop_map(Seq::new)
}

fn op() -> impl Strategy<Value = Op<String>> {
    let from = prop_oneof![Just("ann"), Just("bob")];
    (seq(), from, 0..4u8, any::<bool>()).prop_map(|(seq, from, cid, other)| {
        if other {
            Op::Other(seq)
        } else {
            Op::Message(message(seq.number(), from, &format!("c{cid}")))
        }
    })
}

fn meta() -> impl Strategy<Value = Meta<String>> {
    (0..3u8).prop_map(|number| Meta {
        reference: MetaRef::new(&number.to_string()),
        device: DeviceId::new("phone"),
        state: PresenceState::Online,
        active_at: f64::from(number),
        body: String::new(),
    })
}

fn ops() -> impl Strategy<Value = Vec<Op<String>>> {
    prop::collection::vec(op(), 0..6)
}

fn any_snapshot() -> impl Strategy<Value = Snapshot<String>> {
    (ops(), seq(), seq(), any::<bool>(), 0..2u8).prop_map(|(ops, head, first, more, epoch)| {
        let epoch = Epoch::new(&format!("e{}", epoch + 1));
        Snapshot { epoch, first, more, head, ..snapshot(0, ops) }
    })
}

fn answer() -> impl Strategy<Value = Answer<String>> {
    let messages = prop::collection::vec((seq(), 0..4u8), 0..6).prop_map(|messages| {
        messages
            .into_iter()
            .map(|(seq, cid)| message(seq.number(), "ann", &format!("c{cid}")))
            .collect::<Vec<_>>()
    });
    let watched = prop::collection::vec(meta(), 0..4);
    prop_oneof![
        3 => prop::collection::vec(any_snapshot(), 0..2)
            .prop_map(|rooms| Answer::Hello { rooms, denied: Vec::new() }),
        3 => any_snapshot().prop_map(Answer::Joined),
        2 => (ops(), seq()).prop_map(|(ops, head)| Answer::Synced { ops, head }),
        2 => (messages, any::<bool>())
            .prop_map(|(messages, more)| Answer::History { messages, more }),
        2 => (seq(), 0..4u8).prop_map(|(seq, cid)| {
            Answer::Sent(message(seq.number(), "ann", &format!("c{cid}")))
        }),
        1 => watched.prop_map(|metas| Answer::Watched(vec![(UserId::new("bob"), metas)])),
        1 => Just(Answer::Done),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Fact(Input<String>),
    Retain,
    Release,
    Send(u8),
    Retry(u8),
    Discard(u8),
    LoadOlder,
    Keystroke,
    Watch,
    Unwatch,
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let code = prop_oneof![
        Just(Code::Timeout),
        Just(Code::Forbidden),
        Just(Code::GapTooLarge),
        Just(Code::Unavailable)
    ];
    let answer = prop_oneof![answer().prop_map(Ok), code.prop_map(|code| Err(failure(code)))];
    let typer = (0..40_000u64).prop_map(|ttl| TyperSeen {
        user: UserId::new("bob"),
        device: DeviceId::new("phone"),
        ttl: Duration::from_millis(ttl),
    });
    let diff = prop::collection::vec(meta(), 0..3).prop_map(|metas| PresenceDiff {
        joins: vec![(UserId::new("bob"), metas)],
        leaves: vec![(UserId::new("bob"), vec![MetaRef::new("1")])],
    });
    prop_oneof![
        8 => (1..20u64, answer).prop_map(|(request, answer)| {
            Step::Fact(Input::Answered { request: RequestId::new(request), answer })
        }),
        6 => (op(), 1..3u8).prop_map(|(op, epoch)| {
            let epoch = Epoch::new(&format!("e{epoch}"));
            Step::Fact(Input::OpReceived { room: room(), epoch, op })
        }),
        2 => any::<bool>().prop_map(|recovered| Step::Fact(Input::LinkUp { recovered })),
        1 => Just(Step::Fact(Input::LinkDown)),
        1 => typer.prop_map(|typer| Step::Fact(Input::TypingStarted { room: room(), typer })),
        1 => diff.prop_map(|diff| Step::Fact(Input::PresenceChanged(diff))),
        1 => any::<bool>().prop_map(|leading| Step::Fact(Input::LeadChanged { leading })),
        1 => Just(Step::Fact(Input::InterestAdded(Interest::Typing(room())))),
        1 => Just(Step::Fact(Input::InterestRemoved(Interest::Room(room())))),
        2 => Just(Step::Retain),
        1 => Just(Step::Release),
        3 => (0..4u8).prop_map(Step::Send),
        1 => (0..4u8).prop_map(Step::Retry),
        1 => (0..4u8).prop_map(Step::Discard),
        1 => Just(Step::LoadOlder),
        1 => Just(Step::Keystroke),
        1 => Just(Step::Watch),
        1 => Just(Step::Unwatch),
        4 => (0..3000u64).prop_map(Step::Pass),
    ]
}

fn take(bench: &mut Bench, step: Step) {
    let now = bench.now;
    let cid = |number: u8| Cid::new(&format!("c{number}"));
    match step {
        Step::Fact(fact) => bench.input(fact),
        Step::Retain => bench.store.retain(&room()),
        Step::Release => bench.store.release(&room(), now),
        Step::Send(number) => {
            // A taken id is refused; that is part of what is tried.
            let _ = bench.store.send(&room(), cid(number), String::new(), now);
        }
        Step::Retry(number) => {
            bench.store.retry(&room(), &cid(number), now);
        }
        Step::Discard(number) => {
            bench.store.discard(&room(), &cid(number));
        }
        Step::LoadOlder => bench.store.load_older(&room(), 3),
        Step::Keystroke => bench.store.keystroke(&room(), now),
        Step::Watch => bench.store.watch(&[UserId::new("bob")], now),
        Step::Unwatch => bench.store.unwatch(&[UserId::new("bob")], now),
        Step::Pass(millis) => bench.pass(Duration::from_millis(millis)),
    }
}

proptest! {
    /// I1, I3.
    #[test]
    fn any_order_and_doubling_of_ops_gives_each_message_once_and_in_order(order in shuffled(30)) {
        let mut bench = Bench::joined(0);
        let mut view = View::default();

        for seq in &order {
            bench.op(theirs(*seq));
        }
        watch(&mut bench, &mut view);

        let last = order.iter().max().copied().unwrap_or_default();
        let expected: Vec<String> = (1..=last).map(|seq| format!("b{seq} at {seq}")).collect();
        prop_assert_eq!(rows(&view), expected);
        prop_assert_eq!(bench.store_timeout(), None);
    }

    /// I5.
    #[test]
    fn history_and_live_join_without_overlap_and_without_a_hole(
        live in 1..10u64,
        limits in prop::collection::vec(1..8usize, 1..20),
    ) {
        let mut bench = Bench::joined(20);
        let mut view = View::default();
        for seq in 21..=20 + live {
            bench.op(theirs(seq));
        }
        watch(&mut bench, &mut view);

        let mut low = 20u64;
        for limit in limits {
            bench.store.load_older(&room(), limit);
            let Some(request) = bench.requests().pop() else { break };
            // Each page overlaps what is there, as that of a careless server may.
            let next = low.saturating_sub(limit as u64);
            let page = (next + 1..=low + 2).map(|seq| message(seq, "bob", &format!("b{seq}")));
            bench.answer(request, Answer::History { messages: page.collect(), more: next > 0 });
            low = next;
            watch(&mut bench, &mut view);
        }

        let expected: Vec<String> =
            (low + 1..=20 + live).map(|seq| format!("b{seq} at {seq}")).collect();
        prop_assert_eq!(rows(&view), expected);
    }

    /// The view never breaks, the deadline always moves, confirmed rows stay before pending ones.
    #[test]
    fn nothing_that_a_server_says_breaks_the_store(steps in prop::collection::vec(step(), 0..60)) {
        let mut bench = Bench::new();
        let mut view = View::default();
        bench.store.retain(&room());

        for step in steps {
            take(&mut bench, step);
            watch(&mut bench, &mut view);
            let shown = view.rows.get(&room()).map(Vec::as_slice).unwrap_or_default();
            let pending = |status: &Status| matches!(status, Status::Queued | Status::Failed(_));
            let first = shown.iter().position(|row| pending(&row.status)).unwrap_or(shown.len());
            prop_assert!(shown.iter().skip(first).all(|row| row.mine));
        }
        bench.pass(Duration::from_secs(600));
    }
}

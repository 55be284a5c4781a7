//! The reconnecting stream, driven by hand in virtual time.

use core::time::Duration;

use tabcast::machine::Machine;
use tabcast::sse::{
    Attempt, CloseReason, Config, Fact, Failure, Idle, Input, Limits, Notice, OnEnd, Output, Part,
    Response, RetryConfig, Stream, Unsendable,
};
use tabcast::time::Instant;

/// A stream, its clock, and the attempt it is in.
struct Bench {
    stream: Stream,
    now: Instant,
    attempt: Attempt,
}

/// What a stream put out, short enough to compare whole lists.
#[derive(Clone, Debug, PartialEq)]
enum Out {
    Abort,
    Ask {
        after: Option<Failure>,
    },
    Fetch {
        last_event_id: Option<String>,
    },
    Closed(CloseReason),
    /// Whether a retry follows is part of the output, its jittered time is not.
    Failed(Failure, Next),
    Opened,
    Oversized(Part),
    Received {
        data: &'static str,
        last_event_id: String,
    },
    Unsendable(Unsendable),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Next {
    Retry,
    Stop,
}

impl Bench {
    fn new(config: Config) -> Self {
        Self {
            stream: Stream::new(config),
            now: Instant::from_origin(seconds(100)),
            attempt: Attempt::from_number(0),
        }
    }

    /// A stream whose first request is under way.
    fn connecting(config: Config) -> Self {
        let mut bench = Self::new(config);
        bench.stream.open("", bench.now);
        bench.drain();
        bench.fact(Fact::HeadersProvided(Vec::new()));
        bench
    }

    /// A stream that is open.
    fn open(config: Config) -> Self {
        let mut bench = Self::connecting(config);
        bench.fact(Fact::Responded(event_stream()));
        bench
    }

    fn fact(&mut self, fact: Fact) -> Vec<Out> {
        self.input(Input::Attempt(self.attempt, fact))
    }

    fn input(&mut self, input: Input) -> Vec<Out> {
        self.stream.handle_input(input, self.now);
        self.drain()
    }

    fn chunk(&mut self, bytes: &str) -> Vec<Out> {
        self.fact(Fact::ChunkReceived(bytes.as_bytes().to_vec().into()))
    }

    /// Goes to the next deadline and returns how far that was.
    fn wait(&mut self) -> (Duration, Vec<Out>) {
        let due = self.stream.poll_timeout().expect("a timer runs");
        let waited = due.saturating_since(self.now);
        (waited, self.advance(waited))
    }

    fn advance(&mut self, by: Duration) -> Vec<Out> {
        self.now = self.now + by;
        self.stream.handle_timeout(self.now);
        self.drain()
    }

    /// From waiting to the next open stream.
    fn reopen(&mut self) -> Vec<Out> {
        let (_, mut out) = self.wait();
        out.extend(self.fact(Fact::HeadersProvided(Vec::new())));
        out.extend(self.fact(Fact::Responded(event_stream())));
        out
    }

    fn drain(&mut self) -> Vec<Out> {
        core::iter::from_fn(|| self.stream.poll_output())
            .map(|output| match output {
                Output::Abort => Out::Abort,
                Output::HeadersWanted { attempt, after, .. } => {
                    self.attempt = attempt;
                    Out::Ask { after }
                }
                Output::Fetch { attempt, last_event_id, .. } => {
                    assert_eq!(attempt, self.attempt);
                    Out::Fetch { last_event_id }
                }
                Output::Notice(notice) => noticed(notice),
            })
            .collect()
    }
}

fn noticed(notice: Notice) -> Out {
    match notice {
        Notice::Closed(reason) => Out::Closed(reason),
        Notice::Failed { failure, retry_in } => {
            Out::Failed(failure, retry_in.map_or(Next::Stop, |_| Next::Retry))
        }
        Notice::Opened => Out::Opened,
        Notice::Oversized(part) => Out::Oversized(part),
        Notice::Received(batch) => Out::Received {
            data: batch.text().to_owned().leak(),
            last_event_id: batch.last_event_id().unwrap_or_default().to_owned(),
        },
        Notice::UnsendableId(reason) => Out::Unsendable(reason),
        other => panic!("{other:?}"),
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn event_stream() -> Response {
    Response { status: 200, content_type: Some("text/event-stream".into()), retry_after: None }
}

fn status(status: u16) -> Fact {
    Fact::Responded(Response { status, ..event_stream() })
}

fn ask() -> Out {
    Out::Ask { after: None }
}

fn ask_after(failure: Failure) -> Out {
    Out::Ask { after: Some(failure) }
}

fn fetch(last_event_id: Option<&str>) -> Out {
    Out::Fetch { last_event_id: last_event_id.map(str::to_owned) }
}

fn received(data: &'static str) -> Out {
    Out::Received { data, last_event_id: String::new() }
}

fn retried(failure: Failure) -> Vec<Out> {
    vec![Out::Abort, Out::Failed(failure, Next::Retry)]
}

fn stopped(failure: Failure) -> Vec<Out> {
    vec![
        Out::Abort,
        Out::Failed(failure.clone(), Next::Stop),
        Out::Closed(CloseReason::Failed(failure)),
    ]
}

fn learning() -> Idle {
    Idle::Learn { factor: 3.0, min: seconds(15), max: seconds(120) }
}

#[test]
fn stream_asks_for_headers_fetches_opens_and_gives_out_events() {
    let mut bench = Bench::new(Config::default());
    bench.stream.open("", bench.now);

    let mut out = bench.drain();
    let headers = vec![("authorization".to_owned(), "t".to_owned())];
    bench.stream.handle_input(
        Input::Attempt(bench.attempt, Fact::HeadersProvided(headers.clone())),
        bench.now,
    );
    let fetched = bench.stream.poll_output();
    out.extend(bench.fact(Fact::Responded(event_stream())));
    out.extend(bench.chunk("data: 1\n\ndata: 2\n\nda"));
    out.extend(bench.chunk("ta: 3\n"));
    out.extend(bench.chunk("\n"));

    let attempt = bench.attempt;
    assert_eq!(fetched, Some(Output::Fetch { attempt, headers, last_event_id: None }));
    assert_eq!(out, [ask(), Out::Opened, received("12"), received("3")]);
}

#[test]
fn stream_that_is_not_opened_does_nothing() {
    let mut bench = Bench::new(Config::default());

    let mut out = bench.input(Input::PageShown);
    out.extend(bench.input(Input::WentOnline));
    out.extend(bench.input(Input::PageFrozen));
    bench.stream.reconnect(bench.now);
    out.extend(bench.drain());

    assert_eq!(out, []);
    assert_eq!(bench.stream.poll_timeout(), None);
}

#[test]
fn stream_can_start_behind_an_id() {
    let mut bench = Bench::new(Config::default());
    bench.stream.open("41", bench.now);
    bench.drain();

    let out = bench.fact(Fact::HeadersProvided(Vec::new()));

    assert_eq!(out, [fetch(Some("41"))]);
}

#[test]
fn transient_failures_are_retried() {
    let statuses = [408, 425, 429, 500, 502, 503, 599];
    for code in statuses {
        let mut bench = Bench::connecting(Config::default());
        let out = bench.fact(status(code));
        assert_eq!(out, retried(Failure::Status(code)));
        assert_eq!(bench.wait().1, [ask_after(Failure::Status(code))]);
    }

    let mut refused = Bench::connecting(Config::default());
    assert_eq!(refused.fact(Fact::NetworkFailed), retried(Failure::Network));
    assert_eq!(refused.wait().1, [ask_after(Failure::Network)]);

    let mut cut = Bench::open(Config::default());
    assert_eq!(cut.fact(Fact::NetworkFailed), retried(Failure::Network));
    assert_eq!(cut.wait().1, [ask_after(Failure::Network)]);
}

#[test]
fn permanent_failures_end_the_stream() {
    for code in [201, 205, 206, 300, 304, 400, 401, 403, 404, 410, 422] {
        let mut bench = Bench::connecting(Config::default());
        let out = bench.fact(status(code));
        assert_eq!(out, stopped(Failure::Status(code)));
        assert_eq!(bench.stream.poll_timeout(), None);
    }

    let html = Some("text/html".to_owned());
    let mut typed = Bench::connecting(Config::default());
    let out =
        typed.fact(Fact::Responded(Response { content_type: html.clone(), ..event_stream() }));
    assert_eq!(out, stopped(Failure::ContentType(html)));

    let mut bodiless = Bench::open(Config::default());
    assert_eq!(bodiless.fact(Fact::Unusable), stopped(Failure::Protocol));
}

#[test]
fn status_204_ends_the_stream_without_a_failure() {
    let mut bench = Bench::connecting(Config::default());

    let out = bench.fact(status(204));

    assert_eq!(out, [Out::Abort, Out::Closed(CloseReason::NoContent)]);
}

#[test]
fn status_401_asks_for_headers_once_more_and_then_stops() {
    let mut bench = Bench::connecting(Config { fresh_headers: true, ..Config::default() });

    let mut out = bench.fact(status(401));
    out.extend(bench.fact(Fact::HeadersProvided(Vec::new())));
    out.extend(bench.fact(status(401)));

    let unauthorized = Failure::Status(401);
    let mut expected = retried(unauthorized.clone());
    expected.extend([ask_after(unauthorized.clone()), fetch(None)]);
    expected.extend(stopped(unauthorized));
    assert_eq!(out, expected);
}

#[test]
fn status_401_may_come_again_once_the_stream_was_open() {
    let mut bench = Bench::connecting(Config { fresh_headers: true, ..Config::default() });
    bench.fact(status(401));
    bench.fact(Fact::HeadersProvided(Vec::new()));
    bench.fact(Fact::Responded(event_stream()));
    bench.fact(Fact::Ended);
    bench.wait();
    bench.fact(Fact::HeadersProvided(Vec::new()));

    let out = bench.fact(status(401));

    let unauthorized = Failure::Status(401);
    let mut expected = retried(unauthorized.clone());
    expected.push(ask_after(unauthorized));
    assert_eq!(out, expected);
}

#[test]
fn headers_that_cannot_be_had_are_asked_for_again() {
    let mut bench = Bench::new(Config::default());
    bench.stream.open("", bench.now);
    bench.drain();

    let out = bench.fact(Fact::HeadersFailed);
    let (_, again) = bench.wait();

    assert_eq!(out, retried(Failure::Headers));
    assert_eq!(again, [ask_after(Failure::Headers)]);
}

#[test]
fn open_timeout_covers_headers_and_response() {
    let mut asking = Bench::new(Config::default());
    asking.stream.open("", asking.now);
    asking.drain();
    let mut connecting = Bench::connecting(Config::default());
    connecting.advance(seconds(14));

    assert_eq!(asking.wait(), (seconds(15), retried(Failure::Headers)));
    assert_eq!(connecting.wait(), (seconds(1), retried(Failure::OpenTimeout)));
}

#[test]
fn response_that_is_long_in_coming_gets_more_time_with_every_attempt() {
    let mut bench = Bench::connecting(Config::default());
    let attempt = |bench: &mut Bench| {
        let (waited, out) = bench.wait();
        assert_eq!(out, retried(Failure::OpenTimeout));
        bench.wait();
        bench.fact(Fact::HeadersProvided(Vec::new()));
        waited
    };

    let waited = [(); 4].map(|()| attempt(&mut bench));
    bench.advance(seconds(50));
    let opened = bench.fact(Fact::Responded(event_stream()));
    bench.fact(Fact::Ended);
    bench.wait();
    bench.fact(Fact::HeadersProvided(Vec::new()));
    let patient = bench.advance(seconds(99));

    assert_eq!(waited, [15, 30, 60, 120].map(seconds));
    assert_eq!(opened, [Out::Opened]);
    assert_eq!(patient, []);
}

#[test]
fn hook_that_hangs_is_no_reason_to_give_up_a_request_that_must_not_repeat() {
    let mut bench = Bench::new(Config { repeatable: false, ..Config::default() });
    bench.stream.open("", bench.now);
    bench.drain();

    let (_, hanging) = bench.wait();
    let (_, again) = bench.wait();

    assert_eq!(hanging, retried(Failure::Headers));
    assert_eq!(again, [ask_after(Failure::Headers)]);
}

#[test]
fn backoff_grows_and_falls_back_only_after_a_stable_open() {
    let mut bench = Bench::connecting(Config { idle: Idle::Off, ..Config::default() });
    let longest_of_ten = |bench: &mut Bench, stable: bool| {
        (0..10).fold(Duration::ZERO, |longest, _| {
            bench.fact(Fact::Responded(event_stream()));
            if stable {
                bench.wait();
            }
            bench.fact(Fact::Ended);
            let (waited, _) = bench.wait();
            bench.fact(Fact::HeadersProvided(Vec::new()));
            longest.max(waited)
        })
    };

    let unstable = longest_of_ten(&mut bench, false);
    let stable = longest_of_ten(&mut bench, true);

    assert!(unstable > seconds(8), "{unstable:?}");
    assert!(stable <= seconds(1), "{stable:?}");
}

#[test]
fn server_that_ends_each_answer_and_sets_the_pace_is_not_backed_off_from() {
    let mut bench = Bench::connecting(Config::default());
    let mut longest_of_ten = |chunk| {
        (0..10).fold(Duration::ZERO, |longest, _| {
            bench.fact(Fact::Responded(event_stream()));
            bench.chunk(chunk);
            bench.fact(Fact::Ended);
            let (waited, _) = bench.wait();
            bench.fact(Fact::HeadersProvided(Vec::new()));
            longest.max(waited)
        })
    };

    let paced = longest_of_ten("retry: 2000\ndata: x\n\n");
    let empty = longest_of_ten(": nothing\n\n");

    assert!(paced <= Duration::from_millis(2400), "{paced:?}");
    assert!(empty > seconds(8), "{empty:?}");
}

#[test]
fn attempts_end_at_their_maximum() {
    let retry = RetryConfig { max_attempts: Some(2), ..RetryConfig::default() };
    let mut bench = Bench::connecting(Config { retry, ..Config::default() });

    let first = bench.fact(Fact::NetworkFailed);
    bench.wait();
    bench.fact(Fact::HeadersProvided(Vec::new()));
    let second = bench.fact(Fact::NetworkFailed);

    assert_eq!(first, retried(Failure::Network));
    assert_eq!(second, stopped(Failure::Network));
}

#[test]
fn retry_after_is_the_least_wait_and_nothing_hurries_past_it() {
    let busy = Response { status: 429, retry_after: Some(seconds(90)), ..event_stream() };
    let mut bench = Bench::connecting(Config::default());

    bench.fact(Fact::Responded(busy));
    let hurried = [bench.input(Input::PageShown), bench.input(Input::WentOnline)].concat();
    let (waited, out) = bench.wait();

    assert_eq!(hurried, []);
    assert_eq!((waited, out), (seconds(90), vec![ask_after(Failure::Status(429))]));
}

#[test]
fn absurd_retry_after_is_cut_to_ten_minutes() {
    let busy = Response { status: 503, retry_after: Some(Duration::MAX), ..event_stream() };
    let mut bench = Bench::connecting(Config::default());

    bench.fact(Fact::Responded(busy));
    let (waited, _) = bench.wait();

    assert!((seconds(600)..=seconds(601)).contains(&waited), "{waited:?}");
}

#[test]
fn reconnection_time_of_the_server_is_kept() {
    for (millis, range) in [(3000, 3000..=3600), (0, 250..=300), (u64::MAX, 60_000..=72_000)] {
        let mut bench = Bench::open(Config::default());
        bench.chunk(&format!("retry: {millis}\n"));

        bench.fact(Fact::Ended);
        let (waited, _) = bench.wait();

        assert!(range.contains(&waited.as_millis()), "{millis}: {waited:?}");
    }
}

#[test]
fn idle_stream_is_dropped_and_made_again_behind_its_id() {
    let mut bench = Bench::open(Config { idle: Idle::Fixed(seconds(45)), ..Config::default() });
    bench.chunk("id: 5\ndata: x\n\nid: 6\ndata: half\n");
    bench.advance(seconds(44));
    let comment = bench.chunk(": heartbeat\n");
    bench.advance(seconds(44));

    let (waited, out) = bench.wait();
    let reopened = bench.reopen();

    assert_eq!(comment, []);
    assert_eq!((waited, out), (seconds(1), retried(Failure::IdleTimeout)));
    assert_eq!(reopened, [ask_after(Failure::IdleTimeout), fetch(Some("5")), Out::Opened]);
}

#[test]
fn idle_timeout_learns_the_heartbeat_and_lengthens_when_it_was_wrong() {
    let stable = RetryConfig { reset_after: Duration::ZERO, ..RetryConfig::default() };
    let mut bench = Bench::open(Config { idle: learning(), retry: stable, ..Config::default() });
    for _ in 0..3 {
        bench.advance(seconds(6));
        bench.chunk(":\n");
    }

    let timeouts = [(); 4].map(|()| {
        let (waited, out) = bench.wait();
        assert_eq!(out, retried(Failure::IdleTimeout));
        bench.reopen();
        bench.advance(Duration::ZERO);
        waited
    });

    assert_eq!(timeouts, [18, 54, 120, 120].map(seconds));
}

#[test]
fn stream_that_may_be_silent_has_no_idle_timer() {
    let mut bench = Bench::open(Config { idle: Idle::Off, ..Config::default() });
    bench.wait();

    assert_eq!(bench.stream.poll_timeout(), None);
}

#[test]
fn clean_end_reconnects_or_closes_as_configured() {
    let mut reconnecting = Bench::open(Config::default());
    let mut closing = Bench::open(Config { on_end: OnEnd::Close, ..Config::default() });

    assert_eq!(reconnecting.fact(Fact::Ended), retried(Failure::Ended));
    assert_eq!(closing.fact(Fact::Ended), [Out::Abort, Out::Closed(CloseReason::Ended)]);
}

#[test]
fn request_that_must_not_repeat_goes_out_once() {
    let once = || Config { repeatable: false, fresh_headers: true, ..Config::default() };
    let facts = [
        (Fact::NetworkFailed, Failure::Network),
        (status(503), Failure::Status(503)),
        (status(401), Failure::Status(401)),
    ];
    for (fact, failure) in facts {
        let mut bench = Bench::connecting(once());
        assert_eq!(bench.fact(fact), stopped(failure));
    }

    let mut ended = Bench::open(once());
    assert_eq!(ended.fact(Fact::Ended), stopped(Failure::Ended));
    let mut frozen = Bench::open(once());
    assert_eq!(frozen.input(Input::PageFrozen), stopped(Failure::Network));
    let mut slow = Bench::connecting(once());
    assert_eq!(slow.wait().1, stopped(Failure::OpenTimeout));
}

#[test]
fn request_that_must_not_repeat_waits_for_headers_that_failed_before_it_went_out() {
    let mut bench = Bench::new(Config { repeatable: false, ..Config::default() });
    bench.stream.open("", bench.now);
    bench.drain();

    assert_eq!(bench.fact(Fact::HeadersFailed), retried(Failure::Headers));
}

#[test]
fn id_is_kept_over_attempts_and_reset_by_an_empty_one() {
    let mut bench = Bench::open(Config::default());
    let requests = ["id: …\ndata: 1\n\n", "data: 2\n\n", "id\n\n"].map(|chunk| {
        bench.chunk(chunk);
        bench.fact(Fact::Ended);
        bench.reopen()
    });

    let request = |id| vec![ask_after(Failure::Ended), fetch(id), Out::Opened];
    let bytes = "\u{e2}\u{80}\u{a6}";
    assert_eq!(requests, [request(Some(bytes)), request(Some(bytes)), request(None)]);
}

#[test]
fn id_that_changes_without_an_event_is_given_out() {
    let mut bench = Bench::open(Config::default());

    let out = bench.chunk("id: 1\ndata: a\n\nid: 2\n\n");
    let again = bench.chunk("id: 2\n\n");

    assert_eq!(out, [Out::Received { data: "1a", last_event_id: "2".to_owned() }]);
    assert_eq!(again, []);
    assert_eq!(bench.stream.last_event_id(), "2");
}

#[test]
fn poisonous_id_is_not_sent_and_warned_of_once() {
    let mut bench = Bench::open(Config::default());
    bench.chunk("id: a\u{1}b\ndata: 1\n\n");

    bench.fact(Fact::Ended);
    let first = bench.reopen();
    bench.fact(Fact::Ended);
    let second = bench.reopen();

    let warning = Out::Unsendable(Unsendable::ControlCharacter);
    assert_eq!(first, [ask_after(Failure::Ended), warning, fetch(None), Out::Opened]);
    assert_eq!(second, [ask_after(Failure::Ended), fetch(None), Out::Opened]);
}

#[test]
fn oversized_event_ends_the_stream_behind_the_events_before_it() {
    let limits = Limits { event_bytes: 4, ..Limits::default() };
    let mut bench = Bench::open(Config { limits, ..Config::default() });

    let out = bench.chunk("data: ok\n\ndata: 12345\n\ndata: no\n\n");

    let mut expected = vec![received("ok")];
    expected.extend(stopped(Failure::Oversized(Part::Data)));
    assert_eq!(out, expected);
}

#[test]
fn nothing_is_read_behind_an_oversized_event_however_large_the_chunk() {
    let limits = Limits { event_bytes: 4, ..Limits::default() };
    let mut bench = Bench::open(Config { limits, ..Config::default() });

    let out = bench.chunk(&format!("data: é12345\n\n{}", "data: é\n\n".repeat(20_000)));

    assert_eq!(out, stopped(Failure::Oversized(Part::Data)));
}

#[test]
fn large_chunk_that_is_not_ascii_is_given_out_in_parts() {
    let mut bench = Bench::open(Config::default());

    let out = bench.chunk(&"data: é\n\n".repeat(20_000));

    assert_eq!(out.len(), 4, "200 kB by 64 KiB");
}

#[test]
fn oversized_event_is_left_out_if_so_configured() {
    let limits = Limits { event_bytes: 4, ..Limits::default() };
    let mut bench = Bench::open(Config { limits, skip_oversized: true, ..Config::default() });

    let out = bench.chunk("data: ok\n\ndata: 12345\n\ndata: on\n\n");

    assert_eq!(out, [received("okon"), Out::Oversized(Part::Data)]);
}

#[test]
fn stream_goes_on_behind_the_id_of_an_event_that_was_left_out() {
    let limits = Limits { event_bytes: 4, ..Limits::default() };
    let mut bench = Bench::open(Config { limits, skip_oversized: true, ..Config::default() });
    bench.chunk("id: 1\ndata: ok\n\ndata: 12345\nid: 2\n\nid: 3\ndata: 12345\n");

    bench.fact(Fact::Ended);
    let reopened = bench.reopen();

    assert_eq!(reopened, [ask_after(Failure::Ended), fetch(Some("2")), Out::Opened]);
}

#[test]
fn absurd_times_are_survived() {
    for time in [Duration::ZERO, Duration::from_nanos(1), Duration::MAX] {
        let retry =
            RetryConfig { base: time, max: time, reset_after: time, ..RetryConfig::default() };
        let idle = Idle::Learn { factor: f64::NAN, min: time, max: time };
        let mut bench =
            Bench::open(Config { retry, open_timeout: time, idle, ..Config::default() });
        let busy = Response { status: 429, retry_after: Some(Duration::MAX), ..event_stream() };

        bench.chunk("retry: 60000\n");
        for _ in 0..3 {
            bench.fact(Fact::Responded(busy.clone()));
            bench.fact(Fact::Ended);
            bench.wait();
            bench.fact(Fact::HeadersProvided(Vec::new()));
        }
        bench.stream.close();

        assert_eq!(bench.drain().last(), Some(&Out::Closed(CloseReason::ByClient)), "{time:?}");
    }
}

#[test]
fn offline_device_waits_for_the_network_and_tries_at_the_longest_wait() {
    let mut bench = Bench::open(Config::default());
    bench.fact(Fact::NetworkFailed);

    bench.input(Input::WentOffline);
    let (waited, out) = bench.wait();
    bench.fact(Fact::HeadersProvided(Vec::new()));
    bench.fact(Fact::NetworkFailed);
    let still_offline = bench.stream.poll_timeout().unwrap().saturating_since(bench.now);
    let online = bench.input(Input::WentOnline);

    assert_eq!((waited, out), (seconds(30), vec![ask_after(Failure::Network)]));
    assert_eq!(still_offline, seconds(30));
    assert_eq!(online, [ask_after(Failure::Network)]);
}

#[test]
fn page_that_is_shown_does_not_wait() {
    let mut bench = Bench::connecting(Config::default());
    bench.fact(Fact::NetworkFailed);

    let out = bench.input(Input::PageShown);

    assert_eq!(out, [ask_after(Failure::Network)]);
}

#[test]
fn page_that_is_shown_checks_for_silence_at_once() {
    let mut bench = Bench::open(Config { idle: Idle::Fixed(seconds(45)), ..Config::default() });
    bench.now = bench.now + seconds(3600);

    let out = bench.input(Input::PageShown);

    assert_eq!(out, retried(Failure::IdleTimeout));
}

#[test]
fn frozen_page_drops_the_request_and_makes_it_again_when_shown() {
    let mut bench = Bench::open(Config::default());
    bench.chunk("id: 3\ndata: x\n\n");

    let frozen = bench.input(Input::PageFrozen);
    let late = bench.chunk("data: y\n\n");
    let timer = bench.stream.poll_timeout();
    let mut shown = bench.input(Input::PageShown);
    shown.extend(bench.fact(Fact::HeadersProvided(Vec::new())));

    assert_eq!((frozen, late, timer), (vec![Out::Abort], vec![], None));
    assert_eq!(shown, [ask(), fetch(Some("3"))]);
}

#[test]
fn late_facts_of_an_earlier_attempt_change_nothing() {
    let mut bench = Bench::open(Config::default());
    let old = bench.attempt;
    bench.fact(Fact::NetworkFailed);
    bench.reopen();

    let late = [
        Fact::HeadersProvided(Vec::new()),
        Fact::Responded(event_stream()),
        Fact::ChunkReceived(b"data: x\n\n".to_vec().into()),
        Fact::Ended,
        Fact::NetworkFailed,
        Fact::HeadersFailed,
        Fact::Unusable,
    ]
    .map(|fact| bench.input(Input::Attempt(old, fact)));

    assert_eq!(late.concat(), []);
}

#[test]
fn bytes_behind_the_end_change_nothing() {
    let ends = [
        (Config::default(), Fact::Ended),
        (Config { on_end: OnEnd::Close, ..Config::default() }, Fact::Ended),
        (Config::default(), Fact::NetworkFailed),
        (Config::default(), Fact::Unusable),
    ];
    for (config, end) in ends {
        let mut bench = Bench::open(config);
        bench.chunk("id: 1\ndata: 1\n\nid: 2\ndata: half\n");
        bench.fact(end.clone());
        let timer = bench.stream.poll_timeout();

        let late =
            [bench.chunk("\nid: 3\ndata: 3\n\nretry: 1\n"), bench.fact(end.clone())].concat();

        assert_eq!(late, [], "{end:?}");
        assert_eq!(bench.stream.last_event_id(), "1", "{end:?}");
        assert_eq!(bench.stream.poll_timeout(), timer, "{end:?}");
    }
}

#[test]
fn facts_that_do_not_fit_the_state_change_nothing() {
    let mut bench = Bench::open(Config::default());

    let odd =
        [Fact::HeadersProvided(Vec::new()), Fact::Responded(event_stream()), Fact::HeadersFailed]
            .map(|fact| bench.fact(fact));

    assert_eq!(odd.concat(), []);
}

#[test]
fn close_is_final_and_drops_what_was_not_taken() {
    let mut bench = Bench::open(Config::default());
    let chunk = Fact::ChunkReceived(b"data: 1\n\n".to_vec().into());
    bench.stream.handle_input(Input::Attempt(bench.attempt, chunk), bench.now);

    bench.stream.close();
    let closed = bench.drain();
    bench.stream.close();
    bench.stream.reconnect(bench.now);
    bench.stream.open("", bench.now);
    let after = [bench.drain(), bench.chunk("data: 2\n\n"), bench.input(Input::PageShown)].concat();

    assert_eq!(closed, [Out::Abort, Out::Closed(CloseReason::ByClient)]);
    assert_eq!(after, []);
    assert_eq!(bench.stream.poll_timeout(), None);
}

#[test]
fn owner_can_reconnect_at_once() {
    let mut waiting = Bench::connecting(Config::default());
    waiting.fact(Fact::NetworkFailed);
    waiting.stream.reconnect(waiting.now);
    let mut open = Bench::open(Config::default());
    open.stream.reconnect(open.now);

    assert_eq!(waiting.drain(), [ask_after(Failure::Network)]);
    assert_eq!(open.drain(), [Out::Abort, ask()]);
}

#[test]
fn owner_decides_what_follows_a_failure() {
    let config = || Config { decided_by_owner: true, ..Config::default() };
    let not_found = Failure::Status(404);

    let decided = [
        (None, vec![Out::Closed(CloseReason::Failed(not_found.clone()))]),
        (Some(Duration::ZERO), vec![ask_after(not_found.clone())]),
        (Some(seconds(7)), vec![]),
    ];
    for (decision, expected) in decided {
        let mut bench = Bench::connecting(config());

        let failed = bench.fact(status(404));
        let undecided = bench.stream.poll_timeout();
        bench.stream.decide(decision, bench.now);
        let out = bench.drain();
        bench.stream.decide(None, bench.now);
        let again = bench.drain();

        assert_eq!(failed, [Out::Abort, Out::Failed(not_found.clone(), Next::Stop)]);
        assert_eq!(undecided, None);
        assert_eq!(out, expected, "{decision:?}");
        assert_eq!(again, [], "an answer counts once");
    }
}

#[test]
fn owner_can_stop_what_would_be_retried() {
    let mut bench = Bench::connecting(Config { decided_by_owner: true, ..Config::default() });
    bench.fact(Fact::NetworkFailed);

    bench.stream.decide(None, bench.now);

    assert_eq!(bench.drain(), [Out::Closed(CloseReason::Failed(Failure::Network))]);
}

#[test]
fn same_seed_gives_the_same_waits() {
    let waits = |seed| {
        let mut bench = Bench::connecting(Config { seed, ..Config::default() });
        [(); 5].map(|()| {
            bench.fact(Fact::NetworkFailed);
            let (waited, _) = bench.wait();
            bench.fact(Fact::HeadersProvided(Vec::new()));
            waited
        })
    };

    assert_eq!(waits(1), waits(1));
    assert_ne!(waits(1), waits(2));
}

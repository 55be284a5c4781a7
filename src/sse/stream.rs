//! One event stream that comes back: asking for headers, request, response, silence, retry.

use core::time::Duration;
use std::collections::VecDeque;

use super::buffer::Buffer;
use super::config::{Config, OnEnd};
use super::failure::{CloseReason, Failure};
use super::header;
use super::idle::Silence;
use super::intake::{self, Intake};
use super::opening::Opening;
use super::parser::Parser;
use super::port::{Attempt, Fact, Input, Notice, Output};
use super::response::{Response, Verdict};
use super::retry::Retry;
use crate::machine::{Machine, Timers};
use crate::rng::Rng;
use crate::time::Instant;

/// Keeps an event stream open over any number of requests.
///
/// It makes no request until [`open`](Self::open). Every attempt asks its owner
/// for headers, so that a token can be fresh. The last event ID is kept over attempts.
#[derive(Debug)]
pub struct Stream {
    config: Config,
    state: State,
    attempt: Attempt,
    parser: Parser,
    retry: Retry,
    silence: Silence,
    opening: Opening,
    /// When the latest attempt began.
    asked_at: Instant,
    last_activity: Instant,
    /// The server asked not to be called earlier.
    not_before: Instant,
    offline: bool,
    /// The current response has said something.
    delivered: bool,
    /// Headers were asked for again after a 401, and the stream has not opened since.
    reauthorizing: bool,
    warned_of_id: bool,
    rng: Rng,
    timers: Timers<Timer>,
    outputs: VecDeque<Output>,
}

// Idle -open-> Asking -headers-> Connecting -200-> Open
//                 ^ \________________|______________/
//                 |          failure v       (Frozen: from any of these, until the page is shown)
//                 +-timer- Waiting <- Deciding -> Closed
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Asking,
    Connecting,
    Open,
    /// The owner has to say what follows a failure.
    Deciding {
        failure: Failure,
    },
    Waiting {
        failure: Failure,
    },
    /// The page is in the back/forward cache or frozen.
    Frozen,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// When to give up waiting for headers and response.
    Open,
    /// When silence means that the connection is dead.
    Idle,
    /// When to make the next attempt.
    Retry,
    /// When the stream counts as recovered.
    Stable,
}

impl Stream {
    /// A stream that makes no request yet.
    pub fn new(config: Config) -> Self {
        Self {
            state: State::Idle,
            attempt: config.after,
            parser: Parser::new(config.limits),
            retry: Retry::new(config.retry),
            silence: Silence::new(config.idle),
            opening: Opening::new(config.open_timeout),
            asked_at: Instant::default(),
            last_activity: Instant::default(),
            not_before: Instant::default(),
            offline: false,
            delivered: false,
            reauthorizing: false,
            warned_of_id: false,
            rng: Rng::new(config.seed),
            timers: Timers::default(),
            outputs: VecDeque::new(),
            config,
        }
    }

    /// Starts the stream behind `last_event_id`, or at its beginning if that is empty. Does nothing
    /// unless the stream is new.
    pub fn open(&mut self, last_event_id: &str, now: Instant) {
        if self.state == State::Idle {
            self.parser.set_last_event_id(last_event_id);
            self.ask_for_headers(None, now);
        }
    }

    /// Makes a new attempt at once, over an open stream too. Does nothing when closed or not open
    /// yet.
    pub fn reconnect(&mut self, now: Instant) {
        match &self.state {
            State::Open => {
                self.abort();
                self.ask_for_headers(None, now);
            }
            State::Waiting { .. } | State::Deciding { .. } | State::Frozen => self.try_again(now),
            State::Asking | State::Closed | State::Connecting | State::Idle => {}
        }
    }

    /// Says what follows the failure that was noticed last: another attempt after `retry_in`, or
    /// the end. Does nothing if no answer is due.
    pub fn decide(&mut self, retry_in: Option<Duration>, now: Instant) {
        if let State::Deciding { failure } = self.state.clone() {
            self.follow_up(failure, retry_in, now);
        }
    }

    /// Ends the stream. Notices that were not taken yet are dropped.
    pub fn close(&mut self) {
        if self.state != State::Closed {
            self.outputs.clear();
            self.abort();
            self.end(CloseReason::ByClient);
        }
    }

    /// The latest attempt.
    pub const fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// The ID that the next request goes on from.
    pub fn last_event_id(&self) -> &str {
        self.parser.last_event_id()
    }

    fn ask_for_headers(&mut self, after: Option<Failure>, now: Instant) {
        self.attempt.0 = self.attempt.0.wrapping_add(1);
        self.parser.restart();
        self.timers.clear();
        self.asked_at = now;
        self.timers.set(Timer::Open, now + self.opening.timeout());
        self.state = State::Asking;
        self.outputs.push_back(Output::HeadersWanted {
            attempt: self.attempt,
            failures: self.retry.failures(),
            after,
        });
    }

    fn fetch(&mut self, headers: Vec<(String, String)>) {
        let last_event_id =
            header::last_event_id(self.parser.last_event_id(), self.config.id_placement)
                .unwrap_or_else(|reason| {
                    if !core::mem::replace(&mut self.warned_of_id, true) {
                        self.outputs.push_back(Output::Notice(Notice::UnsendableId(reason)));
                    }
                    None
                });
        self.state = State::Connecting;
        self.outputs.push_back(Output::Fetch { attempt: self.attempt, headers, last_event_id });
    }

    fn respond(&mut self, response: &Response, now: Instant) {
        match response.verdict() {
            Verdict::Open => self.start_receiving(now),
            Verdict::NoContent => {
                self.abort();
                self.end(CloseReason::NoContent);
            }
            Verdict::Refused(failure) => {
                let retry_after = response.retry_after.unwrap_or_default().min(MAX_RETRY_AFTER);
                self.not_before = now + retry_after;
                self.fail(failure, now);
            }
        }
    }

    fn start_receiving(&mut self, now: Instant) {
        self.state = State::Open;
        self.reauthorizing = false;
        self.delivered = false;
        self.opening.note_opened(now.saturating_since(self.asked_at));
        self.timers.stop(Timer::Open);
        self.timers.set(Timer::Stable, now + self.retry.reset_after());
        self.last_activity = now;
        self.watch_silence(now);
        self.notice(Notice::Opened);
    }

    fn receive(&mut self, chunk: Buffer, now: Instant) {
        self.silence.note(now.saturating_since(self.last_activity));
        self.last_activity = now;
        self.watch_silence(now);

        for piece in intake::pieces(chunk) {
            if matches!(self.state, State::Open) {
                self.take_in(piece, now);
            }
        }
    }

    fn take_in(&mut self, chunk: Buffer, now: Instant) {
        let skips = self.config.skip_oversized;
        let intake = Intake::of_chunk(chunk, &mut self.parser, skips);
        if let Some(millis) = intake.retry {
            self.retry.set_by_server(millis);
        }
        if !intake.batch.is_empty() {
            self.delivered = true;
            self.notice(Notice::Received(intake.batch));
        }
        for part in intake.oversized {
            if skips {
                self.notice(Notice::Oversized(part));
            } else {
                // Trying again would only meet the same event again.
                self.fail(Failure::Oversized(part), now);
            }
        }
    }

    fn watch_silence(&mut self, now: Instant) {
        if let Some(timeout) = self.silence.timeout() {
            self.timers.set(Timer::Idle, now + timeout);
        }
    }

    fn fail(&mut self, failure: Failure, now: Instant) {
        self.abort();
        if failure == Failure::Ended && self.config.on_end == OnEnd::Close {
            self.end(CloseReason::Ended);
            return;
        }
        if failure == Failure::Ended && self.delivered && self.retry.is_paced_by_server() {
            // A server that answers in portions and says how often: no fault to back off from.
            self.retry.reset();
        }
        self.retry.count_failure();
        let retry_in = self.time_to_retry(&failure, now);
        self.notice(Notice::Failed { failure: failure.clone(), retry_in });
        if self.config.decided_by_owner {
            self.state = State::Deciding { failure };
        } else {
            self.follow_up(failure, retry_in, now);
        }
    }

    /// How long to wait after `failure`; `None` to stop.
    fn time_to_retry(&mut self, failure: &Failure, now: Instant) -> Option<Duration> {
        let unsafe_to_repeat = !self.config.repeatable && failure.is_after_request();
        if unsafe_to_repeat || self.retry.is_exhausted() {
            return None;
        }
        if *failure == Failure::Status(401) && self.config.fresh_headers && !self.reauthorizing {
            self.reauthorizing = true;
            return Some(Duration::ZERO);
        }
        if !failure.is_transient() {
            return None;
        }
        if self.offline {
            return Some(self.retry.max());
        }
        let asked_for = self.not_before.saturating_since(now);
        Some(asked_for + self.retry.wait(&mut self.rng))
    }

    fn follow_up(&mut self, failure: Failure, retry_in: Option<Duration>, now: Instant) {
        match retry_in {
            None => self.end(CloseReason::Failed(failure)),
            Some(wait) if wait.is_zero() => self.ask_for_headers(Some(failure), now),
            Some(wait) => {
                self.timers.set(Timer::Retry, now + wait);
                self.state = State::Waiting { failure };
            }
        }
    }

    /// Makes the attempt that is being waited for.
    fn try_again(&mut self, now: Instant) {
        let after = match core::mem::replace(&mut self.state, State::Idle) {
            State::Waiting { failure } | State::Deciding { failure } => Some(failure),
            _ => None,
        };
        self.ask_for_headers(after, now);
    }

    /// There is reason to believe that an attempt can succeed now.
    fn hurry(&mut self, now: Instant) {
        if matches!(self.state, State::Waiting { .. }) {
            self.timers.set(Timer::Retry, self.not_before.max(now));
            self.handle_timeout(now);
        }
    }

    fn freeze(&mut self, now: Instant) {
        match self.state {
            State::Closed | State::Frozen | State::Idle => {}
            State::Connecting | State::Open if !self.config.repeatable => {
                self.fail(Failure::Network, now);
            }
            _ => {
                self.abort();
                self.state = State::Frozen;
            }
        }
    }

    fn abort(&mut self) {
        self.timers.clear();
        if self.state != State::Idle {
            self.outputs.push_back(Output::Abort);
        }
    }

    fn end(&mut self, reason: CloseReason) {
        self.timers.clear();
        self.state = State::Closed;
        self.notice(Notice::Closed(reason));
    }

    fn notice(&mut self, notice: Notice) {
        self.outputs.push_back(Output::Notice(notice));
    }

    fn handle_fact(&mut self, fact: Fact, now: Instant) {
        match (&self.state, fact) {
            (State::Asking, Fact::HeadersProvided(headers)) => self.fetch(headers),
            (State::Asking | State::Connecting, Fact::HeadersFailed) => {
                self.fail(Failure::Headers, now);
            }
            (State::Connecting, Fact::Responded(response)) => self.respond(&response, now),
            (State::Open, Fact::ChunkReceived(chunk)) => self.receive(chunk, now),
            (State::Open, Fact::Ended) => self.fail(Failure::Ended, now),
            (State::Connecting | State::Open, Fact::NetworkFailed) => {
                self.fail(Failure::Network, now);
            }
            (State::Connecting | State::Open, Fact::Unusable) => self.fail(Failure::Protocol, now),
            // Anything else comes too late.
            _ => {}
        }
    }
}

impl Machine for Stream {
    type Input = Input;
    type Output = Output;

    fn handle_input(&mut self, input: Input, now: Instant) {
        match input {
            Input::Attempt(attempt, fact) if attempt == self.attempt => self.handle_fact(fact, now),
            Input::Attempt(..) => {}
            Input::PageFrozen => self.freeze(now),
            Input::PageShown => {
                if self.state == State::Frozen {
                    self.try_again(now);
                }
                self.hurry(now);
                // Timers of a hidden page come late.
                self.handle_timeout(now);
            }
            Input::WentOffline => {
                self.offline = true;
                if self.timers.is_set(Timer::Retry) {
                    self.timers.set(Timer::Retry, now + self.retry.max());
                }
            }
            Input::WentOnline => {
                self.offline = false;
                self.hurry(now);
            }
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                // The request has not gone out yet.
                Timer::Open if self.state == State::Asking => self.fail(Failure::Headers, now),
                Timer::Open => {
                    self.opening.note_timeout();
                    self.fail(Failure::OpenTimeout, now);
                }
                Timer::Idle => {
                    self.silence.note(now.saturating_since(self.last_activity));
                    self.fail(Failure::IdleTimeout, now);
                }
                Timer::Retry => self.try_again(now),
                Timer::Stable => self.retry.reset(),
            }
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }
}

/// A server that asks for a longer wait gets a call after this time all the same.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);

//! What all parts of a store share: the way out, the state of the link, randomness.

use std::collections::VecDeque;

use super::change::Change;
use super::ids::{RequestId, RoomId};
use super::model::Config;
use super::output::{Call, Output};
use crate::rng::Rng;
use crate::sorted::RisingMap;

#[derive(Clone, Debug)]
pub(super) struct Context<B> {
    pub(super) config: Config,
    pub(super) rng: Rng,
    pub(super) link: Link,
    outputs: VecDeque<Output<B>>,
    callers: RisingMap<RequestId, Caller>,
    next_request: u64,
}

/// How far the link to the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Down,
    /// Up, but the server has not answered our hello.
    Greeting,
    Up,
}

/// Which part of the store made a call, and so hears the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Session,
    Room(RoomId),
    Presence,
    /// Nobody needs the answer.
    Nobody,
}

impl<B> Context<B> {
    pub(super) fn new(config: Config) -> Self {
        Self {
            rng: Rng::new(config.seed),
            config,
            link: Link::Down,
            outputs: VecDeque::new(),
            callers: RisingMap::new(),
            next_request: 0,
        }
    }

    pub(super) fn is_up(&self) -> bool {
        self.link == Link::Up
    }

    pub(super) fn call(&mut self, caller: Caller, call: Call<B>) -> RequestId {
        self.next_request += 1;
        let request = RequestId::new(self.next_request);
        self.callers.insert(request, caller);
        self.emit(Output::Call { request, call });
        request
    }

    /// Who made the call; `None` if it was answered before or the link went down since.
    pub(super) fn settle(&mut self, request: RequestId) -> Option<Caller> {
        self.callers.remove(&request)
    }

    pub(super) fn forget_calls(&mut self) {
        self.callers.clear();
    }

    pub(super) fn change(&mut self, change: Change<B>) {
        self.emit(Output::Changed(change));
    }

    pub(super) fn emit(&mut self, output: Output<B>) {
        self.outputs.push_back(output);
    }

    pub(super) fn poll_output(&mut self) -> Option<Output<B>> {
        self.outputs.pop_front()
    }
}

use std::collections::VecDeque;

use super::Frame;
use super::base64;
use crate::host::{Bytes, Host, Text};

/// Stands between the packets of a payload.
pub(super) const SEPARATOR: char = '\u{1e}';

/// The requests of a session over long-polling, and the packets that wait for one.
#[derive(Clone, Debug)]
pub(super) struct Polling<H: Host> {
    /// Whether a GET is under way.
    pub(super) is_waiting: bool,
    /// How many of the packets are on their way in a POST.
    on_the_way: usize,
    packets: VecDeque<Frame<H>>,
}

impl<H: Host> Polling<H> {
    pub(super) const fn new() -> Self {
        Self { is_waiting: false, on_the_way: 0, packets: VecDeque::new() }
    }

    /// Keeps a packet until it is taken.
    pub(super) fn push(&mut self, packet: Frame<H>) {
        self.packets.push_back(packet);
    }

    /// Whether no request is under way.
    pub(super) const fn is_idle(&self) -> bool {
        !self.is_waiting && self.on_the_way == 0
    }

    /// Whether a POST is under way.
    pub(super) const fn is_posting(&self) -> bool {
        self.on_the_way > 0
    }

    /// The body of the next POST, if there is something to send and no other is under way.
    pub(super) fn next_body(&mut self, max_payload: Option<u64>) -> Option<H::Text> {
        if self.is_posting() || self.packets.is_empty() {
            return None;
        }
        self.on_the_way = self.count_that_fits(max_payload);
        Some(body(self.packets.iter().take(self.on_the_way)))
    }

    /// The POST under way has arrived.
    pub(super) fn posted(&mut self) {
        for _ in 0..core::mem::take(&mut self.on_the_way) {
            self.packets.pop_front();
        }
    }

    /// What is left to send behind the POST under way, in bodies.
    pub(super) fn rest(&mut self, max_payload: Option<u64>) -> Vec<H::Text> {
        self.posted();
        core::iter::from_fn(|| {
            let body = self.next_body(max_payload)?;
            self.posted();
            Some(body)
        })
        .collect()
    }

    /// The packets that have not arrived.
    pub(super) fn packets(&self) -> impl Iterator<Item = &Frame<H>> {
        self.packets.iter()
    }

    /// Takes the packets that are not on their way.
    pub(super) fn take_packets(&mut self) -> VecDeque<Frame<H>> {
        self.packets.split_off(self.on_the_way.min(self.packets.len()))
    }

    /// How many packets go into one payload: as many as in the reference client, at least one.
    fn count_that_fits(&self, max_payload: Option<u64>) -> usize {
        let Some(max) = max_payload.and_then(|max| usize::try_from(max).ok()) else {
            return self.packets.len();
        };
        let at_worst = self.count_up_to(max, longest);
        if at_worst == self.packets.len() { at_worst } else { self.count_up_to(max, length) }
    }

    fn count_up_to(&self, max: usize, length: impl Fn(&Frame<H>) -> usize) -> usize {
        // The type of the first; each other one has a separator too.
        let mut size = 1;
        for (at, packet) in self.packets.iter().enumerate() {
            size += length(packet);
            if at > 0 && size > max {
                return at;
            }
            size += 2;
        }
        self.packets.len()
    }
}

/// The body of a POST that carries `packets`.
pub(super) fn body<'a, H: Host>(packets: impl Iterator<Item = &'a Frame<H>>) -> H::Text {
    let texts: Vec<H::Text> = packets.map(text).collect();
    H::Text::join(&texts, SEPARATOR)
}

/// A packet as text.
pub(super) fn text<H: Host>(packet: &Frame<H>) -> H::Text {
    match packet {
        Frame::Text(text) => text.clone(),
        Frame::Binary(bytes) => H::Text::from_core(&base64::encode("b", &bytes.to_core())),
    }
}

/// Size of a packet's data in a payload, as the reference client reckons it.
fn length<H: Host>(packet: &Frame<H>) -> usize {
    match packet {
        Frame::Text(text) => text.utf8_len().saturating_sub(1),
        Frame::Binary(bytes) => bytes.byte_len().saturating_mul(133).div_ceil(100),
    }
}

/// What [`length`] cannot exceed, without a look at the text: no unit takes more than three bytes.
fn longest<H: Host>(packet: &Frame<H>) -> usize {
    match packet {
        Frame::Text(text) => text.units().saturating_mul(3),
        Frame::Binary(_) => length(packet),
    }
}

//! What a server remembers for the checks.

use std::collections::BTreeMap;

use serde_json::Value;

use super::app::AT_LEAST_ONCE;
use super::server::{WireNo, attachment};

#[derive(Debug, Default)]
pub(crate) struct Record {
    /// By session: the events that belong to it, and whether a lost connection gets them again.
    pub(crate) sent: BTreeMap<String, Vec<(u64, bool)>>,
    /// Emits in the order in which they came: namespace, wire and key.
    pub(crate) carried: Vec<(String, WireNo, String)>,
    /// How often each question was answered.
    pub(crate) asked: BTreeMap<(WireNo, String, u64), usize>,
    /// How often each `pid` was presented.
    pub(crate) presented: BTreeMap<String, usize>,
    pub(crate) wrongs: Vec<String>,
    /// How many frames came over a wire.
    frames: BTreeMap<WireNo, usize>,
}

impl Record {
    pub(crate) fn note_sent(&mut self, sid: &str, number: u64, recoverable: bool) {
        self.sent.entry(sid.to_owned()).or_default().push((number, recoverable));
    }

    pub(crate) fn note_carried(
        &mut self,
        name: &str,
        wire: WireNo,
        key: &str,
        payload: &Value,
        attachments: &[Vec<u8>],
    ) {
        if payload[0] != AT_LEAST_ONCE && self.times_carried(key) > 0 {
            self.wrongs.push(format!("emit {key} was carried out twice"));
        }
        if payload[2].is_object() && attachments != [attachment_of(key)] {
            self.wrongs.push(format!("emit {key} lost its attachment"));
        }
        self.carried.push((name.to_owned(), wire, key.to_owned()));
    }

    pub(crate) fn note_frame(&mut self, wire: WireNo) {
        *self.frames.entry(wire).or_default() += 1;
    }

    /// How many frames came over a wire.
    pub(crate) fn heard_over(&self, wire: WireNo) -> usize {
        self.frames.get(&wire).copied().unwrap_or_default()
    }

    pub(crate) fn note_answer(&mut self, asked: (WireNo, String, u64), payload: Option<&str>) {
        match self.asked.get_mut(&asked) {
            Some(0) => {
                self.asked.insert(asked, 1);
            }
            Some(times) => {
                *times += 1;
                self.wrongs.push(format!("question {asked:?} was answered again: {payload:?}"));
            }
            None => self.wrongs.push(format!("nobody asked {asked:?}")),
        }
    }

    pub(crate) fn times_carried(&self, key: &str) -> usize {
        self.carried.iter().filter(|(_, _, known)| known == key).count()
    }
}

/// The bytes that travel with emit `key`.
pub(crate) fn attachment_of(key: &str) -> Vec<u8> {
    let sum = key.bytes().map(u64::from).sum();
    attachment(sum, u8::try_from(key.len()).expect("short"))
}

//! What tabs say to each other, and how it is written into an envelope.
//!
//! `version, header, (message, load)*`: the version is one byte, the rest is `postcard`. A load is
//! the control block of a parcel and how many of the envelope's texts and blobs belong to it.

use serde::{Deserialize, Serialize};

use crate::host::Host;

use super::id::{Position, Span};
use super::{Envelope, Parcel, RequestNo, TabId, Term};

/// Longest key of an interest, in bytes.
pub(super) const MAX_KEY: usize = 256;
/// Most keys that a tab may hold.
pub(super) const MAX_KEYS: usize = 1024;
/// Most tabs that a tab keeps track of.
pub(super) const MAX_TABS: usize = 1024;

const VERSION: u8 = 2;
/// Well above what [`Outgoing`](super::outgoing::Outgoing) puts into one envelope.
const MAX_MESSAGES: usize = 4096;

/// Who speaks, and the newest term that it knows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) from: TabId,
    pub(super) term: Term,
}

/// What the leader knows of a tab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Card<'a> {
    pub(super) visible: bool,
    #[serde(borrow)]
    pub(super) interests: Vec<&'a str>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Message<'a> {
    /// I am new here, or start afresh.
    Hello(#[serde(borrow)] Card<'a>),
    /// I leave, for good unless I only resign. The leader's ends its term.
    Bye { leaving: bool },
    /// I hold the lock: answer with what you have, if I ask you or everybody.
    Lead { to: Option<TabId> },
    /// The answer to `Lead`.
    Here { to: TabId, card: Card<'a>, span: Option<Span> },
    /// I lead, and the log goes on from here.
    Open { position: Position },
    /// There is a newer term than yours: the one in the header.
    Stale,
    /// How many tabs I, the leader, know of, and how many are visible.
    Roster { count: u32, visible: u32 },
    /// I took you for gone.
    Missed { to: TabId },
    /// I became visible or hidden.
    Visible(bool),
    /// I hold this key, or gave it up.
    Interest { key: &'a str, held: bool },
    /// The next parcel of the log.
    Log { seq: u64, only: Option<TabId> },
    /// Give me what comes after this place.
    Want { to: TabId, after: Option<Position> },
    /// What you want follows, as entries after this place.
    Fill { to: TabId, after: Position },
    /// A parcel of the log that you lacked.
    Entry { to: TabId, position: Position, only: Option<TabId> },
    /// What others may want from you later follows, as entries after this place, then the state.
    Past { to: TabId, base: Position },
    /// I cannot fill your gap, but this is how things stand at that place.
    State { to: TabId, position: Position },
    /// Please do this.
    Request { no: RequestNo, again: bool },
    /// Never mind.
    Withdraw { no: RequestNo },
    /// It is done.
    Accepted { to: TabId, no: RequestNo },
    /// Is there anybody who holds the lock?
    Ping,
    /// I hold it, and my event loop runs.
    Pong,
    /// I let go of the lock; take it, before those that wait for it.
    Yield { to: TabId },
    /// The user logged out: forget everything.
    LoggedOut,
    /// The lock was stolen that many milliseconds ago.
    Stolen { ago: u32 },
    /// The next parcel of the log, which all others hear later.
    Ahead { seq: u64 },
}

/// A message with the parcel that belongs to it; most messages have an empty one.
#[derive(Clone, Debug)]
pub(super) struct Said<'a, H: Host> {
    pub(super) message: Message<'a>,
    pub(super) parcel: Parcel<H>,
}

/// Why an envelope is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It begins like one of another version.
    Version,
    /// It is foreign, malformed or too large.
    Malformed,
}

/// Starts an envelope.
pub(super) fn begin<H: Host>(header: Header) -> Envelope<H> {
    let control = append(vec![VERSION], &header);
    Envelope { control, texts: Vec::new(), blobs: Vec::new() }
}

/// Adds a message to an envelope.
pub(super) fn add<H: Host>(
    envelope: &mut Envelope<H>,
    message: &Message<'_>,
    parcel: Option<&Parcel<H>>,
) {
    let mut load = Load { control: &[], texts: 0, blobs: 0 };
    if let Some(parcel) = parcel {
        envelope.texts.extend_from_slice(&parcel.texts);
        envelope.blobs.extend_from_slice(&parcel.blobs);
        load =
            Load { control: &parcel.control, texts: parcel.texts.len(), blobs: parcel.blobs.len() };
    }
    envelope.control = append(core::mem::take(&mut envelope.control), &(message, load));
}

/// Reads an envelope whose texts and blobs were taken out.
pub(super) fn read<H: Host>(
    control: &[u8],
    texts: Vec<H::Text>,
    blobs: Vec<H::Bytes>,
) -> Result<(Header, Vec<Said<'_, H>>), Unreadable> {
    let (&version, rest) = control.split_first().ok_or(Unreadable::Malformed)?;
    if version != VERSION {
        return Err(Unreadable::Version);
    }
    let (header, mut rest) =
        postcard::take_from_bytes::<Header>(rest).map_err(|_| Unreadable::Malformed)?;
    if !header.term.is_plausible() {
        return Err(Unreadable::Malformed);
    }
    let (mut texts, mut blobs) = (texts.into_iter(), blobs.into_iter());
    let mut said = Vec::new();
    while !rest.is_empty() {
        let ((message, load), tail) = postcard::take_from_bytes::<(Message<'_>, Load<'_>)>(rest)
            .map_err(|_| Unreadable::Malformed)?;
        if !message.is_within_limits() || said.len() == MAX_MESSAGES {
            return Err(Unreadable::Malformed);
        }
        let parcel = Parcel {
            control: load.control.to_vec(),
            texts: take(&mut texts, load.texts)?,
            blobs: take(&mut blobs, load.blobs)?,
        };
        said.push(Said { message, parcel });
        rest = tail;
    }
    Ok((header, said))
}

#[derive(Serialize, Deserialize)]
struct Load<'a> {
    control: &'a [u8],
    texts: usize,
    blobs: usize,
}

impl Message<'_> {
    fn is_within_limits(&self) -> bool {
        match self {
            Self::Hello(card) | Self::Here { card, .. } => {
                card.interests.len() <= MAX_KEYS
                    && card.interests.iter().all(|key| key.len() <= MAX_KEY)
            }
            Self::Interest { key, .. } => key.len() <= MAX_KEY,
            _ => true,
        }
    }
}

fn append<T: Serialize>(control: Vec<u8>, value: &T) -> Vec<u8> {
    // Fails for types that postcard cannot write, and none of ours is one.
    postcard::to_extend(value, control).unwrap_or_default()
}

fn take<T>(from: &mut std::vec::IntoIter<T>, count: usize) -> Result<Vec<T>, Unreadable> {
    if count > from.len() {
        return Err(Unreadable::Malformed);
    }
    Ok(from.by_ref().take(count).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Native;

    const TAB: TabId = TabId::from_random(7);

    fn header() -> Header {
        Header { from: TAB, term: Term::NONE.outbid(TAB) }
    }

    fn parcel(text: &str) -> Parcel<Native> {
        Parcel { control: vec![1, 2], texts: vec![text.into()], blobs: vec![vec![9; 3]] }
    }

    fn read_native(
        envelope: &Envelope<Native>,
    ) -> Result<(Header, Vec<Said<'_, Native>>), Unreadable> {
        read(&envelope.control, envelope.texts.clone(), envelope.blobs.clone())
    }

    fn full() -> Envelope<Native> {
        let mut envelope = begin(header());
        let card = Card { visible: true, interests: vec!["/chat", "room:1"] };
        add(&mut envelope, &Message::Hello(card), None);
        add(&mut envelope, &Message::Log { seq: 300, only: None }, Some(&parcel("first")));
        add(&mut envelope, &Message::Log { seq: 301, only: Some(TAB) }, Some(&parcel("second")));
        envelope
    }

    #[test]
    fn each_parcel_gets_its_own_texts_and_blobs() {
        let envelope = full();

        let (from, said) = read_native(&envelope).unwrap();

        assert_eq!(from, header());
        let parcels: Vec<_> = said.iter().map(|said| said.parcel.clone()).collect();
        assert_eq!(parcels, [Parcel::default(), parcel("first"), parcel("second")]);
        assert_eq!(said[2].message, Message::Log { seq: 301, only: Some(TAB) });
    }

    #[test]
    fn every_prefix_and_every_flipped_byte_is_read_or_refused() {
        let envelope = full();

        for end in 0..envelope.control.len() {
            let cut = Envelope { control: envelope.control[..end].to_vec(), ..envelope.clone() };
            let _ = read_native(&cut);
            for bit in 0..8 {
                let mut flipped = envelope.clone();
                flipped.control[end] ^= 1 << bit;
                let _ = read_native(&flipped);
            }
        }
    }

    #[test]
    fn another_version_is_refused() {
        let mut envelope = full();
        envelope.control[0] = 1;

        let result = read_native(&envelope);

        assert_eq!(result.map(|_| ()), Err(Unreadable::Version));
    }

    #[test]
    fn missing_texts_are_refused() {
        let mut envelope = full();
        envelope.texts.pop();

        let result = read_native(&envelope);

        assert_eq!(result.map(|_| ()), Err(Unreadable::Malformed));
    }

    #[test]
    fn a_term_that_nobody_could_outbid_is_refused() {
        // The round is the second field; ten bytes of varint say 2^64 - 1.
        let mut envelope = begin::<Native>(header());
        let round = 1 + 1;
        assert_eq!(envelope.control[round], 1);
        envelope.control.splice(round..=round, [0xff; 9].into_iter().chain([1]));

        let result = read_native(&envelope);

        assert_eq!(result.map(|_| ()), Err(Unreadable::Malformed));
    }

    #[test]
    fn oversized_interests_are_refused() {
        let key = "k".repeat(MAX_KEY + 1);
        let mut envelope = begin::<Native>(header());
        add(&mut envelope, &Message::Interest { key: &key, held: true }, None);

        let result = read_native(&envelope);

        assert_eq!(result.map(|_| ()), Err(Unreadable::Malformed));
    }
}

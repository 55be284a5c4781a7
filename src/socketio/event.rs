use core::time::Duration;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::packet::Packet;
use super::{ConnectError, DisconnectReason, Recovery};
use crate::engineio::{
    self, CloseReason, Frame, Message, Request, Traffic, Transport, UpgradeError,
};
use crate::host::Host;

/// One session of a manager, with the socket and the requests that carry it. The facts about an old
/// one must not be taken for those of the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
// Made by the manager only.
pub struct ConnId(pub(super) u32);

/// A namespace of a manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamespaceId(pub(super) usize);

/// A question for the payload of one CONNECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuthRequest(pub(super) u32);

impl AuthRequest {
    /// The question behind a number that went through a host which knows only numbers.
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// The number of the question.
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// A fact about the world of a manager.
#[derive(Clone, Debug, PartialEq)]
pub enum Input<H: Host> {
    /// Something happened to a socket.
    Socket {
        /// Which socket.
        conn: ConnId,
        /// What happened.
        fact: engineio::Input<H>,
    },
    /// The host has a network again: a waiting reconnection begins at once.
    WentOnline,
    /// The host has no network: the connection is lost, unless it is to `localhost`.
    WentOffline,
    /// The owner has a message that shall count as if it had come over the connection.
    Injected(Message<H>),
    /// What became of [`CodecCommand`]s.
    Codec(CodecFact<H>),
    /// The page runs again (shown, back from the cache, awake): overdue timers fire, and a
    /// waiting reconnection begins at once.
    Resumed,
}

/// A command for a socket, or an event for the owner.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<H: Host> {
    /// Open a socket.
    OpenSocket {
        /// Name of the new socket.
        conn: ConnId,
        /// Where to.
        url: String,
    },
    /// Send a frame.
    SendFrame {
        /// Over which socket.
        conn: ConnId,
        /// The frame.
        frame: Frame<H>,
    },
    /// Send what is left to send, then close the socket. Facts about it do not count any more.
    CloseSocket {
        /// Which socket.
        conn: ConnId,
    },
    /// Do something by HTTP.
    Request {
        /// For which session.
        conn: ConnId,
        /// What to do.
        request: Request<H>,
    },
    /// Encode or decode something. Only with a [`foreign_codec`](super::Config::foreign_codec).
    Codec(CodecCommand<H>),
    /// Something the owner wants to know.
    Event(Event<H>),
}

/// Work for a codec that is not this crate's.
#[derive(Clone, Debug, PartialEq)]
pub enum CodecCommand<H: Host> {
    /// Encode a packet; answer with [`CodecFact::Encoded`], if it cannot be encoded with nothing. The
    /// connection is not closed before that.
    Encode(Packet<H>),
    /// Decode a message; answer with [`CodecFact::Decoded`] for each packet that is complete.
    Decode(Frame<H>),
    /// Forget the packet that is not complete.
    Reset,
}

/// What a codec did.
#[derive(Clone, Debug, PartialEq)]
pub enum CodecFact<H: Host> {
    /// The messages that make up a packet.
    Encoded(Vec<Frame<H>>),
    /// A packet that is complete. The payload of an event or an acknowledgement is a value of the
    /// owner's; that of other packets is JSON text.
    Decoded(Packet<H>),
    /// What was to be decoded is no packet.
    Undecodable,
}

/// How a server recognises that it was sent an emit before; the key `tabcast` of its CONNECT.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deduplication {
    /// Name of its memory. Another memory knows nothing of what this one was told.
    pub memory: Rc<str>,
    /// How long an emit is remembered, in milliseconds.
    pub keep: u32,
}

impl Deduplication {
    /// How long an emit is remembered.
    pub const fn keep(&self) -> Duration {
        Duration::from_millis(self.keep as u64)
    }
}

/// What happened to a manager or to one of its namespaces.
///
/// Where one cause has effects on both, namespaces come first: [`Disconnected`](Self::Disconnected)
/// of each before [`Closed`](Self::Closed), [`ConnectError`](Self::ConnectError) of each before
/// [`OpenFailed`](Self::OpenFailed). But when the last namespace leaves, the connection is closed
/// before that namespace hears that it left.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<H: Host> {
    /// The session is open; namespaces now connect.
    Opened {
        /// Id of the Engine.IO session.
        sid: String,
        /// What it was opened over.
        transport: Transport,
    },
    /// The session is about to move to that transport.
    Upgrading(Transport),
    /// The session has moved to that transport.
    Upgraded(Transport),
    /// The session cannot move to another transport, and stays where it is.
    UpgradeFailed(UpgradeError),
    /// What travels, if the owner asked to be told.
    Traffic(Traffic<H>),
    /// The connection was closed by itself or by the owner.
    Closed {
        /// Why.
        reason: DisconnectReason,
    },
    /// The session could not be opened.
    OpenFailed {
        /// Why.
        error: CloseReason,
    },
    /// The server sent a ping.
    Ping,
    /// A reconnection begins.
    ReconnectAttempt(
        /// Its number, from 1.
        u32,
    ),
    /// A reconnection did not come about.
    ReconnectError(
        /// Why.
        CloseReason,
    ),
    /// The last allowed reconnection did not come about; the manager stays closed.
    ReconnectFailed,
    /// A reconnection came about.
    Reconnected(
        /// How many attempts it took.
        u32,
    ),
    /// A CONNECT is about to be sent: answer with
    /// [`provide_auth`](super::Manager::provide_auth).
    AuthWanted {
        /// For which namespace.
        namespace: NamespaceId,
        /// Name of this question.
        request: AuthRequest,
        /// What belongs into the payload as `pid` and `offset`; keys of the app win.
        recovery: Option<Recovery>,
    },
    /// The server let the namespace in. Events that came before it were [`Received`](
    /// Self::Received) just before this, while the namespace counts as connected already.
    Connected {
        /// Which namespace.
        namespace: NamespaceId,
        /// Id of the socket on the server.
        sid: String,
        /// Private id for recovering the session, if the server offers that.
        pid: Option<String>,
        /// Whether this goes on with the session before.
        recovered: bool,
        /// Set if the server recognises repetitions of an emit, as `tabcast/server` does.
        deduplication: Option<Deduplication>,
    },
    /// The namespace is not connected though it was asked for.
    ConnectError {
        /// Which namespace.
        namespace: NamespaceId,
        /// Why.
        error: ConnectError<H>,
    },
    /// The namespace was connected and is not any more.
    Disconnected {
        /// Which namespace.
        namespace: NamespaceId,
        /// Why.
        reason: DisconnectReason,
        /// JSON text, as in [`ConnectError::Refused`], if the server ended it by a CONNECT_ERROR.
        refusal: Option<H::Text>,
    },
    /// An event came in.
    Received {
        /// For which namespace.
        namespace: NamespaceId,
        /// JSON text of the array of event name and arguments, with placeholders.
        payload: H::Text,
        /// What the placeholders stand for.
        attachments: Vec<H::Bytes>,
        /// The id to acknowledge it with, if that is wanted.
        ack: Option<u64>,
    },
    /// The server acknowledged an event; maybe one that nobody knows any more.
    Acked {
        /// In which namespace.
        namespace: NamespaceId,
        /// Id that was sent with the event.
        ack: u64,
        /// JSON text of the array of arguments, with placeholders.
        payload: Option<H::Text>,
        /// What the placeholders stand for.
        attachments: Vec<H::Bytes>,
    },
}

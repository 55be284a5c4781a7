//! What the app hears, in the order in which it happened.

use std::rc::Rc;

use super::message::LinkEvent;
use super::{AuthRequest, EmitId, SocketId};
use crate::engineio::Traffic;
use crate::host::Host;
use crate::tabs::{Role, Roster, TabId};

/// One thing for the app to hear.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Notice<H: Host> {
    /// The socket is connected.
    Connected {
        /// Which socket.
        socket: SocketId,
        /// Session id given by the server.
        sid: Rc<str>,
        /// Whether the server resumed the earlier session and sent what was missed.
        recovered: bool,
    },
    /// The socket could not be connected.
    ConnectError {
        /// Which socket.
        socket: SocketId,
        /// JSON of `{ message, data? }`, as the server sent it where it was the server.
        payload: H::Text,
        /// Whether the next connection tries again; if not, the app has to connect the socket.
        active: bool,
    },
    /// The socket is no longer connected.
    Disconnected {
        /// Which socket.
        socket: SocketId,
        /// A disconnect reason of Socket.IO, such as `transport close`.
        reason: Rc<str>,
        /// More about it, for people.
        detail: Option<Rc<str>>,
        /// JSON like the payload of `ConnectError`, if the server ended it by a CONNECT_ERROR.
        refusal: Option<H::Text>,
    },
    /// The server sent an event.
    Event {
        /// Which socket.
        socket: SocketId,
        /// JSON array `[event, ...args]`.
        payload: H::Text,
        /// Binary attachments that the payload's placeholders refer to.
        attachments: Vec<H::Bytes>,
        /// Set if the server asked for an acknowledgement.
        ack: Option<u64>,
    },
    /// The server acknowledged an emit.
    Acked {
        /// Which socket.
        socket: SocketId,
        /// The emit.
        id: EmitId,
        /// JSON array of the acknowledgement's arguments.
        payload: H::Text,
        /// Binary attachments that the payload's placeholders refer to.
        attachments: Vec<H::Bytes>,
    },
    /// An emit that wanted an acknowledgement will not get one, or could not be taken at all.
    EmitFailed {
        /// Which socket.
        socket: SocketId,
        /// The emit.
        id: EmitId,
        /// Why.
        reason: EmitFailure,
        /// Whether the server may have got it all the same.
        may_have_arrived: bool,
    },
    /// An emit was handed to the connection.
    Sent {
        /// Which socket.
        socket: SocketId,
        /// The emit.
        id: EmitId,
    },
    /// The connection needs the handshake data of a socket before it can connect it.
    AuthWanted {
        /// To be given back with the answer.
        request: AuthRequest,
        /// Which socket.
        socket: SocketId,
        /// `pid` and `offset` to be sent along, if a session may be resumed.
        recovery: Option<(Rc<str>, Option<Rc<str>>)>,
        /// Another tab asks, which has the connection but no socket in the namespace: the answer
        /// would cross the channel.
        remote: bool,
    },
    /// More waits at the socket than it can send soon, so that the app should hold back what can
    /// wait; or no more so.
    Congested(bool),
    /// The user logged out, in this tab or another. No socket is connected or will be, unless its
    /// app connects it again, and no key is held.
    LoggedOut,
    /// What need not go through the client, until it says otherwise: plain packets, which are those
    /// without attachments, as text frames of a WebSocket of no more than `limit` units.
    Shortcuts {
        /// In units of the host's text.
        limit: usize,
        /// All that there are; none at first.
        shortcuts: Vec<Shortcut>,
    },
    /// Something happened to the connection below all sockets.
    Link(LinkEvent),
    /// Something travels over the connection, which is in this tab.
    Traffic(Traffic<H>),
    /// This tab's place among the tabs changed.
    Tabs {
        /// This tab.
        tab: TabId,
        /// What this tab does.
        role: Role,
        /// Number of the leadership it belongs to; 0 if there was none yet.
        term: u64,
        /// The tab that holds the connection.
        leader: Option<TabId>,
        /// Tabs that share the connection.
        roster: Roster,
    },
    /// In the tab that holds the connection: a key found its first holder or lost its last one.
    Interest {
        /// The key, as the app named it.
        key: String,
        /// Whether any tab holds it now.
        held: bool,
    },
}

/// How the plain packets of one socket begin that concern nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// Which socket they are for.
    pub socket: SocketId,
    /// What stands before the payload of an event, or before the id that it shall be acknowledged
    /// under. [`Client::send_plain`](super::Client::send_plain) gives the id of one that is sent.
    pub event: String,
    /// What stands before the id of an acknowledgement.
    /// [`Client::answered`](super::Client::answered) says which emit it is for.
    pub ack: String,
    /// An event that comes, and asks for no acknowledgement, is [`Notice::Event`] and nothing else,
    /// if its name is a string that is not reserved; otherwise the client has to see it.
    pub takes_events: bool,
}

/// Why an emit failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmitFailure {
    /// The time given for the acknowledgement passed.
    Timeout,
    /// The socket was disconnected before the acknowledgement came.
    Disconnected,
    /// The tab that sent it died before saying whether it had, or the server may have forgotten
    /// that it got it: it may or may not have arrived.
    Unknown,
    /// Too much is waiting to be sent.
    Full,
    /// The user logged out.
    LoggedOut,
    /// It was to be carried out exactly once, and the server does not recognise repetitions.
    Unsupported,
}

impl EmitFailure {
    /// The name JavaScript sees.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Disconnected => "disconnected",
            Self::Unknown => "unknown",
            Self::Full => "full",
            Self::LoggedOut => "logged_out",
            Self::Unsupported => "unsupported",
        }
    }
}

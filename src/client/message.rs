//! What the endpoint of a tab and the hub at the connection say to each other.
//!
//! A message is a small control block and, beside it, the user's text and attachments as handles.
//! In one tab it is handed over as it is; between tabs it travels as a [`Parcel`].

use std::rc::Rc;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::EmitId;
use crate::engineio::{CloseReason, RequestFailure, Transport};
use crate::host::Host;
use crate::socketio::Deduplication;
use crate::tabs::Parcel;

/// A control block of kind `C` with the host values it speaks of.
#[derive(Clone, Debug)]
pub(crate) struct Message<H: Host, C> {
    pub(crate) control: C,
    pub(crate) text: Option<H::Text>,
    pub(crate) attachments: Vec<H::Bytes>,
}

/// From an endpoint to the hub.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Up {
    /// Send an event; `text` is the JSON array `[event, ...args]`.
    Emit { namespace: Rc<str>, generation: u64, id: EmitId, wants_ack: bool },
    /// Answer the server's event that asked for acknowledgement `ack`; `text` is a JSON array.
    Acknowledge { namespace: Rc<str>, generation: u64, ack: u64 },
    /// Close the session, and open another one.
    DropSession,
    /// The answer to `AuthWanted`; `text` is a JSON object, if there is one.
    Auth { request: u32, answer: AuthAnswer },
    /// Connect what is wanted and is not connected, and end a wait for the next attempt. That this
    /// tab wants something is no news while another tab has not let go of it, though the server
    /// may have refused it to that one, or thrown it out.
    Connect,
}

/// What a tab says when it is asked who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum AuthAnswer {
    /// What the `text` says.
    Given,
    /// It has a socket there, and its app keeps to itself who it is.
    Withheld,
    /// It has no socket there any more.
    Unwanted,
}

/// From the hub to one endpoint or all of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Down {
    /// The server sent an event; `text` is the JSON array `[event, ...args]`.
    Event { namespace: Rc<str>, ack: Option<u64>, offset: Option<Rc<str>> },
    /// The server acknowledged emit `id` of the addressed tab; `text` is a JSON array.
    Acked { namespace: Rc<str>, id: EmitId },
    /// The answer to emit `id` of the addressed tab is not waited for any more: too many are.
    Forgotten { namespace: Rc<str>, id: EmitId },
    /// More waits at the socket than it can send soon, or no more so.
    Congested(bool),
    /// The namespace is connected.
    Connected { namespace: Rc<str>, session: Session, recovered: bool },
    /// The namespace could not be connected; `text` is JSON like the payload of CONNECT_ERROR.
    /// While `active`, the next connection tries again by itself.
    ConnectError { namespace: Rc<str>, active: bool },
    /// The namespace is no longer connected; `text` is JSON like the payload of CONNECT_ERROR, if
    /// the server ended it by one, or of the `status` and the `message` of a request that failed.
    Disconnected { namespace: Rc<str>, reason: Rc<str>, detail: Option<Rc<str>>, end: End },
    /// Say what is to be sent along with the CONNECT of the namespace, for the tab with the hub
    /// cannot: it has no socket there.
    AuthWanted { namespace: Rc<str>, request: u32, claim: Option<(Rc<str>, Option<Rc<str>>)> },
    /// Something happened to the connection itself.
    Link(LinkEvent),
    /// There is a new hub: the sessions of the one before are over, also those that it knows
    /// nothing of.
    Began,
}

/// How the session of a namespace ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum End {
    /// The connection was lost; the next one goes on by itself, perhaps with the same session.
    Lost,
    /// No tab wanted it. Whoever wants it now gets a new session.
    Left,
    /// The server ended it. Its sockets stay disconnected until their apps connect them.
    Expelled,
}

/// Identity of a connected namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) sid: Rc<str>,
    pub(crate) pid: Option<Rc<str>>,
    /// Tells connections apart where a resumed session keeps its `sid`. A request names the
    /// generation it was made in, so that one that comes late is not carried out in the next.
    pub(crate) generation: u64,
    /// Set if the server recognises repetitions of an emit.
    pub(crate) deduplication: Option<Deduplication>,
}

/// What happened to the connection below all namespaces; the events of socket.io-client's Manager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum LinkEvent {
    /// The Engine.IO session is open, under this id.
    Opened {
        /// Session id given by the server.
        sid: String,
        /// What it was opened over.
        transport: Transport,
    },
    /// The session is about to move to that transport.
    Upgrading(Transport),
    /// The session has moved to that transport.
    Upgraded(Transport),
    /// The session stays on its transport.
    UpgradeFailed {
        /// Why, for people.
        message: String,
    },
    /// An attempt to open failed.
    OpenFailed(Failure),
    /// The Engine.IO session ended.
    Closed {
        /// A disconnect reason of Socket.IO, such as `transport close`.
        reason: String,
        /// What failed, if something did.
        failure: Option<Failure>,
    },
    /// The server's heartbeat arrived.
    Ping,
    /// Attempt number `n` to open again begins; counted from 1.
    ReconnectAttempt(u32),
    /// An attempt to open again failed.
    ReconnectError(Failure),
    /// All attempts are used up.
    ReconnectFailed,
    /// Attempt number `n` succeeded.
    Reconnected(u32),
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For people, where socket.io-client has a text, that one.
    pub message: String,
    /// HTTP status of the request that failed; 0 if it had none.
    pub status: Option<u16>,
    /// What the server gave as its reason, such as `Session ID unknown`.
    pub refusal: Option<String>,
}

impl From<&CloseReason> for Failure {
    fn from(reason: &CloseReason) -> Self {
        let (status, refusal) = match reason.request_failure() {
            Some(RequestFailure::Refused { status, refusal }) => (Some(*status), *refusal),
            _ => (None, None),
        };
        let refusal = refusal.map(|refusal| refusal.as_str().to_owned());
        Self { message: reason.to_string(), status, refusal }
    }
}

impl<H: Host, C: Serialize + DeserializeOwned> Message<H, C> {
    /// A message of control data alone.
    pub(crate) fn bare(control: C) -> Self {
        Self { control, text: None, attachments: Vec::new() }
    }

    /// Packs the message for the way to another tab; `None` if it cannot be encoded.
    pub(crate) fn into_parcel(self) -> Option<Parcel<H>> {
        let control = postcard::to_allocvec(&self.control).ok()?;
        Some(Parcel { control, texts: self.text.into_iter().collect(), blobs: self.attachments })
    }

    /// Unpacks what another tab sent; `None` if it is not a message of this kind.
    pub(crate) fn from_parcel(parcel: Parcel<H>) -> Option<Self> {
        let control = postcard::from_bytes(&parcel.control).ok()?;
        let text = parcel.texts.into_iter().next();
        Some(Self { control, text, attachments: parcel.blobs })
    }
}

use core::time::Duration;

use super::{CloseReason, Frame, Message, RequestFailure, Transport, UpgradeError};
use crate::host::Host;

/// A fact about the socket or the requests of a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Input<H: Host> {
    /// The socket is open.
    SocketOpened,
    /// A frame came in.
    FrameReceived(Frame<H>),
    /// The socket is closed.
    SocketClosed {
        /// Close code of the WebSocket.
        code: u16,
        /// Reason that came with the code.
        reason: String,
    },
    /// The socket failed.
    SocketFailed,
    /// A packet came in the answer to the GET.
    Polled(H::Text),
    /// The answer to the GET is over.
    PollEnded,
    /// The GET failed.
    PollFailed(RequestFailure),
    /// The POST arrived.
    Posted,
    /// The POST failed.
    PostFailed(RequestFailure),
    /// The host is offline: the session is dead, whatever its transport says.
    NetworkLost,
}

/// A command for the transports, or an event for the owner.
#[derive(Clone, Debug, PartialEq)]
pub enum Output<H: Host> {
    /// Open a socket.
    OpenSocket {
        /// Where to.
        url: String,
    },
    /// Send a frame.
    SendFrame(Frame<H>),
    /// Send what is left to send, then close the socket and report nothing more of it.
    CloseSocket,
    /// Do something by HTTP.
    Request(Request<H>),
    /// Something the owner wants to know.
    Event(Event<H>),
}

/// A command for long-polling.
#[derive(Clone, Debug, PartialEq)]
pub enum Request<H: Host> {
    /// Send a GET, and report its [`Answer`](super::Answer) as
    /// [`into_polled`](super::Answer::into_polled) says.
    Poll {
        /// Where to.
        url: String,
        /// Largest body that is accepted, in units of text.
        limit: usize,
    },
    /// Send a POST, and report its answer as [`into_posted`](super::Answer::into_posted) says.
    Post(Post<H>),
    /// Report nothing more of any request. Send these, one after the other, behind the POST under
    /// way; then abort the GET.
    End(Vec<Post<H>>),
}

/// A POST.
#[derive(Clone, Debug, PartialEq)]
pub struct Post<H: Host> {
    /// Where to.
    pub url: String,
    /// The payload, as `text/plain`.
    pub body: H::Text,
}

/// What happened to a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<H: Host> {
    /// The handshake is done.
    Opened {
        /// Id of the session.
        sid: String,
        /// What it was opened over.
        transport: Transport,
        /// How often the server pings.
        ping_interval: Duration,
        /// How late a ping may be.
        ping_timeout: Duration,
        /// Largest payload the server takes, in bytes.
        max_payload: Option<u64>,
    },
    /// A message came in.
    Message(Message<H>),
    /// A ping came in and was answered.
    Ping,
    /// The server can be reached over that transport too: the session moves there as soon as the
    /// requests under way have ended. What is sent waits.
    Upgrading(Transport),
    /// The session has moved.
    Upgraded(Transport),
    /// The session cannot move; it stays where it is.
    UpgradeFailed(UpgradeError),
    /// What travels, if the owner asked to be told.
    Traffic(Traffic<H>),
    /// The session is over. Last output, exactly once.
    Closed(CloseReason),
}

/// What travels over a session.
#[derive(Clone, Debug, PartialEq)]
pub enum Traffic<H: Host> {
    /// A packet came in.
    Received(Frame<H>),
    /// A packet was made, to be sent when it can be.
    Created(Frame<H>),
    /// Packets were handed to the transport.
    Flushed,
    /// Everything was taken by the transport.
    Drained,
}

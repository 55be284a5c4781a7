//! How a session moves from long-polling to a WebSocket.

use super::{Connection, State, Upgrade};
use crate::engineio::{CloseReason, Event, Frame, Output, Transport, UpgradeError};
use crate::host::{Host, Text};

impl<H: Host> Connection<H> {
    /// Opens a socket beside long-polling, if server and owner want that.
    pub(super) fn probe(&mut self, offered: &[String]) {
        let target = Transport::WebSocket;
        if self.config.transports.upgrade
            && self.transports.contains(&target)
            && offered.iter().any(|name| name == target.as_str())
        {
            self.upgrade = Upgrade::Probing;
            self.open_socket();
        }
    }

    pub(super) fn handle_socket_opened(&mut self) {
        // Otherwise the server speaks first.
        if self.upgrade == Upgrade::Probing {
            self.send_control("2probe");
        }
    }

    pub(super) fn handle_probe_answer(&mut self, frame: &Frame<H>) {
        let is_answer = match frame {
            // Longer is different.
            Frame::Text(text) => text.part(0, ANSWER.len() + 1).to_core() == ANSWER,
            Frame::Binary(_) => false,
        };
        if !is_answer {
            return self.give_upgrade_up(UpgradeError::AnswerInvalid);
        }
        self.upgrade = Upgrade::Switching;
        self.emit(Event::Upgrading(Transport::WebSocket));
        self.switch_if_idle();
    }

    /// Moves to the socket once no request is under way: what came before has been received, and
    /// what was sent has arrived.
    pub(super) fn switch_if_idle(&mut self) {
        let State::Open { silence, .. } = self.state else { return };
        if !self.polling.is_idle() {
            return;
        }
        self.upgrade = Upgrade::None;
        self.state = State::Open { transport: Transport::WebSocket, silence };
        self.send_control("5");
        self.emit(Event::Upgraded(Transport::WebSocket));
        for packet in self.polling.take_packets() {
            self.hand_over(packet);
        }
    }

    /// The socket failed or was closed: the session ends if it was on it.
    pub(super) fn handle_socket_lost(&mut self, reason: CloseReason, error: UpgradeError) {
        if self.transport() == Some(Transport::WebSocket) {
            self.fail(reason);
        } else if self.upgrade != Upgrade::None {
            self.give_upgrade_up(error);
        }
    }

    /// The reference client leaves the socket open after a wrong answer, and stops polling for
    /// good when the socket is lost while it switches.
    fn give_upgrade_up(&mut self, error: UpgradeError) {
        self.upgrade = Upgrade::None;
        self.outputs.push_back(Output::CloseSocket);
        self.emit(Event::UpgradeFailed(error));
        if !self.polling.is_waiting {
            self.poll();
        }
        self.flush();
    }

    fn send_control(&mut self, packet: &str) {
        self.outputs.push_back(Output::SendFrame(Frame::Text(H::Text::from_core(packet))));
    }
}

const ANSWER: &str = "3probe";

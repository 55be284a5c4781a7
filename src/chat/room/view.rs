//! What the app sees of a room.

use super::super::change::{Change, RoomMeta, Row, Status};
use super::super::context::Context;
use super::super::failure::Failure;
use super::super::output::Output;
use super::Room;
use crate::time::Instant;

impl<B: Clone> Room<B> {
    pub(super) fn publish(&mut self, cx: &mut Context<B>) {
        self.typers.publish(&self.id, cx);
        let meta = RoomMeta {
            sync: self.catch_up.sync_state(&self.log, cx.link),
            head: self.log.head(),
            has_older: self.log.has_older(),
            loading_older: self.history.is_some(),
            error: self.catch_up.error().cloned(),
        };
        if meta != self.shown {
            self.shown = meta.clone();
            cx.change(Change::Room { room: self.id.clone(), meta });
        }
    }

    pub(super) fn pump(&mut self, cx: &mut Context<B>, now: Instant) {
        let position = self.outbox.pump(&self.id, cx, now);
        self.update_pending(position, cx);
    }

    pub(super) fn older_loaded(&self, loaded: Result<usize, Failure>, cx: &mut Context<B>) {
        cx.emit(Output::OlderLoaded { room: self.id.clone(), loaded });
    }

    pub(super) fn insert_logged(&self, index: usize, cx: &mut Context<B>) {
        if let Some(row) = self.logged_row(index, cx) {
            cx.change(Change::RowInserted { room: self.id.clone(), index, row });
        }
    }

    pub(super) fn logged_row(&self, index: usize, cx: &Context<B>) -> Option<Row<B>> {
        let message = self.log.row(index)?;
        let mine = message.from == cx.config.user;
        Some(Row { body: message.body.clone(), mine, status: Status::Sent })
    }

    pub(super) fn update_pending(&self, position: Option<usize>, cx: &mut Context<B>) {
        let Some(position) = position else { return };
        if let Some(row) = self.outbox.row(position) {
            let index = self.log.len() + position;
            cx.change(Change::RowUpdated { room: self.id.clone(), index, row });
        }
    }

    pub(super) fn remove_pending(&self, position: Option<usize>, cx: &mut Context<B>) {
        if let Some(position) = position {
            self.remove_rows(self.log.len() + position, 1, cx);
        }
    }

    pub(super) fn remove_rows(&self, index: usize, count: usize, cx: &mut Context<B>) {
        if count > 0 {
            cx.change(Change::RowsRemoved { room: self.id.clone(), index, count });
        }
    }
}

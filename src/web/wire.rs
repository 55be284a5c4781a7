//! Performs what a session wants done: one WebSocket, one GET and one POST at a time.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::WebSocket;

use super::browser::Browser;
use super::codec::Codec;
use super::websocket::Socket;
use super::xhr::{Exchange, RequestOptions};
use crate::engineio::{self, Post, Request};
use crate::socketio::{ConnId, Input, Output};

/// The socket and the requests of the session that there is.
pub(crate) struct Wire {
    options: Options,
    socket: RefCell<Option<(ConnId, Socket)>>,
    requests: RefCell<Requests>,
}

/// What is the same for all sessions of a connection.
#[derive(Default)]
pub(crate) struct Options {
    /// Second argument of `new WebSocket`.
    pub(crate) protocols: Vec<String>,
    /// The parser of the app, if it brought one.
    pub(crate) codec: Option<Codec>,
    /// Keeps from the listener to a WebSocket what need not come here.
    pub(crate) filter: Option<Filter>,
    /// Makes a WebSocket of an URL and subprotocols.
    pub(crate) open_socket: Function,
    /// How requests are sent.
    pub(crate) requests: RequestOptions,
}

/// Dropping one of them aborts it.
#[derive(Default)]
struct Requests {
    poll: Option<Exchange>,
    post: Option<Exchange>,
}

impl Wire {
    pub(crate) fn new(options: Options) -> Self {
        Self { options, socket: RefCell::default(), requests: RefCell::default() }
    }

    /// Carries out a command.
    pub(crate) fn perform(
        &self,
        command: Output<Browser>,
        report: impl Fn(Input<Browser>) + Clone + 'static,
    ) {
        match command {
            Output::OpenSocket { conn, url } => {
                let report = move |fact| report(Input::Socket { conn, fact });
                let Options { protocols, filter, open_socket, .. } = &self.options;
                let filter = |socket: &WebSocket, listener: &Function| match filter {
                    Some(filter) => filter.before(listener, socket),
                    None => listener.clone(),
                };
                let socket = Socket::open(&url, protocols, open_socket, filter, report.clone());
                if socket.is_none() {
                    report(engineio::Input::SocketFailed);
                }
                self.socket.replace(socket.map(|socket| (conn, socket)));
            }
            Output::SendFrame { conn, frame } => {
                if let Some((open, socket)) = &*self.socket.borrow()
                    && *open == conn
                {
                    socket.send(&frame);
                }
            }
            Output::CloseSocket { conn } => {
                let closing = self.socket.borrow().as_ref().is_some_and(|(open, _)| *open == conn);
                if closing {
                    self.socket.take();
                }
            }
            Output::Request { conn, request } => {
                self.request(request, move |fact| report(Input::Socket { conn, fact }));
            }
            Output::Codec(command) => {
                if let Some(codec) = &self.options.codec {
                    codec.perform(command, |fact| report(Input::Codec(fact)));
                }
            }
            Output::Event(_) => {}
        }
    }

    /// Bytes that the socket was given and has not sent. One that is gone holds nothing.
    pub(crate) fn waiting(&self) -> u32 {
        self.socket.borrow().as_ref().map_or(0, |(_, socket)| socket.waiting())
    }

    fn request(
        &self,
        request: Request<Browser>,
        report: impl Fn(engineio::Input<Browser>) + 'static,
    ) {
        let options = &self.options.requests;
        match request {
            Request::Poll { url, limit } => {
                let poll = Exchange::get(&url, limit, options, move |answer| {
                    let facts = match answer {
                        Ok(answer) => answer.into_polled(),
                        Err(failure) => vec![engineio::Input::PollFailed(failure)],
                    };
                    facts.into_iter().for_each(&report);
                });
                self.requests.borrow_mut().poll = Some(poll);
            }
            Request::Post(Post { url, body }) => {
                let post = Exchange::post(&url, &body, options, move |answer| {
                    report(match answer {
                        Ok(answer) => answer.into_posted(),
                        Err(failure) => engineio::Input::PostFailed(failure),
                    });
                });
                self.requests.borrow_mut().post = Some(post);
            }
            Request::End(last) => self.requests.take().end(last, options.clone()),
        }
    }
}

impl Requests {
    /// Sends what is left, and then lets go of everything.
    fn end(self, last: Vec<Post<Browser>>, options: RequestOptions) {
        if last.is_empty() {
            return;
        }
        let Self { poll, post } = self;
        // The answer may be long in coming, but nobody waits for it.
        let poll = poll.map(Exchange::silent);
        let post = post.map(Exchange::silent);
        wasm_bindgen_futures::spawn_local(async move {
            if let Some(post) = post {
                post.over().await;
            }
            for Post { url, body } in last {
                Exchange::post(&url, &body, &options, |_| ()).over().await;
            }
            drop(poll);
        });
    }
}

#[wasm_bindgen]
extern "C" {
    /// `Filter` of `js/src/core/connection.ts`.
    #[wasm_bindgen]
    #[derive(Clone, Debug)]
    pub(crate) type Filter;

    #[wasm_bindgen(method)]
    fn before(this: &Filter, listener: &Function, socket: &WebSocket) -> Function;
}

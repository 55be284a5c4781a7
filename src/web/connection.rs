//! Performs what a [`Client`] wants done: sockets, lock, channel, and the life of the page.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::browser::Browser;
use super::drain::Drain;
use super::driver::Driver;
use super::page::{Change, Page};
use super::scope::Scope;
use super::sharing::{Sharing, Tell};
use super::websocket::Socket;
use crate::client::{Client, Config, Input, Notice, Output};
use crate::socketio::{self, ConnId};
use crate::tabs::PageFact;

/// A client on the event loop of this page; dropping it lets go of everything at once.
#[must_use = "dropping the connection ends it"]
pub(crate) struct Connection {
    driver: Rc<Driver<Client<Browser>>>,
    _page: Page,
}

/// What a [`Connection`] is made from, beside the configuration of its client.
pub(crate) struct Options {
    pub(crate) client: Config,
    pub(crate) protocols: Vec<String>,
    /// Names lock and channel; `None` if nothing is shared.
    pub(crate) scope: Option<Scope>,
}

/// What the client holds in the browser.
struct Resources {
    protocols: Vec<String>,
    socket: RefCell<Option<(ConnId, Socket)>>,
    drain: Drain,
    sharing: Option<Sharing>,
}

impl Connection {
    /// Starts a client; `hear` gets what the app shall know.
    pub(crate) fn start(options: Options, hear: impl Fn(Notice<Browser>) + 'static) -> Self {
        let scope = options.scope.zip(options.client.share);
        let sharing = scope.map(|(scope, share)| Sharing::new(scope, share.id));
        let resources = Rc::new(Resources {
            protocols: options.protocols,
            socket: RefCell::default(),
            drain: Drain::default(),
            sharing,
        });
        let client = Client::new(options.client, super::clock::now());
        let performer = Rc::clone(&resources);
        let driver = Driver::new(client, move |driver, output| match output {
            Output::Notice(notice) => hear(notice),
            Output::Wire(command) => performer.perform_wire(driver, command),
            Output::Tabs(command) => {
                if let Some(sharing) = &performer.sharing {
                    sharing.perform(command, tell_tabs(driver));
                }
            }
        });
        resources.join(&driver, |driver| driver.command(|client, now| client.start(now)));
        let page = watch_page(&driver, &resources);
        Self { driver, _page: page }
    }

    /// The machine and its loop.
    pub(crate) const fn driver(&self) -> &Rc<Driver<Client<Browser>>> {
        &self.driver
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.command(|client, now| client.leave(now));
    }
}

impl Resources {
    fn perform_wire(
        self: &Rc<Self>,
        driver: &Rc<Driver<Client<Browser>>>,
        command: socketio::Output<Browser>,
    ) {
        match command {
            socketio::Output::OpenSocket { conn, url } => {
                let target = Rc::downgrade(driver);
                let report = move |fact| {
                    tell(&target, Input::Wire(socketio::Input::Socket { conn, fact }));
                };
                let socket = Socket::open(&url, &self.protocols, report);
                if socket.is_none() {
                    let fact = crate::engineio::Input::SocketFailed;
                    driver.input(Input::Wire(socketio::Input::Socket { conn, fact }));
                }
                self.socket.replace(socket.map(|socket| (conn, socket)));
            }
            socketio::Output::SendFrame { conn, frame } => {
                if let Some((open, socket)) = &*self.socket.borrow()
                    && *open == conn
                {
                    socket.send(&frame);
                    self.watch_drain(driver, socket.waiting());
                }
            }
            socketio::Output::CloseSocket { conn } => {
                let closing = self.socket.borrow().as_ref().is_some_and(|(open, _)| *open == conn);
                if closing {
                    self.socket.take();
                }
            }
            socketio::Output::Event(_) => {}
        }
    }

    /// A socket that is gone holds nothing.
    fn watch_drain(self: &Rc<Self>, driver: &Rc<Driver<Client<Browser>>>, waiting: u32) {
        let (resources, target) = (Rc::downgrade(self), Rc::downgrade(driver));
        let ask = move || {
            let resources = resources.upgrade();
            let waiting =
                |resources: Rc<Self>| Some(resources.socket.borrow().as_ref()?.1.waiting());
            resources.and_then(waiting).unwrap_or_default()
        };
        let drained = move || tell(&target, Input::Congested(false));
        if self.drain.note(waiting, ask, drained) {
            driver.input(Input::Congested(true));
        }
    }

    /// Joins the tabs of the scope, if there is one, and then goes on.
    fn join(
        &self,
        driver: &Rc<Driver<Client<Browser>>>,
        then: impl Fn(&Rc<Driver<Client<Browser>>>) + 'static,
    ) {
        let Some(sharing) = &self.sharing else { return then(driver) };
        let target = Rc::downgrade(driver);
        sharing.join(tell_tabs(driver), move || {
            if let Some(driver) = target.upgrade() {
                then(&driver);
            }
        });
    }
}

fn watch_page(driver: &Rc<Driver<Client<Browser>>>, resources: &Rc<Resources>) -> Page {
    let target = Rc::downgrade(driver);
    let resources = Rc::downgrade(resources);
    Page::watch(move |change| {
        let (Some(driver), Some(resources)) = (target.upgrade(), resources.upgrade()) else {
            return;
        };
        match change {
            Change::Online => driver.input(Input::Wire(socketio::Input::WentOnline)),
            Change::Offline => driver.input(Input::Wire(socketio::Input::WentOffline)),
            Change::Page(PageFact::Left) => {
                driver.input(Input::Page(PageFact::Left));
                if let Some(sharing) = &resources.sharing {
                    sharing.part();
                }
            }
            Change::Page(PageFact::Returned) => resources.join(&driver, |driver| {
                driver.input(Input::Page(PageFact::Returned));
            }),
            Change::Page(fact) => driver.input(Input::Page(fact)),
        }
    })
}

fn tell(driver: &Weak<Driver<Client<Browser>>>, fact: Input<Browser>) {
    if let Some(driver) = driver.upgrade() {
        driver.input(fact);
    }
}

fn tell_tabs(driver: &Rc<Driver<Client<Browser>>>) -> Tell {
    let target = Rc::downgrade(driver);
    Tell::new(move |fact| tell(&target, Input::Tabs(fact)))
}

//! Performs what a [`Client`] wants done: sockets, lock, channel, and the life of the page.

use std::rc::Rc;

use super::browser::Browser;
use super::drain::Drain;
use super::driver::Driver;
use super::page::{Change, Page};
use super::scope::Scope;
use super::sharing::{self, Sharing, Tell};
use super::timer::Timers;
use super::wire::{self, Wire};
use crate::client::{Client, Config, Input, Notice, Output};
use crate::socketio;

/// A client on the event loop of this page; dropping it lets go of everything at once.
#[must_use = "dropping the connection ends it"]
pub(crate) struct Connection {
    driver: Rc<Driver<Client<Browser>>>,
    _page: Page,
}

/// What a [`Connection`] is made from, beside the configuration of its client.
pub(crate) struct Options {
    pub(crate) client: Config,
    pub(crate) wire: wire::Options,
    pub(crate) timers: Timers,
    /// Names lock and channel; `None` if nothing is shared.
    pub(crate) scope: Option<Scope>,
}

/// What the client holds in the browser.
struct Resources {
    wire: Wire,
    drain: Drain,
    sharing: Option<Rc<Sharing>>,
}

impl Connection {
    /// Starts a client; `hear` gets what the app shall know.
    pub(crate) fn start(options: Options, hear: impl Fn(Notice<Browser>) + 'static) -> Self {
        let scope = options.scope.zip(options.client.share);
        let sharing = scope.map(|(scope, share)| Rc::new(Sharing::new(scope, share.id)));
        let resources =
            Rc::new(Resources { wire: Wire::new(options.wire), drain: Drain::default(), sharing });
        let client = Client::new(options.client, super::clock::now());
        let performer = Rc::clone(&resources);
        let driver =
            Driver::with_timers(options.timers, client, move |driver, output| match output {
                Output::Notice(notice) => hear(notice),
                Output::Wire(command) => {
                    let target = Rc::downgrade(driver);
                    performer
                        .wire
                        .perform(command, move |fact| Driver::tell(&target, Input::Wire(fact)));
                    performer.watch_drain(driver);
                }
                Output::Tabs(command) => {
                    if let Some(sharing) = &performer.sharing {
                        sharing.perform(command, tell_tabs(driver));
                    }
                }
            });
        sharing::join(resources.sharing.as_deref(), &driver, tell_tabs(&driver), |driver| {
            driver.command(|client, now| client.start(now))
        });
        let page = sharing::watch_page(resources.sharing.as_ref(), &driver, tell_tabs, page_input);
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
    /// Says when the socket holds more than it can send soon, and when no more so.
    fn watch_drain(self: &Rc<Self>, driver: &Rc<Driver<Client<Browser>>>) {
        let (resources, target) = (Rc::downgrade(self), Rc::downgrade(driver));
        let ask = move || resources.upgrade().map_or(0, |resources| resources.wire.waiting());
        let drained = move || Driver::tell(&target, Input::Congested(false));
        if self.drain.note(self.wire.waiting(), ask, drained) {
            driver.input(Input::Congested(true));
        }
    }
}

const fn page_input(change: Change) -> Input<Browser> {
    match change {
        Change::Online => Input::Wire(socketio::Input::WentOnline),
        Change::Offline => Input::Wire(socketio::Input::WentOffline),
        Change::Page(fact) => Input::Page(fact),
    }
}

fn tell_tabs(driver: &Rc<Driver<Client<Browser>>>) -> Tell {
    let target = Rc::downgrade(driver);
    Tell::new(move |fact| Driver::tell(&target, Input::Tabs(fact)))
}

//! Performs what a [`Client`] wants done: sockets, lock, channel, and the life of the page.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use super::browser::Browser;
use super::channel::Channel;
use super::driver::Driver;
use super::locks::{self, Lock, LockFact, Mode};
use super::page::{self, Change, Page};
use super::scope::Scope;
use super::task::Task;
use super::wire::{self, Wire};
use crate::client::{Client, Config, Input, Notice, Output};
use crate::socketio;
use crate::tabs::{self, PageFact, SoloReason, TabId};

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
    /// Names lock and channel; `None` if nothing is shared.
    pub(crate) scope: Option<Scope>,
}

/// What the client holds in the browser.
struct Resources {
    wire: Wire,
    sharing: Option<Sharing>,
}

struct Sharing {
    scope: Scope,
    id: TabId,
    channel: RefCell<Option<Channel>>,
    /// Leads whoever holds it.
    lead: RefCell<Option<Lock>>,
    /// Free when this tab is gone.
    own: RefCell<Option<Lock>>,
    watched: RefCell<BTreeMap<TabId, Lock>>,
    flush: RefCell<Option<Task>>,
}

impl Connection {
    /// Starts a client; `hear` gets what the app shall know.
    pub(crate) fn start(options: Options, hear: impl Fn(Notice<Browser>) + 'static) -> Self {
        let sharing = options.scope.zip(options.client.share).map(|(scope, share)| Sharing {
            scope,
            id: share.id,
            channel: RefCell::default(),
            lead: RefCell::default(),
            own: RefCell::default(),
            watched: RefCell::default(),
            flush: RefCell::default(),
        });
        let resources = Rc::new(Resources { wire: Wire::new(options.wire), sharing });
        let client = Client::new(options.client, super::clock::now());
        let performer = Rc::clone(&resources);
        let driver = Driver::new(client, move |driver, output| match output {
            Output::Notice(notice) => hear(notice),
            Output::Wire(command) => {
                let target = Rc::downgrade(driver);
                performer.wire.perform(command, move |fact| tell(&target, Input::Wire(fact)));
            }
            Output::Tabs(command) => performer.perform_tabs(driver, command),
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
    fn perform_tabs(&self, driver: &Rc<Driver<Client<Browser>>>, command: tabs::Output<Browser>) {
        let Some(sharing) = &self.sharing else { return };
        let target = Rc::downgrade(driver);
        match command {
            tabs::Output::RequestLock => {
                let name = sharing.scope.lead_lock();
                let lock = Lock::request(&name, Mode::Exclusive, move |fact| {
                    tell(&target, Input::Tabs(lock_input(fact)));
                });
                sharing.lead.replace(lock);
            }
            tabs::Output::ReleaseLock => drop(sharing.lead.take()),
            tabs::Output::QueryLock => {
                let own = sharing.scope.tab_lock(sharing.id);
                locks::query_same_holder(sharing.scope.lead_lock(), own, move |held| {
                    let fact =
                        if held { tabs::Input::LockConfirmed } else { tabs::Input::LockLost };
                    tell(&target, Input::Tabs(fact));
                });
            }
            tabs::Output::QueryTabs => {
                let scope = sharing.scope.clone();
                locks::query_held(move |names| {
                    let tabs = names.iter().filter_map(|name| scope.tab_of_lock(name)).collect();
                    tell(&target, Input::Tabs(tabs::Input::TabsFound(tabs)));
                });
            }
            tabs::Output::Post(envelope) => {
                if let Some(channel) = &*sharing.channel.borrow() {
                    channel.post(envelope);
                }
            }
            tabs::Output::WatchTab(tab) => {
                let name = sharing.scope.tab_lock(tab);
                let lock = Lock::request(&name, Mode::Shared, move |fact| {
                    if fact == LockFact::Granted {
                        tell(&target, Input::Tabs(tabs::Input::TabGone(tab)));
                    }
                });
                if let Some(lock) = lock {
                    sharing.watched.borrow_mut().insert(tab, lock);
                }
            }
            tabs::Output::UnwatchTab(tab) => drop(sharing.watched.borrow_mut().remove(&tab)),
            tabs::Output::RequestFlush => {
                let mut flush = sharing.flush.borrow_mut();
                let task = flush.get_or_insert_with(|| {
                    Task::new(move || tell(&target, Input::Tabs(tabs::Input::Flush)))
                });
                task.post();
            }
            tabs::Output::Event(_) => {}
        }
    }

    /// Takes this tab's own lock and opens the channel, as far as there are such things, and then
    /// goes on.
    fn join(
        self: &Rc<Self>,
        driver: &Rc<Driver<Client<Browser>>>,
        then: impl Fn(&Rc<Driver<Client<Browser>>>) + 'static,
    ) {
        let Some(sharing) = &self.sharing else { return then(driver) };
        let fact = if page::is_visible() { PageFact::Shown } else { PageFact::Hidden };
        driver.input(Input::Page(fact));
        let target = Rc::downgrade(driver);
        let channel = Channel::open(&sharing.scope.channel(), move |envelope| {
            tell(&target, Input::Tabs(tabs::Input::Posted(envelope)));
        });
        let lacking = match (&channel, locks::available()) {
            (None, _) => Some(SoloReason::NoChannel),
            (_, false) => Some(SoloReason::NoLocks),
            _ => None,
        };
        if let Some(reason) = lacking {
            driver.input(Input::Tabs(tabs::Input::SharingUnavailable(reason)));
            return then(driver);
        }
        sharing.channel.replace(channel);
        let target = Rc::downgrade(driver);
        let own =
            Lock::request(&sharing.scope.tab_lock(sharing.id), Mode::Exclusive, move |fact| {
                let Some(driver) = target.upgrade() else { return };
                if fact == LockFact::Denied {
                    let reason = SoloReason::OpaqueOrigin;
                    driver.input(Input::Tabs(tabs::Input::SharingUnavailable(reason)));
                }
                if fact != LockFact::Lost {
                    then(&driver);
                }
            });
        sharing.own.replace(own);
    }

    /// A page that keeps a channel or a lock may not enter the back/forward cache.
    fn part(&self) {
        if let Some(sharing) = &self.sharing {
            sharing.channel.take();
            sharing.lead.take();
            sharing.own.take();
            sharing.watched.take();
        }
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
                resources.part();
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

const fn lock_input(fact: LockFact) -> tabs::Input<Browser> {
    match fact {
        LockFact::Granted => tabs::Input::LockGranted,
        LockFact::Lost => tabs::Input::LockLost,
        LockFact::Denied => tabs::Input::SharingUnavailable(SoloReason::OpaqueOrigin),
    }
}

//! What a shared machine holds of its scope: the channel and the locks.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::browser::Browser;
use super::channel::Channel;
use super::driver::Driver;
use super::locks::{self, Lock, LockFact, Mode};
use super::nap;
use super::page::{self, Change, Page};
use super::scope::Scope;
use super::task::Task;
use crate::machine::Machine;
use crate::tabs::{self, Input, Output, PageFact, SoloReason, TabId};

/// How the tab `id` of this browser takes part, by the defaults.
pub(crate) fn config(id: TabId) -> tabs::Config {
    tabs::Config { naps: nap::is_available(), ..tabs::Config::new(id) }
}

/// One tab's place among those of a scope; dropping it lets go of everything at once.
#[must_use = "dropping it leaves the scope"]
pub(crate) struct Sharing {
    scope: Scope,
    id: TabId,
    channel: RefCell<Option<Channel>>,
    /// Heard while the page is visible: to hear a message costs a task.
    ahead: RefCell<Option<Channel>>,
    /// Leads whoever holds it.
    lead: RefCell<Option<Lock>>,
    /// Free when this tab is gone.
    own: RefCell<Option<Lock>>,
    watched: RefCell<Vec<(TabId, Lock)>>,
    flush: RefCell<Option<Task>>,
}

/// Reports facts to the machine that shares. It must not keep the machine alive.
#[derive(Clone)]
pub(crate) struct Tell(Rc<dyn Fn(Input<Browser>)>);

impl Tell {
    pub(crate) fn new(tell: impl Fn(Input<Browser>) + 'static) -> Self {
        Self(Rc::new(tell))
    }

    fn fact(&self, fact: Input<Browser>) {
        (self.0)(fact);
    }
}

impl Sharing {
    pub(crate) fn new(scope: Scope, id: TabId) -> Self {
        Self {
            scope,
            id,
            channel: RefCell::default(),
            ahead: RefCell::default(),
            lead: RefCell::default(),
            own: RefCell::default(),
            watched: RefCell::default(),
            flush: RefCell::default(),
        }
    }

    /// Takes this tab's own lock and opens the channel, as far as there are such things, and then
    /// goes on.
    pub(crate) fn join(&self, tell: Tell, then: impl Fn() + 'static) {
        let visible = if page::is_visible() { PageFact::Shown } else { PageFact::Hidden };
        tell.fact(Input::Page(visible));
        let posted = tell.clone();
        let channel = Channel::open(&self.scope.channel(), move |envelope| {
            posted.fact(Input::Posted(envelope));
        });
        let lacking = match (&channel, locks::available()) {
            (None, _) => Some(SoloReason::NoChannel),
            (_, false) => Some(SoloReason::NoLocks),
            _ => None,
        };
        if let Some(reason) = lacking {
            tell.fact(Input::SharingUnavailable(reason));
            return then();
        }
        self.channel.replace(channel);
        self.tune(&tell);
        let own = Lock::request(&self.scope.tab_lock(self.id), Mode::Exclusive, move |fact| {
            if fact == LockFact::Denied {
                tell.fact(Input::SharingUnavailable(SoloReason::OpaqueOrigin));
            }
            if fact != LockFact::Lost {
                then();
            }
        });
        self.own.replace(own);
    }

    /// Carries out what the tab wants done.
    pub(crate) fn perform(&self, command: Output<Browser>, tell: Tell) {
        match command {
            Output::RequestLock => self.ask_for_lead(Mode::Exclusive, tell),
            Output::StealLock => self.ask_for_lead(Mode::Stolen, tell),
            Output::ReleaseLock => {
                self.lead.take();
                self.tune(&tell);
            }
            Output::QueryLock => {
                let own = self.scope.tab_lock(self.id);
                locks::query_same_holder(self.scope.lead_lock(), own, move |held| {
                    tell.fact(if held { Input::LockConfirmed } else { Input::LockLost });
                });
            }
            Output::QueryTabs => {
                let scope = self.scope.clone();
                locks::query_held(move |names| {
                    let tabs = names.iter().filter_map(|name| scope.tab_of_lock(name)).collect();
                    tell.fact(Input::TabsFound(tabs));
                });
            }
            Output::Post(envelope) => {
                if let Some(channel) = &*self.channel.borrow() {
                    channel.post(envelope);
                }
            }
            Output::PostAhead(envelope) => {
                let mut ahead = self.ahead.borrow_mut();
                if ahead.is_none() {
                    *ahead = Channel::open_to_post(&self.scope.ahead_channel());
                }
                if let Some(ahead) = &*ahead {
                    ahead.post(envelope);
                }
            }
            Output::PostEchoed(envelope) => {
                if let Some(channel) = &*self.channel.borrow() {
                    channel.post_echoed(envelope);
                }
            }
            Output::WatchTab(tab) => {
                let lock = Lock::request(&self.scope.tab_lock(tab), Mode::Shared, move |fact| {
                    if fact == LockFact::Granted {
                        tell.fact(Input::TabGone(tab));
                    }
                });
                if let Some(lock) = lock {
                    self.watched.borrow_mut().push((tab, lock));
                }
            }
            Output::UnwatchTab(tab) => {
                self.watched.borrow_mut().retain(|(watched, _)| *watched != tab);
            }
            Output::RequestFlush => {
                let mut flush = self.flush.borrow_mut();
                flush.get_or_insert_with(|| Task::new(move || tell.fact(Input::Flush))).post();
            }
            Output::Nap(time) => nap::nap(time, move || tell.fact(Input::NapOver)),
            Output::Event(_) => {}
        }
    }

    /// Hears what is said ahead, as long as the page is visible.
    fn tune(&self, tell: &Tell) {
        let hears = page::is_visible() && self.channel.borrow().is_some();
        let ahead = hears.then(|| {
            let tell = tell.clone();
            Channel::open(&self.scope.ahead_channel(), move |envelope| {
                tell.fact(Input::Posted(envelope));
            })
        });
        self.ahead.replace(ahead.flatten());
    }

    fn ask_for_lead(&self, mode: Mode, tell: Tell) {
        let lock = Lock::request(&self.scope.lead_lock(), mode, move |fact| {
            tell.fact(lock_input(fact));
        });
        self.lead.replace(lock);
    }

    /// Leaves: a page that keeps a channel or a lock may not enter the back/forward cache.
    pub(crate) fn part(&self) {
        self.channel.take();
        self.ahead.take();
        self.lead.take();
        self.own.take();
        self.watched.take();
    }
}

/// Joins the tabs of the scope, if there is one, and then goes on.
pub(crate) fn join<M: Machine + 'static>(
    sharing: Option<&Sharing>,
    driver: &Rc<Driver<M>>,
    tell: Tell,
    then: impl Fn(&Rc<Driver<M>>) + 'static,
) {
    let Some(sharing) = sharing else { return then(driver) };
    let target = Rc::downgrade(driver);
    sharing.join(tell, move || {
        if let Some(driver) = target.upgrade() {
            then(&driver);
        }
    });
}

/// Reports what happens to the page as `input` of the machine. A page that is left parts from the
/// scope, one that is back joins it again.
pub(crate) fn watch_page<M: Machine + 'static>(
    sharing: Option<&Rc<Sharing>>,
    driver: &Rc<Driver<M>>,
    tell: fn(&Rc<Driver<M>>) -> Tell,
    input: fn(Change) -> M::Input,
) -> Page {
    let target = Rc::downgrade(driver);
    let sharing = sharing.map(Rc::downgrade);
    Page::watch(move |change| {
        let Some(driver) = target.upgrade() else { return };
        let sharing = sharing.as_ref().and_then(Weak::upgrade);
        if change == Change::Page(PageFact::Returned) {
            return join(sharing.as_deref(), &driver, tell(&driver), move |driver| {
                driver.input(input(change));
            });
        }
        if let (Some(sharing), Change::Page(PageFact::Shown | PageFact::Hidden)) =
            (&sharing, change)
        {
            sharing.tune(&tell(&driver));
        }
        driver.input(input(change));
        if let Some(sharing) = sharing.filter(|_| change == Change::Page(PageFact::Left)) {
            sharing.part();
        }
    })
}

const fn lock_input(fact: LockFact) -> Input<Browser> {
    match fact {
        LockFact::Granted => Input::LockGranted,
        LockFact::Lost => Input::LockLost,
        LockFact::Denied => Input::SharingUnavailable(SoloReason::OpaqueOrigin),
    }
}

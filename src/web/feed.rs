//! Performs what a [`Feed`] wants done: requests, lock, channel, and the life of the page.

use std::cell::RefCell;
use std::rc::Rc;

use super::browser::Browser;
use super::driver::Driver;
use super::fetch_stream::{FetchStream, RequestTemplate};
use super::page::{self, Change, Page};
use super::scope::Scope;
use super::sharing::{self, Sharing, Tell};
use crate::feed::{Config, Feed, Input, Notice, Output};
use crate::sse::Attempt;
use crate::tabs::{self, PageFact};

/// A feed on the event loop of this page; dropping it lets go of everything at once.
#[must_use = "dropping the feed ends it"]
pub(crate) struct PageFeed {
    driver: Rc<Driver<Feed<Browser>>>,
    resources: Rc<Resources>,
    _page: Page,
}

/// What the feed holds in the browser.
struct Resources {
    template: RequestTemplate,
    fetch: RefCell<Option<FetchStream>>,
    sharing: Option<Rc<Sharing>>,
}

impl PageFeed {
    /// A feed that does nothing yet; `hear` gets what the app shall know.
    pub(crate) fn new(
        config: Config,
        template: RequestTemplate,
        scope: Option<Scope>,
        hear: impl Fn(Notice<Browser>) + 'static,
    ) -> Self {
        let scope = scope.zip(config.share);
        let sharing = scope.map(|(scope, share)| Rc::new(Sharing::new(scope, share.id)));
        let resources = Rc::new(Resources { template, fetch: RefCell::default(), sharing });
        let performer = Rc::clone(&resources);
        let driver = Driver::new(Feed::new(config), move |driver, output| match output {
            Output::Notice(notice) => hear(notice),
            Output::Abort => drop(performer.fetch.take()),
            Output::Fetch { attempt, headers, last_event_id } => {
                performer.fetch(driver, attempt, &headers, last_event_id.as_deref());
            }
            Output::Tabs(command) => {
                if let Some(sharing) = &performer.sharing {
                    sharing.perform(command, tell_tabs(driver));
                }
            }
        });
        let page = sharing::watch_page(resources.sharing.as_ref(), &driver, tell_tabs, page_input);
        Self { driver, resources, _page: page }
    }

    /// Starts the stream behind an id; empty to start at the beginning.
    pub(crate) fn open(&self, last_event_id: String) {
        if !page::is_visible() {
            self.driver.input(Input::Page(PageFact::Hidden));
        }
        sharing::join(
            self.resources.sharing.as_deref(),
            &self.driver,
            tell_tabs(&self.driver),
            move |driver| {
                driver.command(|feed, now| feed.open(&last_event_id, now));
            },
        );
    }

    /// The machine and its loop.
    pub(crate) const fn driver(&self) -> &Rc<Driver<Feed<Browser>>> {
        &self.driver
    }
}

impl Drop for PageFeed {
    fn drop(&mut self) {
        self.driver.command(Feed::close);
    }
}

impl Resources {
    fn fetch(
        &self,
        driver: &Rc<Driver<Feed<Browser>>>,
        attempt: Attempt,
        headers: &[(String, String)],
        last_event_id: Option<&str>,
    ) {
        let target = Rc::downgrade(driver);
        let report = move |fact| Driver::tell(&target, Input::Attempt(attempt, fact));
        match FetchStream::start(&self.template, headers, last_event_id, report) {
            Ok(fetch) => drop(self.fetch.replace(Some(fetch))),
            Err(fact) => driver.input(Input::Attempt(attempt, fact)),
        }
    }
}

const fn page_input(change: Change) -> Input<Browser> {
    match change {
        Change::Online => Input::WentOnline,
        Change::Offline => Input::WentOffline,
        Change::Page(fact) => Input::Page(fact),
    }
}

fn tell_tabs(driver: &Rc<Driver<Feed<Browser>>>) -> Tell {
    let target = Rc::downgrade(driver);
    Tell::new(move |fact| {
        let fact = match fact {
            tabs::Input::Page(fact) => Input::Page(fact),
            fact => Input::Tabs(fact),
        };
        Driver::tell(&target, fact);
    })
}

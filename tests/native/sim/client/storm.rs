//! Faults at random.

use std::ops::Range;
use std::time::Duration;

use tabcast::client::Delivery;

use super::adapter::Adapter;
use super::app::{AuthHabit, Manner};
use super::memory::Memory;
use super::server::{Answers, WireNo};
use super::world::World;
use crate::sim::browser::Life;
use crate::sim::faults::{Faults, Weather};

/// How long it takes at most until all tabs have heard something, in milliseconds.
const MOST_DELAY: u64 = 100;

/// Which faults a storm brings: weights of the things that are done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Storm {
    pub(crate) tabs: Faults,
    pub(crate) adapter: Adapter,
    pub(crate) cut: u64,
    pub(crate) black_hole: u64,
    pub(crate) restart: u64,
    pub(crate) refuse: u64,
    /// Tabs disconnect and connect their sockets.
    pub(crate) whims: u64,
    /// How often each emit may be carried out; at random if it says nothing.
    pub(crate) delivery: Option<Delivery>,
    pub(crate) slow_close: Duration,
    /// The tabs share one connection.
    pub(crate) shares: bool,
}

impl Storm {
    /// Tabs come and go in good order, and all frames arrive.
    pub(crate) const ORDERLY: Self = Self {
        tabs: Faults {
            weather: Weather { cuts_on_kill: false, ..Faults::RESPONSIVE.weather },
            kill: 0,
            ..Faults::RESPONSIVE
        },
        adapter: Adapter::SingleUse,
        cut: 0,
        black_hole: 0,
        restart: 0,
        refuse: 0,
        whims: 2,
        delivery: None,
        slow_close: Duration::ZERO,
        shares: true,
    };

    /// Tabs are killed, connections are cut; everybody answers in time.
    pub(crate) const HARSH: Self = Self {
        tabs: Faults::RESPONSIVE,
        cut: 2,
        black_hole: 1,
        restart: 1,
        refuse: 1,
        slow_close: Duration::from_millis(60),
        ..Self::ORDERLY
    };

    /// Pages hang until they are robbed, and longer.
    pub(crate) const HANGING: Self =
        Self { tabs: Faults::HANGING, adapter: Adapter::InMemory, ..Self::ORDERLY };

    /// Everything at once, with an adapter that gives a session out again and again.
    pub(crate) const WILD: Self =
        Self { tabs: Faults::WILD, adapter: Adapter::InMemory, ..Self::HARSH };

    /// Everything that can happen to tabs of which each has a connection of its own. Such a tab
    /// claims its session again and again; of `InMemory` it would sooner or later get a zombie.
    pub(crate) const ALONE: Self = Self {
        tabs: Faults { steal: 0, ..Faults::WILD },
        adapter: Adapter::SingleUse,
        cut: 6,
        black_hole: 2,
        restart: 2,
        shares: false,
        ..Self::WILD
    };

    /// Everything at once, but nobody gives up.
    pub(crate) const PATIENT: Self = Self { whims: 0, ..Self::WILD };

    pub(crate) fn world(&self, seed: u64) -> World {
        let mut world = World::new(seed, self.tabs.weather, self.adapter);
        world.network.slow_close = self.slow_close;
        world.shares = self.shares;
        world.ring = self.tabs.ring.max(16);
        let gives_up = self.delivery.is_none();
        world.server.answers = if gives_up { Answers::AtRandom } else { Answers::InTheEnd };
        world.server.memory = Some(Memory::new(seed));
        world
    }

    pub(crate) fn play(&self, world: &mut World, actions: Range<usize>) {
        for _ in 0..self.tabs.tabs {
            self.open(world);
            let pause = world.browser.rng.below(40);
            world.run_for(pause);
        }
        for _ in actions {
            self.act(world);
            let pause = match world.browser.rng.below(5) {
                0 => world.browser.rng.below(2 * self.tabs.lull),
                _ => world.browser.rng.below(5),
            };
            world.run_for(pause);
        }
        world.calm();
    }

    fn open(&self, world: &mut World) {
        let later = world.browser.rng.below(3) == 0;
        world.habits.auth = if later { AuthHabit::Later } else { AuthHabit::AtOnce };
        let page = world.open_idle();
        for socket in [0, 1] {
            if world.browser.rng.below(4) > socket as u64 {
                world.connect(page, socket);
            }
        }
    }

    fn act(&self, world: &mut World) {
        let tabs = &self.tabs;
        let weights = [
            ("broadcast", 12),
            ("emit", 12),
            ("ask", 2),
            ("binary", 1),
            ("whim", self.whims),
            ("attach", self.whims.min(1)),
            ("log out", self.whims.min(1)),
            ("hold", 1),
            ("open", 1),
            ("kill", tabs.kill),
            ("close", tabs.close),
            ("navigate", tabs.navigate),
            ("back", tabs.navigate),
            ("freeze", tabs.freeze),
            ("hang", tabs.hang),
            ("resume", tabs.freeze + tabs.hang),
            ("steal", tabs.steal),
            ("sleep", tabs.sleep),
            ("hide", tabs.hide),
            ("show", tabs.hide),
            ("cut", self.cut),
            ("black hole", self.black_hole),
            ("restart", self.restart),
            ("refuse", self.refuse),
            ("admit", self.refuse * 2),
        ];
        let total = weights.iter().map(|(_, weight)| weight).sum();
        let mut drawn = world.browser.rng.below(total);
        let action = weights.iter().find(|(_, weight)| {
            let found = drawn < *weight;
            drawn = drawn.saturating_sub(*weight);
            found
        });
        let running: Vec<usize> = world.running().collect();
        let page = pick(world, &running);
        let socket = usize::from(world.browser.rng.below(4) == 0);
        let name = super::app::NAMESPACES[socket];
        // Faults that hit the leader are the interesting ones.
        let victim = world.leader().filter(|_| world.browser.rng.below(2) == 0).or(page);
        match (action.expect("weights add up").0, page, victim) {
            ("broadcast", ..) => world.broadcast(name),
            ("ask", ..) => {
                world.server.ask(name);
                world.serve();
            }
            ("binary", ..) => {
                world.server.broadcast_binary(name);
                world.serve();
            }
            ("emit", Some(page), _) => self.emit(world, page, socket),
            ("whim", Some(page), _) => {
                if world.app(page).sockets[socket].wanted {
                    world.disconnect(page, socket);
                } else {
                    world.connect(page, socket);
                }
            }
            ("attach", Some(page), _) => {
                let attached = world.app(page).attached;
                world.with(page, |app, now| app.attach(!attached, now));
            }
            ("log out", Some(page), _) => {
                world.with(page, |app, now| app.client.log_out(now));
                world.run_for(2 * MOST_DELAY);
                for page in world.running().collect::<Vec<_>>() {
                    world.connect(page, 0);
                }
            }
            ("hold", Some(page), _) => {
                let held = world.browser.rng.below(2) == 0;
                world.with(page, |app, now| app.client.set_interest("typing", held, now));
            }
            ("open", ..) if running.len() < tabs.tabs + 2 => self.open(world),
            // The last tab stays, or there would be nobody to check.
            ("kill", _, Some(page)) if running.len() > 1 => world.kill(page),
            ("close", _, Some(page)) if running.len() > 1 => world.close(page),
            ("navigate", _, Some(page)) => world.act(|browser| browser.navigate_away(page)),
            ("back", ..) => {
                let cached: Vec<usize> = world.living(Life::Cached).collect();
                if let Some(page) = pick(world, &cached) {
                    world.act(|browser| browser.navigate_back(page));
                }
            }
            ("freeze", _, Some(page)) => world.act(|browser| browser.freeze(page)),
            ("hang", _, Some(page)) => world.act(|browser| browser.hang(page)),
            ("resume", ..) => {
                let asleep: Vec<usize> =
                    world.living(Life::Frozen).chain(world.living(Life::Hung)).collect();
                if let Some(page) = pick(world, &asleep) {
                    world.act(|browser| browser.resume(page));
                }
            }
            ("steal", ..) => world.act(crate::sim::browser::Browser::steal),
            ("sleep", ..) => {
                let seconds = world.browser.rng.below(100);
                world.browser.sleep(Duration::from_secs(seconds));
            }
            ("hide", Some(page), _) => world.act(|browser| browser.show(page, false)),
            ("show", Some(page), _) => world.act(|browser| browser.show(page, true)),
            ("cut", _, victim) => {
                if let Some(wire) = self.wire(world, victim) {
                    world.cut(wire);
                }
            }
            ("black hole", _, victim) => {
                if let Some(wire) = self.wire(world, victim) {
                    world.black_hole(wire);
                }
            }
            ("restart", ..) => world.restart_server(),
            ("refuse", ..) => world.network.refuses = true,
            ("admit", ..) => world.network.refuses = false,
            _ => {}
        }
    }

    /// The connection of all tabs, or that of `page`.
    fn wire(&self, world: &World, page: Option<usize>) -> Option<WireNo> {
        if self.shares { world.wire() } else { world.wire_of(page?) }
    }

    fn emit(&self, world: &mut World, page: usize, socket: usize) {
        let bits = world.browser.rng.below(64);
        let any = DELIVERIES[world.browser.rng.below(3) as usize];
        let patient = self.delivery.is_some();
        let delivery = self.delivery.unwrap_or(any);
        let wants_ack = bits & 1 == 0 || patient || delivery == Delivery::ExactlyOnce;
        let patience = if bits & 32 == 32 { 20 * bits } else { 8_000 };
        let manner = Manner {
            wants_ack,
            volatile: bits & 6 == 6 && !patient,
            binary: bits & 24 == 24,
            // The server does not answer everything.
            timeout: (wants_ack && !patient).then(|| Duration::from_millis(patience)),
            delivery,
        };
        world.emit(page, socket, manner);
    }
}

const DELIVERIES: [Delivery; 3] =
    [Delivery::AtMostOnce, Delivery::AtLeastOnce, Delivery::ExactlyOnce];

fn pick(world: &mut World, pages: &[usize]) -> Option<usize> {
    let index = world.browser.rng.below(pages.len() as u64);
    pages.get(usize::try_from(index).expect("few pages")).copied()
}

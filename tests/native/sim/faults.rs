//! How hostile the world is.

use std::time::Duration;

/// How long things take, and what goes wrong by itself. Delays are upper bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// From post to delivery, for each receiver. Measured: 0.1 to 2 ms.
    pub(crate) channel_delay: Duration,
    /// From a free lock to the grant. Measured: 0.25 to 3 ms.
    pub(crate) lock_delay: Duration,
    /// From the end of a page to its locks being free. Measured: 7 to 90 ms.
    pub(crate) reap_delay: Duration,
    /// How late timers are.
    pub(crate) timer_lateness: Duration,
    /// What a killed page posted last reaches only some of the others.
    pub(crate) cuts_on_kill: bool,
    /// Frozen pages run the channel's callbacks, as in Chromium.
    pub(crate) hears_while_frozen: bool,
}

/// Which faults a storm brings: weights of the things that are done to pages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faults {
    pub(crate) weather: Weather,
    pub(crate) tabs: usize,
    pub(crate) kill: u64,
    pub(crate) close: u64,
    pub(crate) navigate: u64,
    pub(crate) resign: u64,
    pub(crate) freeze: u64,
    pub(crate) hang: u64,
    /// Something else steals the lock.
    pub(crate) steal: u64,
    /// The whole machine sleeps.
    pub(crate) sleep: u64,
    /// Pages become hidden, and visible again.
    pub(crate) hide: u64,
    /// How long it stays as it is at most, now and then, in milliseconds.
    pub(crate) lull: u64,
    /// How many parcels each tab keeps.
    pub(crate) ring: usize,
}

impl Weather {
    pub(crate) const FAIR: Self = Self {
        channel_delay: Duration::from_millis(2),
        lock_delay: Duration::from_millis(2),
        reap_delay: Duration::from_millis(40),
        timer_lateness: Duration::from_millis(5),
        cuts_on_kill: false,
        hears_while_frozen: false,
    };
}

impl Faults {
    /// Tabs that all answer in time: nothing may be lost, nobody may lose its place.
    pub(crate) const RESPONSIVE: Self = Self {
        weather: Weather {
            cuts_on_kill: true,
            channel_delay: Duration::from_millis(10),
            ..Weather::FAIR
        },
        tabs: 5,
        kill: 3,
        close: 2,
        navigate: 2,
        resign: 1,
        freeze: 0,
        hang: 0,
        steal: 0,
        sleep: 0,
        hide: 4,
        lull: 60,
        ring: 1024,
    };

    /// Pages hang until they are robbed, and longer. Nothing else goes wrong.
    pub(crate) const HANGING: Self = Self {
        hang: 4,
        hide: 2,
        sleep: 1,
        kill: 0,
        close: 1,
        navigate: 1,
        lull: 3000,
        weather: Weather { cuts_on_kill: false, ..Self::RESPONSIVE.weather },
        ..Self::RESPONSIVE
    };

    /// Everything at once, with messages that take longer than an heir waits.
    pub(crate) const WILD: Self = Self {
        weather: Weather {
            channel_delay: Duration::from_millis(80),
            lock_delay: Duration::from_millis(20),
            timer_lateness: Duration::from_millis(500),
            hears_while_frozen: true,
            ..Self::RESPONSIVE.weather
        },
        tabs: 6,
        freeze: 3,
        hang: 3,
        steal: 1,
        sleep: 1,
        hide: 2,
        lull: 1500,
        ring: 6,
        ..Self::RESPONSIVE
    };
}

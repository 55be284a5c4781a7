//! Whatever comes over the channel, a tab goes on, and says no more than it was asked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tabcast::host::Native;
use tabcast::machine::Machine;
use tabcast::tabs::{Config, Envelope, Input, Tab, TabId};
use tabcast::time::Instant;

/// Far above what a tab has to say about one envelope of the size that a fuzzer makes.
const MOST_OUTPUTS: usize = 10_000;

// The first byte says whether the tab leads; envelopes stand apart by `\xff\xff`.
fuzz_target!(|input: &[u8]| {
    let Some((&leads, mut rest)) = input.split_first() else { return };
    let now = Instant::default();
    let mut tab = Tab::<Native>::new(Config::new(TabId::from_random(7)));
    tab.start(now);
    if leads % 2 == 0 {
        tab.handle_input(Input::LockGranted, now);
    }
    drain(&mut tab);
    while !rest.is_empty() {
        let end = rest.windows(2).position(|pair| pair == [0xff, 0xff]).unwrap_or(rest.len());
        let control = rest[..end].to_vec();
        rest = rest.get(end + 2..).unwrap_or_default();
        let (texts, blobs) = (vec!["text".to_owned()], vec![vec![1]]);
        tab.handle_input(Input::Posted(Envelope { control, texts, blobs }), now);
        drain(&mut tab);
        tab.handle_input(Input::Flush, now);
        drain(&mut tab);
    }
});

fn drain(tab: &mut Tab<Native>) {
    let outputs = core::iter::from_fn(|| tab.poll_output()).take(MOST_OUTPUTS).count();
    assert!(outputs < MOST_OUTPUTS);
}

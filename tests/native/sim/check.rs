//! What must be true of a world, always and once it is calm.

use std::collections::{BTreeMap, BTreeSet};

use std::time::Duration;

use tabcast::tabs::{Config, OnHandover, Role, Roster, TabId};

use super::browser::{Life, Theft};
use super::toy::{Fate, Toy};
use super::world::World;

/// What one tab says of a theft reaches all others within that time.
const AT_ONCE: Duration = Duration::from_millis(200);

pub(crate) fn at_all_times(world: &World) -> Result<(), String> {
    for (page, tab) in world.browser.pages.iter().enumerate() {
        let toy = &tab.program;
        if let Some(wrong) = toy.wrongs.first() {
            return Err(format!("tab {page} {wrong}"));
        }
        let seen = toy.tab.inspect();
        demand(seen.foreign + seen.other_version == 0, || {
            format!("tab {page} could not read an envelope")
        })?;
    }
    Ok(())
}

/// Without hangs and thefts nobody leads beside another, not even for a moment.
pub(crate) fn one_leader(world: &World) -> Result<(), String> {
    let leaders: Vec<usize> =
        world.running().filter(|&page| world.role(page) == Role::Leader).collect();
    demand(leaders.len() <= 1, || format!("tabs {leaders:?} lead"))
}

/// For worlds in which tabs hang, and whoever runs answers in time.
pub(crate) fn of_hanging_tabs(world: &World) -> Result<(), String> {
    at_all_times(world)?;
    thefts_are_fair(&world.browser.thefts)?;
    let leaders: Vec<usize> = world
        .running()
        .filter(|&page| world.role(page) == Role::Leader && !world.toy(page).tab.is_in_doubt())
        .collect();
    demand(leaders.len() <= 1, || format!("tabs {leaders:?} lead"))
}

/// Only whoever hangs is robbed, but for tabs that decide at the same moment; and no tab steals
/// again before the pause is over.
pub(crate) fn thefts_are_fair(thefts: &[Theft]) -> Result<(), String> {
    let mut bursts = thefts.chunk_by(|one, next| next.at - one.at < AT_ONCE);
    let unfair = bursts.find(|burst| burst.iter().all(|theft| !theft.hung));
    demand(unfair.is_none(), || format!("{unfair:?} from a tab that runs"))?;
    let pause = Config::new(TabId::from_random(0)).steal_pause;
    let decided: Vec<&Theft> = thefts.iter().filter(|theft| !theft.called).collect();
    let again = decided.iter().enumerate().find(|(index, theft)| {
        let before = decided.iter().take(*index).rfind(|before| before.page == theft.page);
        before.is_some_and(|before| theft.at - before.at < pause)
    });
    demand(again.is_none(), || format!("{again:?} is too soon"))
}

pub(crate) fn after_calm(world: &World) -> Result<(), String> {
    let Some(leader) = world.leader() else { return Err("nobody leads".to_owned()) };
    one_leader(world)?;
    roles_agree(world, leader)?;
    logs_agree(world)?;
    orders_agree(world)?;
    interests_agree(world, leader)?;
    requests_are_settled(world)
}

/// For worlds in which everybody answers in time: nobody ever has to start afresh.
pub(crate) fn of_responsive_tabs(world: &World) -> Result<(), String> {
    at_all_times(world)?;
    one_leader(world)?;
    for (page, toy) in toys(world) {
        demand(toy.losses == 0, || format!("tab {page} had to start afresh"))?;
    }
    Ok(())
}

fn roles_agree(world: &World, leader: usize) -> Result<(), String> {
    let running: Vec<usize> = world.running().collect();
    let term = world.toy(leader).tab.term();
    let roster = Roster { count: running.len(), visible: running.len() };
    for &page in &running {
        let toy = world.toy(page);
        let role = if page == leader { Role::Leader } else { Role::Follower };
        demand(toy.tab.role() == role, || format!("tab {page} is {:?}", toy.tab.role()))?;
        demand(toy.tab.term() == term, || format!("tab {page} knows another term"))?;
        demand(toy.roster == roster, || {
            format!("tab {page} counts {:?} {:?}", toy.roster, world.toy(leader).tab)
        })?;
    }
    Ok(())
}

/// The gapless parts of all tabs end alike, and begin where they were told to.
fn logs_agree(world: &World) -> Result<(), String> {
    let longest = world.running().map(|page| world.toy(page).segment()).max_by_key(|it| it.len());
    let longest = longest.unwrap_or_default();
    for page in world.running() {
        let toy = world.toy(page);
        let segment = toy.segment();
        let Some(head) = longest.strip_suffix(segment) else {
            return Err(format!("tab {page} received {segment:x?}, another {longest:x?}"));
        };
        if let (Some(base), Some(before)) = (toy.base, head.last()) {
            demand(base == *before, || format!("tab {page} begins after {base:x}"))?;
        }
    }
    Ok(())
}

/// What two tabs both received, they received in the same order.
fn orders_agree(world: &World) -> Result<(), String> {
    for (page, toy) in toys(world) {
        let places: BTreeMap<u64, usize> =
            toy.received.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        for (other, theirs) in toys(world) {
            let shared: Vec<usize> =
                theirs.received.iter().filter_map(|id| places.get(id).copied()).collect();
            demand(shared.is_sorted(), || format!("tabs {page} and {other} differ in order"))?;
        }
    }
    Ok(())
}

fn interests_agree(world: &World, leader: usize) -> Result<(), String> {
    let held: BTreeSet<&String> = world.running().flat_map(|page| &world.toy(page).held).collect();
    let union: BTreeSet<&String> = world.toy(leader).union.iter().collect();
    demand(held == union, || format!("tabs hold {held:?}, the leader knows {union:?}"))
}

fn requests_are_settled(world: &World) -> Result<(), String> {
    for tab in &world.browser.pages {
        let toy = &tab.program;
        let executed: Vec<_> = world.server.iter().filter(|it| it.origin == tab.id).collect();
        let mut first_times = Vec::new();
        for (no, request) in &toy.requests {
            let times = executed.iter().filter(|it| it.id == request.id).count();
            let fresh = executed.iter().filter(|it| it.id == request.id && !it.again).count();
            demand(fresh <= 1, || format!("request {no} came {fresh} times as new"))?;
            if request.on_handover == OnHandover::Report {
                demand(times <= 1, || format!("request {no} was carried out {times} times"))?;
            }
            if tab.life == Life::Running {
                demand(request.fate != Fate::Waiting, || {
                    format!("request {no} of {} still waits", tab.id)
                })?;
            }
            if request.fate == Fate::Accepted {
                demand(times >= 1, || format!("request {no} was accepted but not done"))?;
            }
            first_times.extend(executed.iter().position(|it| it.id == request.id));
        }
        demand(first_times.is_sorted(), || format!("requests overtook each other: {executed:?}"))?;
    }
    Ok(())
}

fn toys(world: &World) -> impl Iterator<Item = (usize, &Toy)> {
    world.browser.pages.iter().map(|page| &page.program).enumerate()
}

fn demand(right: bool, wrong: impl FnOnce() -> String) -> Result<(), String> {
    if right { Ok(()) } else { Err(wrong()) }
}

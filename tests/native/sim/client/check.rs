//! What must be true of a world of clients, always and once it is calm.

use std::collections::BTreeSet;

use tabcast::tabs::Role;

use super::app::{App, NAMESPACES};
use super::socket::{Life, Phase, demand};
use super::world::World;
use crate::sim::browser;
use crate::sim::check::thefts_are_fair;

pub(crate) fn at_all_times(world: &World) -> Result<(), String> {
    for (page, app) in apps(world) {
        if let Some(wrong) = app.wrongs.first() {
            return Err(format!("tab {page}: {wrong}"));
        }
    }
    world.server.record.wrongs.first().map_or(Ok(()), |wrong| Err(wrong.clone()))
}

/// For worlds without hangs and thefts: a tab closes its socket before another opens one.
pub(crate) fn one_connection(world: &World) -> Result<(), String> {
    at_all_times(world)?;
    let sharing = world.running().filter(|&page| !is_solo(world.app(page)));
    let wires: Vec<_> = sharing
        .flat_map(|page| world.app(page).wires.keys().map(move |wire| (page, wire)))
        .collect();
    demand(wires.len() <= 1, || format!("sockets {wires:?} are open"))
}

/// As `one_connection`; a tab that hung may have one more until it knows that it was robbed, over
/// which it neither hears nor says anything.
pub(crate) fn one_connection_but_for_hung_tabs(world: &World) -> Result<(), String> {
    at_all_times(world)?;
    thefts_are_fair(&world.browser.thefts)?;
    let certain = |page: &usize| !world.app(*page).client.is_in_doubt();
    let wires: Vec<_> = world
        .running()
        .filter(certain)
        .flat_map(|page| world.app(page).wires.keys().map(move |wire| (page, wire)))
        .collect();
    demand(wires.len() <= 1, || format!("sockets {wires:?} are open"))
}

/// For worlds in which tabs share nothing: each has one connection.
pub(crate) fn one_connection_each(world: &World) -> Result<(), String> {
    at_all_times(world)?;
    for (page, app) in apps(world) {
        demand(is_solo(app), || format!("tab {page} is {:?}", app.role))?;
        demand(app.wires.len() <= 1, || format!("tab {page} has {:?}", app.wires))?;
    }
    Ok(())
}

/// As `one_connection`, and no claim to a session is used twice.
pub(crate) fn one_connection_one_claim(world: &World) -> Result<(), String> {
    one_connection(world)?;
    let again = world.server.record.presented.iter().find(|(_, times)| **times > 1);
    demand(again.is_none(), || format!("{again:?} was presented again"))
}

pub(crate) fn connected_as_wanted(world: &World) -> Result<(), String> {
    let shared: Vec<usize> = world.running().filter(|&page| !is_solo(world.app(page))).collect();
    let leaders = shared.iter().filter(|&&page| world.app(page).role == Role::Leader).count();
    demand(shared.is_empty() || leaders == 1, || format!("{leaders} tabs lead"))?;
    let mut wires = BTreeSet::new();
    for (index, name) in NAMESPACES.into_iter().enumerate() {
        let sockets = world.server.sockets(name);
        let mut sids = BTreeSet::new();
        for page in world.running() {
            let app = world.app(page);
            let (wanted, phase) = (app.wants(index), app.sockets[index].phase);
            demand(wanted == (phase == Phase::Connected), || {
                format!("tab {page} wants {name}: {wanted}, but is {phase:?}")
            })?;
            if let Some(sid) = app.sockets[index].sid() {
                let found = sockets.iter().find(|(_, known, _)| known == sid);
                let (wire, _, routed) = found.ok_or(format!("tab {page} believes in {sid}"))?;
                demand(*routed, || format!("{sid} of {name} is a zombie"))?;
                wires.insert(*wire);
                if !is_solo(app) {
                    sids.insert(sid);
                }
            }
        }
        demand(sids.len() <= 1, || format!("sessions {sids:?} of {name} in sharing tabs"))?;
        let used: BTreeSet<&str> =
            world.running().filter_map(|page| world.app(page).sockets[index].sid()).collect();
        let left = sockets.iter().find(|(_, sid, _)| !used.contains(sid.as_str()));
        demand(left.is_none(), || format!("nobody wants {left:?} of {name}"))?;
    }
    let open: BTreeSet<_> = world.server.wires().into_iter().collect();
    // A tab can want the connection without any socket.
    let idle = |page: usize| world.app(page).wants_link;
    let own = |wire| {
        let page = world.network.wires.get(wire).map(|wire| wire.page);
        page.is_some_and(|page| idle(page) && is_solo(world.app(page)))
    };
    let unused = open.difference(&wires).filter(|wire| !own(wire)).count();
    let idle = wires.is_empty() && world.running().any(idle);
    demand(wires.is_subset(&open) && unused <= usize::from(idle), || {
        format!("wires {open:?} are open, {wires:?} are used")
    })
}

pub(crate) fn after_calm(world: &World) -> Result<(), String> {
    connected_as_wanted(world)?;
    emits_ended(world)?;
    events_have_no_gaps(world)
}

/// For worlds in which nobody gives up: every emit of a living tab over a
/// socket that it wants was acknowledged.
pub(crate) fn all_acked(world: &World) -> Result<(), String> {
    for page in world.running() {
        let app = world.app(page);
        for emit in app.emits.values().filter(|emit| app.wants(emit.socket)) {
            let times = world.server.record.times_carried(&emit.key);
            demand(emit.ends == ["acked"], || {
                format!("{} of tab {page}, carried out {times} times: {:?}", emit.key, emit.ends)
            })?;
        }
    }
    Ok(())
}

/// For worlds in which no connection was ended by force: what was handed over was carried out.
pub(crate) fn sent_means_carried_out(world: &World) -> Result<(), String> {
    for (page, app) in apps(world) {
        for emit in app.emits.values().filter(|emit| emit.sent == 1) {
            let times = world.server.record.times_carried(&emit.key);
            demand(times > 0, || format!("emit {} of tab {page} was sent in vain", emit.key))?;
        }
    }
    Ok(())
}

fn emits_ended(world: &World) -> Result<(), String> {
    for (page, app) in apps(world) {
        let lives = world.browser.pages[page].life == browser::Life::Running;
        let mut places = [Vec::new(), Vec::new()];
        for (id, emit) in &app.emits {
            let times = world.server.record.times_carried(&emit.key);
            if emit.ends == ["acked"] {
                demand(times > 0, || format!("{} was acked and not carried out", emit.key))?;
            }
            demand(times == 0 || !emit.surely_not_sent, || {
                format!("{} was carried out, and said not to have arrived", emit.key)
            })?;
            let wanted = app.wants(emit.socket);
            let ended = !emit.ends.is_empty() || emit.sent == 1 || emit.volatile;
            demand(ended || !wanted || !lives, || format!("{} was forgotten", emit.key))?;
            demand(emit.ends.len() == 1 || !emit.wants_ack || !wanted || !lives, || {
                format!("{} of tab {page} ended as {:?}", emit.key, emit.ends)
            })?;
            if app.last_words.contains(id) && lives {
                demand(emit.ends == ["acked"], || format!("last words {:?}", emit.ends))?;
            }
            let carried = &world.server.record.carried;
            places[emit.socket].extend(carried.iter().position(|it| it.2 == emit.key));
        }
        demand(places.iter().all(|places| places.is_sorted()), || {
            format!("emits of tab {page} overtook each other")
        })?;
    }
    Ok(())
}

/// From one fresh session to the next, a socket heard all that the server sent to its session,
/// but for what is never sent again to those that lost their connection.
fn events_have_no_gaps(world: &World) -> Result<(), String> {
    for (page, app) in apps(world) {
        for socket in &app.sockets {
            let mut lives = &socket.lives[..];
            while let Some(first) = lives.first() {
                let past = socket.lives.len() - lives.len();
                let had = socket.lives.iter().take(past).any(|life| life.sid == first.sid);
                let end = lives.iter().skip(1).position(|life| !life.recovered);
                let (chain, rest) = lives.split_at(end.map_or(lives.len(), |end| end + 1));
                lives = rest;
                let log = world.server.record.sent.get(&first.sid).map_or(&[][..], Vec::as_slice);
                chain_has_no_gap(chain, log, had).map_err(|gap| {
                    format!("tab {page} in {}: {gap}, {chain:?} of {log:?}", first.sid)
                })?;
            }
        }
    }
    Ok(())
}

/// `had`: the socket had this session before, and was told in the end that it does not go on. So
/// what came before it was told so belongs to the part of before.
fn chain_has_no_gap(chain: &[Life], log: &[(u64, bool)], had: bool) -> Result<(), String> {
    let mut last: Option<u64> = None;
    // From where on nothing may be missing.
    let mut since: Option<u64> = None;
    for (index, life) in chain.iter().enumerate() {
        // What came early may be the last words of a session before the first of this chain.
        let of_this = |number: &u64| !had && log.iter().any(|(known, _)| known == number);
        let foreign = |number: &u64| index == 0 && !of_this(number);
        let early = life.early.iter().filter(|number| !foreign(number));
        let live = life.events.iter().map(|number| (number, life.wire));
        let live = live.chain(life.late.iter().map(|(number, wire)| (number, Some(*wire))));
        let mut wire = None;
        let live = live.map(|(number, over)| {
            // What is never sent again is lost between two wires.
            let whole = core::mem::replace(&mut wire, over) == over;
            (number, whole, true)
        });
        let early = early.map(|it| (it, false, index > 0));
        let mut heard = early.chain(live);
        // What comes before a `connect` that is no resumption comes at a time of which that says
        // that something may be missing.
        heard.try_for_each(|(&number, whole, counts)| -> Result<(), String> {
            let between = log
                .iter()
                .filter(|(sent, _)| since.is_some_and(|since| *sent > since) && *sent < number);
            let missed: Vec<u64> =
                between.filter(|(_, kept)| *kept || whole).map(|(sent, _)| *sent).collect();
            demand(missed.is_empty(), || format!("missed {missed:?} before {number}"))?;
            demand(last < Some(number), || format!("{number} came again after {last:?}"))?;
            last = Some(number);
            since = last.filter(|_| counts);
            Ok(())
        })?;
    }
    Ok(())
}

pub(crate) fn is_solo(app: &App) -> bool {
    matches!(app.role, Role::Solo(_))
}

fn apps(world: &World) -> impl Iterator<Item = (usize, &App)> {
    world.browser.pages.iter().map(|page| &page.program).enumerate()
}

//! What a server repeats although it was told where to go on.

use super::delivery::Delivery;
use crate::host::Host;
use crate::sse::Event;

/// Events that came already and may come again at the head of a response.
///
/// They are compared by id, type and data: servers that count ids for each connection use an id
/// again for another event, which must not be taken for a repetition.
#[derive(Clone, Debug, Default)]
pub(super) struct Overlap {
    /// What came ahead of holes, each of which ends a part of it.
    past: Vec<Known>,
    known: Vec<Known>,
    /// How many of them the response has repeated, or passed; none before the first.
    at: Option<usize>,
    /// How many events that are not known can have come, in a hole.
    room: u64,
    may_begin_unknown: bool,
    in_doubt: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Event {
        print: u64,
        sets_id: bool,
    },
    /// Events that never came, and were given up.
    Hole,
}

enum Verdict {
    Repeated,
    New,
    /// Nobody can tell whether it came.
    Doubtful,
}

impl Overlap {
    /// Expects that any of these comes again.
    pub(super) fn arm<'d, H: Host>(&mut self, deliveries: impl Iterator<Item = &'d Delivery<H>>) {
        self.known = known(deliveries);
        (self.at, self.may_begin_unknown) = (None, false);
        // Nothing to recognize a repetition by.
        if !self.known.iter().any(Known::sets_id) {
            self.known.clear();
        }
    }

    /// Expects that as many as `ahead` come again, with what came ahead of holes, and that the first of
    /// them may not be known any more.
    pub(super) fn look_back(&mut self, ahead: u64, may_begin_unknown: bool) {
        let mut known = self.past.clone();
        known.append(&mut self.known);
        self.known = known;
        (self.room, self.may_begin_unknown) = (ahead, may_begin_unknown);
    }

    /// Keeps in mind what came ahead of a hole.
    pub(super) fn break_off<'d, H: Host>(
        &mut self,
        deliveries: impl Iterator<Item = &'d Delivery<H>>,
    ) {
        self.past.extend(known(deliveries));
        self.past.push(Known::Hole);
        self.past.drain(..self.past.len().saturating_sub(MAX_PAST));
        self.disarm();
    }

    /// Forgets all that came: what follows may be any of it.
    pub(super) fn begin_anew(&mut self) {
        self.past.clear();
        self.disarm();
    }

    /// How many events of `deliveries` stand up to the newest one that is expected again.
    pub(super) fn count_up_to_newest<'d, H: Host>(
        &self,
        deliveries: impl Iterator<Item = &'d Delivery<H>>,
    ) -> Option<usize> {
        let newest = self.known.iter().rfind(|known| known.sets_id())?;
        let found = known(deliveries).iter().rposition(|event| event == newest);
        found.map(|index| index + 1)
    }

    pub(super) const fn is_armed(&self) -> bool {
        self.may_begin_unknown || !self.known.is_empty()
    }

    fn disarm(&mut self) {
        self.known.clear();
        self.may_begin_unknown = false;
    }

    /// Whether `event` has not come before. The first with an id that has not ends the comparison.
    pub(super) fn is_new(&mut self, event: &Event<'_>) -> bool {
        let verdict = self.judge(Known::of(event));
        // Events without an id cannot be asked for again: one that is not known may be of today.
        if event.sets_id && !matches!(verdict, Verdict::Repeated) {
            self.disarm();
            self.in_doubt |= matches!(verdict, Verdict::Doubtful);
        }
        !matches!(verdict, Verdict::Repeated)
    }

    /// Whether it ended with an event of which nobody can tell whether it came.
    pub(super) fn take_doubt(&mut self) -> bool {
        core::mem::take(&mut self.in_doubt)
    }

    fn judge(&mut self, this: Known) -> Verdict {
        let Some(at) = self.at else { return self.judge_first(this) };
        let mut hole = None;
        for (index, known) in self.known.iter().enumerate().skip(at) {
            if *known == this {
                self.at = Some(index + 1);
                return Verdict::Repeated;
            }
            if *known == Known::Hole {
                hole = hole.or(Some(index));
            } else if known.sets_id() && hole.is_none() {
                // A server that repeats leaves nothing out that has an id.
                return Verdict::New;
            }
        }
        match hole {
            None => Verdict::New,
            Some(hole) if this.sets_id() && self.room > 0 => {
                (self.at, self.room) = (Some(hole), self.room - 1);
                Verdict::Repeated
            }
            Some(_) => Verdict::Doubtful,
        }
    }

    fn judge_first(&mut self, this: Known) -> Verdict {
        // The latest, should the very same event have come several times.
        match self.known.iter().rposition(|known| this.sets_id() && *known == this) {
            Some(found) => {
                self.at = Some(found + 1);
                Verdict::Repeated
            }
            None if self.may_begin_unknown => Verdict::Doubtful,
            None => Verdict::New,
        }
    }
}

impl Known {
    fn of(event: &Event<'_>) -> Self {
        // FNV-1a, with a byte between the parts that UTF-8 does not have.
        let mut print = 0xcbf2_9ce4_8422_2325_u64;
        for part in [event.last_event_id, event.event_type, event.data] {
            for byte in part.bytes().chain([0xff]) {
                print = (print ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        Self::Event { print, sets_id: event.sets_id }
    }

    const fn sets_id(&self) -> bool {
        matches!(self, Self::Event { sets_id: true, .. })
    }
}

/// The events of `deliveries`.
fn known<'d, H: Host>(deliveries: impl Iterator<Item = &'d Delivery<H>>) -> Vec<Known> {
    let mut known = Vec::new();
    for delivery in deliveries {
        let text = delivery.text_to_core();
        known.extend(delivery.cut(&text).map(|event| Known::of(&event)));
    }
    known
}

/// How many events, and holes, are known by their prints alone, 24 bytes each.
const MAX_PAST: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Native;
    use crate::sse::Batch;

    #[test]
    fn a_repetition_ends_with_the_first_event_that_is_new() {
        assert_eq!(new_of(&["1a", "2b"], &["1a", "2b", "3c", "2b"]), ["3c", "2b"]);
        assert_eq!(new_of(&["1a", "2b"], &["3c", "2b"]), ["3c", "2b"]);
    }

    #[test]
    fn a_repetition_may_begin_anywhere_and_leaves_nothing_out_that_has_an_id() {
        assert_eq!(new_of(&["1a", "2b", "3c"], &["2b", "3c"]), [""; 0]);
        assert_eq!(new_of(&["1a", "2b", "3c"], &["1a", "3c"]), ["3c"]);
    }

    #[test]
    fn a_repetition_leaves_out_what_has_no_id() {
        assert_eq!(new_of(&["1a", "-x", "2b"], &["1a", "2b"]), [""; 0]);
    }

    #[test]
    fn an_event_without_an_id_is_a_repetition_only_behind_one_with_an_id() {
        assert_eq!(new_of(&["-x", "1a", "-y"], &["-x", "1a", "-y", "-y"]), ["-x", "-y"]);
    }

    #[test]
    fn of_equal_events_the_latest_counts() {
        assert_eq!(new_of(&["1a", "2b", "1a", "3c"], &["1a", "2b"]), ["2b"]);
    }

    #[test]
    fn where_nothing_had_an_id_nothing_is_expected_again() {
        let mut overlap = Overlap::default();

        overlap.arm([delivery(&["-x"])].iter());

        assert!(!overlap.is_armed());
    }

    #[test]
    fn an_event_of_another_type_is_another() {
        let mut overlap = Overlap::default();
        overlap.arm([delivery(&["1a"])].iter());
        let (last_event_id, data) = ("1", "a");

        let renamed = Event { event_type: "other", data, last_event_id, sets_id: true };

        assert!(overlap.is_new(&renamed));
    }

    #[test]
    fn a_repetition_leaves_out_what_lies_in_a_hole_and_has_an_id() {
        assert_eq!(
            new_behind_hole(&["1a", "3c", "-x", "5e", "6f"], Overlap::is_new),
            [false, false, true, false, true]
        );
    }

    #[test]
    fn a_response_that_begins_with_what_is_not_known_is_no_repetition() {
        assert_eq!(new_behind_hole(&["3c", "5e"], Overlap::is_new), [true, true]);
    }

    #[test]
    fn what_lies_in_a_hole_is_no_more_than_can_have_come() {
        let in_doubt = |response: &[&str]| {
            new_behind_hole(response, |overlap, event| {
                overlap.is_new(event) && overlap.take_doubt()
            })
        };

        assert_eq!(in_doubt(&["1a", "3c", "4d", "5e"]), [false, false, true, false]);
    }

    #[test]
    fn what_came_ahead_of_a_hole_is_not_looked_for_by_who_has_nothing_behind_it() {
        let mut overlap = Overlap::default();
        overlap.break_off([delivery(&["1a"])].iter());

        overlap.arm([delivery(&["5e"])].iter());

        assert!(overlap.is_new(&events(&["1a"])[0]));
    }

    #[test]
    fn whether_what_is_not_known_came_nobody_can_tell_where_it_may_have_come() {
        let begins_unknown = |response: &[&str]| {
            new_behind_hole(response, |overlap, event| {
                overlap.is_new(event);
                overlap.take_doubt()
            })
        };

        assert_eq!(begins_unknown(&["3c", "4d"]), [true, false]);
        assert_eq!(begins_unknown(&["-x", "3c"]), [false, true]);
        assert_eq!(begins_unknown(&["5e", "6f"]), [false, false], "a repetition, and what is new");
    }

    #[test]
    fn a_doubt_outlasts_the_delivery_that_it_is_about() {
        let mut overlap = Overlap::default();
        overlap.arm([delivery(&["5e"])].iter());
        overlap.look_back(3, true);

        let new = events(&["3c", "4d"]).iter().all(|event| overlap.is_new(event));

        assert!(new && overlap.take_doubt());
    }

    #[test]
    fn what_may_have_come_matters_also_where_nothing_is_known() {
        let mut overlap = Overlap::default();
        overlap.arm([delivery(&["-x"])].iter());

        overlap.look_back(1, true);
        let expected = overlap.is_armed();
        overlap.arm([delivery(&["-x"])].iter());

        assert!(expected);
        assert!(!overlap.is_armed(), "it holds for one response");
    }

    #[test]
    fn of_what_came_ahead_of_holes_the_oldest_is_forgotten() {
        let mut overlap = Overlap::default();
        overlap.break_off([delivery(&["1a"])].iter());

        overlap.break_off([delivery(&["2b"; MAX_PAST - 1])].iter());
        overlap.arm([delivery(&[])].iter());
        overlap.look_back(1, false);

        assert!(overlap.is_new(&events(&["1a"])[0]));
    }

    /// What `look` says of the events of a response, where a hole of one event and then 5 came behind 1,
    /// and what came and is not known any more may come again.
    fn new_behind_hole(
        response: &[&str],
        look: impl Fn(&mut Overlap, &Event<'_>) -> bool,
    ) -> Vec<bool> {
        let mut overlap = Overlap::default();
        overlap.break_off([delivery(&["1a"])].iter());
        overlap.arm([delivery(&["5e"])].iter());
        overlap.look_back(1, true);
        events(response).iter().map(|event| look(&mut overlap, event)).collect()
    }

    /// What is new of the events of a response, where `known` came before.
    fn new_of<'e>(known: &[&str], response: &[&'e str]) -> Vec<&'e str> {
        let mut overlap = Overlap::default();
        overlap.arm([delivery(known)].iter());
        let events = events(response).into_iter().zip(response);
        events.filter(|(event, _)| overlap.is_new(event)).map(|(_, name)| *name).collect()
    }

    fn delivery(names: &[&str]) -> Delivery<Native> {
        let mut batch = Batch::default();
        for event in events(names) {
            batch.push(&event);
        }
        Delivery::new(batch, "")
    }

    /// The first character of a name is the id, or `-` for none; the rest is the data.
    fn events<'e>(names: &[&'e str]) -> Vec<Event<'e>> {
        let mut last_event_id = "";
        let event = |name: &&'e str| {
            let (id, data) = name.split_at(1);
            let sets_id = id != "-";
            if sets_id {
                last_event_id = id;
            }
            Event { event_type: "message", data, last_event_id, sets_id }
        };
        names.iter().map(event).collect()
    }
}

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
    known: Vec<Known>,
    /// How many of them the response has repeated, or passed; none before the first.
    at: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    print: u64,
    sets_id: bool,
}

impl Overlap {
    /// Expects that any of these comes again.
    pub(super) fn arm<'d, H: Host>(&mut self, deliveries: impl Iterator<Item = &'d Delivery<H>>) {
        self.known.clear();
        self.at = None;
        for delivery in deliveries {
            let text = delivery.text_to_core();
            self.known.extend(delivery.cut(&text).map(|event| Known::of(&event)));
        }
        // Nothing to recognize a repetition by.
        if !self.known.iter().any(|known| known.sets_id) {
            self.known.clear();
        }
    }

    /// How many events of `deliveries` stand up to the newest one that is expected again.
    pub(super) fn count_up_to_newest<'d, H: Host>(
        &self,
        deliveries: impl Iterator<Item = &'d Delivery<H>>,
    ) -> Option<usize> {
        let newest = self.known.iter().rfind(|known| known.sets_id)?;
        let (mut count, mut found) = (0, None);
        for delivery in deliveries {
            let text = delivery.text_to_core();
            for event in delivery.cut(&text) {
                count += 1;
                if Known::of(&event) == *newest {
                    found = Some(count);
                }
            }
        }
        found
    }

    pub(super) const fn is_armed(&self) -> bool {
        !self.known.is_empty()
    }

    pub(super) fn disarm(&mut self) {
        self.known.clear();
    }

    /// Whether `event` has not come before. The first with an id that has not ends the comparison.
    pub(super) fn is_new(&mut self, event: &Event<'_>) -> bool {
        let this = Known::of(event);
        let found = match self.at {
            // The latest, should the very same event have come several times.
            None if event.sets_id => self.known.iter().rposition(|known| *known == this),
            None => None,
            Some(at) => self.find_next(at, this),
        };
        match found {
            Some(found) => self.at = Some(found + 1),
            None if event.sets_id => self.disarm(),
            // Events without an id cannot be asked for again: this one may be of today.
            None => {}
        }
        found.is_none()
    }

    /// A server that repeats leaves nothing out that has an id.
    fn find_next(&self, at: usize, this: Known) -> Option<usize> {
        for (index, known) in self.known.iter().enumerate().skip(at) {
            if *known == this {
                return Some(index);
            }
            if known.sets_id {
                return None;
            }
        }
        None
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
        Self { print, sets_id: event.sets_id }
    }
}

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
        Delivery::new(&batch, "")
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

//! The events of a batch, one by one.

use super::batch::Batch;
use super::parser::{DEFAULT_TYPE, Event};

/// The events of a text and its marks, as [`Batch`] has them. What does not fit together comes out
/// shorter or empty; it never fails.
#[derive(Clone, Debug)]
pub struct Cut<'b> {
    text: &'b str,
    marks: &'b [u32],
    inherits_id: bool,
    event_type: &'b str,
    id: &'b str,
    /// Two, since events stand in a chunk or behind it.
    places: [Place; 2],
}

/// A place in a text.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    units: usize,
    bytes: usize,
}

impl<'b> Cut<'b> {
    /// All events of a batch.
    pub fn new(text: &'b str, marks: &'b [u32], inherits_id: bool) -> Self {
        let places = [Place::default(); 2];
        Self { text, marks, inherits_id, event_type: DEFAULT_TYPE, id: "", places }
    }

    fn take_type(&mut self, [start, units]: [u32; 2]) {
        if start != Batch::SAME {
            let event_type = self.part(start, units);
            self.event_type = if event_type.is_empty() { DEFAULT_TYPE } else { event_type };
        }
    }

    fn take_id(&mut self, [start, units]: [u32; 2]) {
        if start != Batch::SAME {
            self.id = self.part(start, units);
        }
    }

    fn part(&mut self, start: u32, units: u32) -> &'b str {
        let start = start as usize;
        let ahead = self.places.iter_mut().filter(|place| place.units <= start);
        let mut restarted = Place::default();
        let place = ahead.max_by_key(|place| place.units).unwrap_or(&mut restarted);
        place.go_on(self.text, start - place.units);
        let from = place.bytes;
        place.go_on(self.text, units as usize);
        self.text.get(from..place.bytes).unwrap_or_default()
    }
}

impl<'b> Iterator for Cut<'b> {
    type Item = Event<'b>;

    fn next(&mut self) -> Option<Event<'b>> {
        let (&[type_at, type_units, id_at, id_units, data_at, data_units], marks) =
            self.marks.split_first_chunk()?;
        self.marks = marks;
        let inherits_id = core::mem::take(&mut self.inherits_id);
        // In the order of the text, which is gone through once.
        if id_at < type_at {
            self.take_id([id_at, id_units]);
            self.take_type([type_at, type_units]);
        } else {
            self.take_type([type_at, type_units]);
            self.take_id([id_at, id_units]);
        }
        Some(Event {
            event_type: self.event_type,
            data: self.part(data_at, data_units),
            last_event_id: self.id,
            sets_id: id_at != Batch::SAME && !inherits_id,
        })
    }
}

impl Place {
    fn go_on(&mut self, text: &str, units: usize) {
        let mut left = units;
        for character in text.get(self.bytes..).unwrap_or_default().chars() {
            if left < character.len_utf16() {
                break;
            }
            left -= character.len_utf16();
            self.bytes += character.len_utf8();
        }
        self.units += units - left;
    }
}

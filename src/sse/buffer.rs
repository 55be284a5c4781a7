//! Bytes in memory that is used again.
//!
//! A stream that is read fast would fill fresh memory with zeros for each chunk, only to have the chunk
//! copied over them.

use core::cell::RefCell;
use core::ops::{Deref, DerefMut};
use std::rc::Rc;

/// Bytes whose memory goes back to the [`Shelf`] that it is from, if any, when they are dropped.
#[derive(Debug, Default)]
pub struct Buffer {
    bytes: Vec<u8>,
    shelf: Option<Shelf>,
}

/// A place for the memory of one buffer.
#[derive(Clone, Debug, Default)]
pub struct Shelf(Rc<RefCell<Vec<u8>>>);

impl Shelf {
    /// So many bytes, of any value, in the memory that lies here.
    pub fn take(&self, length: usize) -> Buffer {
        let mut bytes = self.0.take();
        bytes.resize(length, 0);
        Buffer { bytes, shelf: Some(self.clone()) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(Shelf(place)) = &self.shelf {
            place.replace(core::mem::take(&mut self.bytes));
        }
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, shelf: None }
    }
}

/// A copy has memory of its own.
impl Clone for Buffer {
    fn clone(&self) -> Self {
        self.bytes.clone().into()
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Buffer {}

impl Deref for Buffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.bytes
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_back_from_a_buffer_and_not_from_its_copy() {
        let shelf = Shelf::default();
        let mut first = shelf.take(3);
        first.copy_from_slice(b"abc");
        let copy = first.clone();
        assert_eq!(*shelf.take(2), [0, 0], "what lies there is in use");

        drop(first);
        drop(copy);

        assert_eq!(*shelf.take(4), *b"abc\0");
    }
}

//! What the bytes of a chunk come to.

use core::ops::Range;

use super::batch::Batch;
use super::buffer::Buffer;
use super::line::Chunk;
use super::parser::{Item, Parser, Part};
use super::run::Run;
use super::utf8::Extent;

/// What a chunk says.
#[derive(Debug, Default)]
pub(super) struct Intake {
    pub(super) batch: Batch,
    /// The newest reconnection time, in milliseconds.
    pub(super) retry: Option<u64>,
    /// What was left out.
    pub(super) oversized: Vec<Part>,
}

impl Intake {
    /// Takes a chunk in. Unless `skips_oversized`, nothing is read behind what is too large.
    pub(super) fn of_chunk(chunk: Buffer, parser: &mut Parser, skips_oversized: bool) -> Self {
        let id_before = parser.last_event_id().to_owned();
        let mut reader = Reader { parser, skips_oversized, intake: Self::default() };
        if chunk.len() < LEAST_BYTES {
            reader.intake.batch = Batch::with_room(chunk.len());
            reader.read(&chunk, usize::MAX);
        } else {
            reader.read_runs(chunk);
        }
        let Reader { parser, intake: mut said, .. } = reader;
        let id = parser.last_event_id();
        if id != said.batch.latest_id().unwrap_or(&id_before) {
            said.batch.end_at(id);
        }
        said
    }
}

/// Parts a chunk as far as that makes it faster to be taken in.
pub(super) fn pieces(chunk: Buffer) -> Vec<Buffer> {
    let sample = chunk.get(..SAMPLE_BYTES).unwrap_or_default();
    if chunk.len() <= MOST_DECODED || sample.is_ascii() {
        return vec![chunk];
    }
    chunk.chunks(MOST_DECODED).map(|piece| piece.to_vec().into()).collect()
}

struct Reader<'p> {
    parser: &'p mut Parser,
    skips_oversized: bool,
    intake: Intake,
}

impl Reader<'_> {
    /// Reads a chunk that is to become the text of its events.
    fn read_runs(&mut self, mut chunk: Buffer) {
        let mut pushed = Vec::new();
        // The part of the chunk from the first run to the last one.
        let (mut start, mut length) = (0, Extent::default());
        let (mut at, mut wanted) = (0, LEAST_WANTED);
        while at < chunk.len() && !self.has_stopped() {
            if self.parser.is_between_blocks() {
                if length.bytes == 0 {
                    start = at;
                }
                let end = start + length.bytes;
                let behind = length.plus_ascii(at - end);
                let run = self.read_run(chunk.get(at..).unwrap_or_default(), behind, &mut pushed);
                if run == behind {
                    wanted *= 2;
                } else {
                    // What the parser has read may be no text, or too much to be measured.
                    chunk.get_mut(end..at).unwrap_or_default().fill(b' ');
                    length = run;
                    at = start + length.bytes;
                    wanted = LEAST_WANTED;
                }
            }
            let first = self.intake.batch.marks().len();
            at += self.read(chunk.get(at..).unwrap_or_default(), wanted);
            pushed.push(first..self.intake.batch.marks().len());
        }
        if length.bytes > 0 {
            let part = start..start + length.bytes;
            self.intake.batch.put_behind(chunk, part, length.units, &pushed);
        }
    }

    /// Reads a run that `bytes` begin with, at `start` of the text; gives where it ends.
    fn read_run(&mut self, bytes: &[u8], start: Extent, pushed: &mut Vec<Range<usize>>) -> Extent {
        let batch = &mut self.intake.batch;
        let first = batch.marks().len();
        let run = Run::read(bytes, start, self.parser.limits(), batch.marks_mut());
        if run.end == start {
            return start;
        }
        let in_bytes =
            |place: Range<usize>| bytes.get(place.start - start.bytes..place.end - start.bytes);
        let latest_id = run.latest_id.and_then(in_bytes);
        let latest_id = latest_id.and_then(|id| str::from_utf8(id).ok());
        pushed.extend(batch.add_run(first, self.parser.last_event_id(), latest_id));
        if let Some(id) = latest_id {
            self.parser.set_last_event_id(id);
        }
        run.end
    }

    /// Reads `wanted` bytes, or half of them if a block may end there; gives how much was read.
    fn read(&mut self, bytes: &[u8], wanted: usize) -> usize {
        let bytes = bytes.get(..wanted).unwrap_or(bytes);
        let mut chunk = Chunk::new(bytes);
        while !self.has_stopped()
            && let Some(item) = self.parser.next_item(&mut chunk)
        {
            match item {
                Item::Event(event) => self.intake.batch.push(&event),
                Item::Retry(millis) => self.intake.retry = Some(millis),
                Item::Oversized(part) => self.intake.oversized.push(part),
            }
            let read = bytes.len() - chunk.rest().len();
            if read >= wanted / 2 {
                break;
            }
        }
        bytes.len() - chunk.rest().len()
    }

    const fn has_stopped(&self) -> bool {
        !self.skips_oversized && !self.intake.oversized.is_empty()
    }
}

/// What is not ASCII costs the decoder of a browser up to twice the time for each byte above this.
const MOST_DECODED: usize = 64 << 10;

const SAMPLE_BYTES: usize = 8 << 10;

/// Chunks below this do not repay a second way; nor shall what goes to other tabs have field names in it.
const LEAST_BYTES: usize = 4096;

/// Between two runs stands, as a rule, the end of a block that began in the chunk before, or one block.
const LEAST_WANTED: usize = 256;

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{Index, select};

    use super::*;
    use crate::sse::{Cut, Event, Limits};

    /// An event: its type, id and data, and whether its id is its own.
    #[derive(Debug, PartialEq)]
    struct Said([String; 3], bool);

    /// Adds an event. One that has another id than the one before may as well have set it.
    fn add(events: &mut Vec<Said>, event: &Event<'_>) {
        let id = event.last_event_id;
        let changes_id = events.last().map_or("", |Said([_, before, _], _)| before) != id;
        let texts = [event.event_type, id, event.data].map(str::to_owned);
        events.push(Said(texts, event.sets_id || changes_id));
    }

    fn cut(batch: &Batch) -> impl Iterator<Item = Event<'_>> {
        Cut::new(batch.text(), batch.marks(), batch.inherits_id())
    }

    const UNUSUAL: &[&[u8]] = &[
        b":data: x\n\n",
        b"retry: 5\n\n",
        b"id: a\0b\ndata: x\n\n",
        b"id: 4\n\n",
        b"id\ndata: x\n\n",
        b"id\n\n",
        b"data: a\ndata: b\n\n",
        b"data: a\nid: 5\n\n",
        b"id: 6\ndata: x\n\r\n",
        b"id: 6\r\ndata: x\r\n\n",
        b"id: 7\ndata: x\n\r",
        b"id: 7\nid: 8\ndata: x\n\n",
        b"event: a\nevent: b\ndata: x\n\n",
        b"event: a\n: comment\ndata: x\n\n",
        b"event: message\nid: 9\ndata: x\n\n",
        b"data: x\n: comment\n\n",
        b"data: \xff\n\n",
        b": \xe2\x82\n\n",
        b"id: \xed\xa0\x80\ndata: x\n\n",
        b"event: \xf0\x9f\x98\ndata: x\n\n",
        b"\xef\xbb\xbfdata: x\n\n",
        b"id: \xef\xbb\xbf\n\n",
        b"\n",
    ];

    /// Blocks as servers write them, each of which may be followed by any other.
    fn blocks() -> impl Strategy<Value = Vec<u8>> {
        let usual = select(&[
            "id: 1\ndata: ",
            "id:2\ndata: ",
            "event: up\nid: 3\ndata: ",
            "data:",
            "event:\ndata: ",
            "id: 4\nevent: on\ndata: ",
            ": hello\n\nid: é\ndata: ",
            ":\nevent: Grüße😀\ndata: ",
            ": é\n\n: 😀\n\n\ndata: ",
        ]);
        let text = prop_oneof!["[ -~]{0,40}", "[a-dé한😀 ]{0,40}"];
        let line_end = select(&["\n", "\n", "\r\n", "\r"]);
        let start = (usual, text, line_end, 1..60usize);
        let usual = start.prop_map(|(head, text, line_end, count)| {
            format!("{head}{text}\n\n").replace('\n', line_end).repeat(count).into_bytes()
        });
        let unusual = select(UNUSUAL);
        let block = prop_oneof![3 => usual, 2 => unusual.prop_map(<[u8]>::to_vec)];
        vec(block, 1..20).prop_map(|blocks| blocks.concat())
    }

    /// Takes in `chunks`, and asks the parser alone whether that is what they say.
    fn check(chunks: &[&[u8]], limits: Limits) {
        let bytes = chunks.concat();
        let mut alone = Parser::new(limits);
        let (mut events, mut retry, mut oversized) = (Vec::new(), None, Vec::new());
        let mut whole = Chunk::new(&bytes);
        while let Some(item) = alone.next_item(&mut whole) {
            match item {
                Item::Event(event) => add(&mut events, &event),
                Item::Retry(millis) => retry = Some(millis),
                Item::Oversized(part) => oversized.push(part),
            }
        }

        let mut parser = Parser::new(limits);
        let (mut heard, mut all_retry, mut all_oversized) = (Vec::new(), None, Vec::new());
        for chunk in chunks {
            let id_before = parser.last_event_id().to_owned();
            let intake = Intake::of_chunk(chunk.to_vec().into(), &mut parser, true);
            let id = intake.batch.last_event_id().or(intake.batch.latest_id());
            assert_eq!(id.unwrap_or(&id_before), parser.last_event_id());
            cut(&intake.batch).for_each(|event| add(&mut heard, &event));
            all_retry = intake.retry.or(all_retry);
            all_oversized.extend(intake.oversized);
        }

        assert_eq!(heard, events);
        assert_eq!((all_retry, all_oversized), (retry, oversized));
        assert_eq!(parser.last_event_id(), alone.last_event_id());
    }

    proptest! {
        #[test]
        fn what_is_read_in_one_go_is_what_the_parser_reads(
            bytes in blocks(),
            cuts in vec(any::<Index>(), 0..3),
            limits in prop_oneof![
                Just(Limits::default()),
                Just(Limits { line_bytes: 30, event_bytes: 20, type_bytes: 1 }),
                Just(Limits { line_bytes: 20, ..Limits::default() }),
            ],
        ) {
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let chunks: Vec<_> = cuts.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect();

            check(&chunks, limits);
        }
    }

    #[test]
    fn the_rest_of_a_block_is_none() {
        let usual = "data: x\n\n".repeat(500);

        for start in ["", ":", "da", "id: 4\n", "event: up\n", "data: a\n", "data: a\r", "retry: 1"]
        {
            check(&[b"\n", start.as_bytes(), usual.as_bytes()], Limits::default());
        }
    }

    #[test]
    fn a_byte_order_mark_behind_the_first_block_is_none() {
        // Sixteen bytes to the line end: what is behind it does not keep the last block from being read.
        let bytes = "data: 123456789\n\n".repeat(500) + "\u{feff}data: y\n\n";

        check(&[bytes.as_bytes()], Limits::default());
    }

    #[test]
    fn usual_blocks_of_a_large_chunk_are_one_batch_whose_text_is_the_chunk() {
        for (block, sets_id) in [
            ("id: 1\ndata: x\n\n", true),
            ("event: up\ndata: x\n\n", false),
            ("id: 1\r\ndata: x\r\n\r\n", true),
            (": 😀\n\n\nid: é\nevent: für\ndata: 한\n\n", true),
        ] {
            let bytes = block.repeat(500);
            let mut parser = Parser::new(Limits::default());
            parser.next_item(&mut Chunk::new(b"data: first\n\n"));

            let intake = Intake::of_chunk(bytes.clone().into_bytes().into(), &mut parser, false);

            assert_eq!(intake.batch.text(), bytes);
            assert_eq!(
                cut(&intake.batch).map(|event| event.sets_id).collect::<Vec<_>>(),
                [sets_id; 500]
            );
        }
    }

    #[test]
    fn blocks_between_runs_stand_behind_the_chunk_in_the_text() {
        let [usual, other] =
            ["id: 1\ndata: x\n\n".repeat(300), "event: up\ndata: y\n\n".repeat(300)];
        let bytes = format!("{usual}data: a\ndata: é\n\n{other}");

        let intake = Intake::of_chunk(
            bytes.clone().into_bytes().into(),
            &mut Parser::new(Limits::default()),
            false,
        );

        let text = intake.batch.text();
        assert!(text.contains("a\né"), "joined, behind the chunk");
        assert!(text.len() < bytes.len() + 256, "the rest stays where it is");
        assert_eq!(intake.batch.last_event_id(), None);
        check(&[bytes.as_bytes()], Limits::default());
    }

    #[test]
    fn large_chunks_are_parted_unless_they_are_ascii() {
        let [ascii, text] = ["x", "é"].map(|text| text.repeat(150_000).into_bytes());

        assert_eq!(pieces(ascii.clone().into()), [ascii.into()]);
        let parted = pieces(text.clone().into());
        assert!(parted.iter().all(|piece| piece.len() <= MOST_DECODED));
        assert_eq!(parted.iter().flat_map(|piece| piece.to_vec()).collect::<Vec<_>>(), text);
    }

    #[test]
    fn nothing_is_read_behind_what_is_too_large() {
        let bytes = format!("data: {}\n\n{}", "x".repeat(40), "data: y\n\n".repeat(800));
        let limits = Limits { line_bytes: 30, ..Limits::default() };
        let mut parser = Parser::new(limits);

        let intake = Intake::of_chunk(bytes.into_bytes().into(), &mut parser, false);

        assert_eq!((intake.batch, intake.oversized), (Batch::default(), vec![Part::Line]));
    }
}

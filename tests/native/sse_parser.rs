//! The parser of event streams against vectors, under every way to cut the bytes.

use proptest::collection::vec;
use proptest::prelude::*;
use serde::Deserialize;
use tabcast::sse::{Batch, Chunk, Item, Limits, Parser, Part};

/// An item that outlives the call.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Event { event_type: String, data: String, id: String },
    Retry(u64),
    Oversized(Part),
}

fn event(event_type: &str, data: &str, id: &str) -> Said {
    Said::Event { event_type: event_type.into(), data: data.into(), id: id.into() }
}

fn feed(parser: &mut Parser, chunk: &[u8]) -> Vec<Said> {
    let mut chunk = Chunk::new(chunk);
    let mut said = Vec::new();
    while let Some(item) = parser.next_item(&mut chunk) {
        said.push(match item {
            Item::Event(e) => event(e.event_type, e.data, e.last_event_id),
            Item::Retry(millis) => Said::Retry(millis),
            Item::Oversized(part) => Said::Oversized(part),
        });
    }
    assert!(chunk.rest().is_empty(), "a drained parser leaves nothing of the chunk");
    said
}

/// What a fresh parser says to `chunks`, and the id it ends with.
fn parse<'c>(chunks: impl IntoIterator<Item = &'c [u8]>, limits: Limits) -> (Vec<Said>, String) {
    let mut parser = Parser::new(limits);
    let said = chunks.into_iter().flat_map(|chunk| feed(&mut parser, chunk)).collect();
    (said, parser.last_event_id().to_owned())
}

fn whole(bytes: &[u8]) -> Vec<Said> {
    parse([bytes], Limits::default()).0
}

#[derive(Deserialize)]
struct VectorFile {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vector {
    name: String,
    encoding: String,
    chunks: Vec<String>,
    events: Vec<VectorEvent>,
    retry: Option<f64>,
    last_id: String,
    #[serde(default)]
    initial_last_id: String,
    dispatched_after_chunk: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VectorEvent {
    r#type: String,
    data: String,
    last_event_id: String,
}

impl Vector {
    fn all() -> Vec<Self> {
        let given = include_str!("../vectors/sse-vectors.json");
        let ours = include_str!("../vectors/sse-vectors-more.json");
        [given, ours]
            .iter()
            .flat_map(|file| serde_json::from_str::<VectorFile>(file).unwrap().vectors)
            .collect()
    }

    fn chunks(&self) -> Vec<Vec<u8>> {
        let decode = |chunk: &String| match self.encoding.as_str() {
            "utf8" => chunk.clone().into_bytes(),
            "base64" => base64(chunk),
            other => panic!("unknown encoding {other}"),
        };
        self.chunks.iter().map(decode).collect()
    }

    fn check<'c>(&self, chunks: impl IntoIterator<Item = &'c [u8]>, how: &str) {
        let mut parser = Parser::new(Limits::default());
        parser.set_last_event_id(&self.initial_last_id);

        let said: Vec<_> = chunks.into_iter().flat_map(|chunk| feed(&mut parser, chunk)).collect();

        let (retries, events): (Vec<_>, Vec<_>) =
            said.into_iter().partition(|said| matches!(said, Said::Retry(_)));
        let expected: Vec<_> =
            self.events.iter().map(|e| event(&e.r#type, &e.data, &e.last_event_id)).collect();
        assert_eq!(events, expected, "{} {how}", self.name);
        assert_eq!(parser.last_event_id(), self.last_id, "{} {how}", self.name);
        let retry = retries.last().map(|retry| match retry {
            Said::Retry(millis) => *millis as f64,
            _ => unreachable!(),
        });
        assert_eq!(retry, self.retry, "{} {how}", self.name);
    }
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for digit in text.bytes().filter(|digit| *digit != b'=') {
        let value = ALPHABET.iter().position(|letter| *letter == digit).unwrap();
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

#[test]
fn vectors_hold_as_given_and_without_look_ahead() {
    let vectors = Vector::all();
    assert!(vectors.len() > 121, "both files are read");
    for vector in vectors {
        let chunks = vector.chunks();

        vector.check(chunks.iter().map(Vec::as_slice), "as given");

        let mut parser = Parser::new(Limits::default());
        parser.set_last_event_id(&vector.initial_last_id);
        let mut dispatched = 0;
        for (chunk, expected) in chunks.iter().zip(&vector.dispatched_after_chunk) {
            let said = feed(&mut parser, chunk);
            dispatched += said.iter().filter(|said| matches!(said, Said::Event { .. })).count();
            assert_eq!(dispatched, *expected, "{} dispatches late", vector.name);
        }
    }
}

#[test]
fn vectors_hold_whole_bytewise_and_under_every_split() {
    for vector in Vector::all() {
        let bytes = vector.chunks().concat();

        vector.check([bytes.as_slice()], "whole");
        vector.check(bytes.chunks(1), "bytewise");
        for at in 0..=bytes.len() {
            let (head, tail) = bytes.split_at(at);
            vector.check([head, tail], &format!("split at {at}"));
        }
    }
}

#[test]
fn unfinished_block_and_its_id_are_dropped_by_a_restart() {
    let mut parser = Parser::new(Limits::default());
    let before = feed(&mut parser, b"id: 1\ndata: a\n\nid: 2\nevent: x\ndata: b\nda");

    parser.restart();
    let after = feed(&mut parser, b"ta: c\n\n\ndata: d\n\n");

    assert_eq!(before, [event("message", "a", "1")]);
    assert_eq!(after, [event("message", "d", "1")]);
}

#[test]
fn byte_order_mark_is_dropped_at_the_beginning_of_each_stream() {
    let mut parser = Parser::new(Limits::default());
    let _ = feed(&mut parser, "\u{feff}data: 1\n\n".as_bytes());

    parser.restart();
    let after = feed(&mut parser, "\u{feff}data: 2\n\n".as_bytes());

    assert_eq!(after, [event("message", "2", "")]);
}

#[test]
fn line_feed_behind_a_restart_is_a_line_of_its_own() {
    let mut parser = Parser::new(Limits::default());
    let _ = feed(&mut parser, b"data: 1\r\r");

    parser.restart();
    let after = feed(&mut parser, b"\ndata: 2\n\n");

    assert_eq!(after, [event("message", "2", "")]);
}

#[test]
fn parser_can_be_left_in_the_middle_of_a_chunk() {
    let mut parser = Parser::new(Limits::default());
    let mut chunk = Chunk::new(b"id: 1\ndata: a\n\nid: 2\ndata: b\n\n");

    let first = parser.next_item(&mut chunk).is_some();

    assert!(first);
    assert_eq!(chunk.rest(), b"id: 2\ndata: b\n\n");
    assert_eq!(parser.last_event_id(), "1");
}

const SMALL: Limits = Limits { line_bytes: 20, event_bytes: 30, type_bytes: 5 };

#[test]
fn values_up_to_their_limits_pass() {
    let line = b"data: 45678901234567\n\n";
    let event_data = b"data:5678901234\ndata:5678901234\ndata:56789012\n\n";
    let named = b"event: 12345\ndata: x\n\n";

    let said = parse([&line[..], event_data, named], SMALL).0;

    assert_eq!(
        said,
        [
            event("message", "45678901234567", ""),
            event("message", "5678901234\n5678901234\n56789012", ""),
            event("12345", "x", ""),
        ]
    );
}

#[test]
fn block_over_a_limit_is_left_out_and_its_id_and_retry_count() {
    let too_long = [
        (Part::Line, "data: 456789012345678\n"),
        (Part::Line, "event: 56789012345678\n"),
        (Part::Data, "data: 5678901234\ndata: 5678901234\ndata: 567890123\n"),
        (Part::Type, "event: 123456\n"),
    ];
    for (part, lines) in too_long {
        let stream = format!(
            "data: before\n\nid: 1\ndata: lost\n{lines}{lines}retry: 9\nid: 2\n\ndata: after\n\n"
        );

        let (said, id) = parse([stream.as_bytes()], SMALL);

        let expected = [
            event("message", "before", ""),
            Said::Oversized(part),
            Said::Retry(9),
            event("message", "after", "2"),
        ];
        assert_eq!(said, expected, "{lines}");
        assert_eq!(id, "2");
        assert_eq!(parse(stream.as_bytes().chunks(1), SMALL).0, expected, "{lines} bytewise");
    }
}

#[test]
fn id_of_a_block_that_is_left_out_counts_wherever_it_stands() {
    let too_long = "data: 456789012345678\n";
    for block in [format!("id: 1\n{too_long}"), format!("{too_long}id: 1\n")] {
        let stream = format!("{block}\ndata: after\n\n");

        let said = parse([stream.as_bytes()], SMALL).0;

        assert_eq!(said, [Said::Oversized(Part::Line), event("message", "after", "1")], "{block}");
    }
}

#[test]
fn id_over_the_limit_of_a_line_is_not_taken() {
    let stream = format!("id: 1\ndata: a\n\nid: {}\ndata: lost\n\ndata: b\n\n", "2".repeat(50));
    let expected =
        [event("message", "a", "1"), Said::Oversized(Part::Line), event("message", "b", "1")];

    for chunk in [1, 7, 1000] {
        let (said, id) = parse(stream.as_bytes().chunks(chunk), SMALL);

        assert_eq!((said.as_slice(), id.as_str()), (&expected[..], "1"), "{chunk}");
    }
}

#[test]
fn endless_line_is_reported_before_it_ends_and_not_kept() {
    let mut parser = Parser::new(SMALL);

    let begin = feed(&mut parser, b"data: 1234567890");
    let over = feed(&mut parser, b"12345");
    let more: Vec<_> = (0..1000).flat_map(|_| feed(&mut parser, &[b'x'; 1000])).collect();
    let next = feed(&mut parser, b"\n\ndata: ok\n\n");

    assert_eq!(begin, []);
    assert_eq!(over, [Said::Oversized(Part::Line)]);
    assert_eq!(more, []);
    assert_eq!(next, [event("message", "ok", "")]);
}

#[test]
fn comments_and_unknown_fields_may_have_any_length() {
    let long = "x".repeat(5000);
    let stream = format!(":{long}\n{long}: 1\n{long}\n data: {long}\ndata: ok\n\n");

    for chunk in [1, 7, 100_000] {
        let said = parse(stream.as_bytes().chunks(chunk), SMALL).0;
        assert_eq!(said, [event("message", "ok", "")]);
    }
}

#[test]
fn nothing_is_kept_of_endless_comments_and_unknown_fields() {
    for start in [":", "x", "x: ", "data", "\u{feff}:"] {
        let mut parser = Parser::new(Limits::default());
        let begin = feed(&mut parser, start.as_bytes());

        let said: Vec<_> = (0..100).flat_map(|_| feed(&mut parser, &[b'x'; 1000])).collect();
        let kept = format!("{parser:?}").len();
        let next = feed(&mut parser, b"\n\ndata: ok\n\n");

        assert_eq!((begin, said), (vec![], vec![]), "{start}");
        assert!(kept < 1000, "{start}: {kept}");
        assert_eq!(next, [event("message", "ok", "")], "{start}");
    }
}

#[test]
fn reconnection_time_saturates() {
    let said = whole(b"retry: 18446744073709551615\nretry: 99999999999999999999999\n");

    assert_eq!(said, [Said::Retry(u64::MAX), Said::Retry(u64::MAX)]);
}

/// Cuts a batch the way JavaScript does: by UTF-16 code units.
fn cut(batch: &Batch) -> Vec<Said> {
    let text: Vec<u16> = batch.text().encode_utf16().collect();
    let slice = |start: u32, units: u32| {
        String::from_utf16(&text[start as usize..][..units as usize]).unwrap()
    };
    let (mut event_type, mut id) = (String::new(), String::new());
    let mut said = Vec::new();
    for marks in batch.marks().as_chunks::<6>().0 {
        if marks[0] != Batch::SAME {
            event_type = if marks[1] == 0 { "message".into() } else { slice(marks[0], marks[1]) };
        }
        if marks[2] != Batch::SAME {
            id = slice(marks[2], marks[3]);
        }
        said.push(event(&event_type, &slice(marks[4], marks[5]), &id));
    }
    said
}

#[test]
fn batch_holds_types_and_ids_only_where_they_change() {
    let mut parser = Parser::new(Limits::default());
    let bytes = "id: 1\ndata: é\n\ndata: 😀\n\nevent: up\ndata:\n\nid: 2\nevent: up\ndata: z\n\ndata: m\n\n";
    let mut chunk = Chunk::new(bytes.as_bytes());

    let mut batch = Batch::default();
    while let Some(item) = parser.next_item(&mut chunk) {
        match item {
            Item::Event(event) => batch.push(&event),
            other => panic!("{other:?}"),
        }
    }

    const SAME: u32 = Batch::SAME;
    assert_eq!(batch.text(), "1é😀up2zm");
    let marks = [
        [0, 0, 0, 1, 1, 1],
        [SAME, 0, SAME, 0, 2, 2],
        [4, 2, SAME, 0, 6, 0],
        [SAME, 0, 6, 1, 7, 1],
        [8, 0, SAME, 0, 8, 1],
    ];
    assert_eq!(batch.marks(), marks.as_flattened());
}

/// Pieces that tend to break parsers, and arbitrary bytes.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let nasty: &[&[u8]] = &[
        b"data",
        b"data:",
        b"data: ",
        b"event: up",
        b"id: 1",
        b"id: a\0b",
        b"id",
        b"retry: 10",
        b":",
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\r",
        b"\r\n",
        b"\r\n\r\n",
        b"\xef\xbb\xbf",
        b"\xef\xbb",
        b"\xf0\x9f\x98",
        "é…😀".as_bytes(),
        b"xxxxxxxxxxxxxxxxxxxxx",
        b" ",
        b"\0",
    ];
    let nasty: Vec<Vec<u8>> = nasty.iter().map(|piece| piece.to_vec()).collect();
    prop_oneof![4 => prop::sample::select(nasty), 1 => vec(any::<u8>(), 0..4)]
}

proptest! {
    #[test]
    fn chunking_makes_no_difference(
        pieces in vec(piece(), 0..40),
        cuts in vec(1usize..9, 1..12),
    ) {
        let bytes = pieces.concat();
        let mut chunks = Vec::new();
        let mut rest = bytes.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, tail) = rest.split_at((*cut).min(rest.len()));
            chunks.push(chunk);
            rest = tail;
        }

        for limits in [Limits::default(), SMALL] {
            let (whole, whole_id) = parse([bytes.as_slice()], limits);
            let (cut, cut_id) = parse(chunks.iter().copied(), limits);
            prop_assert_eq!(whole, cut);
            prop_assert_eq!(whole_id, cut_id);
        }
    }

    #[test]
    fn events_of_a_batch_are_those_of_the_parser(pieces in vec(piece(), 0..60)) {
        let bytes = pieces.concat();
        let mut parser = Parser::new(Limits::default());
        let mut chunk = Chunk::new(&bytes);
        let mut batch = Batch::default();
        while let Some(item) = parser.next_item(&mut chunk) {
            if let Item::Event(event) = item {
                batch.push(&event);
            }
        }

        let events: Vec<_> =
            whole(&bytes).into_iter().filter(|said| matches!(said, Said::Event { .. })).collect();
        prop_assert_eq!(cut(&batch), events);
    }
}

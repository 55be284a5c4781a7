//! The packet codec against the reference parser, and its properties.

use proptest::prelude::*;
use serde_json::Value;
use tabcast::host::Native;
use tabcast::socketio::ParseError;
use tabcast::socketio::packet::{Decoder, Header, Packet, PacketType};

const VECTORS: &str = include_str!("../vectors/socketio.json");

/// What the reference parser lets pass and we do not.
const STRICTER: [&str; 2] = [
    // An empty message counts as CONNECT there, by `Number("") == 0`.
    r#"[""]"#,
    // An event without a payload (all of it is the namespace), on which its client then fails.
    r#"["2/admin[\"a\"]"]"#,
];

#[test]
fn headers_are_those_of_the_reference_encoder() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();

    for row in vectors["encode"].as_array().unwrap() {
        let header = Header {
            packet_type: packet_type(&row["type"]),
            attachments: row["attachments"].as_array().unwrap().len(),
            namespace: row["namespace"].as_str().unwrap().into(),
            ack: row["ack"].as_u64(),
        };

        let text = format!("{header}{}", row["payload"].as_str().unwrap_or_default());

        assert_eq!(text, row["text"].as_str().unwrap());
    }
}

#[test]
fn packets_are_those_of_the_reference_decoder() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let mut stricter = 0;

    for row in vectors["decode"].as_array().unwrap() {
        let (packets, error) = decode(row["messages"].as_array().unwrap());

        if STRICTER.contains(&row["messages"].to_string().as_str()) {
            stricter += 1;
            assert!(row["error"].is_null() && error.is_some(), "not stricter: {row}");
            continue;
        }
        let expected = row["error"].as_str();
        assert_eq!(error.is_some(), expected.is_some(), "{error:?} for {row}");
        if let (Some(error), Some(expected)) = (error, expected) {
            assert!(expected.starts_with(&error.to_string()), "{error} for {row}");
        }
        assert_eq!(Value::Array(packets), row["packets"], "{}", row["messages"]);
    }
    assert_eq!(stricter, STRICTER.len());
}

#[test]
fn an_ack_id_beyond_exact_numbers_is_refused() {
    let exact = decode_one("29007199254740991[\"a\"]").unwrap().unwrap();
    let beyond = decode_one("29007199254740992[\"a\"]");
    let endless = decode_one(&"2".repeat(1000));

    assert_eq!(exact.header.ack, Some(9_007_199_254_740_991));
    assert_eq!(beyond, Err(ParseError::AckIdTooLarge));
    assert_eq!(endless, Err(ParseError::AckIdTooLarge));
}

#[test]
fn blanks_before_the_payload_are_not_an_ack_id() {
    let packet = decode_one("2 [\"a\"]").unwrap().unwrap();

    assert_eq!((packet.header.ack, packet.payload.as_deref()), (None, Some("[\"a\"]")));
}

#[test]
fn a_namespace_that_does_not_end_is_refused() {
    let longest = decode_one(&format!("0/{}", "é".repeat(511))).unwrap().unwrap();
    let too_long = decode_one(&format!("2/{},[\"a\"]", "a".repeat(5000)));

    assert_eq!(longest.header.namespace.chars().count(), 512);
    assert_eq!(too_long, Err(ParseError::NamespaceTooLong));
}

#[test]
fn a_reset_decoder_forgets_the_packet_that_waits() {
    let mut decoder = Decoder::<Native>::new(10);
    decoder.add_text(&"51-[\"a\"]".to_owned(), 0).unwrap();

    decoder.reset();

    assert_eq!(decoder.add_binary(vec![1]), Err(ParseError::AttachmentUnexpected));
    assert!(decoder.add_text(&"2[\"b\"]".to_owned(), 0).unwrap().is_some());
}

proptest! {
    #[test]
    fn decoding_gives_back_what_was_encoded(packet in packet()) {
        let mut decoder = Decoder::<Native>::new(10);
        let text = format!("4{}{}", packet.header, packet.payload.as_deref().unwrap_or_default());

        let mut decoded = decoder.add_text(&text, 1).unwrap();
        for bytes in packet.attachments.clone() {
            prop_assert_eq!(decoded, None);
            decoded = decoder.add_binary(bytes).unwrap();
        }

        prop_assert_eq!(decoded, Some(packet));
    }

    #[test]
    fn every_prefix_of_a_packet_decodes_or_is_refused(packet in packet()) {
        let text = format!("{}{}", packet.header, packet.payload.as_deref().unwrap_or_default());

        for (at, _) in text.char_indices() {
            if let Ok(Some(read)) = decode_one(&text[..at]) {
                prop_assert_eq!(read.header.packet_type, packet.header.packet_type);
            }
        }
    }

    #[test]
    fn arbitrary_messages_never_panic(
        messages in prop::collection::vec(
            prop_oneof![
                "[0-7]?[0-9-]{0,3}(/[a-zé]{0,3},?)?[0-9]{0,3}\\PC{0,12}".prop_map(Some),
                "\\PC{0,20}".prop_map(Some),
                Just(None),
            ],
            0..8,
        ),
        from in 0usize..3,
    ) {
        let mut decoder = Decoder::<Native>::new(10);

        for message in messages {
            let decoded = match message {
                Some(text) => decoder.add_text(&text, from),
                None => decoder.add_binary(vec![1]),
            };
            if let Ok(Some(packet)) = decoded {
                prop_assert_eq!(packet.attachments.len(), packet.header.attachments);
            }
        }
    }
}

fn packet() -> impl Strategy<Value = Packet<Native>> {
    let namespace = prop_oneof![Just("/".to_owned()), "/[a-zé/?=. -]{1,8}"];
    let ack = prop::option::of(0u64..1 << 53);
    let attachments = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 0..4);
    let kind = prop_oneof![
        (Just(PacketType::Connect), prop_oneof![Just(None), Just(Some("{\"sid\":\"é\"}"))]),
        (Just(PacketType::Disconnect), Just(None)),
        (Just(PacketType::Event), prop_oneof![Just(Some("[\"é,1\",2]")), Just(Some("[7]"))]),
        (Just(PacketType::Ack), prop_oneof![Just(None), Just(Some("[]"))]),
        (Just(PacketType::ConnectError), prop_oneof![Just(None), Just(Some("\"no\""))]),
    ];
    (kind, namespace, ack, attachments).prop_map(
        |((packet_type, payload), namespace, ack, attachments)| {
            let binary = matches!(packet_type, PacketType::Event | PacketType::Ack);
            let attachments = if binary { attachments } else { Vec::new() };
            let header = Header {
                packet_type,
                attachments: attachments.len(),
                namespace: namespace.into(),
                ack,
            };
            Packet { header, payload: payload.map(str::to_owned), attachments }
        },
    )
}

fn decode_one(text: &str) -> Result<Option<Packet<Native>>, ParseError> {
    Decoder::new(10).add_text(&text.to_owned(), 0)
}

/// The packets of a row in the form of the vectors, up to the first error.
fn decode(messages: &[Value]) -> (Vec<Value>, Option<ParseError>) {
    let mut decoder = Decoder::<Native>::new(10);
    let mut packets = Vec::new();
    for message in messages {
        let decoded = match message {
            Value::String(text) => decoder.add_text(text, 0),
            message => {
                decoder.add_binary(serde_json::from_value(message["bytes"].clone()).unwrap())
            }
        };
        match decoded {
            Ok(Some(packet)) => packets.push(vector(packet)),
            Ok(None) => {}
            Err(error) => return (packets, Some(error)),
        }
    }
    (packets, None)
}

fn vector(packet: Packet<Native>) -> Value {
    let mut data = packet.payload.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
    fill(&mut data, &packet.attachments);
    serde_json::json!({
        "type": type_name(packet.header.packet_type),
        "namespace": packet.header.namespace,
        "ack": packet.header.ack,
        "data": data,
    })
}

/// Puts attachments in the place of their placeholders.
fn fill(data: &mut Value, attachments: &[Vec<u8>]) {
    if data["_placeholder"] == true {
        let number = usize::try_from(data["num"].as_u64().unwrap()).unwrap();
        *data = serde_json::json!({ "bytes": attachments[number] });
        return;
    }
    match data {
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, attachments)),
        Value::Object(fields) => fields.values_mut().for_each(|item| fill(item, attachments)),
        _ => {}
    }
}

fn packet_type(name: &Value) -> PacketType {
    match name.as_str().unwrap() {
        "CONNECT" => PacketType::Connect,
        "DISCONNECT" => PacketType::Disconnect,
        "EVENT" => PacketType::Event,
        "ACK" => PacketType::Ack,
        "CONNECT_ERROR" => PacketType::ConnectError,
        other => panic!("{other} is not in the vectors"),
    }
}

fn type_name(packet_type: PacketType) -> &'static str {
    match packet_type {
        PacketType::Connect => "CONNECT",
        PacketType::Disconnect => "DISCONNECT",
        PacketType::Event => "EVENT",
        PacketType::Ack => "ACK",
        PacketType::ConnectError => "CONNECT_ERROR",
    }
}

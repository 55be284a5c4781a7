//! The URLs of a session.

use super::{Config, Transport};
use crate::rng::Rng;

/// The URL of the next request or socket, with the parameters in the order of the reference client.
pub(super) fn url(
    config: &Config,
    transport: Transport,
    sid: Option<&str>,
    rng: &mut Rng,
) -> String {
    let (query, scheme, other) = match transport {
        Transport::Polling => (&config.transports.polling, "http", "ws"),
        Transport::WebSocket => (&config.transports.websocket, "ws", "http"),
    };
    let mut url = match config.url.strip_prefix(other) {
        Some(rest) => format!("{scheme}{rest}"),
        None => config.url.clone(),
    };
    url.push(if url.contains('?') { '&' } else { '?' });
    url.push_str("transport=");
    url.push_str(transport.as_str());
    let sid = sid.map(|sid| format!("&sid={}", escaped(sid))).unwrap_or_default();
    if transport == Transport::WebSocket {
        url.push_str(&sid);
    }
    if let Some(name) = &query.timestamp {
        url.push('&');
        url.push_str(&escaped(name));
        url.push('=');
        url.extend((0..STAMP_LENGTH).map(|_| stamp_digit(rng)));
    }
    if query.base64 {
        url.push_str("&b64=1");
    }
    if transport == Transport::Polling {
        url.push_str(&sid);
    }
    url
}

/// As long as the time stamps of the reference client.
const STAMP_LENGTH: usize = 8;

fn stamp_digit(rng: &mut Rng) -> char {
    const RADIX: u32 = 36;
    u32::try_from(rng.below(RADIX.into()))
        .ok()
        .and_then(|digit| char::from_digit(digit, RADIX))
        .unwrap_or_default()
}

/// Escapes what has a meaning in a query, or none in a URL.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            escaped.push(byte.into());
        } else {
            escaped.push('%');
            for half in [byte >> 4, byte & 15] {
                let digit = char::from_digit(half.into(), 16).unwrap_or_default();
                escaped.push(digit.to_ascii_uppercase());
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engineio::config::{Query, Transports};

    // As the reference client was seen to send them.
    #[test]
    fn parameters_stand_in_the_order_of_the_reference_client() {
        let both = Query { timestamp: Some("t".to_owned()), base64: true };
        let transports =
            Transports { polling: both.clone(), websocket: both, ..Transports::default() };
        let config = Config { transports, ..Config::new("https://host/socket.io/?a=1&EIO=4") };

        let urls: Vec<String> = [
            (Transport::Polling, None),
            (Transport::Polling, Some("s")),
            (Transport::WebSocket, None),
            (Transport::WebSocket, Some("s")),
        ]
        .into_iter()
        .map(|(transport, sid)| without_stamp(&url(&config, transport, sid, &mut Rng::new(1))))
        .collect();

        assert_eq!(
            urls,
            [
                "https://host/socket.io/?a=1&EIO=4&transport=polling&t=*&b64=1",
                "https://host/socket.io/?a=1&EIO=4&transport=polling&t=*&b64=1&sid=s",
                "wss://host/socket.io/?a=1&EIO=4&transport=websocket&t=*&b64=1",
                "wss://host/socket.io/?a=1&EIO=4&transport=websocket&sid=s&t=*&b64=1",
            ]
        );
    }

    #[test]
    fn every_request_has_another_stamp() {
        let config = Config::new("ws://host");
        let mut rng = Rng::new(1);

        let [one, other] = [0, 1].map(|_| url(&config, Transport::Polling, None, &mut rng));

        assert_ne!(one, other);
        assert_eq!(without_stamp(&one), "http://host?transport=polling&t=*");
        assert_eq!(without_stamp(&one), without_stamp(&other));
    }

    // What `encodeURIComponent` makes of it.
    #[test]
    fn a_session_id_cannot_break_out_of_its_parameter() {
        let config = Config::new("http://host/");

        let url = url(&config, Transport::WebSocket, Some("a&b=é #/"), &mut Rng::new(1));

        assert_eq!(url, "ws://host/?transport=websocket&sid=a%26b%3D%C3%A9%20%23%2F");
    }

    fn without_stamp(url: &str) -> String {
        let Some((head, rest)) = url.split_once("&t=") else { return url.to_owned() };
        let (stamp, tail) = rest.split_at(STAMP_LENGTH);
        assert!(stamp.chars().all(|digit| digit.is_digit(36)), "{stamp}");
        format!("{head}&t=*{tail}")
    }
}

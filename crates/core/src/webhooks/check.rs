//! What a subscription may look like.

use switchboard_model::{EventBody, Jid};

use crate::{Core, Error};

const LONGEST_URL: usize = 2048;
const LONGEST_NAME: usize = 100;
const MOST_HEADERS: usize = 20;
const LONGEST_HEADER: usize = 4096;
const MOST_KINDS: usize = 50;
const MOST_CHATS: usize = 500;
/// What the gateway says itself, or what the connection is made of.
const RESERVED: [&str; 8] =
    ["connection", "content-length", "content-type", "expect", "host", "te", "trailer", "transfer-encoding"];

impl Core {
    /// Well formed, and not leading to where the gateway must not go.
    pub(super) async fn check_webhook_url(&self, url: &str) -> Result<(), Error> {
        if url.len() > LONGEST_URL {
            return Err(Error::invalid("url", format!("has at most {LONGEST_URL} characters")));
        }
        self.egress().check_url(url).await?;
        Ok(())
    }
}

pub(super) fn name(name: &str) -> Result<(), Error> {
    if name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", format!("has at most {LONGEST_NAME} printable characters")));
    }
    Ok(())
}

/// Kinds such as `message.received`, or `message.*` for a family of them.
pub(super) fn events(kinds: &[String]) -> Result<(), Error> {
    let known = |wanted: &str| match wanted.strip_suffix(".*") {
        Some(family) => EventBody::KINDS.iter().any(|kind| kind.split('.').next() == Some(family)),
        None => EventBody::KINDS.contains(&wanted),
    };
    if kinds.len() > MOST_KINDS {
        return Err(Error::invalid("events", format!("names at most {MOST_KINDS} kinds")));
    }
    let unknown: Vec<_> = kinds.iter().filter(|kind| !known(kind)).map(|kind| shown(kind)).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let hint = "write one such as message.received, or message.* for a family";
    Err(Error::invalid("events", format!("there is no kind {}: {hint}", unknown.join(", "))))
}

/// Of what was sent, no more than fits into a sentence.
fn shown(kind: &str) -> String {
    format!("`{}`", kind.chars().take(64).collect::<String>().escape_debug())
}

/// Chats in any spelling, as the addresses that events name.
pub(super) fn ignored_chats(chats: &[String]) -> Result<Vec<String>, Error> {
    if chats.len() > MOST_CHATS {
        return Err(Error::invalid("ignored_chats", format!("names at most {MOST_CHATS} chats")));
    }
    let parse = |chat: &String| {
        let jid = chat.parse::<Jid>().map_err(|e| Error::invalid("ignored_chats", e.to_string()))?;
        Ok(jid.to_string())
    };
    chats.iter().map(parse).collect()
}

/// Names in lower case; nothing that the gateway or the connection says itself.
pub(super) fn headers(headers: Vec<(String, String)>) -> Result<Vec<(String, String)>, Error> {
    if headers.len() > MOST_HEADERS {
        return Err(Error::invalid("headers", format!("has at most {MOST_HEADERS} entries")));
    }
    headers.into_iter().map(header).collect()
}

fn header((name, value): (String, String)) -> Result<(String, String), Error> {
    let name = name.to_ascii_lowercase();
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(token) {
        return Err(Error::invalid("headers", format!("`{}` is no header name", name.escape_debug())));
    }
    if RESERVED.contains(&name.as_str()) || name.starts_with("webhook-") {
        return Err(Error::invalid("headers", format!("`{name}` is set by the gateway")));
    }
    if name.len() + value.len() > LONGEST_HEADER || !value.bytes().all(|b| b == b'\t' || (b' '..=b'~').contains(&b)) {
        let reason = format!("`{name}` has at most {LONGEST_HEADER} visible ASCII characters");
        return Err(Error::invalid("headers", reason));
    }
    Ok((name, value))
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn kinds_are_known_ones() {
        for good in ["message.received", "message.*", "session.pairing_code", "webhook.test"] {
            assert_eq!(events(&[good.to_owned()]), Ok(()), "{good}");
        }
        for bad in ["", "*", ".*", "message", "Message.received", "message.**", "message.*.*", "nonsense.*"] {
            assert!(events(&[bad.to_owned()]).is_err(), "{bad}");
        }
        let said = events(&["nonsense.kind", "message.*", "other"].map(str::to_owned)).unwrap_err().to_string();
        assert!(said.contains("`nonsense.kind`, `other`"), "{said}");
    }

    #[test]
    fn headers_cannot_break_out_or_pose_as_ours() {
        let one = |name: &str, value: &str| headers(vec![(name.to_owned(), value.to_owned())]);
        assert_eq!(one("X-Team", "sales 1"), Ok(vec![("x-team".to_owned(), "sales 1".to_owned())]));
        let bad =
            [("", "x"), ("a b", "x"), ("a:", "x"), ("Host", "x"), ("Webhook-Id", "x"), ("x", "a\r\nb: c"), ("x", "é")];
        for (name, value) in bad {
            assert!(one(name, value).is_err(), "{name:?}");
        }
    }
}

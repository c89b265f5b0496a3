//! On whose behalf a gateway passes a request on. Only gateways with the same master key can write one, it is good for
//! one request and for a minute.

use std::net::SocketAddr;

use axum::http::{HeaderValue, Method, Uri};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use switchboard_model::{Clock as _, SystemClock};
use switchboard_store::Store;

pub(super) const HEADER: &str = "x-switchboard-ticket";

const PURPOSE: &str = "requests passed on";
/// The clocks of gateways may differ by this much.
const GOOD_FOR_MS: u64 = 60_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ticket {
    /// The listener that was asked.
    pub(super) surface: String,
    /// Who asked it.
    pub(super) client: SocketAddr,
    pub(super) encrypted: bool,
    /// Under which name.
    pub(super) host: Option<String>,
    pub(super) at: i64,
}

impl Ticket {
    pub(super) fn seal(&self, store: &Store, method: &Method, uri: &Uri) -> Option<HeaderValue> {
        let text = hex::encode(serde_json::to_vec(self).ok()?);
        let mark = hex::encode(store.mark(PURPOSE, &subject(method, uri, &text)));
        HeaderValue::from_str(&format!("{text}.{mark}")).ok()
    }

    pub(super) fn open(store: &Store, method: &Method, uri: &Uri, given: &HeaderValue) -> Option<Self> {
        let (text, mark) = given.to_str().ok()?.split_once('.')?;
        let wanted = store.mark(PURPOSE, &subject(method, uri, text));
        if !bool::from(wanted[..].ct_eq(&hex::decode(mark).ok()?)) {
            return None;
        }
        let ticket: Self = serde_json::from_slice(&hex::decode(text).ok()?).ok()?;
        (ticket.at.abs_diff(now()) <= GOOD_FOR_MS).then_some(ticket)
    }
}

/// What the mark stands for: this ticket with this request alone.
fn subject(method: &Method, uri: &Uri, text: &str) -> Vec<u8> {
    let place = uri.path_and_query().map_or("/", |place| place.as_str());
    format!("{method} {place} {text}").into_bytes()
}

pub(super) fn now() -> i64 {
    SystemClock.now().millis()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(at: i64) -> Ticket {
        let client = "203.0.113.9:5000".parse().unwrap();
        Ticket { surface: "main".to_owned(), client, encrypted: true, host: Some("gateway.example".to_owned()), at }
    }

    #[tokio::test]
    async fn it_is_good_for_its_request_and_its_minute() {
        let store = Store::in_memory().await.unwrap();
        let (method, uri) = (Method::POST, Uri::from_static("/v1/sessions/a?x=1"));
        let fresh = ticket(now());
        let sealed = fresh.seal(&store, &method, &uri).unwrap();
        assert_eq!(Ticket::open(&store, &method, &uri, &sealed), Some(fresh));
        assert_eq!(Ticket::open(&store, &Method::GET, &uri, &sealed), None);
        assert_eq!(Ticket::open(&store, &method, &Uri::from_static("/v1/sessions/a?x=2"), &sealed), None);
        let old = ticket(now() - 61_000).seal(&store, &method, &uri).unwrap();
        assert_eq!(Ticket::open(&store, &method, &uri, &old), None);
    }

    #[tokio::test]
    async fn another_master_key_or_another_text_is_no_good() {
        let (store, stranger) = (Store::in_memory().await.unwrap(), Store::in_memory().await.unwrap());
        let (method, uri) = (Method::GET, Uri::from_static("/"));
        let forged = ticket(now()).seal(&stranger, &method, &uri).unwrap();
        assert_eq!(Ticket::open(&store, &method, &uri, &forged), None);
        let sealed = ticket(now()).seal(&store, &method, &uri).unwrap().to_str().unwrap().to_owned();
        let changed = sealed.replacen(&hex::encode("203"), &hex::encode("204"), 1);
        assert_ne!(changed, sealed);
        for wrong in [changed, sealed[..sealed.len() - 2].to_owned(), "x.y".to_owned(), String::new()] {
            let value = HeaderValue::from_str(&wrong).unwrap();
            assert_eq!(Ticket::open(&store, &method, &uri, &value), None, "{wrong}");
        }
    }
}

//! Which subscriptions an event is for.

use switchboard_model::{EventBody, Jid, Party, SessionId, Timestamp};
use switchboard_store::{
    StoreError, Tx, deliveries,
    events::Appended,
    webhooks::{self, Subscriber},
};

/// Adds the deliveries of an event to the transaction that appends it.
pub(crate) async fn enqueue(
    tx: &mut Tx,
    event: &Appended,
    session: &SessionId,
    at: Timestamp,
    body: &EventBody,
) -> Result<(), StoreError> {
    let subscribers = webhooks::subscribers(tx, session).await?;
    let wanted: Vec<&str> = subscribers.iter().filter(|s| wants(s, body)).map(|s| s.id.as_str()).collect();
    deliveries::add(tx, event, session, body.kind(), at, &wanted);
    Ok(())
}

fn wants(subscriber: &Subscriber, body: &EventBody) -> bool {
    let kinds = &subscriber.kinds;
    let kind = kinds.is_empty() || kinds.iter().any(|wanted| covers(wanted, body.kind()));
    let ignored = &subscriber.ignored_chats;
    kind && (ignored.is_empty() || body.chat().is_none_or(|chat| !names(chat).any(|name| ignored.contains(&name))))
}

fn covers(wanted: &str, kind: &str) -> bool {
    match wanted.strip_suffix('*') {
        Some(family) => kind.starts_with(family),
        None => wanted == kind,
    }
}

/// Every address that a chat goes by.
fn names(chat: &Party) -> impl Iterator<Item = String> {
    let phone = chat.pn.clone().map(|phone| Jid::Phone(phone).to_string());
    let lid = chat.lid.clone().map(|lid| Jid::Lid(lid).to_string());
    [Some(chat.jid.to_string()), phone, lid].into_iter().flatten()
}

#[cfg(test)]
mod unit {
    use super::*;

    fn undecryptable(chat: Party) -> EventBody {
        let id = switchboard_model::MessageId("1".to_owned());
        EventBody::MessageUndecryptable { id, chat: chat.clone(), sender: chat }
    }

    #[test]
    fn kinds_and_chats_decide() {
        let person = Party::person("4915112345678".parse().ok(), "99887766@lid".parse().ok()).unwrap();
        let subscriber = |kinds: &[&str], ignored: &[&str]| Subscriber {
            id: "1".to_owned(),
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            ignored_chats: ignored.iter().map(|chat| (*chat).to_owned()).collect(),
        };
        let body = undecryptable(person);
        assert!(wants(&subscriber(&[], &[]), &body));
        assert!(wants(&subscriber(&["session.qr", "message.*"], &["1234567@s.whatsapp.net"]), &body));
        assert!(!wants(&subscriber(&["message.received"], &[]), &body));
        assert!(!wants(&subscriber(&[], &["4915112345678@s.whatsapp.net"]), &body), "by phone");
        assert!(!wants(&subscriber(&[], &["99887766@lid"]), &body), "by lid");
        assert!(wants(&subscriber(&[], &["99887766@lid"]), &EventBody::SessionDeleted {}), "without a chat");
    }
}

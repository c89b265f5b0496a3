//! What webhooks say: an event in the words of each surface. The worker that delivers gets these as functions.

use serde_json::{Map, Value, json};
use switchboard_model::{Content, Context, Event, Jid, Message, Phone};

use crate::{native, shown::shown};

/// As `/v1/events` shows it.
#[must_use]
pub fn native(event: &Event) -> Option<Vec<u8>> {
    serde_json::to_vec(&native::event_json(event)).ok()
}

/// As the `multisession` document shows a message; other events it does not know. `own` is the session's number.
#[must_use]
pub fn multisession(event: &Event, own: Option<&Phone>) -> Option<Vec<u8>> {
    let message = event.body.message().filter(|message| !message.from_me)?;
    let body = json!({ "session_id": event.session, "message": multisession_message(message, own) });
    serde_json::to_vec(&body).ok()
}

fn multisession_message(message: &Message, own: Option<&Phone>) -> Map<String, Value> {
    // Only what a person writes is to the account; a status is to everybody, as a group's message is to the group.
    let to = match (&message.chat.jid, own) {
        (Jid::Phone(_) | Jid::Lid(_), Some(own)) => format!("{own}@s.whatsapp.net"),
        (chat, _) => chat.to_string(),
    };
    let mut said = Map::new();
    said.insert("id".to_owned(), json!(message.id));
    said.insert("from".to_owned(), json!(message.sender.jid.to_string()));
    said.insert("to".to_owned(), json!(to));
    said.insert("message".to_owned(), json!(message.content.text().unwrap_or_default()));
    said.insert("timestamp".to_owned(), json!(message.timestamp.secs()));
    if !matches!(message.content, Content::Text { .. }) {
        other_kind(&mut said, &message.content);
    }
    along(&mut said, &message.context);
    said
}

/// Its kind, and everything about it in an object of that name.
fn other_kind(said: &mut Map<String, Value>, content: &Content) {
    let mut object = shown(content);
    if let Some(fields) = object.as_object_mut() {
        fields.remove("type");
    }
    said.insert("type".to_owned(), json!(content.kind()));
    said.entry(content.kind().to_owned()).or_insert(object);
}

/// What goes along with it, where there is any: a plain text stays the documented body and no more.
fn along(said: &mut Map<String, Value>, context: &Context) {
    if !context.is_empty() {
        said.insert("context".to_owned(), shown(context));
    }
}

#[cfg(test)]
mod tests {
    use switchboard_model::{EventBody, EventId, Later, MessageId, Party, Timestamp};

    use super::*;

    fn event(chat: &str, content: Content) -> Event {
        let sender = Party::from("6281381393739".parse::<Jid>().unwrap());
        let message = Message {
            id: MessageId("3EB0BEDDE45EF384377BD7".to_owned()),
            session: "1234567890".parse().unwrap(),
            chat: Party::from(chat.parse::<Jid>().unwrap()),
            sender,
            from_me: false,
            timestamp: Timestamp::from_secs(1_643_723_400),
            push_name: None,
            content,
            context: Context::default(),
            later: Later::default(),
        };
        Event {
            position: 7,
            id: EventId("e".to_owned()),
            session: message.session.clone(),
            seq: 3,
            at: Timestamp::from_secs(1_643_723_401),
            body: EventBody::MessageReceived(message),
        }
    }

    fn said(event: &Event) -> Value {
        let own = "6282260790996".parse().unwrap();
        serde_json::from_slice(&multisession(event, Some(&own)).expect("a body")).unwrap()
    }

    fn text(text: &str) -> Content {
        Content::Text { text: text.to_owned() }
    }

    #[test]
    fn a_text_message_is_the_documented_body_and_no_more() {
        let documented = json!({
            "session_id": "1234567890",
            "message": {
                "id": "3EB0BEDDE45EF384377BD7",
                "from": "6281381393739@s.whatsapp.net",
                "to": "6282260790996@s.whatsapp.net",
                "message": "Hello!",
                "timestamp": 1_643_723_400
            }
        });
        assert_eq!(said(&event("6281381393739", text("Hello!"))), documented);
    }

    #[test]
    fn a_groups_message_is_to_the_group() {
        let body = said(&event("120363000000000001@g.us", text("Hi")));
        assert_eq!(body["message"]["to"], "120363000000000001@g.us");
        assert_eq!(body["message"]["from"], "6281381393739@s.whatsapp.net");
    }

    #[test]
    fn a_status_is_to_no_account() {
        for chat in ["status@broadcast", "120363000000000002@newsletter"] {
            assert_eq!(said(&event(chat, text("Hi")))["message"]["to"], chat);
        }
        assert_eq!(said(&event("100001@lid", text("Hi")))["message"]["to"], "6282260790996@s.whatsapp.net");
    }

    #[test]
    fn other_kinds_say_so_and_other_events_are_not_known() {
        let body = said(&event("6281381393739", Content::Unknown { kind: "poll_update".to_owned() }));
        assert_eq!(body["message"]["type"], "poll_update");
        assert!(body["message"]["poll_update"].is_object());
        let mut other = event("6281381393739", text("x"));
        other.body = EventBody::SessionDeleted {};
        assert_eq!(multisession(&other, None), None);
        let native: Value = serde_json::from_slice(&native(&other).unwrap()).unwrap();
        assert_eq!((&native["type"], &native["position"]), (&json!("session.deleted"), &json!("7")));
    }
}

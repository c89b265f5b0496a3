//! How a message names an earlier one: by id, and by who wrote it as its own author sees that.

use switchboard_core::engine::Draft;
use switchboard_model::{MessageId, MessageRef, Party};
use waproto::whatsapp as wa;

use super::party::party;

/// Who says it, where, and who hears it.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) chat: Party,
    pub(crate) sender: Party,
    /// This account.
    pub(crate) own: Option<Party>,
    pub(crate) from_me: bool,
}

/// The message that `key` means, as this account sees it.
pub(super) fn read(key: &wa::MessageKey, scene: &Scene) -> Option<MessageRef> {
    let id = MessageId(key.id.clone().filter(|id| !id.is_empty())?);
    let named = key.participant.as_deref().and_then(jid).and_then(|jid| party(&jid, None));
    let sender = match (key.from_me.unwrap_or(false), named) {
        (true, _) => Some(scene.sender.clone()),
        (false, Some(named)) => Some(named),
        // In a conversation of two there is only the other one.
        (false, None) if !scene.chat.jid.is_group() => {
            if scene.from_me {
                Some(scene.chat.clone())
            } else {
                scene.own.clone()
            }
        }
        (false, None) => None,
    };
    Some(about(id, sender, scene))
}

/// By the author's address alone, as quotes do it.
pub(super) fn read_quoted(id: &str, author: Option<&str>, scene: &Scene) -> MessageRef {
    let sender = author.and_then(jid).and_then(|jid| party(&jid, None));
    about(MessageId(id.to_owned()), sender, scene)
}

pub(super) fn write(target: &MessageRef, draft: &Draft<'_>) -> wa::MessageKey {
    let participant = target.sender.as_ref().filter(|_| draft.chat.is_group()).map(|sender| sender.jid.to_string());
    wa::MessageKey {
        remote_jid: Some(draft.chat.to_string()),
        from_me: Some(target.from_me),
        id: Some(target.id.0.clone()),
        participant: participant.filter(|_| !target.from_me),
    }
}

fn about(id: MessageId, sender: Option<Party>, scene: &Scene) -> MessageRef {
    let known = [scene.own.as_ref(), Some(&scene.sender), Some(&scene.chat)];
    let same = |sender: &Party| known.into_iter().flatten().find(|known| known.is_same_as(sender)).cloned();
    // One name was given: take the other one too where it is at hand.
    let sender = sender.map(|sender| same(&sender).unwrap_or(sender));
    let from_me = match (&sender, &scene.own) {
        (Some(sender), Some(own)) => own.is_same_as(sender),
        _ => false,
    };
    MessageRef { id, from_me, sender }
}

fn jid(text: &str) -> Option<whatsapp_rust::Jid> {
    text.parse::<whatsapp_rust::Jid>().ok()
}

#[cfg(test)]
pub(super) mod tests {
    use switchboard_model::Jid;

    use super::*;

    pub(crate) fn person(pn: &str, lid: &str) -> Party {
        Party::person(pn.parse().ok(), lid.parse().ok()).expect("a person")
    }

    pub(crate) fn anna() -> Party {
        person("15550000001", "91")
    }

    pub(crate) fn ben() -> Party {
        person("15550000002", "92")
    }

    /// Ben writes to Anna, whose gateway this is.
    pub(crate) fn from_ben() -> Scene {
        Scene { chat: ben(), sender: ben(), own: Some(anna()), from_me: false }
    }

    fn key(from_me: bool, participant: Option<&str>) -> wa::MessageKey {
        let participant = participant.map(str::to_owned);
        wa::MessageKey { id: Some("A".to_owned()), from_me: Some(from_me), participant, ..Default::default() }
    }

    #[test]
    fn in_a_conversation_of_two_the_key_is_seen_from_the_other_side() {
        let own = read(&key(false, None), &from_ben()).unwrap();
        assert_eq!((own.from_me, own.sender), (true, Some(anna())));
        let bens = read(&key(true, None), &from_ben()).unwrap();
        assert_eq!((bens.from_me, bens.sender), (false, Some(ben())));
    }

    #[test]
    fn in_a_group_the_author_is_named_by_either_name() {
        let group: Jid = "120363000000000001@g.us".parse().unwrap();
        let scene = Scene { chat: group.into(), ..from_ben() };
        let own = read(&key(false, Some("91@lid")), &scene).unwrap();
        assert_eq!((own.from_me, own.sender), (true, Some(anna())));
        assert_eq!(read(&key(false, None), &scene).unwrap().sender, None);
    }
}

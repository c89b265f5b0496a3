//! Own messages on their way, as they were accepted: their answers and receipts come within moments, and need not be
//! read and opened again for that. What is not here is in the database.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use switchboard_model::{Jid, Message, MessageId, SessionId};

/// How many are remembered, whoever's they are; the oldest go first.
const REMEMBERED: usize = 1024;

type Key = (SessionId, MessageId);

#[derive(Default)]
pub(crate) struct Recent(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    messages: HashMap<Key, Arc<Message>>,
    order: VecDeque<Key>,
}

impl Recent {
    /// Before its commit, so that no answer comes sooner. A post gets its number before it is answered for: the row
    /// knows more of it then than was accepted.
    pub(crate) fn note(&self, message: &Message) {
        if matches!(message.chat.jid, Jid::Newsletter(_)) {
            return;
        }
        let key = (message.session.clone(), message.id.clone());
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.messages.insert(key.clone(), Arc::new(message.clone()));
        remembered.order.push_back(key);
        if remembered.order.len() > REMEMBERED
            && let Some(oldest) = remembered.order.pop_front()
        {
            remembered.messages.remove(&oldest);
        }
    }

    pub(crate) fn get(&self, session: &SessionId, id: &MessageId) -> Option<Arc<Message>> {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.messages.get(&(session.clone(), id.clone())).cloned()
    }

    /// The session's messages were changed or erased otherwise than by what comes in.
    pub(crate) fn forget(&self, session: &SessionId) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.messages.retain(|(of, _), _| of != session);
    }
}

#[cfg(test)]
mod tests {
    use switchboard_model::{Content, Context, Later, Party, Timestamp};

    use super::*;

    fn message(session: &str, id: usize, chat: &str) -> Message {
        let party = Party::from(chat.parse::<Jid>().expect("an address"));
        Message {
            id: MessageId(format!("3EB0{id}")),
            session: session.parse().expect("an id"),
            chat: party.clone(),
            sender: party,
            from_me: true,
            timestamp: Timestamp::default(),
            push_name: None,
            content: Content::Text { text: "hello".to_owned() },
            context: Context::default(),
            later: Later::default(),
        }
    }

    fn is_known(recent: &Recent, message: &Message) -> bool {
        recent.get(&message.session, &message.id).is_some_and(|known| *known == *message)
    }

    #[test]
    fn the_oldest_go_first_and_a_session_as_a_whole() {
        let recent = Recent::default();
        let messages: Vec<_> = (0..=REMEMBERED).map(|id| message("a", id, "628110000001@s.whatsapp.net")).collect();
        messages.iter().for_each(|message| recent.note(message));
        assert!(!is_known(&recent, &messages[0]));
        assert!(messages[1..].iter().all(|message| is_known(&recent, message)));
        let other = message("b", 1, "628110000001@s.whatsapp.net");
        recent.note(&other);
        recent.forget(&messages[1].session);
        assert!(!is_known(&recent, &messages[2]) && is_known(&recent, &other));
    }

    #[test]
    fn a_post_is_read_from_its_row() {
        let (recent, post) = (Recent::default(), message("a", 1, "120363000000000001@newsletter"));
        recent.note(&post);
        assert!(!is_known(&recent, &post), "its number comes before its answer");
    }
}

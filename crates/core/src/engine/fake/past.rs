//! A past that a test writes down: lines such as `6281100000002 120`, a person and so many messages with them.

use switchboard_model::{Content, Context, Jid, MessageId, MessageStatus, Mute, Party, Timestamp};

use super::super::{EngineError, Inbound, PastChat, PastMessage, PastState};

pub(super) fn past_chat(line: &str) -> Result<PastChat, EngineError> {
    let damaged = || EngineError::Corrupt(format!("`{line}` is no chat"));
    let (chat, count) = line.split_once(' ').ok_or_else(damaged)?;
    let party = Party::from(chat.parse::<Jid>().map_err(|_| damaged())?);
    let count: i64 = count.parse().map_err(|_| damaged())?;
    let at = |back: i64| Timestamp::from_secs(1_767_603_600 - 60 * back);
    let message = |back: i64| PastMessage {
        message: Inbound {
            id: MessageId(format!("PAST{back}")),
            chat: party.clone(),
            sender: party.clone(),
            from_me: false,
            timestamp: at(back),
            push_name: None,
            content: Content::Text { text: format!("past {back}") },
            context: Context::default(),
        },
        status: MessageStatus::Delivered,
        starred: false,
    };
    let state = PastState { unread: 3, archived: true, pinned: false, muted: Mute::Off };
    let messages = (1..=count).map(message).collect();
    Ok(PastChat { name: Some("Past".to_owned()), state: Some(state), last_at: Some(at(1)), messages, party })
}

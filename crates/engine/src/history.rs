//! A phone's past, as the phone packs it: read chat by chat.

use switchboard_core::engine::{EngineError, HistoryPiece, Inbound, PastChat, PastChats, PastMessage, PastState};
use switchboard_model::{MessageId, MessageStatus, Mute, Party, Timestamp};
use wacore::{
    history_sync::{HistorySyncStream, MAX_DECOMPRESSED},
    types::events::LazyHistorySync,
};
use waproto::{
    buffa::Enumeration as _,
    whatsapp::{self as wa, history_sync::HistorySyncType, web_message_info::Status},
};

use crate::convert::{self, Reading, Scene};

/// The pieces that hold chats, or names of people.
pub(crate) fn piece(history: &LazyHistorySync) -> Option<HistoryPiece> {
    let kind = match HistorySyncType::from_i32(history.sync_type())? {
        HistorySyncType::INITIAL_BOOTSTRAP => "initial",
        HistorySyncType::FULL => "full",
        HistorySyncType::RECENT => "recent",
        HistorySyncType::ON_DEMAND => "on_demand",
        HistorySyncType::PUSH_NAME => "names",
        _ => return None,
    };
    let body = history.compressed_bytes().to_vec();
    Some(HistoryPiece { kind, progress: history.progress().unwrap_or(0), body })
}

/// Reads a piece for this account.
pub(crate) fn read<'a>(own: &Party, body: &'a [u8]) -> PastChats<'a> {
    let stream = Some(HistorySyncStream::new(body, MAX_DECOMPRESSED));
    Box::new(Pieces { own: own.clone(), stream, names: Vec::new().into_iter() })
}

struct Pieces<'a> {
    own: Party,
    /// Until the last chat was read.
    stream: Option<HistorySyncStream<'a>>,
    names: std::vec::IntoIter<wa::Pushname>,
}

impl Iterator for Pieces<'_> {
    type Item = Result<PastChat, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        while let Some(stream) = &mut self.stream {
            match stream.next_conversation() {
                Ok(Some(conversation)) => {
                    if let Some(chat) = chat(&self.own, conversation) {
                        return Some(Ok(chat));
                    }
                }
                Ok(None) => {
                    let rest = self.stream.take().and_then(|stream| stream.remainder().ok());
                    self.names = rest.map(|rest| rest.pushnames).unwrap_or_default().into_iter();
                }
                Err(error) => {
                    self.stream = None;
                    return Some(Err(EngineError::Corrupt(error.to_string())));
                }
            }
        }
        self.names.by_ref().find_map(name).map(Ok)
    }
}

fn name(told: wa::Pushname) -> Option<PastChat> {
    let party = convert::party(&told.id?.parse().ok()?, None)?;
    let name = Some(told.pushname.filter(|name| !name.is_empty())?);
    Some(PastChat { party, name, state: None, last_at: None, messages: Vec::new() })
}

/// `None` for chats that the gateway has no word for.
fn chat(own: &Party, conversation: wa::Conversation) -> Option<PastChat> {
    let other = conversation.pn_jid.as_deref().or(conversation.lid_jid.as_deref());
    let party = convert::party(&conversation.id.parse().ok()?, other.and_then(|jid| jid.parse().ok()).as_ref())?;
    let seconds = |at: u64| i64::try_from(at).map(Timestamp::from_secs).ok();
    let messages: Vec<PastMessage> =
        conversation.messages.iter().filter_map(|told| message(own, &party, told.message.as_option()?)).collect();
    let newest = messages.iter().map(|past| past.message.timestamp).max();
    Some(PastChat {
        state: conversation.unread_count.map(|unread| PastState {
            unread,
            archived: conversation.archived.unwrap_or(false),
            pinned: conversation.pinned.unwrap_or(0) > 0,
            muted: match conversation.mute_end_time {
                None | Some(0) => Mute::Off,
                Some(end) => seconds(end).map_or(Mute::Forever, Mute::Until),
            },
        }),
        last_at: conversation.conversation_timestamp.and_then(seconds).into_iter().chain(newest).max(),
        name: conversation.name.or(conversation.display_name).filter(|name| !name.is_empty()),
        messages,
        party,
    })
}

fn message(own: &Party, chat: &Party, info: &wa::WebMessageInfo) -> Option<PastMessage> {
    let key = info.key.as_option()?;
    let from_me = key.from_me.unwrap_or(false);
    let sender = if from_me { own.clone() } else { author(chat, info)? };
    let scene = Scene { chat: chat.clone(), sender: sender.clone(), own: Some(own.clone()), from_me };
    let body = info.message.as_option()?;
    let Reading::Message(content) = convert::read_content(body, &scene) else { return None };
    let message = Inbound {
        id: MessageId(key.id.clone()?),
        chat: chat.clone(),
        sender,
        from_me,
        timestamp: Timestamp::from_secs(i64::try_from(info.message_timestamp?).ok()?),
        push_name: info.push_name.clone().filter(|name| !name.is_empty() && !from_me),
        content,
        context: convert::read_context(body, &scene),
    };
    Some(PastMessage { message, status: status(from_me, info.status), starred: info.starred.unwrap_or(false) })
}

/// In a group the author is named; elsewhere it is the chat.
fn author(chat: &Party, info: &wa::WebMessageInfo) -> Option<Party> {
    if !chat.jid.is_group() {
        return Some(chat.clone());
    }
    let named = info.participant.as_deref().or_else(|| info.key.participant.as_deref())?;
    convert::party(&named.parse().ok()?, None)
}

fn status(from_me: bool, status: Option<Status>) -> MessageStatus {
    match status {
        _ if !from_me => MessageStatus::Delivered,
        Some(Status::ERROR) => MessageStatus::Failed,
        Some(Status::DELIVERY_ACK) => MessageStatus::Delivered,
        Some(Status::READ) => MessageStatus::Read,
        Some(Status::PLAYED) => MessageStatus::Played,
        _ => MessageStatus::Sent,
    }
}

//! What was written before a companion was linked: the phone sends it in pieces, the newest of every chat first.

use serde::{Deserialize, Serialize};
use waproto::buffa::{Message as _, MessageField};
use waproto::whatsapp as wa;
use waproto::whatsapp::message::protocol_message::Type;
use waproto::whatsapp::message::{HistorySyncNotification, HistorySyncType, ProtocolMessage};

use super::Phone;
use super::bootstrap::deflated;
use crate::sealed_blob::SealedBlob;

/// So many of each chat's newest messages come with the first piece.
const FIRST: usize = 20;
/// The most messages in one piece.
const PIECE: usize = 2_000;
/// A piece no larger than this travels inside its message.
const INLINE: usize = 4 << 10;
/// Between made-up messages.
const MINUTE: u64 = 60;

/// A phone's past, as somebody made it up.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Past {
    pub chats: Vec<PastChat>,
    /// When the made-up messages end.
    #[serde(default)]
    pub until: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PastChat {
    pub chat: String,
    pub name: Option<String>,
    #[serde(default)]
    pub unread: u32,
    #[serde(default)]
    pub archived: bool,
    #[serde(default)]
    pub pinned: bool,
    #[serde(default)]
    pub messages: Vec<PastMessage>,
    /// So many more texts, one a minute, older than all others.
    #[serde(default)]
    pub count: usize,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PastMessage {
    pub id: String,
    pub text: String,
    /// In seconds.
    pub timestamp: u64,
    #[serde(default)]
    pub from_me: bool,
    /// Who wrote it, in a group.
    pub from: Option<String>,
}

/// One piece, and what is told of it.
struct Piece {
    kind: HistorySyncType,
    order: u32,
    progress: u32,
    history: wa::HistorySync,
}

impl Past {
    pub fn is_empty(&self) -> bool {
        self.chats.is_empty()
    }
}

impl PastChat {
    /// Newest first.
    fn all(&self, until: u64) -> Vec<wa::HistorySyncMsg> {
        let mut messages: Vec<&PastMessage> = self.messages.iter().collect();
        messages.sort_by_key(|message| std::cmp::Reverse(message.timestamp));
        let oldest = messages.last().map_or(until, |message| message.timestamp);
        let made_up = (1..=self.count as u64).map(|back| PastMessage {
            id: format!("PAST{:08X}{back:08X}", self.hash()),
            text: format!("message {back} from the past"),
            timestamp: oldest.saturating_sub(back * MINUTE),
            from_me: back % 2 == 0,
            from: None,
        });
        let given = messages.into_iter().cloned();
        given.chain(made_up).map(|message| self.told(&message)).collect()
    }

    /// Tells chats apart in the ids of made-up messages.
    fn hash(&self) -> u32 {
        self.chat.bytes().fold(7, |hash: u32, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte)))
    }

    fn told(&self, message: &PastMessage) -> wa::HistorySyncMsg {
        use wa::web_message_info::Status;
        let key = wa::MessageKey {
            remote_jid: Some(self.chat.clone()),
            from_me: Some(message.from_me),
            id: Some(message.id.clone()),
            participant: message.from.clone(),
        };
        let body = wa::Message { conversation: Some(message.text.clone()), ..Default::default() };
        let info = wa::WebMessageInfo {
            key: MessageField::some(key),
            message: MessageField::some(body),
            message_timestamp: Some(message.timestamp),
            status: Some(if message.from_me { Status::READ } else { Status::DELIVERY_ACK }),
            participant: message.from.clone(),
            ..Default::default()
        };
        wa::HistorySyncMsg { message: MessageField::some(info), msg_order_id: Some(message.timestamp) }
    }

    /// What is known of the chat beside its messages; told once, with the first piece.
    fn conversation(&self, newest: Option<u64>) -> wa::Conversation {
        wa::Conversation {
            id: self.chat.clone(),
            name: self.name.clone(),
            unread_count: Some(self.unread),
            archived: Some(self.archived),
            pinned: self.pinned.then_some(1),
            conversation_timestamp: newest,
            ..Default::default()
        }
    }
}

impl Phone {
    pub fn set_past(&mut self, past: Past) {
        self.past = past;
    }

    /// The messages that bring the past to a new companion; larger pieces lie on the media host.
    pub(super) fn history_messages(&self, put: impl Fn(&[u8]) -> SealedBlob) -> Vec<ProtocolMessage> {
        self.pieces().into_iter().map(|piece| piece.message(&put)).collect()
    }

    fn pieces(&self) -> Vec<Piece> {
        let all: Vec<Vec<wa::HistorySyncMsg>> = self.past.chats.iter().map(|chat| chat.all(self.past.until)).collect();
        let first = self.past.chats.iter().zip(&all).map(|(chat, messages)| {
            let newest = messages.first().and_then(|one| one.message.message_timestamp);
            let newest_ones = messages.iter().take(FIRST).cloned().collect();
            wa::Conversation { messages: newest_ones, ..chat.conversation(newest) }
        });
        let first: Vec<wa::Conversation> = first.collect();
        let rest = self.past.chats.iter().zip(&all).flat_map(|(chat, messages)| {
            let older = messages.get(FIRST..).unwrap_or_default();
            older.chunks(PIECE).map(|chunk| wa::Conversation {
                id: chat.chat.clone(),
                messages: chunk.to_vec(),
                ..Default::default()
            })
        });
        let rest: Vec<wa::Conversation> = rest.collect();
        let total = rest.len() as u32 + 1;
        let mut pieces = vec![piece(HistorySyncType::INITIAL_BOOTSTRAP, 1, 100 / total, first)];
        for (index, conversation) in (1..).zip(rest) {
            pieces.push(piece(HistorySyncType::RECENT, index + 1, 100 * (index + 1) / total, vec![conversation]));
        }
        pieces.push(self.names());
        pieces
    }

    fn names(&self) -> Piece {
        let mut piece = piece(HistorySyncType::PUSH_NAME, 1, 100, Vec::new());
        let people = self.past.chats.iter().filter(|chat| !super::arrive::is_group(&chat.chat));
        piece.history.pushnames =
            people.map(|chat| wa::Pushname { id: Some(chat.chat.clone()), pushname: chat.name.clone() }).collect();
        piece
    }
}

impl Piece {
    fn message(self, put: impl Fn(&[u8]) -> SealedBlob) -> ProtocolMessage {
        let packed = deflated(&self.history.encode_to_vec());
        let mut notification = HistorySyncNotification {
            sync_type: Some(self.kind),
            chunk_order: Some(self.order),
            progress: Some(self.progress),
            file_length: Some(packed.len() as u64),
            ..Default::default()
        };
        if packed.len() <= INLINE {
            notification.initial_hist_bootstrap_inline_payload = Some(packed);
        } else {
            let blob = put(&packed);
            notification.direct_path = Some(blob.direct_path);
            notification.media_key = Some(blob.key);
            notification.file_sha256 = Some(blob.sha256);
            notification.file_enc_sha256 = Some(blob.enc_sha256);
        }
        ProtocolMessage {
            r#type: Some(Type::HISTORY_SYNC_NOTIFICATION),
            history_sync_notification: MessageField::some(notification),
            ..Default::default()
        }
    }
}

fn piece(kind: HistorySyncType, order: u32, progress: u32, conversations: Vec<wa::Conversation>) -> Piece {
    use wa::history_sync::HistorySyncType as Of;
    let sync_type = match kind {
        HistorySyncType::INITIAL_BOOTSTRAP => Of::INITIAL_BOOTSTRAP,
        HistorySyncType::PUSH_NAME => Of::PUSH_NAME,
        _ => Of::RECENT,
    };
    let (chunk_order, told) = (Some(order), Some(progress));
    let history = wa::HistorySync { sync_type, chunk_order, progress: told, conversations, ..Default::default() };
    Piece { kind, order, progress, history }
}

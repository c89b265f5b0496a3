//! The chats of a session, as a list shows them. Who and what they are called is sealed; a chat is found by the blind
//! index that its messages are found by.
//!
//! - `change`: what happens in a chat, and what is decided about it; `card`: who it is with; `read`: finding and listing

mod card;
mod change;
mod read;

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use serde::{Deserialize, Serialize};
use switchboard_model::{Jid, Mute, Party, SessionId, Timestamp};

use crate::{
    Conn, StoreError,
    messages::chat_index,
    vault::{Cell, Scope},
};

pub(crate) use self::card::absorb;
pub use self::{
    change::{ChatChange, change, existed, forget_all, named, prune, read_until, written},
    read::{ChatFilter, ChatRow, completed, find, page, unread, unread_of_sessions},
};

const COLUMNS: [&str; 8] = ["chat_ix", "kind", "last_at", "unread", "archived", "pinned", "muted_until", "body"];
const FOREVER: i64 = -1;

/// What is sealed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Card {
    party: Party,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The name was given by this account, and no other replaces it.
    #[serde(default)]
    given: bool,
}

fn mute(until: i64) -> Mute {
    match until {
        0 => Mute::Off,
        FOREVER => Mute::Forever,
        millis => Mute::Until(Timestamp::from_millis(millis)),
    }
}

fn millis(mute: Mute) -> i64 {
    match mute {
        Mute::Off => 0,
        Mute::Until(end) => Ord::max(end.millis(), 1),
        Mute::Forever => FOREVER,
    }
}

async fn key_of(db: &impl Conn, session: &SessionId, chat: &Jid) -> Result<String, StoreError> {
    chat_index(db, session, &chat.to_string()).await
}

fn select(session: &SessionId) -> SelectStatement {
    Query::select().columns(COLUMNS).from("chats").and_where(of(session)).take()
}

fn of(session: &SessionId) -> SimpleExpr {
    Expr::col("session_id").eq(session.as_str())
}

fn cell<'a>(session: &'a SessionId, key: &'a str) -> Cell<'a> {
    Cell { scope: Scope::Session(session), table: "chats", column: "body", row: key }
}

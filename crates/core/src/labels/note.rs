//! Writing down what happened to labels. What is known already is no news.

use switchboard_model::{EventBody, Label, Party, SessionId, Timestamp};
use switchboard_store::{
    StoreError, Tx,
    chats::{self, ChatChange},
    labels,
};

use crate::{
    engine::{LabelNews, LabelTurn},
    events::emit,
};

pub(crate) async fn note(tx: &mut Tx, session: &SessionId, news: &LabelNews, now: Timestamp) -> Result<(), StoreError> {
    let LabelNews { turn, old } = news;
    match carry_out(tx, session, turn).await? {
        Some(body) if !old => emit(tx, session, now, &body).await,
        _ => Ok(()),
    }
}

async fn carry_out(tx: &mut Tx, session: &SessionId, turn: &LabelTurn) -> Result<Option<EventBody>, StoreError> {
    let (changed, body) = match turn.clone() {
        LabelTurn::Is(label) if is_id(&label.id) => {
            (labels::put(tx, session, &label).await?, EventBody::LabelUpdated(label))
        }
        LabelTurn::Deleted { id } => (labels::delete(tx, session, &id).await?, EventBody::LabelDeleted { id }),
        LabelTurn::OnChat { chat, label, labeled } if is_id(&label) => {
            (mark(tx, session, &chat, &label, labeled).await?, EventBody::ChatLabeled { chat, label, labeled })
        }
        LabelTurn::Is(_) | LabelTurn::OnChat { .. } => return Ok(None),
    };
    Ok(changed.then_some(body))
}

/// A chat that has a label is listed, even if nothing was written in it yet.
async fn mark(tx: &mut Tx, session: &SessionId, chat: &Party, label: &str, labeled: bool) -> Result<bool, StoreError> {
    if labeled {
        chats::change(tx, session, chat, &ChatChange::default()).await?;
    }
    labels::mark(tx, session, &chat.jid, label, labeled).await
}

/// Other devices choose ids too; no app makes one that is not a short word.
fn is_id(id: &str) -> bool {
    (1..=Label::LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

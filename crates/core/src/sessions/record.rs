//! What each report changes, and the event that tells of it.

use std::sync::Arc;

use switchboard_model::{
    CallStatus, ContactChange, EventBody, GroupChange, Later, Message, MessageId, MessageStatus, Party, SessionId,
    Timestamp,
};
use switchboard_store::{StoreError, Tx, chats, history, messages, outbox};

use super::{pairing::paired, state::Step, transition::step};
use crate::{
    calls,
    chats::{decide, reading},
    engine::{CallFact, Fact, GroupNews, GroupTurn, Inbound, PresenceNews, ProfileNews, Receipt, ReceiptKind},
    events::emit,
    labels,
    messages::{Recent, aftermath, refused},
};

/// One entry of a recorder's batch.
pub(crate) enum Work {
    Fact(Fact),
    Messages(Vec<Inbound>),
}

impl Work {
    /// The messages that it writes, or writes about.
    pub(crate) fn messages(&self) -> Vec<&MessageId> {
        match self {
            Self::Messages(batch) => batch.iter().map(|inbound| &inbound.id).collect(),
            Self::Fact(Fact::Acked { id, .. } | Fact::Posted { id, .. }) => vec![id],
            Self::Fact(Fact::Receipt(receipt)) => receipt.ids.iter().collect(),
            Self::Fact(_) => Vec::new(),
        }
    }

    /// The own messages whose fate it tells.
    pub(crate) fn own_messages(&self) -> &[MessageId] {
        match self {
            Self::Fact(Fact::Acked { id, .. }) => std::slice::from_ref(id),
            Self::Fact(Fact::Receipt(receipt)) => &receipt.ids,
            _ => &[],
        }
    }
}

pub(crate) async fn record(
    tx: &mut Tx,
    session: &SessionId,
    work: &Work,
    recent: &Recent,
    now: Timestamp,
) -> Result<(), StoreError> {
    match work {
        Work::Messages(batch) => {
            for inbound in batch {
                message(tx, session, inbound, now).await?;
            }
            Ok(())
        }
        Work::Fact(Fact::Acked { id, error }) => acked(tx, session, id, error.as_deref(), recent, now).await,
        Work::Fact(Fact::Receipt(receipt)) => self::receipt(tx, session, receipt, recent, now).await,
        Work::Fact(fact) => record_fact(tx, session, fact, now).await,
    }
}

/// A message is recorded and announced once, however often the network delivers it.
async fn message(tx: &mut Tx, session: &SessionId, inbound: &Inbound, now: Timestamp) -> Result<(), StoreError> {
    let mut message = Message {
        id: inbound.id.clone(),
        session: session.clone(),
        chat: chats::completed(tx, session, &inbound.chat).await?,
        sender: chats::completed(tx, session, &inbound.sender).await?,
        from_me: inbound.from_me,
        timestamp: inbound.timestamp,
        push_name: inbound.push_name.clone(),
        content: inbound.content.clone(),
        context: inbound.context.clone(),
        later: Later::default(),
    };
    let status = if message.from_me { MessageStatus::Sent } else { MessageStatus::Delivered };
    if !messages::insert_new(tx, &message, status).await? {
        return Ok(());
    }
    chats::written(tx, &message).await?;
    aftermath::carry_out(tx, &mut message).await?;
    emit(tx, session, now, &EventBody::of_message(message)).await
}

async fn record_fact(tx: &mut Tx, session: &SessionId, fact: &Fact, now: Timestamp) -> Result<(), StoreError> {
    match fact {
        Fact::QrCode { code, valid_for } => {
            let expires_at = now.after(*valid_for);
            step(tx, session, Step::ShowQr { expires_at }, now).await?;
            emit(tx, session, now, &EventBody::SessionQr { code: code.clone(), expires_at }).await
        }
        Fact::PairingCode { code, valid_for } => {
            let expires_at = now.after(*valid_for);
            step(tx, session, Step::ShowCode { expires_at }, now).await?;
            emit(tx, session, now, &EventBody::SessionPairingCode { code: code.clone(), expires_at }).await
        }
        Fact::PasskeyAsked { hint } => step(tx, session, Step::AskPasskey { hint: hint.clone() }, now).await.map(drop),
        Fact::Paired { phone, lid, name: _ } => paired(tx, session, phone.clone(), lid.clone(), now).await,
        Fact::Online { catching_up } => {
            step(tx, session, Step::Online { catching_up: *catching_up }, now).await.map(drop)
        }
        Fact::CaughtUp => step(tx, session, Step::CaughtUp, now).await.map(drop),
        Fact::Posted { id, number } => posted(tx, session, id, *number).await,
        Fact::Presence(news) => emit(tx, session, now, &presence_event(news)).await,
        Fact::ReadElsewhere { ids } => reading::elsewhere(tx, session, ids, now).await,
        Fact::Profile(news) => emit(tx, session, now, &profile_event(news)).await,
        Fact::History(piece) => history::insert(tx, session, piece.kind, piece.progress, &piece.body).await,
        Fact::Chat(news) => decide::note(tx, session, news, now).await,
        Fact::Label(news) => labels::note::note(tx, session, news, now).await,
        Fact::Group(news) => group(tx, session, news, now).await,
        Fact::Undecryptable { id, chat, sender } => {
            let body = EventBody::MessageUndecryptable { id: id.clone(), chat: chat.clone(), sender: sender.clone() };
            emit(tx, session, now, &body).await
        }
        Fact::Call(fact) => call(tx, session, fact, now).await,
        // Not by itself: what is known of the message belongs to it.
        Fact::Acked { .. } | Fact::Receipt(_) => Ok(()),
        // The keeper decides what these lead to: it knows what it was asked and how often it tried.
        Fact::PairingExpired
        | Fact::PairingFailed { .. }
        | Fact::Offline { .. }
        | Fact::Replaced
        | Fact::LoggedOut { .. }
        | Fact::Banned { .. }
        | Fact::Limited { .. }
        | Fact::Refused { .. } => Ok(()),
    }
}

async fn group(tx: &mut Tx, session: &SessionId, news: &GroupNews, now: Timestamp) -> Result<(), StoreError> {
    let subject = match &news.news {
        GroupTurn::Joined { subject } => Some(subject),
        GroupTurn::Changed(GroupChange::Subject { subject }) => Some(subject),
        _ => None,
    };
    if let Some(subject) = subject {
        chats::named(tx, session, &Party::from(news.group.clone()), subject, false).await?;
    }
    emit(tx, session, now, &group_event(news)).await
}

fn presence_event(news: &PresenceNews) -> EventBody {
    let PresenceNews { chat, person, state, last_seen } = news.clone();
    EventBody::PresenceUpdated { chat, person, state, last_seen }
}

/// Of a group it is a change of the group.
fn profile_event(news: &ProfileNews) -> EventBody {
    let ProfileNews { of, by, change } = news.clone();
    match change {
        ContactChange::Picture { picture } if of.jid.is_group() => {
            EventBody::GroupUpdated { group: of, by, change: GroupChange::Picture { picture } }
        }
        change => EventBody::ContactUpdated { contact: of, change },
    }
}

fn group_event(news: &GroupNews) -> EventBody {
    let (group, by) = (Party::from(news.group.clone()), news.by.clone());
    match &news.news {
        GroupTurn::Changed(change) => EventBody::GroupUpdated { group, by, change: change.clone() },
        GroupTurn::Joined { subject } => EventBody::GroupJoined { group, by, subject: subject.clone() },
        GroupTurn::Left => EventBody::GroupLeft { group, by },
    }
}

async fn call(tx: &mut Tx, session: &SessionId, fact: &CallFact, now: Timestamp) -> Result<(), StoreError> {
    match fact {
        CallFact::Offered { call, status } => calls::record::offered(tx, session, call, *status, now).await,
        CallFact::Noticed(call) => calls::record::offered(tx, session, call, CallStatus::Ringing, now).await,
        CallFact::Changed { id, status, elsewhere } => {
            calls::record::changed(tx, session, id, *status, *elsewhere, now).await.map(drop)
        }
    }
}

/// The network's answer settles the ledger row.
async fn acked(
    tx: &mut Tx,
    session: &SessionId,
    id: &MessageId,
    error: Option<&str>,
    recent: &Recent,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(message) = own(tx, session, id, recent).await? else { return Ok(()) };
    match error {
        None => sent(tx, &message, now).await.map(drop),
        Some(code) => {
            outbox::remove(tx, session, id).await?;
            fail(tx, session, id, &refused(code, &message.chat.jid), now).await
        }
    }
}

async fn own(
    tx: &mut Tx,
    session: &SessionId,
    id: &MessageId,
    recent: &Recent,
) -> Result<Option<Arc<Message>>, StoreError> {
    match recent.get(session, id) {
        Some(message) => Ok(Some(message)),
        None => Ok(messages::find_own(tx, session, id).await?.map(|row| Arc::new(row.message))),
    }
}

/// Told before the answer itself, so that the event of the answer has it.
async fn posted(tx: &mut Tx, session: &SessionId, id: &MessageId, number: u64) -> Result<(), StoreError> {
    let Some(row) = messages::find_own(tx, session, id).await? else { return Ok(()) };
    let mut message = row.message;
    if message.context.post == Some(number) || message.content.target().is_some() {
        return Ok(());
    }
    message.context.post = Some(number);
    messages::rewrite(tx, &message).await
}

/// Only the first answer to a message counts; tells whether this one did.
async fn sent(tx: &mut Tx, message: &Message, now: Timestamp) -> Result<bool, StoreError> {
    let Message { session, id, .. } = message;
    if !messages::advance(tx, session, id, MessageStatus::Sent, now, None).await? {
        return Ok(false);
    }
    outbox::remove(tx, session, id).await?;
    let mut message = message.clone();
    aftermath::carry_out(tx, &mut message).await?;
    emit(tx, session, now, &EventBody::of_message(message)).await?;
    Ok(true)
}

/// Ends an own message for good, and says why.
pub(crate) async fn fail(
    tx: &mut Tx,
    session: &SessionId,
    id: &MessageId,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    if messages::advance(tx, session, id, MessageStatus::Failed, now, Some(reason)).await? {
        changed(tx, session, id, MessageStatus::Failed, Some(reason), now).await?;
    }
    Ok(())
}

async fn receipt(
    tx: &mut Tx,
    session: &SessionId,
    receipt: &Receipt,
    recent: &Recent,
    now: Timestamp,
) -> Result<(), StoreError> {
    let status = match receipt.kind {
        ReceiptKind::Delivered => MessageStatus::Delivered,
        ReceiptKind::Read => MessageStatus::Read,
        ReceiptKind::Played => MessageStatus::Played,
    };
    for id in &receipt.ids {
        let Some(message) = own(tx, session, id, recent).await? else { continue };
        let mut moved = messages::advance_answered(tx, session, id, status, now).await?;
        // Delivered and not yet acknowledged: the acknowledgement was lost, and with it the reason to send again.
        if !moved && sent(tx, &message, now).await? {
            moved = messages::advance_answered(tx, session, id, status, now).await?;
        }
        if moved {
            let chat = message.chat.clone();
            let body = EventBody::MessageStatusChanged { id: id.clone(), chat, status, reason: None };
            emit(tx, session, now, &body).await?;
        }
    }
    Ok(())
}

pub(crate) async fn changed(
    tx: &mut Tx,
    session: &SessionId,
    id: &MessageId,
    status: MessageStatus,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(row) = messages::find_own(tx, session, id).await? else { return Ok(()) };
    let reason = reason.map(str::to_owned);
    let body = EventBody::MessageStatusChanged { id: id.clone(), chat: row.message.chat, status, reason };
    emit(tx, session, now, &body).await
}

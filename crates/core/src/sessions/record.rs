//! What each report changes, and the event that tells of it.

use switchboard_model::{
    CallStatus, EventBody, Later, Lid, Message, MessageId, MessageStatus, Party, Phone, Session, SessionId, Timestamp,
};
use switchboard_store::{
    StoreError, Tx,
    messages::{self, MessageRow},
    outbox, sessions,
};

use super::{state::Step, transition::step};
use crate::{
    calls,
    engine::{CallFact, Fact, GroupNews, GroupTurn, Inbound, PresenceNews, Receipt, ReceiptKind},
    events::emit,
    messages::aftermath,
};

/// One entry of a recorder's batch.
pub(crate) enum Work {
    Fact(Fact),
    Messages(Vec<Inbound>),
}

pub(crate) async fn record(tx: &mut Tx, session: &SessionId, work: &Work, now: Timestamp) -> Result<(), StoreError> {
    match work {
        Work::Messages(batch) => {
            for inbound in batch {
                message(tx, session, inbound, now).await?;
            }
            Ok(())
        }
        Work::Fact(fact) => record_fact(tx, session, fact, now).await,
    }
}

/// A message is recorded and announced once, however often the network delivers it.
async fn message(tx: &mut Tx, session: &SessionId, inbound: &Inbound, now: Timestamp) -> Result<(), StoreError> {
    let mut message = Message {
        id: inbound.id.clone(),
        session: session.clone(),
        chat: inbound.chat.clone(),
        sender: inbound.sender.clone(),
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
        Fact::Acked { id, error } => acked(tx, session, id, error.as_deref(), now).await,
        Fact::Receipt(receipt) => self::receipt(tx, session, receipt, now).await,
        Fact::Presence(news) => emit(tx, session, now, &presence_event(news)).await,
        Fact::Group(news) => emit(tx, session, now, &group_event(news)).await,
        Fact::Undecryptable { id, chat, sender } => {
            let body = EventBody::MessageUndecryptable { id: id.clone(), chat: chat.clone(), sender: sender.clone() };
            emit(tx, session, now, &body).await
        }
        Fact::Call(fact) => call(tx, session, fact, now).await,
        // The keeper decides what these lead to: it knows what it was asked and how often it tried.
        Fact::PairingExpired
        | Fact::PairingFailed { .. }
        | Fact::Offline { .. }
        | Fact::Replaced
        | Fact::LoggedOut { .. }
        | Fact::Banned { .. }
        | Fact::Refused { .. } => Ok(()),
    }
}

fn presence_event(news: &PresenceNews) -> EventBody {
    let PresenceNews { chat, person, state, last_seen } = news.clone();
    EventBody::PresenceUpdated { chat, person, state, last_seen }
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

async fn paired(
    tx: &mut Tx,
    session: &SessionId,
    phone: Option<Phone>,
    lid: Option<Lid>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(row) = sessions::find(tx, session).await? else { return Ok(()) };
    let row = Session { phone: phone.clone(), lid: lid.clone(), linked: true, updated_at: now, ..row };
    sessions::update(tx, &row).await?;
    step(tx, session, Step::Paired, now).await?;
    match Party::person(phone, lid) {
        Some(account) => emit(tx, session, now, &EventBody::SessionPaired { account }).await,
        None => Ok(()),
    }
}

/// The network's answer settles the ledger row.
async fn acked(
    tx: &mut Tx,
    session: &SessionId,
    id: &MessageId,
    error: Option<&str>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if !outbox::remove(tx, session, id).await? {
        return Ok(());
    }
    match error {
        None => sent(tx, session, id, now).await,
        Some(code) => fail(tx, session, id, &format!("the network refused it (error {code})"), now).await,
    }
}

async fn sent(tx: &mut Tx, session: &SessionId, id: &MessageId, now: Timestamp) -> Result<(), StoreError> {
    messages::advance(tx, session, id, MessageStatus::Sent, now, None).await?;
    match messages::find_own(tx, session, id).await? {
        Some(MessageRow { mut message, .. }) => {
            aftermath::carry_out(tx, &mut message).await?;
            emit(tx, session, now, &EventBody::of_message(message)).await
        }
        None => Ok(()),
    }
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

async fn receipt(tx: &mut Tx, session: &SessionId, receipt: &Receipt, now: Timestamp) -> Result<(), StoreError> {
    let status = match receipt.kind {
        ReceiptKind::Delivered => MessageStatus::Delivered,
        ReceiptKind::Read => MessageStatus::Read,
        ReceiptKind::Played => MessageStatus::Played,
    };
    for id in &receipt.ids {
        // Delivered and not yet acknowledged: the acknowledgement was lost, and with it the reason to send again.
        if outbox::remove(tx, session, id).await? {
            sent(tx, session, id, now).await?;
        }
        if messages::advance(tx, session, id, status, now, None).await? {
            changed(tx, session, id, status, None, now).await?;
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

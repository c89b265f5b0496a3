//! Contacts that may not call: blocked and unblocked by the rules, by hand and by the clock.

use switchboard_model::{
    BlockType, BlockedContact, CallStatus, EventBody, Jid, Party, SessionId, Timestamp, Unblocked,
};
use switchboard_store::{
    StoreError, Tx,
    blocked_contacts::{self, BlockedRow, NetworkBlock},
    call_settings,
    calls::{self, CallFilter},
    chats,
};

use super::{rules, settings};
use crate::{Caller, Core, Error, caller::Scope, events::emit, excerpt, paging};

const LONGEST_REASON: usize = 500;
/// Blocks that end in one transaction.
const CHUNK: u64 = 100;
/// A phone stops ringing long before this; what still does lost its end.
const LONGEST_RING: std::time::Duration = std::time::Duration::from_secs(180);

/// A contact to be blocked by hand.
#[derive(Clone, Debug)]
pub struct BlockContact {
    pub contact: Jid,
    pub reason: Option<String>,
    /// As the session's settings say, unless given.
    pub block_type: Option<BlockType>,
    pub duration_hours: Option<u32>,
}

#[derive(Clone, Debug)]
pub struct BlockedPage {
    pub contacts: Vec<BlockedContact>,
    /// Where the next page begins, if this one was full.
    pub next: Option<(Timestamp, String)>,
}

impl Core {
    /// A page of the blocks in force, newest first, behind `before`.
    pub async fn blocked_contacts(
        &self,
        caller: &Caller,
        session: &SessionId,
        before: Option<(Timestamp, String)>,
        limit: Option<u64>,
    ) -> Result<BlockedPage, Error> {
        self.session_for(caller, session, Scope::Calls).await?;
        let limit = paging::size(limit);
        let rows = blocked_contacts::page(self.store().reader(), session, self.now(), before.as_ref(), limit).await?;
        let contacts: Vec<_> = rows.into_iter().map(|row| row.block).collect();
        let next = paging::last_if_full(&contacts, limit).map(|last| (last.blocked_at, last.id.clone()));
        Ok(BlockedPage { contacts, next })
    }

    /// Blocks a contact, or changes its block; tells which.
    pub async fn block_contact(
        &self,
        caller: &Caller,
        session: &SessionId,
        order: BlockContact,
    ) -> Result<(BlockedContact, bool), Error> {
        self.session_for(caller, session, Scope::Calls).await?;
        let now = self.now();
        let contact = self.named(session, &order.contact).await?;
        let settings = call_settings::get(self.store().reader(), session).await?;
        let expires_at = expiry(&order, &settings, now)?;
        let reason = checked_reason(order.reason)?;
        let block = BlockedContact { id: new_id(), contact, reason, blocked_at: now, expires_at };
        let network = if settings.also_block_on_whatsapp { NetworkBlock::Wanted } else { NetworkBlock::None };
        let row = BlockedRow { session: session.clone(), block, network };
        let done = self.store().write(move |tx| {
            let row = row.clone();
            Box::pin(async move { put_by_hand(tx, row, now).await })
        });
        let done = done.await?;
        self.tell_network_soon(session);
        Ok(done)
    }

    /// Lets a contact call again, named by its block's id or by any spelling of its address. Its calls so far no
    /// longer count.
    pub async fn unblock_contact(&self, caller: &Caller, session: &SessionId, which: &str) -> Result<(), Error> {
        self.session_for(caller, session, Scope::Calls).await?;
        let rows = self.blocks_named(session, which).await?;
        if rows.is_empty() {
            return Err(Error::not_found("blocked contact", format!("`{}`", excerpt(which))));
        }
        let now = self.now();
        self.store()
            .write(move |tx| {
                let rows = rows.clone();
                Box::pin(async move {
                    for row in &rows {
                        lift(tx, row, Unblocked::ByHand, now).await?;
                        calls::pardon(tx, &row.session, &row.block.contact).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        self.tell_network_soon(session);
        Ok(())
    }

    /// Ends the blocks whose time is over, in all sessions; returns how many.
    pub async fn cleanup_blocks(&self, caller: &Caller) -> Result<u64, Error> {
        caller.require(Scope::Cron)?;
        let (mut removed, now) = (0, self.now());
        loop {
            let ended = self.store().write(move |tx| Box::pin(expire(tx, now))).await?;
            removed += ended;
            if ended < CHUNK {
                break;
            }
        }
        let untold = blocked_contacts::untold(self.store().reader(), None).await?;
        for session in untold.into_iter().map(|row| row.session).collect::<std::collections::HashSet<_>>() {
            self.tell_network_soon(&session);
        }
        Ok(removed)
    }

    /// Calls whose end was never heard are over all the same.
    pub(crate) async fn end_silent_calls(&self) -> Result<(), StoreError> {
        let now = self.now();
        let ringing = calls::ringing_before(self.store().reader(), now.before(LONGEST_RING), CHUNK).await?;
        self.store()
            .write(move |tx| {
                let ringing = ringing.clone();
                Box::pin(async move {
                    for (session, id) in &ringing {
                        super::record::changed(tx, session, id, CallStatus::Missed, false, now).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// With the other name too, if a chat or a call has told it.
    async fn named(&self, session: &SessionId, jid: &Jid) -> Result<Party, Error> {
        let contact = Party::from(jid.clone());
        if contact.pn.is_none() && contact.lid.is_none() {
            return Err(Error::invalid("contact", "is a phone number or the JID of a person"));
        }
        let db = self.store().reader();
        let chat = chats::find(db, session, jid).await?.map(|chat| chat.party);
        let contact = chat.map_or_else(|| contact.clone(), |known| merged(&contact, &known));
        let filter = CallFilter { from: Some(contact.clone()), ..CallFilter::default() };
        let newest = calls::page(db, session, &filter, 1).await?;
        Ok(newest.into_iter().next().map_or_else(|| contact.clone(), |row| merged(&contact, &row.call.from)))
    }

    async fn blocks_named(&self, session: &SessionId, which: &str) -> Result<Vec<BlockedRow>, Error> {
        let db = self.store().reader();
        // Not every database compares other letters with an id's.
        if which.is_ascii()
            && let Some(row) = blocked_contacts::find(db, session, which).await?
        {
            return Ok(vec![row]);
        }
        let Ok(jid) = which.parse::<Jid>() else { return Ok(Vec::new()) };
        match self.named(session, &jid).await {
            Ok(contact) => Ok(blocked_contacts::of_contact(db, session, &contact).await?),
            Err(Error::Invalid { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

pub(super) fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// The block of a contact, if one is in force. On the way those that are over are ended, and two that turn out to be
/// one person's become one.
pub(super) async fn in_force(
    tx: &mut Tx,
    session: &SessionId,
    contact: &Party,
    now: Timestamp,
) -> Result<Option<BlockedRow>, StoreError> {
    let rows = blocked_contacts::of_contact(tx, session, contact).await?;
    let (live, over): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.block.in_force(now));
    for row in &over {
        lift(tx, row, Unblocked::Expired, now).await?;
    }
    // The longest one stays; one without an end is the longest.
    let longest = live.iter().max_by_key(|row| row.block.expires_at.map_or(i64::MAX, Timestamp::millis)).cloned();
    let Some(mut kept) = longest else { return Ok(None) };
    let names = live.iter().fold(contact.clone(), |names, row| merged(&names, &row.block.contact));
    if live.len() == 1 && names == kept.block.contact {
        return Ok(Some(kept));
    }
    for row in &live {
        blocked_contacts::remove(tx, session, &row.block.id).await?;
    }
    kept.block.contact = names;
    kept.block.reason = kept.block.reason.or_else(|| live.iter().find_map(|row| row.block.reason.clone()));
    if let Some(told) = live.iter().map(|row| row.network).find(|network| *network != NetworkBlock::None) {
        kept.network = told;
    }
    blocked_contacts::put(tx, &kept).await?;
    Ok(Some(kept))
}

/// Writes a block and tells of it.
pub(super) async fn put(tx: &mut Tx, row: BlockedRow, now: Timestamp) -> Result<(), StoreError> {
    if row.network == NetworkBlock::Wanted {
        blocked_contacts::forget_lifting(tx, &row.session, &row.block.contact).await?;
    }
    blocked_contacts::put(tx, &row).await?;
    emit(tx, &row.session, now, &EventBody::ContactBlocked(row.block)).await
}

/// A second block of the same contact replaces the first, under the first one's id. The reason stays unless another is
/// given.
async fn put_by_hand(tx: &mut Tx, mut row: BlockedRow, now: Timestamp) -> Result<(BlockedContact, bool), StoreError> {
    let before = in_force(tx, &row.session, &row.block.contact, now).await?;
    let created = before.is_none();
    if let Some(before) = before {
        row.block.id = before.block.id;
        row.block.reason = row.block.reason.or(before.block.reason);
        row.block.contact = merged(&row.block.contact, &before.block.contact);
        if before.network != NetworkBlock::None {
            row.network = before.network;
        }
    }
    put(tx, row.clone(), now).await?;
    Ok((row.block, created))
}

/// Ends a block. Where the network has it too the row stays until that is undone.
async fn lift(tx: &mut Tx, row: &BlockedRow, why: Unblocked, now: Timestamp) -> Result<bool, StoreError> {
    let ended = match row.network {
        NetworkBlock::None => blocked_contacts::remove(tx, &row.session, &row.block.id).await?,
        _ => blocked_contacts::set_network(tx, row, NetworkBlock::Lifting).await?,
    };
    if ended {
        let body = EventBody::ContactUnblocked { id: row.block.id.clone(), contact: row.block.contact.clone(), why };
        emit(tx, &row.session, now, &body).await?;
    }
    Ok(ended)
}

async fn expire(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    let mut ended = 0;
    for row in blocked_contacts::expired(tx, now, CHUNK).await? {
        ended += u64::from(lift(tx, &row, Unblocked::Expired, now).await?);
    }
    Ok(ended)
}

fn merged(one: &Party, other: &Party) -> Party {
    let pn = one.pn.clone().or_else(|| other.pn.clone());
    let lid = one.lid.clone().or_else(|| other.lid.clone());
    Party::person(pn, lid).unwrap_or_else(|| one.clone())
}

/// A duration asks for a temporary block unless the order says otherwise.
fn expiry(
    order: &BlockContact,
    settings: &switchboard_model::CallBlocking,
    now: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let given = order.duration_hours.map(|hours| settings::checked_hours("duration_hours", hours)).transpose()?;
    let kind = match (order.block_type, given) {
        (Some(BlockType::Permanent), Some(_)) => {
            return Err(Error::invalid("duration_hours", "does not go with a permanent block"));
        }
        (Some(kind), _) => kind,
        (None, Some(_)) => BlockType::Temporary,
        (None, None) => settings.block_type,
    };
    Ok(rules::expiry(kind, given.unwrap_or(settings.block_duration_hours), now))
}

fn checked_reason(reason: Option<String>) -> Result<Option<String>, Error> {
    let reason = reason.map(|reason| reason.trim().to_owned()).filter(|reason| !reason.is_empty());
    match &reason {
        Some(text) if text.chars().count() > LONGEST_REASON || text.contains('\0') => {
            Err(Error::invalid("reason", format!("has at most {LONGEST_REASON} characters and no NUL")))
        }
        _ => Ok(reason),
    }
}

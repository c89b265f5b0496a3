//! Carries the rules out for a call that was just logged.

use std::sync::Arc;

use switchboard_model::{BlockedContact, Call, CallBlocking, CallStatus, EventBody, SessionId, Timestamp};
use switchboard_store::{
    StoreError, Tx,
    blocked_contacts::{BlockedRow, NetworkBlock},
    call_settings,
    calls::{self, CallRow},
    sessions,
};

use super::{
    WINDOW, blocks,
    rules::{self, Verdict},
    tell_network,
};
use crate::{Core, Error, engine::Link, events::emit, messages::Draft};

const OVER_THE_LIMIT: &str = "more calls in 24 hours than the limit allows";

/// Judges a call and rejects it if it must be. Errors are logged: the caller rings on, and the next call is judged anew.
pub(crate) async fn guard(core: Core, session: SessionId, link: Arc<dyn Link>, call: Call) {
    if let Err(error) = carry_out(&core, &session, &link, &call).await {
        let detail = error.detail().map_or_else(|| error.to_string(), str::to_owned);
        tracing::warn!(%session, error = detail, "a call could not be judged");
    }
}

async fn carry_out(core: &Core, session: &SessionId, link: &Arc<dyn Link>, call: &Call) -> Result<(), Error> {
    let settings = call_settings::get(core.store().reader(), session).await?;
    if !settings.enabled || core.now().since(call.timestamp) > WINDOW {
        return Ok(());
    }
    let reply = core.call_reply(session, call, &settings).await?;
    let case = Case { session: session.clone(), call: call.id.clone(), now: core.now(), settings, reply };
    let outcome = core
        .store()
        .try_write(move |tx| {
            let case = case.clone();
            Box::pin(async move { case.decide(tx).await })
        })
        .await?;
    if outcome.reject {
        link.reject_call(call).await?;
    }
    if outcome.replied {
        core.0.keepers.poke(session);
    }
    if outcome.blocked {
        tell_network(core, session, link).await;
    }
    Ok(())
}

impl Core {
    /// The reply, ready for the ledger, should it be sent.
    async fn call_reply(
        &self,
        session: &SessionId,
        call: &Call,
        settings: &CallBlocking,
    ) -> Result<Option<Draft>, Error> {
        let Some(text) = &settings.auto_reply_message else { return Ok(None) };
        let Some(session) = sessions::find(self.store().reader(), session).await? else { return Ok(None) };
        self.draft_text(&session, call.from.jid.clone(), text.clone()).await.map(Some)
    }
}

/// Everything that a call is judged by, apart from what the database knows.
#[derive(Clone)]
struct Case {
    session: SessionId,
    call: String,
    now: Timestamp,
    settings: CallBlocking,
    reply: Option<Draft>,
}

/// What is left to do once the decision is committed.
#[derive(Default)]
struct Outcome {
    reject: bool,
    replied: bool,
    blocked: bool,
}

impl Case {
    async fn decide(&self, tx: &mut Tx) -> Result<Outcome, Error> {
        let Some(row) = calls::find(tx, &self.session, &self.call).await? else { return Ok(Outcome::default()) };
        match row.status {
            // Told of again: decided before, and perhaps not heard.
            CallStatus::Rejected => return Ok(Outcome { reject: true, ..Outcome::default() }),
            CallStatus::Ringing | CallStatus::Missed => {}
            CallStatus::Accepted | CallStatus::Ended => return Ok(Outcome::default()),
        }
        let blocked = blocks::in_force(tx, &self.session, &row.call.from, self.now).await?.is_some();
        let count = calls::count_up_to(tx, &self.session, &row, self.now.before(WINDOW)).await?;
        let verdict = rules::judge(&self.settings, blocked, count);
        if verdict == Verdict::Let {
            return Ok(Outcome::default());
        }
        if verdict == Verdict::RejectAndBlock {
            self.block(tx, &row).await?;
        }
        let reject = row.status == CallStatus::Ringing;
        let replied = reject && self.reject(tx, &row).await?;
        Ok(Outcome { reject, replied, blocked: verdict == Verdict::RejectAndBlock })
    }

    async fn block(&self, tx: &mut Tx, row: &CallRow) -> Result<(), StoreError> {
        let CallBlocking { block_type, block_duration_hours: hours, also_block_on_whatsapp, .. } = self.settings;
        let block = BlockedContact {
            id: blocks::new_id(),
            contact: row.call.from.clone(),
            reason: Some(OVER_THE_LIMIT.to_owned()),
            blocked_at: self.now,
            expires_at: rules::expiry(block_type, hours, self.now),
        };
        let network = if also_block_on_whatsapp { NetworkBlock::Wanted } else { NetworkBlock::None };
        blocks::put(tx, BlockedRow { session: self.session.clone(), block, network }, self.now).await
    }

    /// Tells whether a reply goes out.
    async fn reject(&self, tx: &mut Tx, row: &CallRow) -> Result<bool, Error> {
        let CallRow { call, .. } = row;
        calls::advance(tx, &self.session, &call.id, CallStatus::Rejected).await?;
        let body = EventBody::CallRejected { id: call.id.clone(), from: call.from.clone(), elsewhere: false };
        emit(tx, &self.session, self.now, &body).await?;
        let Some(reply) = &self.reply else { return Ok(false) };
        let last = calls::last_reply(tx, &self.session, &call.from).await?;
        if !rules::reply_due(&self.settings, last, self.now) {
            return Ok(false);
        }
        reply.write(tx).await?;
        calls::note_reply(tx, &self.session, &call.id).await?;
        Ok(true)
    }
}

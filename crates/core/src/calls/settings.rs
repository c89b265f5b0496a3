//! What a session does about calls.

use switchboard_model::{BlockType, CallBlocking, SessionId};
use switchboard_store::{Tx, call_settings};

use crate::{Caller, Core, Error, caller::Scope};

const LONGEST_BLOCK: u32 = 24 * 366;
const HIGHEST_LIMIT: u32 = 1_000;
const LONGEST_INTERVAL: u32 = 30 * 24 * 3600;
const LONGEST_REPLY: usize = 4_096;

/// What is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct CallBlockingChange {
    pub enabled: Option<bool>,
    pub daily_limit: Option<u32>,
    pub block_type: Option<BlockType>,
    pub block_duration_hours: Option<u32>,
    /// `Some(None)`: no reply.
    pub auto_reply_message: Option<Option<String>>,
    pub auto_reply_min_interval_seconds: Option<u32>,
    pub also_block_on_whatsapp: Option<bool>,
}

impl Core {
    pub async fn call_blocking(&self, caller: &Caller, session: &SessionId) -> Result<CallBlocking, Error> {
        self.session_for(caller, session, Scope::Calls).await?;
        Ok(call_settings::get(self.store().reader(), session).await?)
    }

    /// Changes what is given, all of it or nothing.
    pub async fn change_call_blocking(
        &self,
        caller: &Caller,
        session: &SessionId,
        change: CallBlockingChange,
    ) -> Result<CallBlocking, Error> {
        self.session_for(caller, session, Scope::Calls).await?;
        let session = session.clone();
        self.store()
            .try_write(move |tx| {
                let (session, change) = (session.clone(), change.clone());
                Box::pin(async move { apply(tx, &session, change).await })
            })
            .await
    }
}

async fn apply(tx: &mut Tx, session: &SessionId, change: CallBlockingChange) -> Result<CallBlocking, Error> {
    let settings = change.onto(call_settings::get(tx, session).await?)?;
    call_settings::put(tx, session, &settings).await?;
    Ok(settings)
}

impl CallBlockingChange {
    fn onto(self, was: CallBlocking) -> Result<CallBlocking, Error> {
        let limit = |limit| within("daily_limit", limit, 1, HIGHEST_LIMIT);
        let interval = |seconds| within("auto_reply_min_interval_seconds", seconds, 0, LONGEST_INTERVAL);
        Ok(CallBlocking {
            enabled: self.enabled.unwrap_or(was.enabled),
            daily_limit: self.daily_limit.map_or(Ok(was.daily_limit), limit)?,
            block_type: self.block_type.unwrap_or(was.block_type),
            block_duration_hours: self
                .block_duration_hours
                .map_or(Ok(was.block_duration_hours), |hours| checked_hours("block_duration_hours", hours))?,
            auto_reply_message: self.auto_reply_message.map_or(Ok(was.auto_reply_message), checked_reply)?,
            auto_reply_min_interval_seconds: self
                .auto_reply_min_interval_seconds
                .map_or(Ok(was.auto_reply_min_interval_seconds), interval)?,
            also_block_on_whatsapp: self.also_block_on_whatsapp.unwrap_or(was.also_block_on_whatsapp),
        })
    }
}

pub(super) fn checked_hours(field: &str, hours: u32) -> Result<u32, Error> {
    within(field, hours, 1, LONGEST_BLOCK)
}

fn within(field: &str, value: u32, least: u32, most: u32) -> Result<u32, Error> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    Err(Error::invalid(field, format!("is a number from {least} to {most}")))
}

/// An empty text is none.
fn checked_reply(text: Option<String>) -> Result<Option<String>, Error> {
    let text = text.filter(|text| !text.trim().is_empty());
    match &text {
        Some(text) if text.chars().count() > LONGEST_REPLY || text.contains('\0') => {
            Err(Error::invalid("auto_reply_message", format!("has at most {LONGEST_REPLY} characters and no NUL")))
        }
        _ => Ok(text),
    }
}

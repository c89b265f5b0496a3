//! Who asked for a bot's credentials in vain.

use std::{net::IpAddr, sync::PoisonError, time::Duration};

use switchboard_model::SessionId;
use switchboard_store::{audit, sessions};

use super::count;
use crate::{Caller, Core, Error};

/// Somebody who tries again and again fills no table.
const NOTED_EVERY: Duration = Duration::from_secs(60);

impl Core {
    /// Writes a refusal down: the bot, what was wrong with the credential, and where it came from. Each kind once a
    /// minute for each bot; all are counted.
    pub async fn note_refusal(&self, bot: &SessionId, error: &Error, from: Option<IpAddr>) {
        if !matches!(error, Error::Unauthenticated(_) | Error::Forbidden(_)) {
            return;
        }
        count("refused");
        let known = sessions::find(self.store().reader(), bot).await;
        if !matches!(known, Ok(Some(_))) || !self.first_refusal_for_a_while(bot, error.code()) {
            return;
        }
        let mut entry = self.audit(&Caller::System, "session.refused", bot.as_str());
        let place = from.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string());
        entry.detail = format!("{} from {place}", error.code());
        let write = self.store().write(move |tx| {
            let entry = entry.clone();
            Box::pin(async move { audit::insert(tx, &entry).await })
        });
        if let Err(error) = write.await {
            tracing::warn!(session = %bot, %error, "a refusal could not be written down");
        }
    }

    fn first_refusal_for_a_while(&self, bot: &SessionId, code: &str) -> bool {
        let (key, now) = (format!("refused {code} {bot}"), self.now());
        let mut noted = self.0.identity.noted_uses.lock().unwrap_or_else(PoisonError::into_inner);
        let due = noted.get(&key).is_none_or(|last| now.since(*last) >= NOTED_EVERY);
        if due {
            noted.insert(key, now);
        }
        due
    }
}

//! The session token: a credential for one bot, with the bot's own credentials sealed inside.
//!
//! Sealed for the gateway alone, they tell later whether the token still speaks of the link that it was given for:
//! once the bot is linked anew, it is worth nothing. Keys and message state never travel in it.

use std::net::IpAddr;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use switchboard_model::{EventBody, SessionId, Timestamp};
use switchboard_store::{StoreError, audit, handovers, handovers::HandoverRow};

use super::{ExpiresIn, SessionToken, claim::not_linked, count};
use crate::{
    Admitted, Caller, Core, Error,
    engine::{Exported, Form},
    events::emit,
    login::Validity,
};

pub(crate) const AUDIENCE: &str = "bots";

/// For whom a token is made.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Minted {
    #[serde(rename = "sub")]
    pub(super) session: SessionId,
    /// Empty where nothing was handed over.
    pub(super) lease: String,
    pub(super) holder: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    #[serde(flatten)]
    of: Minted,
    /// [`Carried`], sealed.
    creds: String,
}

#[derive(Serialize, Deserialize)]
struct Carried {
    /// Names the link.
    mark: String,
    creds: Value,
}

impl Core {
    /// A new token. By the holder it renews the lease as well; where nothing is handed over it hands nothing over.
    pub async fn session_token(
        &self,
        caller: &Caller,
        id: &SessionId,
        expires_in: ExpiresIn,
    ) -> Result<SessionToken, Error> {
        let session = self.bot(caller, id).await?;
        let now = self.now();
        let expires_at = now.after(expires_in.duration());
        let held = handovers::find(self.store().reader(), id).await?;
        if let Some(row) = &held
            && !caller.holds(row)
        {
            return Err(super::held(row));
        }
        if held.is_none() && !session.linked {
            return Err(not_linked(id));
        }
        let exported = self.export(self.state_rows(id).await?, Form::Baileys7).await?;
        let lease = match held {
            Some(row) => self.renew(caller, row, expires_at, now).await?,
            None => String::new(),
        };
        let minted = Minted { session: id.clone(), lease, holder: caller.holder() };
        let token = self.mint(minted, &exported, expires_at).await?;
        count("token");
        Ok(SessionToken { token, expires_at })
    }

    /// The holder's own wish counts, shorter or longer.
    async fn renew(
        &self,
        caller: &Caller,
        row: HandoverRow,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<String, Error> {
        let lease = row.lease.clone();
        let mut entry = self.audit(caller, "session.renew_lease", row.session.as_str());
        entry.detail = format!("lease {lease}");
        self.store()
            .try_write(move |tx| {
                let row = HandoverRow { renewed_at: now, expires_at, expired: false, ..row.clone() };
                let entry = entry.clone();
                Box::pin(async move {
                    if !handovers::update(tx, &row).await? {
                        return Err(super::ended(&row.session));
                    }
                    let (lease, holder) = (row.lease.clone(), row.holder.clone());
                    let body = EventBody::HandoverRenewed { lease, holder, expires_at };
                    emit(tx, &row.session, now, &body).await?;
                    Ok(audit::insert(tx, &entry).await?)
                })
            })
            .await?;
        count("renewed");
        Ok(lease)
    }

    pub(super) async fn mint(&self, of: Minted, exported: &Exported, until: Timestamp) -> Result<SecretString, Error> {
        let mark = self.0.engine.link_mark(&of.session).await?.ok_or_else(|| not_linked(&of.session))?;
        let carried = Carried { mark, creds: exported.state.get("creds").cloned().unwrap_or_default() };
        let carried = serde_json::to_vec(&carried).map_err(Error::internal)?;
        let (session, lease) = (of.session.clone(), of.lease.clone());
        let sealed = self
            .store()
            .write(move |tx| {
                let (session, lease, carried) = (session.clone(), lease.clone(), carried.clone());
                Box::pin(async move { handovers::seal_token(tx, &session, &lease, &carried).await })
            })
            .await?;
        let claims = Claims { of, creds: BASE64_URL_SAFE_NO_PAD.encode(sealed) };
        self.issue_token(Validity { audience: AUDIENCE, from: self.now(), until }, &claims).await
    }

    /// Whom a session token stands for, if it is still good. Its use is counted, like the vain ones.
    pub(crate) async fn caller_of_session_token(&self, token: &str, from: Option<IpAddr>) -> Result<Admitted, Error> {
        let judged = self.judged(token, from).await;
        count(if judged.is_ok() { "token_used" } else { "token_refused" });
        judged
    }

    /// Asks for its link, its lease and the credential it was given to.
    async fn judged(&self, token: &str, from: Option<IpAddr>) -> Result<Admitted, Error> {
        let (Claims { of, creds }, until) = self.verify_token(token, AUDIENCE).await?;
        let Minted { session, lease, holder } = of;
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(creds).map_err(|_| worthless())?;
        let carried = handovers::open_token(self.store().reader(), &session, &lease, &sealed).await;
        let carried = carried.map_err(|error| match error {
            // Sealed for another bot or lease, or for one that was deleted since.
            StoreError::Sealed { .. } | StoreError::Corrupt(_) => worthless(),
            other => other.into(),
        })?;
        let Carried { mark, .. } = serde_json::from_slice(&carried).map_err(|_| worthless())?;
        if self.0.engine.link_mark(&session).await? != Some(mark) {
            return Err(Error::Unauthenticated("the bot was linked anew: fetch its session again".to_owned()));
        }
        if !lease.is_empty() {
            let row = handovers::find(self.store().reader(), &session).await?;
            if row.is_none_or(|row| row.lease != lease) {
                return Err(Error::Unauthenticated("the hand-over that this token belongs to has ended".to_owned()));
            }
        }
        self.still_in_force(&holder, from).await?;
        Ok(Admitted { caller: Caller::SessionToken { session, lease, holder }, until: Some(until) })
    }
}

fn worthless() -> Error {
    Error::Unauthenticated("the token is not valid".to_owned())
}

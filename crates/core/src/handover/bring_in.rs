//! Sessions that come from elsewhere with the auth state of another client.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use switchboard_model::{Desired, EventBody, Origin, Session, SessionId, SessionState};
use switchboard_store::{StoreError, audit, sessions};

use super::back::{replace_state, unreadable};
use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::Restored,
    events::emit,
    sessions::{checked_name, may_make_sessions},
};

/// A session to be brought in.
#[derive(Clone, Debug)]
pub struct BringIn {
    pub id: Option<SessionId>,
    pub name: Option<String>,
    /// `{creds, keys}` as Baileys keeps it, or the rows of a whatsmeow store under `whatsmeow`.
    pub state: Value,
}

/// What a state holds, or held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    pub phone: Option<String>,
    /// How many records of each kind come along.
    pub records: BTreeMap<String, usize>,
    /// What does not.
    pub warnings: Vec<String>,
}

impl Core {
    /// What a state would bring along, without bringing it in.
    pub async fn look_into(&self, caller: &Caller, state: Value) -> Result<Contents, Error> {
        caller.require(Scope::Sessions)?;
        Ok(contents(&self.read_state(state).await?))
    }

    /// Makes a session that goes on as the device that the state belongs to. It stays disconnected until it is told to
    /// connect: by then the other client must have stopped, for good.
    pub async fn bring_in(&self, caller: &Caller, order: BringIn) -> Result<(Session, Contents), Error> {
        may_make_sessions(caller)?;
        let restored = self.read_state(order.state).await?;
        let id = order.id.unwrap_or_else(SessionId::generate);
        let now = self.now();
        let session = Session {
            name: checked_name(order.name.unwrap_or_else(|| id.to_string()))?,
            id,
            owner: caller.owner(),
            origin: Origin::Import,
            desired: Desired::Disconnected,
            state: SessionState::Disconnected { reason: "brought in from elsewhere".to_owned(), retry_at: None },
            phone: restored.phone.clone(),
            lid: restored.lid.clone(),
            linked: true,
            created_at: now,
            updated_at: now,
        };
        let told = contents(&restored);
        let (row, rows) = (session.clone(), Arc::new(restored.rows));
        let entry = self.audit(caller, "session.bring_in", session.id.as_str());
        let write = self.store().try_write(move |tx| {
            let (row, rows, entry) = (row.clone(), Arc::clone(&rows), entry.clone());
            Box::pin(async move {
                sessions::insert(tx, &row).await.map_err(|error| match error {
                    StoreError::Conflict(_) => {
                        Error::Conflict(format!("a session `{}` exists already: choose another id", row.id))
                    }
                    other => other.into(),
                })?;
                replace_state(tx, &row.id, &rows).await?;
                emit(tx, &row.id, now, &EventBody::SessionCreated { name: row.name.clone() }).await?;
                audit::insert(tx, &entry).await.map_err(Error::from)
            })
        });
        write.await?;
        Ok((session, told))
    }

    async fn read_state(&self, state: Value) -> Result<Restored, Error> {
        let engine = Arc::clone(&self.0.engine);
        let restored = tokio::task::spawn_blocking(move || engine.import(&[], &state)).await;
        restored.map_err(Error::internal)?.map_err(unreadable)
    }
}

fn contents(restored: &Restored) -> Contents {
    let mut records = BTreeMap::new();
    for row in &restored.rows {
        *records.entry(row.name.clone()).or_default() += 1;
    }
    let phone = restored.phone.as_ref().map(ToString::to_string);
    Contents { phone, records, warnings: restored.warnings.clone() }
}

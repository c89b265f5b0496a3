//! What a session is called and what it keeps.

use switchboard_model::{Session, SessionId, SessionSettings};
use switchboard_store::{Conn, StoreError, Tx, audit, sessions};

use super::{SessionView, commands::checked_name};
use crate::{Caller, Core, Error, caller::Scope};

/// About a hundred years.
const MOST_DAYS: u32 = 36_500;

/// What is absent stays as it is.
#[derive(Clone, Debug, Default)]
pub struct SessionChange {
    pub name: Option<String>,
    pub store_messages: Option<bool>,
    /// `Some(None)`: for good.
    pub keep_messages_days: Option<Option<u32>>,
}

impl Core {
    /// Changes what is given, all of it or nothing.
    pub async fn change_session(
        &self,
        caller: &Caller,
        id: &SessionId,
        change: SessionChange,
    ) -> Result<SessionView, Error> {
        let session = self.session_for(caller, id, Scope::Sessions).await?;
        let change = change.checked()?;
        let (now, entry) = (self.now(), self.audit(caller, "session.change", id.as_str()));
        let session = Session { updated_at: now, ..session };
        self.store()
            .write(move |tx| {
                let (session, change, entry) = (session.clone(), change.clone(), entry.clone());
                Box::pin(async move {
                    apply(tx, session, change).await?;
                    audit::insert(tx, &entry).await.map(drop)
                })
            })
            .await?;
        self.keep_file(id).await;
        self.session(caller, id).await
    }
}

/// What applies to a session.
pub(crate) async fn of(db: &impl Conn, id: &SessionId) -> Result<SessionSettings, StoreError> {
    match sessions::settings(db, id).await? {
        Some(json) => serde_json::from_slice(&json).map_err(|error| unreadable(&error)),
        None => Ok(SessionSettings::default()),
    }
}

async fn apply(tx: &mut Tx, session: Session, change: SessionChange) -> Result<(), StoreError> {
    let Some(current) = sessions::find(tx, &session.id).await? else { return Ok(()) };
    if let Some(name) = change.name {
        sessions::update(tx, &Session { name, updated_at: session.updated_at, ..current }).await?;
    }
    let was = of(tx, &session.id).await?;
    let settings = SessionSettings {
        store_messages: change.store_messages.unwrap_or(was.store_messages),
        keep_messages_days: change.keep_messages_days.unwrap_or(was.keep_messages_days),
    };
    if settings != was {
        let json = serde_json::to_vec(&settings).map_err(|error| unreadable(&error))?;
        sessions::set_settings(tx, &session.id, &json).await?;
    }
    Ok(())
}

fn unreadable(error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt(format!("the settings of a session: {error}"))
}

impl SessionChange {
    fn checked(self) -> Result<Self, Error> {
        if let Some(Some(days)) = self.keep_messages_days
            && !(1..=MOST_DAYS).contains(&days)
        {
            let reason = format!("is a number of days from 1 to {MOST_DAYS}, or null to keep them for good");
            return Err(Error::invalid("keep_messages_days", reason));
        }
        Ok(Self { name: self.name.map(checked_name).transpose()?, ..self })
    }
}

//! What can be asked of a session. Every command may be repeated: the second time it changes nothing.

use switchboard_model::{Desired, EventBody, Origin, Phone, Session, SessionId, SessionState};
use switchboard_store::{StoreError, Tx, handovers, sessions};

use super::{SessionView, state::Step, transition};
use crate::{Caller, Core, Error, caller::Scope, engine::Pairing, events::emit, finish::to_the_end, handover::held};

const LONGEST_NAME: usize = 200;

#[derive(Clone, Debug)]
pub struct CreateSession {
    pub id: Option<SessionId>,
    pub name: Option<String>,
    pub origin: Origin,
}

/// How to link an account when none is linked yet.
#[derive(Clone, Debug, Default)]
pub enum Pair {
    #[default]
    Qr,
    Code {
        phone: Phone,
    },
}

impl Core {
    /// Makes a session, not yet connected. The id is the client's, or generated; a taken one is a conflict.
    pub async fn create_session(&self, caller: &Caller, order: CreateSession) -> Result<Session, Error> {
        may_make_sessions(caller)?;
        let id = order.id.unwrap_or_else(SessionId::generate);
        let name = checked_name(order.name.unwrap_or_else(|| id.to_string()))?;
        let now = self.now();
        let session = Session {
            id,
            name,
            owner: caller.owner(),
            origin: order.origin,
            desired: Desired::Disconnected,
            state: SessionState::Created,
            phone: None,
            lid: None,
            linked: false,
            created_at: now,
            updated_at: now,
        };
        let row = session.clone();
        let created = self.store().write(move |tx| {
            let row = row.clone();
            Box::pin(async move { insert(tx, &row).await })
        });
        match created.await {
            Ok(()) => Ok(session),
            Err(StoreError::Conflict(_)) => {
                Err(Error::Conflict(format!("a session `{}` exists already: choose another id", session.id)))
            }
            Err(error) => Err(error.into()),
        }
    }

    pub async fn rename_session(&self, caller: &Caller, id: &SessionId, name: String) -> Result<SessionView, Error> {
        let session = self.session_for(caller, id, Scope::Sessions).await?;
        let row = Session { name: checked_name(name)?, updated_at: self.now(), ..session };
        self.store()
            .write(move |tx| {
                let id = row.id.clone();
                let name = row.name.clone();
                let at = row.updated_at;
                Box::pin(async move {
                    let Some(current) = sessions::find(tx, &id).await? else { return Ok(false) };
                    sessions::update(tx, &Session { name, updated_at: at, ..current }).await
                })
            })
            .await?;
        self.keep_file(id).await;
        self.session(caller, id).await
    }

    /// Wants the session connected: resumes the link, or begins pairing where there is none.
    pub async fn connect(&self, caller: &Caller, id: &SessionId, pair: Pair) -> Result<SessionView, Error> {
        let session = self.session_for(caller, id, Scope::Sessions).await?;
        self.not_handed_over(id).await?;
        let pairing = match pair {
            Pair::Qr => Pairing::Qr,
            Pair::Code { phone } => Pairing::Code { phone },
        };
        // A code that waits is for one way only. One QR code after the other comes by itself.
        let by_code = matches!(session.state, SessionState::WaitingCode { .. });
        let restart = session.state.awaits_pairing() && (by_code || matches!(pairing, Pairing::Code { .. }));
        if restart {
            self.expect_here(id).await?;
            self.0.keepers.stop(id, "pairing starts anew").await;
        }
        self.want(id, Desired::Connected, Some(Step::Start)).await?;
        self.0.keepers.start(self, id, pairing);
        self.session(caller, id).await
    }

    /// Ends the connection and keeps the link, over restarts too.
    pub async fn disconnect(&self, caller: &Caller, id: &SessionId) -> Result<SessionView, Error> {
        self.session_for(caller, id, Scope::Sessions).await?;
        self.expect_here(id).await?;
        self.want(id, Desired::Disconnected, None).await?;
        self.0.keepers.stop(id, "disconnected as asked").await;
        self.store_down(id).await?;
        self.session(caller, id).await
    }

    /// Ends the connection, if there is one, and begins anew.
    pub async fn reconnect(&self, caller: &Caller, id: &SessionId, pair: Pair) -> Result<SessionView, Error> {
        let (core, caller, id) = (self.clone(), caller.clone(), id.clone());
        to_the_end(async move {
            core.disconnect(&caller, &id).await?;
            core.connect(&caller, &id, pair).await
        })
        .await
    }

    /// Only its holder can connect or unlink a session that is handed over.
    pub(super) async fn not_handed_over(&self, id: &SessionId) -> Result<(), Error> {
        match handovers::find(self.store().reader(), id).await? {
            Some(row) => Err(held(&row)),
            None => Ok(()),
        }
    }

    pub(super) async fn want(&self, id: &SessionId, desired: Desired, step: Option<Step>) -> Result<(), Error> {
        let (id, now) = (id.clone(), self.now());
        self.store()
            .write(move |tx| {
                let (id, step) = (id.clone(), step.clone());
                Box::pin(async move {
                    sessions::set_desired(tx, &id, desired, now).await?;
                    match step {
                        Some(step) => transition::step(tx, &id, step, now).await.map(drop),
                        None => Ok(()),
                    }
                })
            })
            .await?;
        Ok(())
    }

    /// A session whose keeper was not running, or waited for its next try, is shown as stopped too.
    async fn store_down(&self, id: &SessionId) -> Result<(), Error> {
        let down = Step::Down { reason: "disconnected as asked".to_owned(), retry_at: None };
        transition::commit(self, id, down).await?;
        Ok(())
    }
}

async fn insert(tx: &mut Tx, session: &Session) -> Result<(), StoreError> {
    sessions::insert(tx, session).await?;
    emit(tx, &session.id, session.created_at, &EventBody::SessionCreated { name: session.name.clone() }).await
}

pub(crate) fn may_make_sessions(caller: &Caller) -> Result<(), Error> {
    caller.require(Scope::Sessions)?;
    match caller.only_session() {
        Some(only) => Err(Error::Forbidden(format!("this key is good for session {only} alone"))),
        None => Ok(()),
    }
}

pub(crate) fn checked_name(name: String) -> Result<String, Error> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > LONGEST_NAME {
        return Err(Error::invalid("name", format!("has 1 to {LONGEST_NAME} characters")));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "must not contain control characters"));
    }
    Ok(name)
}

//! Who wants the events of a session. Kept in memory and asked for every event, so it must cost next to nothing:
//! the version of all webhooks comes along with the lock of the event log, and the rest is a look into two maps.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use switchboard_model::{SessionId, UserId, WebhookState};

use crate::{
    Conn, StoreError, Tx, log,
    webhooks::{self, WebhookRow},
};

/// A webhook, as far as matching an event needs it.
#[derive(Debug)]
pub struct Subscriber {
    pub id: String,
    /// Empty for all kinds.
    pub kinds: Vec<String>,
    pub ignored_chats: Vec<String>,
}

/// All webhooks that gather deliveries.
#[derive(Debug, Default)]
struct Index {
    of_session: HashMap<SessionId, Vec<Arc<Subscriber>>>,
    of_owner: HashMap<UserId, Vec<Arc<Subscriber>>>,
}

type Versioned = (i64, Arc<Index>);

/// What the process knows, and what one transaction has learned beyond that.
#[derive(Clone, Default)]
pub(crate) struct Subscribers {
    shared: Arc<RwLock<Versioned>>,
    own: Option<Versioned>,
    owners: BTreeMap<SessionId, UserId>,
}

/// Those who may want the events of a session. To be asked after the event was appended.
pub async fn subscribers(tx: &mut Tx, session: &SessionId) -> Result<Vec<Arc<Subscriber>>, StoreError> {
    let index = current(tx).await?;
    let mut found = index.of_session.get(session).cloned().unwrap_or_default();
    if !index.of_owner.is_empty()
        && let Some(owner) = owner_of(tx, session).await?
    {
        found.extend(index.of_owner.get(&owner).into_iter().flatten().cloned());
    }
    Ok(found)
}

async fn current(tx: &mut Tx) -> Result<Arc<Index>, StoreError> {
    let version = log::webhooks_version(tx).await?;
    let known = tx.state.subscribers.own.clone().filter(|(own, _)| *own == version);
    if let Some(index) = known.map(|(_, index)| index).or_else(|| tx.state.subscribers.shared(version)) {
        return Ok(index);
    }
    let index = Arc::new(load(tx).await?);
    tx.state.subscribers.own = Some((version, index.clone()));
    Ok(index)
}

async fn load(tx: &Tx) -> Result<Index, StoreError> {
    let mut index = Index::default();
    let select = webhooks::select().and_where(Expr::col("state").ne(WebhookState::Disabled.as_str())).take();
    for row in webhooks::read_all(tx, &select).await? {
        let WebhookRow { id, owner, session, kinds, ignored_chats, .. } = row;
        let subscriber = Arc::new(Subscriber { id, kinds, ignored_chats });
        match session {
            Some(session) => index.of_session.entry(session).or_default().push(subscriber),
            None => index.of_owner.entry(owner).or_default().push(subscriber),
        }
    }
    Ok(index)
}

/// Read once for each session of a transaction.
async fn owner_of(tx: &mut Tx, session: &SessionId) -> Result<Option<UserId>, StoreError> {
    if let Some(owner) = tx.state.subscribers.owners.get(session) {
        return Ok(Some(*owner));
    }
    let select =
        Query::select().column("owner_id").from("sessions").and_where(Expr::col("id").eq(session.as_str())).take();
    let Some(row) = tx.one(&select).await? else { return Ok(None) };
    let owner = UserId(row.get("owner_id")?);
    tx.state.subscribers.owners.insert(session.clone(), owner);
    Ok(Some(owner))
}

impl Subscribers {
    fn shared(&self, version: i64) -> Option<Arc<Index>> {
        let shared = self.shared.read().unwrap_or_else(PoisonError::into_inner);
        (shared.0 == version).then(|| shared.1.clone())
    }

    /// After the commit: what the transaction learned is true for all.
    pub(crate) fn publish(self) {
        let Some(own) = self.own else { return };
        let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        if own.0 > shared.0 {
            *shared = own;
        }
    }
}

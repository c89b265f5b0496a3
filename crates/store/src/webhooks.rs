//! Webhooks: who wants which events delivered where. Addresses, headers, names and secrets are sealed.
//!
//! Every change also moves a version, under the lock of the event log: whoever appends events sees at no cost whether
//! the subscriptions it knows are still the current ones.

use std::time::Duration;

use sea_orm::sea_query::{Cond, Expr, ExprTrait, Order, Query, SelectStatement};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use switchboard_model::{SessionId, Timestamp, UserId, WebhookDialect, WebhookMode, WebhookState};
use zeroize::Zeroizing;

use crate::{
    Conn, Row, StoreError, Tx, counters, leases, log,
    vault::{Cell, Scope},
};

pub use crate::subscribers::{Subscriber, subscribers};

/// The counter that moves with every change.
pub(crate) const VERSION: &str = "webhooks";

const COLUMNS: [&str; 12] = [
    "id",
    "owner_id",
    "session_id",
    "own_of_session",
    "kinds",
    "mode",
    "dialect",
    "state",
    "reason",
    "private",
    "created_at",
    "updated_at",
];

#[derive(Clone, Debug)]
pub struct WebhookRow {
    /// A UUIDv7, so webhooks sort by age.
    pub id: String,
    pub owner: UserId,
    /// Set if only this session's events are wanted; else those of all the owner's sessions.
    pub session: Option<SessionId>,
    /// The one webhook that a session has on the surface that knows no other kind.
    pub own_of_session: bool,
    /// Empty for all kinds.
    pub kinds: Vec<String>,
    pub mode: WebhookMode,
    pub dialect: WebhookDialect,
    pub state: WebhookState,
    /// Why it is disabled.
    pub reason: Option<String>,
    pub name: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// Addresses of chats whose events are not wanted.
    pub ignored_chats: Vec<String>,
    /// Newest first. Each signs until its time is over.
    pub secrets: Vec<WebhookSecret>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Clone, Debug)]
pub struct WebhookSecret {
    pub value: SecretString,
    pub until: Option<Timestamp>,
}

/// Which webhooks a list holds; what is absent does not restrict it.
#[derive(Clone, Debug, Default)]
pub struct WebhookFilter {
    pub owner: Option<UserId>,
    pub session: Option<SessionId>,
    /// Only those older than this one.
    pub before: Option<String>,
}

pub async fn insert(tx: &mut Tx, webhook: &WebhookRow) -> Result<(), StoreError> {
    changed(tx).await?;
    let private = seal(tx, webhook).await?;
    let mut columns = COLUMNS.to_vec();
    columns.extend(["holder", "held_until"]);
    let insert = Query::insert()
        .into_table("webhooks")
        .columns(columns)
        .values_panic([
            webhook.id.as_str().into(),
            webhook.owner.0.into(),
            webhook.session.as_ref().map(SessionId::as_str).into(),
            i64::from(webhook.own_of_session).into(),
            webhook.kinds.join(" ").into(),
            webhook.mode.as_str().into(),
            webhook.dialect.as_str().into(),
            webhook.state.as_str().into(),
            webhook.reason.as_deref().into(),
            private.into(),
            webhook.created_at.millis().into(),
            webhook.updated_at.millis().into(),
            "".into(),
            0i64.into(),
        ])
        .take();
    tx.execute(&insert).await.map(drop)
}

/// Writes everything that may change; tells whether there is such a webhook.
pub async fn update(tx: &mut Tx, webhook: &WebhookRow) -> Result<bool, StoreError> {
    changed(tx).await?;
    let private = seal(tx, webhook).await?;
    let update = Query::update()
        .table("webhooks")
        .value("kinds", webhook.kinds.join(" "))
        .value("mode", webhook.mode.as_str())
        .value("dialect", webhook.dialect.as_str())
        .value("state", webhook.state.as_str())
        .value("reason", webhook.reason.clone())
        .value("private", private)
        .value("updated_at", webhook.updated_at.millis())
        .and_where(Expr::col("id").eq(webhook.id.as_str()))
        .take();
    Ok(tx.execute(&update).await? > 0)
}

/// Tells whether there was one. Its deliveries are left for [`sweep`](crate::deliveries::sweep).
pub async fn delete(tx: &mut Tx, id: &str) -> Result<bool, StoreError> {
    changed(tx).await?;
    let delete = Query::delete().from_table("webhooks").and_where(Expr::col("id").eq(id)).take();
    Ok(tx.execute(&delete).await? > 0)
}

/// To be called before a session is deleted.
pub async fn forget_session(tx: &mut Tx, session: &SessionId) -> Result<(), StoreError> {
    let of_session = Expr::col("session_id").eq(session.as_str());
    let delete = Query::delete().from_table("webhooks").and_where(of_session).take();
    if tx.execute(&delete).await? > 0 {
        changed(tx).await?;
    }
    Ok(())
}

pub async fn find(db: &impl Conn, id: &str) -> Result<Option<WebhookRow>, StoreError> {
    one(db, &select().and_where(Expr::col("id").eq(id)).take()).await
}

/// The one webhook of a session.
pub async fn own_of_session(db: &impl Conn, session: &SessionId) -> Result<Option<WebhookRow>, StoreError> {
    let mut select = select();
    select.and_where(Expr::col("session_id").eq(session.as_str())).and_where(Expr::col("own_of_session").eq(1i64));
    one(db, &select).await
}

/// A page of webhooks, newest first.
pub async fn list(db: &impl Conn, filter: &WebhookFilter, limit: u64) -> Result<Vec<WebhookRow>, StoreError> {
    let wanted = Cond::all()
        .add_option(filter.owner.map(|owner| Expr::col("owner_id").eq(owner.0)))
        .add_option(filter.session.as_ref().map(|session| Expr::col("session_id").eq(session.as_str())))
        .add_option(filter.before.as_deref().map(|id| Expr::col("id").lt(id)));
    let page = select().cond_where(wanted).order_by("id", Order::Desc).limit(limit).take();
    read_all(db, &page).await
}

/// Moves with every change of any webhook, also by another replica.
pub async fn version(db: &impl Conn) -> Result<i64, StoreError> {
    Ok(counters::get(db, VERSION).await?.unwrap_or(0))
}

/// Tells those who deliver that there is something to look at again.
pub async fn changed(tx: &mut Tx) -> Result<(), StoreError> {
    log::lock_out(tx).await?;
    let version = counters::next(tx, VERSION).await?;
    log::note_webhooks(tx, version);
    Ok(())
}

/// Makes whoever holds a webhook look at its deliveries again.
pub async fn touch(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    changed(tx).await?;
    let update = Query::update()
        .table("webhooks")
        .value("updated_at", Expr::col("updated_at").add(1i64))
        .and_where(Expr::col("id").eq(id))
        .take();
    tx.execute(&update).await.map(drop)
}

/// Takes every webhook that nobody holds, and keeps those already held, by the database's clock.
pub async fn hold(tx: &mut Tx, holder: &str, lasts: Duration) -> Result<u64, StoreError> {
    let free = Expr::col("held_until").lt(leases::now(tx)).or(Expr::col("holder").eq(holder));
    let update = Query::update()
        .table("webhooks")
        .value("holder", holder)
        .value("held_until", leases::now(tx).add(leases::millis(lasts)))
        .cond_where(Cond::all().add(free))
        .take();
    tx.execute(&update).await
}

/// Lets others have them at once.
pub async fn release(tx: &mut Tx, holder: &str) -> Result<u64, StoreError> {
    let update = Query::update()
        .table("webhooks")
        .value("held_until", 0i64)
        .value("holder", "")
        .and_where(Expr::col("holder").eq(holder))
        .take();
    tx.execute(&update).await
}

pub async fn held_by(db: &impl Conn, holder: &str) -> Result<Vec<WebhookRow>, StoreError> {
    read_all(db, &select().and_where(Expr::col("holder").eq(holder)).take()).await
}

pub(crate) fn select() -> SelectStatement {
    Query::select().columns(COLUMNS).from("webhooks").take()
}

async fn one(db: &impl Conn, select: &SelectStatement) -> Result<Option<WebhookRow>, StoreError> {
    match db.one(select).await? {
        Some(row) => read(db, &row).await.map(Some),
        None => Ok(None),
    }
}

pub(crate) async fn read_all(db: &impl Conn, select: &SelectStatement) -> Result<Vec<WebhookRow>, StoreError> {
    let mut webhooks = Vec::new();
    for row in db.all(select).await? {
        webhooks.push(read(db, &row).await?);
    }
    Ok(webhooks)
}

async fn read(db: &impl Conn, row: &Row) -> Result<WebhookRow, StoreError> {
    let id: String = row.get("id")?;
    let opened = Zeroizing::new(db.open(cell(&id), &row.get::<Vec<u8>>("private")?).await?);
    let private: Private = serde_json::from_slice(&opened).map_err(StoreError::corrupt)?;
    let secrets = private.secrets.into_iter().map(|s| WebhookSecret { value: s.value.into(), until: s.until });
    Ok(WebhookRow {
        id,
        owner: UserId(row.get("owner_id")?),
        session: row.parse_opt("session_id")?,
        own_of_session: row.get::<i64>("own_of_session")? == 1,
        kinds: row.get::<String>("kinds")?.split_whitespace().map(str::to_owned).collect(),
        mode: word(row, "mode", WebhookMode::parse)?,
        dialect: word(row, "dialect", WebhookDialect::parse)?,
        state: word(row, "state", WebhookState::parse)?,
        reason: row.get("reason")?,
        name: private.name,
        url: private.url,
        headers: private.headers,
        ignored_chats: private.ignored_chats,
        secrets: secrets.collect(),
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

pub(crate) fn word<T>(row: &Row, column: &str, parse: fn(&str) -> Option<T>) -> Result<T, StoreError> {
    let word: String = row.get(column)?;
    parse(&word).ok_or_else(|| StoreError::Corrupt(format!("`{word}` is no value of column {column}")))
}

/// What is sealed, in one piece.
#[derive(Serialize, Deserialize)]
struct Private {
    name: String,
    url: String,
    headers: Vec<(String, String)>,
    ignored_chats: Vec<String>,
    secrets: Vec<PlainSecret>,
}

#[derive(Serialize, Deserialize)]
struct PlainSecret {
    value: String,
    until: Option<Timestamp>,
}

async fn seal(tx: &mut Tx, webhook: &WebhookRow) -> Result<Vec<u8>, StoreError> {
    let plain = |s: &WebhookSecret| PlainSecret { value: s.value.expose_secret().to_owned(), until: s.until };
    let private = Private {
        name: webhook.name.clone(),
        url: webhook.url.clone(),
        headers: webhook.headers.clone(),
        ignored_chats: webhook.ignored_chats.clone(),
        secrets: webhook.secrets.iter().map(plain).collect(),
    };
    let json = Zeroizing::new(serde_json::to_vec(&private).map_err(StoreError::corrupt)?);
    tx.seal(cell(&webhook.id), &json).await
}

fn cell(id: &str) -> Cell<'_> {
    Cell { scope: Scope::Gateway, table: "webhooks", column: "private", row: id }
}

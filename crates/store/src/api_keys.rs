//! API keys: only their SHA-256 is stored, beside a prefix by which people know them.

use sea_orm::sea_query::{Cond, Expr, ExprTrait, Order, Query, SelectStatement};
use switchboard_model::{SessionId, Timestamp, UserId};

use crate::{
    Conn, Row, StoreError, Tx,
    fixed::{Fixed, hole},
};

const COLUMNS: [&str; 12] = [
    "id",
    "owner_id",
    "session_id",
    "scopes",
    "name",
    "prefix",
    "hash",
    "expires_at",
    "last_used_at",
    "revoked_at",
    "created_at",
    "allowed_ips",
];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKeyRow {
    /// A UUIDv7, so keys sort by age.
    pub id: String,
    pub owner: UserId,
    /// Set if the key opens this session only.
    pub session: Option<SessionId>,
    /// Separated by spaces.
    pub scopes: String,
    pub name: String,
    pub prefix: String,
    /// SHA-256 of the whole key, in lower-case hexadecimal.
    pub hash: String,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// Addresses and CIDRs separated by spaces; empty allows every address.
    pub allowed_ips: String,
}

pub async fn insert(tx: &mut Tx, key: &ApiKeyRow) -> Result<(), StoreError> {
    let millis = |time: Option<Timestamp>| time.map(Timestamp::millis);
    let insert = Query::insert()
        .into_table("api_keys")
        .columns(COLUMNS)
        .values_panic([
            key.id.as_str().into(),
            key.owner.0.into(),
            key.session.as_ref().map(SessionId::as_str).into(),
            key.scopes.as_str().into(),
            key.name.as_str().into(),
            key.prefix.as_str().into(),
            key.hash.as_str().into(),
            millis(key.expires_at).into(),
            millis(key.last_used_at).into(),
            millis(key.revoked_at).into(),
            key.created_at.millis().into(),
            key.allowed_ips.as_str().into(),
        ])
        .take();
    tx.execute(&insert).await.map(drop)
}

pub async fn find(db: &impl Conn, id: &str) -> Result<Option<ApiKeyRow>, StoreError> {
    db.one(select().and_where(Expr::col("id").eq(id))).await?.as_ref().map(read).transpose()
}

/// Revoked and expired keys are found too: the caller tells them apart.
pub async fn find_by_hash(db: &impl Conn, hash: &str) -> Result<Option<ApiKeyRow>, StoreError> {
    static FIND: Fixed = Fixed::new(|dialect| dialect.build(&select().and_where(Expr::col("hash").eq(hole())).take()));
    db.one_raw(FIND.with(db.dialect(), [hash.into()])).await?.as_ref().map(read).transpose()
}

/// A page of keys, newest first, older than the key `before`; of one owner or of all.
pub async fn list(
    db: &impl Conn,
    owner: Option<UserId>,
    before: Option<&str>,
    limit: u64,
) -> Result<Vec<ApiKeyRow>, StoreError> {
    let wanted = Cond::all()
        .add_option(owner.map(|owner| Expr::col("owner_id").eq(owner.0)))
        .add_option(before.map(|id| Expr::col("id").lt(id)));
    let page = select().cond_where(wanted).order_by("id", Order::Desc).limit(limit).take();
    db.all(&page).await?.iter().map(read).collect()
}

pub async fn of_session(db: &impl Conn, session: &SessionId) -> Result<Vec<ApiKeyRow>, StoreError> {
    let keys = select().and_where(Expr::col("session_id").eq(session.as_str())).order_by("id", Order::Asc).take();
    db.all(&keys).await?.iter().map(read).collect()
}

/// Tells whether the key was in force until now.
pub async fn revoke(tx: &mut Tx, id: &str, at: Timestamp) -> Result<bool, StoreError> {
    let update = Query::update()
        .table("api_keys")
        .value("revoked_at", at.millis())
        .and_where(Expr::col("id").eq(id))
        .and_where(Expr::col("revoked_at").is_null())
        .take();
    Ok(tx.execute(&update).await? > 0)
}

/// Deletes the keys of a session that go by this name.
pub async fn delete_named(tx: &mut Tx, session: &SessionId, name: &str) -> Result<u64, StoreError> {
    let delete = Query::delete()
        .from_table("api_keys")
        .and_where(Expr::col("session_id").eq(session.as_str()))
        .and_where(Expr::col("name").eq(name))
        .take();
    tx.execute(&delete).await
}

/// Notes a use; an earlier time never replaces a later one.
pub async fn touch(tx: &mut Tx, id: &str, at: Timestamp) -> Result<(), StoreError> {
    let older = Cond::any().add(Expr::col("last_used_at").is_null()).add(Expr::col("last_used_at").lt(at.millis()));
    let update = Query::update()
        .table("api_keys")
        .value("last_used_at", at.millis())
        .and_where(Expr::col("id").eq(id))
        .cond_where(older)
        .take();
    tx.execute(&update).await.map(drop)
}

fn select() -> SelectStatement {
    Query::select().columns(COLUMNS).from("api_keys").take()
}

fn read(row: &Row) -> Result<ApiKeyRow, StoreError> {
    Ok(ApiKeyRow {
        id: row.get("id")?,
        owner: UserId(row.get("owner_id")?),
        session: row.parse_opt("session_id")?,
        scopes: row.get("scopes")?,
        name: row.get("name")?,
        prefix: row.get("prefix")?,
        hash: row.get("hash")?,
        expires_at: row.time_opt("expires_at")?,
        last_used_at: row.time_opt("last_used_at")?,
        revoked_at: row.time_opt("revoked_at")?,
        created_at: row.time("created_at")?,
        allowed_ips: row.get("allowed_ips")?,
    })
}

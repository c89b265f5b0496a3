//! Sessions: their row, their state and their sealed settings.

use sea_orm::sea_query::{Cond, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};
use switchboard_model::{Desired, Origin, Session, SessionId, SessionState, Timestamp, UserId};

use crate::{
    Conn, Row, StoreError, Tx,
    fixed::{Fixed, hole},
    vault::{Cell, Scope},
};

const COLUMNS: [&str; 12] = [
    "id",
    "owner_id",
    "name",
    "origin",
    "desired",
    "state",
    "state_detail",
    "phone",
    "lid",
    "linked",
    "created_at",
    "updated_at",
];

/// Which sessions a list holds; what is absent does not restrict it.
#[derive(Clone, Debug, Default)]
pub struct SessionFilter {
    pub owner: Option<UserId>,
    pub origin: Option<Origin>,
    pub desired: Option<Desired>,
    pub phone: Option<String>,
}

/// Fails with [`StoreError::Conflict`] if the id is taken. Settings begin as `{}`.
pub async fn insert(tx: &mut Tx, session: &Session) -> Result<(), StoreError> {
    let detail = seal_state(tx, &session.id, &session.state).await?;
    let settings = tx.seal(cell(&session.id, "settings"), b"{}").await?;
    let mut columns = COLUMNS.to_vec();
    columns.push("settings");
    let insert = Query::insert()
        .into_table("sessions")
        .columns(columns)
        .values_panic([
            session.id.as_str().into(),
            session.owner.0.into(),
            session.name.as_str().into(),
            session.origin.as_str().into(),
            session.desired.as_str().into(),
            session.state.word().into(),
            detail.into(),
            session.phone.as_ref().map(ToString::to_string).into(),
            session.lid.as_ref().map(ToString::to_string).into(),
            i64::from(session.linked).into(),
            session.created_at.millis().into(),
            session.updated_at.millis().into(),
            settings.into(),
        ])
        .take();
    tx.execute(&insert).await.map(drop)
}

/// Writes everything but owner, origin and settings. Tells whether the session exists.
pub async fn update(tx: &mut Tx, session: &Session) -> Result<bool, StoreError> {
    let detail = seal_state(tx, &session.id, &session.state).await?;
    let values: [(&str, SimpleExpr); 8] = [
        ("name", session.name.as_str().into()),
        ("desired", session.desired.as_str().into()),
        ("state", session.state.word().into()),
        ("state_detail", detail.into()),
        ("phone", session.phone.as_ref().map(ToString::to_string).into()),
        ("lid", session.lid.as_ref().map(ToString::to_string).into()),
        ("linked", i64::from(session.linked).into()),
        ("updated_at", session.updated_at.millis().into()),
    ];
    let update = Query::update().table("sessions").values(values).and_where(is(&session.id)).take();
    Ok(tx.execute(&update).await? > 0)
}

pub async fn set_state(tx: &mut Tx, id: &SessionId, state: &SessionState, at: Timestamp) -> Result<bool, StoreError> {
    let detail = seal_state(tx, id, state).await?;
    let update = Query::update()
        .table("sessions")
        .value("state", state.word())
        .value("state_detail", detail)
        .value("updated_at", at.millis())
        .and_where(is(id))
        .take();
    Ok(tx.execute(&update).await? > 0)
}

pub async fn set_desired(tx: &mut Tx, id: &SessionId, desired: Desired, at: Timestamp) -> Result<bool, StoreError> {
    let update = Query::update()
        .table("sessions")
        .value("desired", desired.as_str())
        .value("updated_at", at.millis())
        .and_where(is(id))
        .take();
    Ok(tx.execute(&update).await? > 0)
}

pub async fn find(db: &impl Conn, id: &SessionId) -> Result<Option<Session>, StoreError> {
    static FIND: Fixed = Fixed::new(|dialect| dialect.build(&select().and_where(Expr::col("id").eq(hole())).take()));
    match db.one_raw(FIND.with(db.dialect(), [id.as_str().into()])).await? {
        Some(row) => read(db, &row).await.map(Some),
        None => Ok(None),
    }
}

/// A page by id, behind `after`.
pub async fn list(
    db: &impl Conn,
    filter: &SessionFilter,
    after: Option<&SessionId>,
    limit: u64,
) -> Result<Vec<Session>, StoreError> {
    let wanted = Cond::all()
        .add_option(filter.owner.map(|owner| Expr::col("owner_id").eq(owner.0)))
        .add_option(filter.origin.map(|origin| Expr::col("origin").eq(origin.as_str())))
        .add_option(filter.desired.map(|desired| Expr::col("desired").eq(desired.as_str())))
        .add_option(filter.phone.as_ref().map(|phone| Expr::col("phone").eq(phone.as_str())))
        .add_option(after.map(|id| Expr::col("id").gt(id.as_str())));
    let page = select().cond_where(wanted).order_by("id", Order::Asc).limit(limit).take();
    let mut sessions = Vec::new();
    for row in db.all(&page).await? {
        sessions.push(read(db, &row).await?);
    }
    Ok(sessions)
}

pub async fn count(db: &impl Conn) -> Result<i64, StoreError> {
    let select = Query::select().expr_as(Expr::col("id").count(), "found").from("sessions").take();
    db.one(&select).await?.map_or(Ok(0), |row| row.get("found"))
}

/// How many sessions there are for each word of what is wanted and of what is.
pub async fn tally(db: &impl Conn) -> Result<Vec<(Desired, String, i64)>, StoreError> {
    let select = Query::select()
        .columns(["desired", "state"])
        .expr_as(Expr::col("id").count(), "found")
        .from("sessions")
        .group_by_columns(["desired", "state"])
        .take();
    let read = |row: &Row| {
        let desired: String = row.get("desired")?;
        let desired = Desired::parse(&desired)
            .ok_or_else(|| StoreError::Corrupt(format!("`{desired}` is nothing a session can be wanted to be")))?;
        Ok((desired, row.get("state")?, row.get("found")?))
    };
    db.all(&select).await?.iter().map(read).collect()
}

/// Deletes a session with its keys and the engine's state; its events stay.
pub async fn delete(tx: &mut Tx, id: &SessionId) -> Result<bool, StoreError> {
    let delete = Query::delete().from_table("sessions").and_where(is(id)).take();
    Ok(tx.execute(&delete).await? > 0)
}

/// The session's settings as JSON text.
pub async fn settings(db: &impl Conn, id: &SessionId) -> Result<Option<Vec<u8>>, StoreError> {
    static SETTINGS: Fixed = Fixed::new(|dialect| {
        dialect.build(&Query::select().column("settings").from("sessions").and_where(Expr::col("id").eq(hole())).take())
    });
    match db.one_raw(SETTINGS.with(db.dialect(), [id.as_str().into()])).await? {
        Some(row) => db.open(cell(id, "settings"), &row.get::<Vec<u8>>("settings")?).await.map(Some),
        None => Ok(None),
    }
}

pub async fn set_settings(tx: &mut Tx, id: &SessionId, json: &[u8]) -> Result<bool, StoreError> {
    let sealed = tx.seal(cell(id, "settings"), json).await?;
    let update = Query::update().table("sessions").value("settings", sealed).and_where(is(id)).take();
    Ok(tx.execute(&update).await? > 0)
}

fn select() -> SelectStatement {
    Query::select().columns(COLUMNS).from("sessions").take()
}

fn is(id: &SessionId) -> SimpleExpr {
    Expr::col("id").eq(id.as_str())
}

/// Sealed, because a state may tell of people: the reason of a logout, the hint of a passkey.
async fn seal_state(tx: &mut Tx, id: &SessionId, state: &SessionState) -> Result<Vec<u8>, StoreError> {
    let json = serde_json::to_vec(state).map_err(StoreError::corrupt)?;
    tx.seal(cell(id, "state_detail"), &json).await
}

async fn read(db: &impl Conn, row: &Row) -> Result<Session, StoreError> {
    let id: SessionId = row.parse("id")?;
    let sealed: Vec<u8> = row.get("state_detail")?;
    let detail = db.open(cell(&id, "state_detail"), &sealed).await?;
    Ok(Session {
        owner: UserId(row.get("owner_id")?),
        name: row.get("name")?,
        origin: word(row, "origin", Origin::parse)?,
        desired: word(row, "desired", Desired::parse)?,
        state: serde_json::from_slice(&detail).map_err(StoreError::corrupt)?,
        phone: row.parse_opt("phone")?,
        lid: row.parse_opt("lid")?,
        linked: row.get::<i64>("linked")? != 0,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        id,
    })
}

fn word<T>(row: &Row, column: &str, parse: fn(&str) -> Option<T>) -> Result<T, StoreError> {
    let word: String = row.get(column)?;
    parse(&word).ok_or_else(|| StoreError::Corrupt(format!("column {column} holds the unknown word `{word}`")))
}

fn cell<'a>(id: &'a SessionId, column: &'static str) -> Cell<'a> {
    Cell { scope: Scope::Session(id), table: "sessions", column, row: id.as_str() }
}

//! Brings a database to this program's schema, or says why it cannot.

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};
use switchboard_model::Timestamp;

use super::{
    Migration, Step, all,
    columns::{Columns, primary_key},
    newest as newest_known,
};
use crate::{Dialect, StoreError};

/// Marks a migration whose last step is done.
const DONE: i64 = -1;
/// Any number will do, as long as only this program uses it.
const LOCK: i64 = 7_823_640_119;

/// `db` must be a pool of one: the locks belong to the connection.
pub(crate) async fn run(db: &DatabaseConnection, now: Timestamp) -> Result<(), StoreError> {
    let dialect = db.get_database_backend();
    if dialect == Dialect::MySql {
        return stepwise(db, now).await;
    }
    let mode = Some(SqliteTransactionMode::Immediate);
    let options = TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() };
    let tx = db.begin_with_options(options).await?;
    if dialect == Dialect::Postgres {
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    in_one_piece(&tx, now).await?;
    Ok(tx.commit().await?)
}

/// The schema's version, if the database is of this program's; changes nothing.
pub(crate) async fn check_current(db: &impl ConnectionTrait) -> Result<i64, StoreError> {
    let recorded = recorded(db).await?;
    let missing = all().into_iter().find(|migration| !recorded.contains(&(migration.number, DONE)));
    match (missing, recorded.last()) {
        (None, Some((newest, _))) if *newest > newest_known() => {
            Err(StoreError::NewerSchema { found: *newest, known: newest_known() })
        }
        (None, _) => Ok(newest_known()),
        (Some(migration), _) => Err(StoreError::HalfMigrated(format!(
            "migration {} ({}) has not been run; start the gateway once with this version",
            migration.number, migration.name
        ))),
    }
}

async fn in_one_piece(tx: &DatabaseTransaction, now: Timestamp) -> Result<(), StoreError> {
    let dialect = tx.get_database_backend();
    for (migration, done) in plan(tx).await? {
        if done.is_some() {
            return Err(half_done(&migration));
        }
        for step in (migration.steps)(dialect) {
            tx.execute_raw(step.build(dialect)).await?;
        }
        record(tx, &migration, DONE, now).await?;
    }
    check_tables(tx).await
}

/// MySQL commits every step by itself; the record tells a later start where to go on.
async fn stepwise(db: &DatabaseConnection, now: Timestamp) -> Result<(), StoreError> {
    let got = named_lock(db, "GET_LOCK", ", 60").await?;
    if got != Some(1) {
        return Err(StoreError::Busy("another program has been changing the schema for a minute".to_owned()));
    }
    let result = all_steps(db, now).await;
    named_lock(db, "RELEASE_LOCK", "").await?;
    result
}

/// Lock names have at most 64 characters, so the database's name goes in as a digest.
async fn named_lock(db: &DatabaseConnection, function: &str, more: &str) -> Result<Option<i64>, StoreError> {
    let sql = format!("SELECT CAST({function}(CONCAT('switchboard.', MD5(DATABASE())){more}) AS SIGNED) AS got");
    let row = db.query_one_raw(Statement::from_string(Dialect::MySql, sql)).await?;
    Ok(row.map(|row| row.try_get("", "got")).transpose()?.flatten())
}

async fn all_steps(db: &DatabaseConnection, now: Timestamp) -> Result<(), StoreError> {
    for (migration, done) in plan(db).await? {
        let first = usize::try_from(done.unwrap_or(0)).map_err(|_| half_done(&migration))?;
        if done.is_none() {
            record(db, &migration, 0, now).await?;
        }
        let steps = (migration.steps)(Dialect::MySql);
        let last = steps.len();
        for (at, step) in steps.iter().enumerate().skip(first) {
            // A crash may have come between the first repeated step and its record.
            let may_be_done = at == first && done.is_some();
            run_step(db, step, may_be_done).await?;
            let reached = if at + 1 == last { DONE } else { i64::try_from(at + 1).unwrap_or(DONE) };
            record(db, &migration, reached, now).await?;
        }
    }
    check_tables(db).await
}

async fn run_step(db: &DatabaseConnection, step: &Step, may_be_done: bool) -> Result<(), StoreError> {
    match db.execute_raw(step.build(Dialect::MySql)).await {
        Ok(_) => Ok(()),
        Err(error) if may_be_done && says_done(&error) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// MySQL's "exists already" for tables, columns, indexes and rows, and its "is not there" for what is dropped.
fn says_done(error: &DbErr) -> bool {
    let (DbErr::Exec(sea_orm::RuntimeErr::SqlxError(e)) | DbErr::Query(sea_orm::RuntimeErr::SqlxError(e))) = error
    else {
        return false;
    };
    let sqlx::Error::Database(e) = e.as_ref() else { return false };
    e.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()
        .is_some_and(|e| matches!(e.number(), 1050 | 1060 | 1061 | 1062 | 1091))
}

/// The migrations still to run, each with the number of steps already done if it was begun.
async fn plan(db: &impl ConnectionTrait) -> Result<Vec<(Migration, Option<i64>)>, StoreError> {
    make_record(db).await?;
    let recorded = recorded(db).await?;
    let known = all();
    let newest_known = newest_known();
    if let Some((found, _)) = recorded.last().filter(|(number, _)| *number > newest_known) {
        return Err(StoreError::NewerSchema { found: *found, known: newest_known });
    }
    let done = |migration: &Migration| recorded.iter().find(|(number, _)| *number == migration.number).map(|(_, s)| *s);
    let mut open: Vec<(Migration, Option<i64>)> = Vec::new();
    for migration in known {
        match (done(&migration), open.first()) {
            (Some(DONE), None) => {}
            (Some(DONE), Some((earlier, _))) => return Err(half_done(earlier)),
            (other, _) => open.push((migration, other)),
        }
    }
    Ok(open)
}

async fn make_record(db: &impl ConnectionTrait) -> Result<(), StoreError> {
    let c = Columns(db.get_database_backend());
    let table = c
        .table("schema_migrations")
        .if_not_exists()
        .col(c.int("number"))
        .col(c.key("name", 64))
        .col(c.int("steps_done"))
        .col(c.int("at"))
        .primary_key(&mut primary_key(&["number"]))
        .take();
    db.execute(&table).await?;
    Ok(())
}

async fn recorded(db: &impl ConnectionTrait) -> Result<Vec<(i64, i64)>, StoreError> {
    let select = Query::select().columns(["number", "steps_done"]).from("schema_migrations").take();
    let rows = db.query_all(&select).await?;
    let mut recorded = rows
        .iter()
        .map(|row| Ok((row.try_get("", "number")?, row.try_get("", "steps_done")?)))
        .collect::<Result<Vec<(i64, i64)>, DbErr>>()?;
    recorded.sort_unstable();
    Ok(recorded)
}

async fn record(
    db: &impl ConnectionTrait,
    migration: &Migration,
    steps: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let update = Query::update()
        .table("schema_migrations")
        .values([("steps_done", steps.into()), ("at", now.millis().into())])
        .and_where(Expr::col("number").eq(migration.number))
        .take();
    if db.execute(&update).await?.rows_affected() > 0 {
        return Ok(());
    }
    let insert = Query::insert()
        .into_table("schema_migrations")
        .columns(["number", "name", "steps_done", "at"])
        .values_panic([migration.number.into(), migration.name.into(), steps.into(), now.millis().into()])
        .take();
    db.execute(&insert).await?;
    Ok(())
}

/// Every table must be there with every column: an upgrade that died, or a hand that helped, is noticed here.
async fn check_tables(db: &impl ConnectionTrait) -> Result<(), StoreError> {
    let dialect = db.get_database_backend();
    for step in all().iter().flat_map(|migration| (migration.steps)(dialect)) {
        let Step::Table(table) = step else { continue };
        let Some(name) = table.get_table_name().cloned() else { continue };
        let columns = table.get_columns().iter().map(sea_orm::sea_query::ColumnDef::get_column_name);
        let mut probe: SelectStatement = Query::select();
        probe.columns(columns.map(|column| column.to_owned())).from(name).and_where(Expr::val(1).eq(0));
        db.query_all(&probe).await.map_err(|e| StoreError::HalfMigrated(e.to_string()))?;
    }
    Ok(())
}

fn half_done(migration: &Migration) -> StoreError {
    StoreError::HalfMigrated(format!("migration {} ({}) was begun and not finished", migration.number, migration.name))
}

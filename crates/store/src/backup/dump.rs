//! Writing a backup of a database that may be in use.

use std::{io::Write, sync::Arc};

use sea_orm::{
    AccessMode, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, IsolationLevel, TransactionOptions,
    TransactionTrait as _,
    sea_query::{Expr, ExprTrait as _, Order, Query},
};
use serde_json::Value;
use switchboard_model::Timestamp;

use super::{
    Contents, Frame, frames,
    tables::{self, Table},
};
use crate::{
    Conn as _, DatabaseUrl, Dialect, MasterKey, Reader, StoreError,
    conn::Reading,
    migrations,
    vault::{self, Vault},
};

/// How many rows are read at once and make a frame.
const PAGE: u64 = 500;

/// Writes everything as it is at one moment. The database must be of this version and have this master key; nothing in
/// it is changed, and gateways that use it go on.
pub async fn dump(
    url: &DatabaseUrl,
    master_key: MasterKey,
    now: Timestamp,
    out: impl Write + Send,
) -> Result<Contents, StoreError> {
    let pools = url.connect(1).await?;
    let reader = Reader { db: Reading::Pool(pools.reader.clone()), vault: Arc::new(Vault::new(master_key)) };
    let dumped = checked(&pools.reader, &reader, now, out).await;
    // Both are about to be dropped anyway.
    drop((pools.reader.close().await, pools.writer.close().await));
    dumped.map_err(|error| url.explain(error))
}

async fn checked(
    db: &DatabaseConnection,
    reader: &Reader,
    now: Timestamp,
    out: impl Write + Send,
) -> Result<Contents, StoreError> {
    let schema = migrations::check_current(db).await?;
    vault::check_reading(reader).await?;
    let tx = moment(db, reader.dialect()).await?;
    let mut file = frames::Writer::begin(out)?;
    file.put(&reader.vault, &Frame::Head { made_at: now.millis(), schema })?;
    let mut count = 0;
    for table in tables::all(reader.dialect()) {
        count += rows(&tx, &reader.vault, &table, &mut file).await?;
    }
    tx.commit().await?;
    file.put(&reader.vault, &Frame::End { rows: count })?;
    file.end()?;
    Ok(Contents { made_at: now.millis(), schema, rows: count })
}

/// A transaction that sees the database as it is at its first look, whatever is written meanwhile.
async fn moment(db: &DatabaseConnection, dialect: Dialect) -> Result<DatabaseTransaction, StoreError> {
    let mut options = TransactionOptions::default();
    // SQLite sees one moment in every transaction, and knows no other words for it.
    if dialect != Dialect::Sqlite {
        options.isolation_level = Some(IsolationLevel::RepeatableRead);
        options.access_mode = Some(AccessMode::ReadOnly);
    }
    Ok(db.begin_with_options(options).await?)
}

async fn rows<W: Write>(
    tx: &DatabaseTransaction,
    vault: &Vault,
    table: &Table,
    file: &mut frames::Writer<W>,
) -> Result<u64, StoreError> {
    let (mut count, mut last) = (0, None);
    loop {
        let page = page(tx, table, last.as_ref()).await?;
        let Some(newest) = page.last() else { return Ok(count) };
        last = Some(newest.clone());
        count += page.len() as u64;
        file.put(vault, &frame(table, page))?;
    }
}

/// The next rows behind `last`, by their key.
async fn page(
    tx: &DatabaseTransaction,
    table: &Table,
    last: Option<&Vec<Value>>,
) -> Result<Vec<Vec<Value>>, StoreError> {
    let mut select = Query::select().columns(table.column_names()).from(table.name.clone()).limit(PAGE).take();
    for column in &table.key {
        select.order_by(column.clone(), Order::Asc);
    }
    if let Some(last) = last {
        let columns: Vec<_> = table.key.iter().map(|column| Expr::col(column.clone())).collect();
        let reached = Expr::tuple(table.key_of(last)?.into_iter().map(Expr::val));
        select.and_where(Expr::tuple(columns).gt(reached));
    }
    let found = tx.query_all(&select).await?;
    found.iter().map(|row| table.columns.iter().map(|column| column.read(row)).collect()).collect()
}

fn frame(table: &Table, rows: Vec<Vec<Value>>) -> Frame {
    Frame::Rows { table: table.name.clone(), columns: table.column_names(), rows }
}

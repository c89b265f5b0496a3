//! Putting a backup into an empty database.

use std::io::BufRead;

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use serde_json::Value;

use super::{
    Contents, Frame, frames,
    tables::{self, Table},
};
use crate::{Conn, StoreError, Tx, leases, migrations};

/// Databases limit the parameters of a statement.
const PARAMETERS: usize = 2000;
/// No reader of the log has come so far since the backup was made.
const AHEAD: i64 = 1_000_000;

/// Whether nobody has used this database yet.
pub async fn is_empty(db: &impl Conn) -> Result<bool, StoreError> {
    for table in ["users", "sessions", "events"] {
        let any = Query::select().expr(Expr::val(1i64)).from(table).limit(1).take();
        if db.one(&any).await?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Replaces what an empty database holds by what the file says. No gateway holds anything then: neither sessions nor
/// webhooks nor sinks. Hand-overs stay: their holders are elsewhere.
pub async fn load(tx: &mut Tx, input: impl BufRead + Send) -> Result<Contents, StoreError> {
    let mut file = frames::Reader::begin(input)?;
    let Frame::Head { made_at, schema } = file.next(&tx.vault)? else { return Err(out_of_order()) };
    if schema != migrations::newest() {
        return Err(StoreError::Invalid(format!(
            "the backup is of a database of version {schema} and this program makes version {}: restore it with the \
             program that made it, then update",
            migrations::newest()
        )));
    }
    let tables = tables::all(tx.dialect());
    for table in tables.iter().rev() {
        tx.execute(&Query::delete().from_table(table.name.clone()).take()).await?;
    }
    let mut count = 0;
    loop {
        match file.next(&tx.vault)? {
            Frame::Rows { table, columns, rows } => {
                let known = tables.iter().find(|known| known.name == table && known.column_names() == columns);
                count += rows.len() as u64;
                insert(tx, known.ok_or_else(out_of_order)?, &rows).await?;
            }
            Frame::End { rows } if rows == count => break,
            _ => return Err(out_of_order()),
        }
    }
    let_go(tx).await?;
    Ok(Contents { made_at, schema, rows: count })
}

async fn insert(tx: &mut Tx, table: &Table, rows: &[Vec<Value>]) -> Result<(), StoreError> {
    for chunk in rows.chunks((PARAMETERS / table.columns.len().max(1)).max(1)) {
        let mut insert = Query::insert().into_table(table.name.clone()).columns(table.column_names()).take();
        for row in chunk {
            if row.len() != table.columns.len() {
                return Err(out_of_order());
            }
            let values = table.columns.iter().zip(row).map(|(column, value)| column.write(value).map(Expr::val));
            insert.values_panic(values.collect::<Result<Vec<_>, _>>()?);
        }
        tx.execute(&insert).await?;
    }
    Ok(())
}

async fn let_go(tx: &mut Tx) -> Result<(), StoreError> {
    leases::let_go(tx).await?;
    let release = |table: &'static str| {
        Query::update().table(table).values([("holder", "".into()), ("held_until", 0i64.into())]).take()
    };
    tx.execute(&release("sinks")).await?;
    let jump = Query::update().table("log_head").value("pos", Expr::col("pos").add(AHEAD)).take();
    tx.execute(&jump).await.map(drop)
}

fn out_of_order() -> StoreError {
    StoreError::Corrupt("the backup does not hold what it should".to_owned())
}

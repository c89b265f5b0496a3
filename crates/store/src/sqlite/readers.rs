//! Reads of an SQLite file. Nearly all take some microseconds and run where they are called. One that turns out to be
//! long is broken off and begun again on a thread that may be kept, so that it holds up nobody else.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use rusqlite::Connection;
use sea_orm::Statement;
use tokio::sync::Semaphore;

use super::{Row, connect, rows};
use crate::StoreError;

/// After so many of SQLite's steps it is asked whether a read may go on: some tens of microseconds.
const STEPS: i32 = 1000;
/// How often it may go on where it was called.
const SHORT: u32 = 50;

pub(crate) struct Readers {
    path: PathBuf,
    busy: Duration,
    /// None once closed.
    idle: Mutex<Option<Vec<Looking>>>,
    long: Semaphore,
}

/// A connection, and how much longer its read may take.
struct Looking {
    connection: Connection,
    left: Arc<AtomicU32>,
}

impl Readers {
    /// At most `long` long reads run at once.
    pub(crate) fn of(path: &Path, busy: Duration, long: u32) -> Self {
        let long = Semaphore::new(long.max(1) as usize);
        Self { path: path.to_owned(), busy, idle: Mutex::new(Some(Vec::new())), long }
    }

    pub(crate) async fn query(self: &Arc<Self>, statement: Statement) -> Result<Vec<Row>, StoreError> {
        match self.look(&statement, SHORT)? {
            Some(rows) => Ok(rows),
            None => self.query_apart(statement).await,
        }
    }

    pub(crate) fn close(&self) {
        *self.idle() = None;
    }

    async fn query_apart(self: &Arc<Self>, statement: Statement) -> Result<Vec<Row>, StoreError> {
        let _turn = self.long.acquire().await.map_err(|_| StoreError::Closed)?;
        let readers = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || readers.look(&statement, u32::MAX)).await;
        let read = read.map_err(|error| StoreError::Database(format!("a long read stopped: {error}")))?;
        read?.ok_or_else(|| StoreError::Database("a read took too long".to_owned()))
    }

    #[cfg(test)]
    pub(super) fn keep_long_ones_waiting(&self) -> tokio::sync::SemaphorePermit<'_> {
        self.long.try_acquire().expect("nobody reads")
    }

    /// None if that was not enough.
    fn look(&self, statement: &Statement, enough: u32) -> Result<Option<Vec<Row>>, StoreError> {
        let looking = self.take()?;
        looking.left.store(enough, Ordering::Relaxed);
        let read = rows(&looking.connection, statement);
        let broken_off = read.is_err() && looking.left.load(Ordering::Relaxed) == 0;
        self.put_back(looking);
        if broken_off { Ok(None) } else { read.map(Some) }
    }

    fn take(&self) -> Result<Looking, StoreError> {
        let idle = self.idle().as_mut().ok_or(StoreError::Closed)?.pop();
        idle.map_or_else(|| Looking::at(&self.path, self.busy), Ok)
    }

    fn put_back(&self, looking: Looking) {
        if let Some(idle) = self.idle().as_mut() {
            idle.push(looking);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Option<Vec<Looking>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Looking {
    fn at(path: &Path, busy: Duration) -> Result<Self, StoreError> {
        let connection = connect(path, busy)?;
        connection.execute_batch("PRAGMA query_only = ON")?;
        let left = Arc::new(AtomicU32::new(0));
        let asked = Arc::clone(&left);
        let is_over = move || {
            let before = asked.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(left.saturating_sub(1)));
            before.is_ok_and(|left| left <= 1)
        };
        connection.progress_handler(STEPS, Some(is_over))?;
        Ok(Self { connection, left })
    }
}

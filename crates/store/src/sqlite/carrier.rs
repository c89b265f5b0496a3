//! How what is in an SQLite file's log comes to its place.
//!
//! Left to itself SQLite lets the commit that makes the log too long carry all of it over, and everybody waits. Here a
//! thread with a connection of its own does that beside the writer. Only the last step is the writer's, since nobody
//! else may write meanwhile: it carries the little that is left, and the log begins anew.

use std::{
    cell::Cell,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI32, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::Connection;

use super::connect;
use crate::StoreError;

/// So many pages more, and they are carried over.
pub(super) const PORTION: i32 = 4000;
/// So many portions, and the log shall begin anew.
const LONG: i32 = 3;
/// So many, and the writer does not leave them to anybody.
const TOO_LONG: i32 = 12;

thread_local! {
    /// How long the log was after this thread's last commit. SQLite tells it to a plain function.
    static PAGES: Cell<i32> = const { Cell::new(0) };
}

/// Ends, and is waited for, when it is dropped.
pub(super) struct Carrier {
    wake: Option<SyncSender<()>>,
    portion: i32,
    too_long: i32,
    /// There is little left for the writer.
    nearly: Arc<AtomicBool>,
    /// How long the log was when the thread was woken.
    asked: AtomicI32,
    thread: Option<JoinHandle<()>>,
}

impl Carrier {
    pub(super) fn start(path: &Path, busy: Duration, portion: i32) -> Result<Self, StoreError> {
        let connection = connect(path, busy)?;
        let ((wake, woken), nearly) = (sync_channel(1), Arc::new(AtomicBool::new(false)));
        let done = Arc::clone(&nearly);
        let thread = thread::Builder::new().name("store-carrier".to_owned());
        let thread = thread.spawn(move || serve(&connection, &woken, LONG * portion, &done));
        let thread = thread.map_err(|error| StoreError::Database(format!("its log gets no thread: {error}")))?;
        Ok(Self {
            wake: Some(wake),
            portion,
            too_long: TOO_LONG * portion,
            nearly,
            asked: AtomicI32::new(0),
            thread: Some(thread),
        })
    }

    /// To be called once for each connection that commits.
    pub(super) fn watch(connection: &Connection) {
        connection.wal_hook(Some(|_, pages| {
            PAGES.set(pages);
            Ok(())
        }));
    }

    /// To be called after each commit, in its thread; the end of a savepoint is none.
    pub(super) fn committed(&self, connection: &Connection) {
        if !connection.is_autocommit() {
            return;
        }
        let pages = PAGES.get();
        if pages < self.asked.load(Ordering::Relaxed) {
            self.asked.store(0, Ordering::Relaxed);
        }
        if self.nearly.swap(false, Ordering::Acquire) || pages > self.too_long {
            carry(connection);
        } else if pages - self.asked.load(Ordering::Relaxed) >= self.portion {
            self.asked.store(pages, Ordering::Relaxed);
            // Still at work with the portion before, it finds this one too.
            let _ = self.wake.as_ref().map(|wake| wake.try_send(()));
        }
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take() {
            // It has said itself why it stopped.
            let _ = thread.join();
        }
    }
}

fn serve(connection: &Connection, woken: &Receiver<()>, long: i32, nearly: &AtomicBool) {
    while woken.recv().is_ok() {
        if carry(connection) > long {
            nearly.store(true, Ordering::Release);
        }
    }
}

/// Carries over what no reader needs where it is; returns how long the log is.
fn carry(connection: &Connection) -> i32 {
    match connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1)) {
        Ok(pages) => pages,
        Err(error) => {
            tracing::warn!(%error, "the database's log cannot be carried over; it grows until that works again");
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use tokio::time::Instant;

    use super::*;

    const SMALL: i32 = 10;

    struct Written {
        path: PathBuf,
        connection: Connection,
        carrier: Carrier,
        _folder: tempfile::TempDir,
    }

    impl Written {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.db");
            let connection = connect(&path, Duration::ZERO).unwrap();
            Carrier::watch(&connection);
            let carrier = Carrier::start(&path, Duration::ZERO, SMALL).unwrap();
            connection.execute_batch("CREATE TABLE numbers (number INTEGER)").unwrap();
            Self { path, connection, carrier, _folder: folder }
        }

        /// One commit more; how long the log is then.
        fn write(&self) -> i32 {
            self.connection.execute("INSERT INTO numbers VALUES (1)", []).unwrap();
            self.carrier.committed(&self.connection);
            PAGES.get()
        }

        fn until_it_begins_anew(&self) {
            let (mut longest, deadline) = (0, Instant::now() + Duration::from_secs(60));
            loop {
                let pages = self.write();
                if pages < longest {
                    return;
                }
                longest = pages;
                assert!(Instant::now() < deadline, "the log goes on");
                thread::yield_now();
            }
        }
    }

    #[test]
    fn a_long_log_begins_anew_and_loses_nothing() {
        let mut file = Written::new();
        // The writer leaves it to the thread for ever.
        file.carrier.too_long = i32::MAX;
        file.until_it_begins_anew();
        let count = "SELECT count(*) FROM numbers";
        let before: i64 = file.connection.query_row(count, [], |row| row.get(0)).unwrap();
        drop((file.connection, file.carrier));
        let again = connect(&file.path, Duration::ZERO).unwrap();
        assert_eq!(again.query_row(count, [], |row| row.get::<_, i64>(0)).unwrap(), before);
    }

    #[test]
    fn a_reader_holds_the_log_and_nobody_else() {
        let file = Written::new();
        let reader = connect(&file.path, Duration::ZERO).unwrap();
        reader.execute_batch("BEGIN; SELECT count(*) FROM numbers").unwrap();
        let mut pages = 0;
        while pages <= (TOO_LONG + 1) * SMALL {
            let longer = file.write();
            assert!(longer > pages, "what the reader needs is gone");
            pages = longer;
        }
        reader.execute_batch("COMMIT").unwrap();
        file.until_it_begins_anew();
    }
}

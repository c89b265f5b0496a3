//! A sender's hand on the send ledger. It writes as the holder of the session's lease or not at all.

use std::time::Duration;

use futures_util::future::BoxFuture;
use switchboard_model::{MessageId, SessionId};
use switchboard_store::{
    StoreError, Tx, leases,
    outbox::{self, OutboxRow},
};

use super::sender::Over;
use crate::{Core, sessions::record};

pub(super) const STORE_PAUSE: Duration = Duration::from_millis(500);

pub(super) struct Ledger {
    pub(super) core: Core,
    pub(super) session: SessionId,
    pub(super) epoch: i64,
}

impl Ledger {
    /// Takes up to `limit` rows that wait. Whether a claim that failed was committed may be unknown, and what it marked
    /// is known to nobody then: all that is marked beside what is `open` here goes back before the next claim.
    pub(super) async fn claim(
        &self,
        limit: u64,
        open: impl Fn() -> Vec<MessageId> + Send,
    ) -> Result<Vec<OutboxRow>, Over> {
        loop {
            let claimed = self.write(move |tx, session| Box::pin(outbox::claim(tx, session, limit))).await;
            match claimed {
                Ok(rows) => return rows.ok_or(Over),
                Err(error) => self.wait_after(&error).await,
            }
            self.put_back(Vec::new(), open()).await?;
        }
    }

    /// Puts back what a crash left behind.
    pub(super) async fn recover(&self) -> Result<(), Over> {
        self.retrying(|tx, session| Box::pin(async move { outbox::recover(tx, session).await.map(drop) })).await
    }

    /// Puts back what is marked as being sent, except for these, and writes down how often each was begun.
    pub(super) async fn put_back(&self, attempts: Vec<(MessageId, i64)>, except: Vec<MessageId>) -> Result<(), Over> {
        self.retrying(move |tx, session| {
            let (attempts, except) = (attempts.clone(), except.clone());
            Box::pin(async move { outbox::put_back(tx, session, &attempts, &except).await })
        })
        .await
    }

    /// Whether anything waits. Where that cannot be read, the claim tells.
    pub(super) async fn any_waiting(&self) -> bool {
        outbox::any_waiting(self.core.store().reader(), &self.session).await.unwrap_or(true)
    }

    /// Settles a message that will never be sent.
    pub(super) async fn give_up(&self, id: &MessageId, reason: &str) -> Result<(), Over> {
        let (failed, reason, now) = (id.clone(), reason.to_owned(), self.core.now());
        self.retrying(move |tx, session| {
            let (id, reason) = (failed.clone(), reason.clone());
            Box::pin(async move {
                outbox::remove(tx, session, &id).await?;
                record::fail(tx, session, &id, &reason, now).await
            })
        })
        .await?;
        self.core.0.waiters.wake(&self.session, id);
        Ok(())
    }

    /// A write that is repeated until the database takes it; the task is aborted if the link goes meanwhile.
    async fn retrying<T: Send + 'static>(
        &self,
        write: impl for<'t> Fn(&'t mut Tx, &'t SessionId) -> BoxFuture<'t, Result<T, StoreError>>
        + Clone
        + Send
        + Sync
        + 'static,
    ) -> Result<T, Over> {
        loop {
            match self.write(write.clone()).await {
                Ok(value) => return value.ok_or(Over),
                Err(error) => self.wait_after(&error).await,
            }
        }
    }

    /// Nothing where the lease is another's: then nothing was written.
    async fn write<T: Send + 'static>(
        &self,
        write: impl for<'t> Fn(&'t mut Tx, &'t SessionId) -> BoxFuture<'t, Result<T, StoreError>>
        + Clone
        + Send
        + Sync
        + 'static,
    ) -> Result<Option<T>, StoreError> {
        let (session, epoch) = (self.session.clone(), self.epoch);
        let written = self.core.store().write(move |tx| {
            let (session, write) = (session.clone(), write.clone());
            Box::pin(async move {
                if !leases::is_current(tx, &session, epoch).await? {
                    return Ok(None);
                }
                write(tx, &session).await.map(Some)
            })
        });
        written.await
    }

    async fn wait_after(&self, error: &StoreError) {
        tracing::warn!(session = %self.session, %error, "the send ledger cannot be written yet");
        tokio::time::sleep(STORE_PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use switchboard_model::Jid;
    use switchboard_store::outbox::Priority;

    use super::*;
    use crate::{Caller, testing::Office};

    const MINUTE: Duration = Duration::from_secs(60);

    fn id(id: &str) -> MessageId {
        MessageId(id.to_owned())
    }

    async fn insert(office: &Office, session: &SessionId, id: &str, chat: &Jid, place: i64) {
        let row = OutboxRow { id: MessageId(id.to_owned()), chat: chat.clone(), finished: Vec::new(), attempts: 0 };
        let session = session.clone();
        let inserted = office.core.store().write(move |tx| {
            let (session, row) = (session.clone(), row.clone());
            Box::pin(async move { outbox::insert(tx, &session, &row, place, Priority::Normal).await })
        });
        inserted.await.expect("inserted");
    }

    /// The ledger of a session whose lease is taken for it.
    async fn ledger(office: &Office) -> Ledger {
        let session = office.session(&Caller::System, "one").await;
        let epoch = take_lease(office, &session).await;
        Ledger { core: office.core.clone(), session, epoch }
    }

    async fn take_lease(office: &Office, session: &SessionId) -> i64 {
        let session = session.clone();
        let taken = office.core.store().write(move |tx| {
            let session = session.clone();
            Box::pin(async move { leases::acquire(tx, &session, "gateway", None, MINUTE).await })
        });
        taken.await.expect("asked").expect("it is free")
    }

    async fn is_sending(ledger: &Ledger, message: &str) -> bool {
        outbox::is_sending(ledger.core.store().reader(), &ledger.session, &id(message)).await.expect("read")
    }

    /// What the sender knows of the rows.
    fn ids(rows: Result<Vec<OutboxRow>, Over>) -> Option<Vec<String>> {
        Some(rows.ok()?.into_iter().map(|row| row.id.0).collect())
    }

    #[tokio::test]
    async fn whoever_has_lost_the_lease_writes_nothing() {
        let office = Office::open().await;
        let ledger = ledger(&office).await;
        let chat = "6281100000002".parse().expect("an address");
        insert(&office, &ledger.session, "A", &chat, 1).await;
        insert(&office, &ledger.session, "B", &chat, 2).await;
        assert_eq!(ids(ledger.claim(1, Vec::new).await), Some(vec!["A".to_owned()]));
        take_lease(&office, &ledger.session).await;
        assert!(ledger.claim(1, Vec::new).await.is_err());
        assert!(ledger.put_back(Vec::new(), Vec::new()).await.is_err());
        assert!(ledger.give_up(&id("A"), "too late").await.is_err());
        assert!(is_sending(&ledger, "A").await && !is_sending(&ledger, "B").await);
    }

    #[tokio::test]
    async fn what_a_claim_in_doubt_has_marked_is_claimed_again() {
        let office = Office::open().await;
        let ledger = ledger(&office).await;
        let chat = "6281100000002".parse().expect("an address");
        insert(&office, &ledger.session, "OPEN", &chat, 1).await;
        insert(&office, &ledger.session, "IN DOUBT", &chat, 2).await;
        // Nobody can read it, so that every claim fails which comes across it.
        insert(&office, &ledger.session, "DAMAGED", &Jid::Newsletter(String::new()), 3).await;
        assert_eq!(ids(ledger.claim(2, Vec::new).await), Some(vec!["OPEN".to_owned(), "IN DOUBT".to_owned()]));
        let mend = async {
            while is_sending(&ledger, "IN DOUBT").await {
                tokio::task::yield_now().await;
            }
            ledger.give_up(&id("DAMAGED"), "it cannot be read").await
        };
        let both = async { tokio::join!(ledger.claim(2, || vec![id("OPEN")]), mend) };
        let (claimed, mended) = tokio::time::timeout(MINUTE, both).await.expect("it is put back");
        assert!(mended.is_ok());
        assert_eq!(ids(claimed), Some(vec!["IN DOUBT".to_owned()]));
        assert!(is_sending(&ledger, "OPEN").await);
    }
}

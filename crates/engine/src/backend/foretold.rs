//! Notes of messages that are on their way in and that the network has no more, under their ids alone: by the time they
//! are stored the engine may have other names for who wrote them.

use super::{
    SessionStore,
    error::{Result, damaged, decode, encode},
    key,
    pending::Orphan,
    sent::split_stamp,
};

const FORETOLD: &str = "foretold";
/// Status posts are shown for a day; who wrote an older one has it no more either.
const KEPT_SECS: i64 = 24 * 3600;

impl SessionStore {
    pub(crate) async fn foretell(&self, coming: &[Orphan]) -> Result<()> {
        let named = |one: &Orphan| encode(&(&one.chat, &one.sender, &one.id));
        let rows = coming.iter().map(|one| Ok(self.stamped(key(&one.id), &named(one)?)));
        self.put_dated(FORETOLD, rows.collect::<Result<_>>()?).await
    }

    /// They are stored, or past helping.
    pub(crate) async fn fulfil(&self, ids: &[&str]) -> Result<()> {
        self.delete(FORETOLD, ids.iter().map(|id| key(id)).collect()).await
    }

    /// Has those looked for that did not come, or not yet.
    pub(crate) async fn miss_foretold(&self) -> Result<()> {
        self.expire_stamped(FORETOLD, self.clock.now().secs() - KEPT_SECS).await?;
        for (_, bytes) in self.all(FORETOLD, "").await? {
            let (_, named) = split_stamp(&bytes).ok_or_else(|| damaged("name of a message"))?;
            let (chat, sender, id) = decode(named)?;
            self.miss(Orphan { chat, sender, id }, true);
        }
        Ok(())
    }
}

//! Sessions that somebody began to connect and never linked.

use std::time::Duration;

use switchboard_model::{Origin, Session};

use super::read::SessionQuery;
use crate::{Caller, Core, Error};

impl Core {
    /// Deletes what the microservice surface made and nobody linked for so long; returns how many.
    pub(crate) async fn clean_up_unlinked(&self, after: Duration) -> Result<usize, Error> {
        let made_before = self.now().before(after);
        let stale = |s: &Session| !s.linked && s.phone.is_none() && s.created_at < made_before;
        let mut query = SessionQuery { origin: Some(Origin::Microservice), ..SessionQuery::default() };
        let mut removed = 0;
        loop {
            let page = self.sessions(&Caller::System, query.clone()).await?;
            for session in page.sessions.iter().filter(|session| stale(session)) {
                match self.delete_session(&Caller::System, &session.id).await {
                    Ok(()) => removed += 1,
                    // Somebody else was faster.
                    Err(Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(removed),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CreateSession, testing::Office};

    #[tokio::test]
    async fn what_was_never_linked_goes_after_its_time_and_nothing_else_does() {
        let office = Office::open().await;
        let day = Duration::from_secs(24 * 3600);
        for (id, origin) in [("a", Origin::Microservice), ("b", Origin::Native), ("linked", Origin::Microservice)] {
            let order = CreateSession { id: Some(id.parse().unwrap()), name: None, origin };
            office.core.create_session(&Caller::System, order).await.unwrap();
        }
        let mut linked = office.core.session(&Caller::System, &"linked".parse().unwrap()).await.unwrap().session;
        linked.linked = true;
        let write = office.core.store().write(move |tx| {
            let linked = linked.clone();
            Box::pin(async move { switchboard_store::sessions::update(tx, &linked).await })
        });
        assert!(write.await.unwrap());
        assert_eq!(office.core.clean_up_unlinked(day).await, Ok(0));
        office.clock.advance(day + Duration::from_secs(1));
        assert_eq!(office.core.clean_up_unlinked(day).await, Ok(1));
        let left = office.core.sessions(&Caller::System, SessionQuery::default()).await.unwrap().sessions;
        assert_eq!(left.iter().map(|session| session.id.as_str()).collect::<Vec<_>>(), ["b", "linked"]);
        assert_eq!(office.core.clean_up_unlinked(day).await, Ok(0));
    }
}

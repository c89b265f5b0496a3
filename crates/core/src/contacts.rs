//! Looking numbers up on the network: each at most once a day, and no more in a day than an account may without
//! drawing attention.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use switchboard_model::{Phone, Session, SessionId};
use switchboard_store::number_checks;
use tokio::sync::OwnedMutexGuard;

use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::{Link, NumberStatus},
    finish::to_the_end,
};

/// So many can be asked about in one request.
const MOST: usize = 100;
/// An answer is good for this long, and the budget counts the answers of this time.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

/// Each session asks once at a time: what may still be asked about depends on what was answered before.
#[derive(Default)]
pub(crate) struct Turns(Mutex<HashMap<SessionId, Arc<tokio::sync::Mutex<()>>>>);

impl Turns {
    async fn take(&self, session: &SessionId) -> OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // Those that nobody has or waits for.
            turns.retain(|_, turn| Arc::strong_count(turn) > 1);
            Arc::clone(turns.entry(session.clone()).or_default())
        };
        turn.lock_owned().await
    }
}

impl Core {
    /// Which of these numbers have an account, in the order asked. What was answered within a day is not asked again.
    pub async fn check_numbers(
        &self,
        caller: &Caller,
        id: &SessionId,
        phones: Vec<Phone>,
    ) -> Result<Vec<NumberStatus>, Error> {
        let (session, link) = self.reach(caller, id, Scope::Send).await?;
        if phones.is_empty() || phones.len() > MOST {
            return Err(Error::invalid("numbers", format!("1 to {MOST} can be asked about at once")));
        }
        self.look_up(&session, &link, &phones).await
    }

    pub(crate) async fn look_up(
        &self,
        session: &Session,
        link: &Arc<dyn Link>,
        phones: &[Phone],
    ) -> Result<Vec<NumberStatus>, Error> {
        let find = |known: &[NumberStatus], phone: &Phone| known.iter().find(|status| status.phone == *phone).cloned();
        let mut known = self.remembered(session, phones).await?;
        if phones.iter().any(|phone| find(&known, phone).is_none()) {
            let (core, session, link, phones) = (self.clone(), session.clone(), Arc::clone(link), phones.to_vec());
            // What was asked is counted, though the client that wanted to know has gone.
            known = to_the_end(async move { core.ask(&session, &link, &phones).await }).await?;
        }
        phones.iter().map(|phone| find(&known, phone).ok_or_else(unanswered)).collect()
    }

    /// Asks the network for what is not known yet, as far as the budget goes.
    async fn ask(&self, session: &Session, link: &Arc<dyn Link>, phones: &[Phone]) -> Result<Vec<NumberStatus>, Error> {
        let _turn = self.0.number_checks.take(&session.id).await;
        let mut known = self.remembered(session, phones).await?;
        let mut unknown: Vec<Phone> = Vec::new();
        for phone in phones {
            if !unknown.contains(phone) && !known.iter().any(|status| status.phone == *phone) {
                unknown.push(phone.clone());
            }
        }
        if !unknown.is_empty() {
            self.spend(session, unknown.len()).await?;
            let answers = link.check_numbers(&unknown).await?;
            self.remember(session, answers.clone()).await?;
            known.extend(answers);
        }
        Ok(known)
    }

    async fn remembered(&self, session: &Session, phones: &[Phone]) -> Result<Vec<NumberStatus>, Error> {
        let (db, since) = (self.store().reader(), self.now().before(DAY));
        let mut known = Vec::new();
        for phone in phones {
            if let Some(answer) = number_checks::find(db, &session.id, phone, since).await? {
                known.push(serde_json::from_slice(&answer).map_err(Error::internal)?);
            }
        }
        Ok(known)
    }

    /// Refuses when the day's budget does not cover so many more.
    async fn spend(&self, session: &Session, more: usize) -> Result<(), Error> {
        let Some(budget) = self.settings().number_checks_per_day else { return Ok(()) };
        let spent = number_checks::count(self.store().reader(), &session.id, self.now().before(DAY)).await?;
        if spent.saturating_add(more as u64) <= u64::from(budget) {
            return Ok(());
        }
        Err(Error::Conflict(format!(
            "session {} has asked about {spent} numbers within a day and may ask about {budget}: \
             {more} more have to wait, or raise SWITCHBOARD_NUMBER_CHECKS_PER_DAY",
            session.id
        )))
    }

    async fn remember(&self, session: &Session, answers: Vec<NumberStatus>) -> Result<(), Error> {
        let told = answers.into_iter().map(|answer| Ok((serde_json::to_vec(&answer)?, answer.phone)));
        let told: Result<Vec<_>, serde_json::Error> = told.collect();
        let (id, now, answers) = (session.id.clone(), self.now(), Arc::new(told.map_err(Error::internal)?));
        let kept = self.store().write(move |tx| {
            let (id, answers) = (id.clone(), Arc::clone(&answers));
            Box::pin(async move {
                for (answer, phone) in answers.iter() {
                    number_checks::put(tx, &id, phone, answer, now).await?;
                }
                Ok(())
            })
        });
        Ok(kept.await?)
    }
}

fn unanswered() -> Error {
    Error::internal("the network answered for other numbers than those asked about")
}

#[cfg(test)]
mod tests {
    use switchboard_egress::{Egress, EgressPolicy};
    use switchboard_model::{ManualClock, Origin};
    use switchboard_store::Store;

    use super::*;
    use crate::{CreateSession, Pair, Parts, Settings, engine::fake::FakeEngine, testing};

    fn phones(numbers: std::ops::Range<u64>) -> Vec<Phone> {
        numbers.map(|number| (15_550_000_001 + number * 10).to_string().parse().expect("a phone")).collect()
    }

    /// A session that may ask about three numbers a day.
    async fn asker() -> (Core, Arc<ManualClock>, Session, Arc<dyn Link>) {
        let (engine, clock) = (FakeEngine::new(), Arc::new(ManualClock::default()));
        let core = Core::new(Parts {
            store: Store::in_memory().await.expect("store"),
            clock: clock.clone(),
            egress: Egress::new(EgressPolicy::default()).expect("egress"),
            engine: Arc::new(engine.clone()),
            settings: Settings { number_checks_per_day: Some(3), ..Settings::default() },
        });
        testing::ensure_admin(&core).await;
        let id: SessionId = "shop".parse().expect("an id");
        let order = CreateSession { id: Some(id.clone()), name: None, origin: Origin::Native };
        core.create_session(&Caller::System, order).await.expect("created");
        core.connect(&Caller::System, &id, Pair::Qr).await.expect("connects");
        let link: Arc<dyn Link> = engine.session(&id).link().await;
        let session = core.session_for(&Caller::System, &id, Scope::Send).await.expect("there");
        (core, clock, session, link)
    }

    #[tokio::test]
    async fn what_is_asked_at_the_same_time_counts_too() {
        let (core, _clock, session, link) = asker().await;
        let (some, others) = (phones(0..2), phones(2..4));
        let (first, second) =
            tokio::join!(core.look_up(&session, &link, &some), core.look_up(&session, &link, &others));
        first.expect("in the budget");
        assert_eq!(second.expect_err("beyond the budget").code(), "conflict");
        let next = phones(2..3);
        let (one, same) = tokio::join!(core.look_up(&session, &link, &next), core.look_up(&session, &link, &next));
        assert_eq!(one.expect("in the budget"), same.expect("the answer of the other"));
    }

    #[tokio::test]
    async fn what_a_client_asked_that_hung_up_counts_too() {
        let (core, _clock, session, link) = asker().await;
        let turn = core.0.number_checks.take(&session.id).await;
        let order = (core.clone(), session.clone(), Arc::clone(&link));
        let request = tokio::spawn(async move { order.0.look_up(&order.1, &order.2, &phones(0..2)).await });
        // Until it waits for its turn, beside the one that has it and the table of all turns.
        while Arc::strong_count(OwnedMutexGuard::mutex(&turn)) < 3 {
            tokio::task::yield_now().await;
        }
        request.abort();
        assert!(request.await.is_err(), "hung up");
        drop(turn);
        let refused = core.look_up(&session, &link, &phones(2..4)).await.expect_err("beyond the budget");
        assert_eq!(refused.code(), "conflict");
    }

    #[tokio::test]
    async fn an_answer_is_kept_for_a_day_and_the_budget_counts_the_rest() {
        let (core, clock, session, link) = asker().await;
        let check = async |numbers: Vec<Phone>| core.look_up(&session, &link, &numbers).await;

        assert_eq!(check(phones(0..2)).await.expect("answers").len(), 2);
        check(phones(0..3)).await.expect("two are known, one more is in the budget");
        check(phones(0..3)).await.expect("all are known");
        let refused = check(phones(0..4)).await.expect_err("beyond the budget");
        assert_eq!(refused.code(), "conflict", "{refused}");
        clock.advance(DAY + Duration::from_secs(1));
        check(phones(2..4)).await.expect("a new day");
    }
}

//! Looking numbers up on the network: each at most once a day, and no more in a day than an account may without
//! drawing attention.

use std::{sync::Arc, time::Duration};

use switchboard_model::{Phone, Session, SessionId};
use switchboard_store::number_checks;

use crate::{
    Caller, Core, Error,
    caller::Scope,
    engine::{Link, NumberStatus},
};

/// So many can be asked about in one request.
const MOST: usize = 100;
/// An answer is good for this long, and the budget counts the answers of this time.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

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
        let find = |phone: &Phone| known.iter().find(|status| status.phone == *phone).cloned();
        phones.iter().map(|phone| find(phone).ok_or_else(unanswered)).collect()
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

    #[tokio::test]
    async fn an_answer_is_kept_for_a_day_and_the_budget_counts_the_rest() {
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

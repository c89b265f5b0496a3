//! What is told of the end of a session, and to whom.

use switchboard_model::{Origin, UserId};

use super::*;
use crate::{CreateSession, testing::Office};

const SOON: Duration = Duration::from_secs(60);

async fn kinds(office: &Office, caller: &Caller, session: Option<&SessionId>) -> Result<Vec<String>, &'static str> {
    let query = EventQuery { session: session.cloned(), ..EventQuery::default() };
    let page = office.core.events(caller, &query, 0).await.map_err(|error| error.code())?;
    let before = office.core.events_before(caller, &query, i64::MAX).await.map_err(|error| error.code())?;
    let told: Vec<_> = page.events.iter().map(|event| event.body.kind().to_owned()).collect();
    assert!(before.iter().rev().map(|event| event.body.kind()).eq(told.iter()), "the same backwards");
    Ok(told)
}

#[tokio::test]
async fn the_end_of_a_session_is_told_to_those_who_saw_it() {
    let office = Office::open().await;
    let (ann, bob) = (office.user("ann").await, office.user("bob").await);
    let shop = office.session(&ann, "shop").await;
    let newest = office.core.newest_event().await.unwrap();
    let mut all = office.core.follow(ann.clone(), EventQuery::default(), newest);
    let of_it = EventQuery { session: Some(shop.clone()), ..EventQuery::default() };
    let mut one = office.core.follow(ann.clone(), of_it, newest);
    office.core.delete_session(&ann, &shop).await.unwrap();

    for follower in [&mut all, &mut one] {
        let told = tokio::time::timeout(SOON, follower.next()).await.expect("it is told").unwrap().events;
        assert_eq!(told.iter().map(|event| event.body.kind()).collect::<Vec<_>>(), ["session.deleted"]);
    }
    assert_eq!(one.next().await.map(drop).map_err(|error| error.code()), Err("not_found"), "that was all");
    let deleted = || Ok(vec!["session.deleted".to_owned()]);
    for caller in [&ann, &Caller::Admin(UserId::ADMIN)] {
        assert_eq!(kinds(&office, caller, None).await, deleted());
        assert_eq!(kinds(&office, caller, Some(&shop)).await, deleted());
    }
    assert_eq!(kinds(&office, &bob, None).await, Ok(Vec::new()));
    assert_eq!(kinds(&office, &bob, Some(&shop)).await, Err("not_found"));
}

#[tokio::test]
async fn who_has_the_id_of_a_deleted_session_is_not_read_by_its_owner_of_before() {
    let office = Office::open().await;
    let (ann, bob) = (office.user("ann").await, office.user("bob").await);
    let shop = office.session(&ann, "shop").await;
    office.core.delete_session(&ann, &shop).await.unwrap();
    office.session(&bob, "shop").await;
    assert_eq!(kinds(&office, &ann, None).await, Ok(vec!["session.deleted".to_owned()]));
    assert_eq!(kinds(&office, &ann, Some(&shop)).await, Ok(vec!["session.deleted".to_owned()]));
    office.core.delete_session(&bob, &shop).await.unwrap();
    assert_eq!(kinds(&office, &ann, None).await, Ok(Vec::new()), "its events are forgotten with it");
}

#[tokio::test]
async fn whoever_sees_the_sessions_of_one_surface_hears_of_their_end_alone() {
    let office = Office::open().await;
    for (id, origin) in [("open", Origin::WaApi), ("native", Origin::Native)] {
        let order = CreateSession { id: Some(id.parse().unwrap()), name: None, origin };
        let session = office.core.create_session(&Caller::System, order).await.unwrap();
        office.core.delete_session(&Caller::System, &session.id).await.unwrap();
    }
    let told = office.core.events(&Caller::Open, &EventQuery::default(), 0).await.unwrap().events;
    assert_eq!(told.iter().map(|event| event.session.as_str()).collect::<Vec<_>>(), ["open"]);
}

#[tokio::test]
async fn the_end_is_forgotten_with_its_event() {
    let office = Office::open().await;
    let ann = office.user("ann").await;
    let shop = office.session(&ann, "shop").await;
    office.core.delete_session(&ann, &shop).await.unwrap();
    let left = async || {
        let store = office.core.store();
        deletions::positions(store.reader(), &DeletionFilter::default(), 0..i64::MAX, 10).await.unwrap().len()
    };
    office.core.forget_old().await.unwrap();
    assert_eq!(left().await, 1);
    office.clock.advance(office.core.settings().event_retention * 2);
    office.core.forget_old().await.unwrap();
    assert_eq!(left().await, 0);
}

use switchboard_model::EventBody;
use switchboard_store::history::Done;

use super::*;
use crate::{
    Caller, ChatQuery, MessageQuery,
    engine::{Fact, HistoryPiece},
    testing::{Office, inbound},
};

const ANA: &str = "6281100000002";

fn piece(text: &str) -> HistoryPiece {
    HistoryPiece { kind: "initial", progress: 100, body: text.as_bytes().to_vec() }
}

async fn progress(office: &Office, session: &SessionId) -> (u64, u64) {
    let told = office.event(session, |body| matches!(body, EventBody::HistoryProgress { .. })).await;
    let EventBody::HistoryProgress { chats, messages, .. } = told else { panic!("the progress") };
    (chats, messages)
}

async fn all_messages(office: &Office, session: &SessionId) -> usize {
    let (mut count, mut before) = (0, None);
    loop {
        let query = MessageQuery { before, limit: Some(200), ..MessageQuery::default() };
        let page = office.core.messages(&Caller::System, session, query).await.expect("messages");
        count += page.messages.iter().filter(|view| view.message.later.from_history).count();
        match page.next {
            Some(next) => before = Some(next),
            None => return count,
        }
    }
}

#[tokio::test]
async fn a_past_comes_in_the_background_and_is_no_news() {
    let office = Office::open().await;
    let (session, link) = office.linked("shop").await;
    // Written just before the link, and handed over again with the past.
    link.deliver(vec![inbound("PAST1", ANA, -60)]).await.expect("stored");
    link.report(Fact::History(piece(&format!("{ANA} 120\n6281100000003 5"))));
    assert_eq!(progress(&office, &session).await, (2, 124));
    assert_eq!(all_messages(&office, &session).await, 124);
    let chats = office.core.chats(&Caller::System, &session, ChatQuery::default()).await.expect("chats").chats;
    let shown: Vec<_> =
        chats.iter().map(|view| (view.chat.name.as_deref(), view.chat.unread, view.chat.archived)).collect();
    assert_eq!(shown, [(Some("Past"), 3, true), (Some("Past"), 3, true)]);
    let query = crate::EventQuery { kinds: Some(vec!["message.received".to_owned()]), ..Default::default() };
    let told = office.core.events(&Caller::System, &query, 0).await.expect("events").events;
    assert_eq!(told.len(), 1, "only what came by itself");
    assert!(history::waiting(office.core.store().reader()).await.expect("read").is_empty());
}

#[tokio::test]
async fn a_crash_in_the_middle_goes_on_where_it_was() {
    let office = Office::open().await;
    let (session, _link) = office.linked("shop").await;
    let order = session.clone();
    // As a process leaves it that died after the first chat and a part of the second.
    let left = office.core.store().write(move |tx| {
        let session = order.clone();
        Box::pin(async move {
            history::insert(tx, &session, "initial", 100, b"6281100000002 10\n6281100000003 120\nunreadable").await?;
            let row = history::next(tx, &session).await?.expect("the piece");
            history::set_done(tx, &session, &row.id, Done { chats: 1, messages: 50 }).await
        })
    });
    left.await.expect("stored");
    office.core.import_what_is_left().await.expect("begins");
    assert_eq!(
        progress(&office, &session).await,
        (1, 70),
        "what is done is not done again; the unreadable is left out"
    );
    assert_eq!(all_messages(&office, &session).await, 70);
}

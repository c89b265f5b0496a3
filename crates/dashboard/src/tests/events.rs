//! Events, as a person looks at them.

use axum::http::StatusCode;
use switchboard_model::{Content, EventBody, Media, Message, MessageId, Origin, Party, RemoteMedia, Timestamp};

use super::house::House;

#[tokio::test]
async fn an_event_is_shown_in_full_but_for_what_opens_a_file() {
    let house = House::main().await;
    let id = house.session("a", Origin::Native).await;
    let secret = || "SECRET".to_owned();
    let remote = RemoteMedia { url: secret(), direct_path: secret(), key: secret(), enc_sha256: secret(), key_at: 1 };
    let party = Party::from("6281100000002".parse::<switchboard_model::Jid>().unwrap());
    let content = Content::Image(Media { mimetype: "image/png".to_owned(), remote: Some(remote), ..Media::default() });
    let message = Message {
        id: MessageId("A".to_owned()),
        session: id.clone(),
        chat: party.clone(),
        sender: party,
        from_me: false,
        timestamp: Timestamp::from_secs(1),
        push_name: None,
        content,
        context: Default::default(),
        later: Default::default(),
    };
    house.core.append_events(&id, vec![EventBody::MessageReceived(message)]).await.unwrap();
    let browser = house.browser().await;
    let newest = house.core.newest_event().await.unwrap();
    for path in ["/events".to_owned(), format!("/events/{newest}")] {
        let page = house.get(&path).by(&browser).send().await;
        assert!(page.text.contains("image/png") && !page.text.contains("SECRET"), "{path}: {}", page.text);
    }
    for none in ["/events/999999", "/events/x"] {
        assert_eq!(house.get(none).by(&browser).send().await.status, StatusCode::NOT_FOUND, "{none}");
    }
}

//! Events, as a person looks at them.

use axum::http::StatusCode;
use serde_json::{Value, json};
use switchboard_core::{Caller, NewUser, Role};
use switchboard_model::{Content, EventBody, Media, Message, MessageId, Origin, Party, RemoteMedia, Timestamp};

use super::{house::House, live::until};

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

fn shown(page: &str) -> Vec<i64> {
    let places = page.split("data-position=\"").skip(1);
    places.map(|rest| rest.split('"').next().unwrap().parse().unwrap()).collect()
}

fn older(page: &str) -> Option<String> {
    let link = page.split("data-older=\"#events\" href=\"").nth(1)?;
    let hidden = link.split('>').next()?.ends_with("hidden");
    (!hidden).then(|| link.split('"').next().unwrap_or_default().replace("&#38;", "&").replace("&amp;", "&"))
}

#[tokio::test]
async fn the_log_is_read_back_to_its_beginning() {
    let house = House::main().await;
    let (id, other) = (house.session("a", Origin::Native).await, house.session("b", Origin::Native).await);
    let labels = |from: usize| (from..from + 130).map(|n| EventBody::LabelDeleted { id: n.to_string() }).collect();
    for from in [0, 200] {
        house.core.append_events(&id, labels(from)).await.unwrap();
        house.core.append_events(&other, labels(from)).await.unwrap();
    }
    let browser = house.browser().await;
    let newest = house.core.newest_event().await.unwrap();
    let read = async |start: &str| {
        let (mut seen, mut next) = (Vec::new(), Some(start.to_owned()));
        while let Some(path) = next {
            let page = house.get(&path).by(&browser).send().await.text;
            assert_eq!(page.contains("data-live="), seen.is_empty(), "only the newest come by themselves");
            seen.extend(shown(&page));
            next = older(&page);
        }
        seen
    };
    assert_eq!(read("/events").await, (1..=newest).rev().collect::<Vec<_>>());
    let of_one = read("/events?session=a&kind=label").await;
    assert_eq!(of_one.len(), 260);
    assert!(of_one.is_sorted_by(|one, next| one > next));

    let new = NewUser { username: "ana".to_owned(), password: super::house::PASSWORD.into(), role: Role::User };
    house.core.create_user(&Caller::System, new).await.unwrap();
    let page = house.get("/events").by(&house.browser_of("ana").await).send().await.text;
    assert!(shown(&page).is_empty(), "{page}");
}

#[tokio::test]
async fn kinds_are_chosen_from_all_there_are() {
    let house = House::main().await;
    let id = house.session("a", Origin::Native).await;
    let browser = house.browser().await;
    let get = async |kind: &str| house.get(&format!("/events?kind={kind}")).by(&browser).send().await;
    let page = get("").await.text;
    for kind in EventBody::KINDS {
        assert_eq!(page.contains(&format!("<option>{kind}</option>")), kind != "webhook.test", "{kind}");
    }
    assert!(get("session.created").await.text.contains("<option selected>session.created</option>"));
    let narrow = get("label").await.text;
    assert!(shown(&narrow).is_empty() && narrow.contains("No event matches."), "{narrow}");
    assert_eq!(get("nonsense").await.status, StatusCode::BAD_REQUEST);
    let stream = house.get("/events/live?kind=label").by(&browser).open().await;
    let told = vec![EventBody::SessionQr { code: "c".into(), expires_at: Timestamp::from_secs(1) }];
    house.core.append_events(&id, told).await.unwrap();
    house.core.append_events(&id, vec![EventBody::LabelDeleted { id: "7".to_owned() }]).await.unwrap();
    let said = until(stream, "label.deleted").await;
    assert!(!said.contains("session.qr"), "{said}");
}

#[tokio::test]
async fn an_event_says_in_a_line_what_it_is_about() {
    let house = House::main().await;
    let id = house.session("a", Origin::Native).await;
    let ana = || json!({ "jid": "6281100000002@s.whatsapp.net", "pn": "6281100000002" });
    let group = || json!({ "jid": "120363000000000001@g.us" });
    let told: [(&str, Value, &str); 9] = [
        ("call.ended", json!({ "id": "C", "from": ana(), "status": "missed" }), "+62 811-0000-0002: Missed"),
        ("contact.unblocked", json!({ "id": "B", "contact": ana(), "why": "expired" }), "the block is over"),
        ("contact.updated", json!({ "contact": ana(), "change": "about", "about": "أهلا" }), "about: أهلا"),
        ("group.updated", json!({ "group": group(), "change": "added", "members": [ana()] }), "added: +62 811"),
        ("group.updated", json!({ "group": group(), "change": "locked", "on": true }), "change the group: yes"),
        ("handover.expired", json!({ "lease": "L", "holder": "crm" }), ">crm<"),
        ("history.progress", json!({ "kind": "full", "progress": 40, "chats": 2, "messages": 9 }), "40 %, chats: 2"),
        ("message.starred", json!({ "id": "M", "chat": ana(), "starred": true }), ": starred"),
        ("session.health", json!({ "level": "slowed", "reason": "too many" }), "go out slowly: too many"),
    ];
    let body = |(kind, data, _): &(&str, Value, &str)| {
        serde_json::from_value(json!({ "type": kind, "data": data })).expect("an event")
    };
    house.core.append_events(&id, told.iter().map(body).collect()).await.unwrap();
    let page = house.get("/events").by(&house.browser().await).send().await.text;
    let gists: String =
        page.split("class=\"gist\" dir=\"auto\"").map(|rest| rest.split("</span>").next().unwrap()).collect();
    for (kind, _, gist) in told {
        assert!(format!("{gists}<").contains(gist.trim_end_matches('<')), "{kind}: {gist} not in {gists}");
    }
}

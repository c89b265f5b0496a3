//! Conversations, as a person reads and writes them.

use axum::http::StatusCode;
use switchboard_core::{
    Caller, EventQuery,
    engine::{Inbound, fake::FakeLink},
};
use switchboard_model::{
    Content, Context, Jid, Later, MessageId, MessageRef, Origin, Party, Poll, Quote, SessionId, Timestamp,
};

use super::{
    house::{Browser, House, SOON},
    live::until,
};

const ANA: &str = "6281100000002@s.whatsapp.net";
const GROUP: &str = "120363000000000001@g.us";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0";

/// A linked session and somebody who looks at it.
struct Desk {
    house: House,
    id: SessionId,
    browser: Browser,
    link: std::sync::Arc<FakeLink>,
}

impl Desk {
    async fn open() -> Self {
        let house = House::main().await;
        let id = house.linked("a", Origin::Native).await;
        let (browser, link) = (house.browser().await, house.engine.session(&id).link().await);
        Self { house, id, browser, link }
    }

    async fn hears(&self, id: &str, chat: &str, content: Content, context: Context) {
        let chat: Jid = chat.parse().expect("an address");
        let sender = if chat.is_group() { ANA.parse().expect("an address") } else { chat.clone() };
        let numbers: i64 = id.bytes().map(i64::from).sum();
        let message = Inbound {
            id: MessageId(id.to_owned()),
            chat: chat.into(),
            sender: Party::from(sender),
            from_me: false,
            timestamp: Timestamp::from_secs(1_767_603_600 + numbers),
            push_name: Some("Ana".to_owned()),
            content,
            context,
        };
        self.link.deliver(vec![message]).await.expect("stored");
    }

    async fn page(&self, chat: &str) -> String {
        let page = self.house.get(&format!("/sessions/a/chats/{chat}")).by(&self.browser).send().await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        page.text
    }

    async fn post(&self, rest: &str, form: &str) -> super::house::Answer {
        self.house.post(&format!("/sessions/a/chats/{ANA}{rest}"), form).by(&self.browser).send().await
    }

    /// What the message says now; waits until `wanted` is true of it.
    async fn message(&self, id: &str, wanted: impl Fn(&Content, &Later) -> bool) -> (Content, Context) {
        let (id, query) = (MessageId(id.to_owned()), EventQuery::default());
        let mut follower = self.house.core.follow(Caller::System, query, 0);
        let found = async {
            loop {
                let view = self.house.core.message(&Caller::System, &self.id, &id).await.expect("stored");
                if wanted(&view.message.content, &view.message.later) {
                    return (view.message.content, view.message.context);
                }
                follower.next().await.expect("events");
            }
        };
        tokio::time::timeout(SOON, found).await.expect("comes true")
    }
}

fn text(text: &str) -> Content {
    Content::Text { text: text.to_owned() }
}

fn about(id: &str) -> MessageRef {
    MessageRef::named(MessageId(id.to_owned()))
}

fn bubble<'a>(page: &'a str, id: &str) -> &'a str {
    let start = page.find(&format!("id=\"message-{id}\"")).unwrap_or_else(|| panic!("no {id} in {page}"));
    page[start + 4..].split("id=\"message-").next().unwrap_or_default()
}

#[tokio::test]
async fn a_message_shows_what_came_of_it() {
    let desk = Desk::open().await;
    desk.hears("A", ANA, text("Is it <b>blue</b>?"), Context::default()).await;
    let content = Some(Box::new(text("Is it blue?")));
    let quoted = Some(Quote { message: MessageRef { from_me: true, ..about("A") }, content });
    desk.hears("B", ANA, text("Hello?"), Context { quoted, forwarded: Some(1), ..Context::default() }).await;
    desk.hears("C", ANA, Content::Reaction { target: about("A"), emoji: "🎉".to_owned() }, Context::default()).await;
    desk.hears("D", ANA, Content::Edit { target: about("B"), text: "Anyone?".to_owned() }, Context::default()).await;
    desk.hears("E", ANA, text("a secret"), Context::default()).await;
    desk.hears("F", ANA, Content::Revoke { target: about("E") }, Context::default()).await;
    let poll =
        Poll { question: "When?".to_owned(), options: vec!["now".to_owned(), "later".to_owned()], selectable: 1 };
    desk.hears("G", ANA, Content::Poll(poll), Context::default()).await;

    let page = desk.page(ANA).await;
    assert_eq!(page.matches("class=\"bubble").count(), 4, "{page}");
    assert!(bubble(&page, "A").contains("🎉") && bubble(&page, "A").contains("Is it &#60;b&#62;blue"), "{page}");
    let second = bubble(&page, "B");
    for wanted in ["Anyone?", "edited", "Forwarded", "href=\"#message-A\"", "<strong>You</strong>", "Is it blue?"] {
        assert!(second.contains(wanted), "{wanted}: {second}");
    }
    assert!(bubble(&page, "E").contains("This message was deleted.") && !page.contains("a secret"), "{page}");
    assert!(bubble(&page, "G").contains("When?") && bubble(&page, "G").contains("later"), "{page}");
}

#[tokio::test]
async fn in_a_group_each_message_names_who_wrote_it() {
    let desk = Desk::open().await;
    desk.hears("A", GROUP, text("Hello all"), Context::default()).await;
    assert!(bubble(&desk.page(GROUP).await, "A").contains(">Ana</strong>"));
    desk.hears("B", ANA, text("Hello you"), Context::default()).await;
    assert!(!bubble(&desk.page(ANA).await, "B").contains(">Ana</strong>"));
}

#[tokio::test]
async fn what_nobody_has_read_is_counted_until_it_is_marked() {
    let desk = Desk::open().await;
    let unread = async |path: &str| desk.house.get(path).by(&desk.browser).send().await.text;
    assert!(!unread("/sessions/a/chats").await.contains("Unread messages"));
    let stream = desk.house.get("/sessions/a/chats/live").by(&desk.browser).open().await;
    desk.hears("A", ANA, text("Is it blue?"), Context::default()).await;
    desk.hears("B", ANA, text("Hello?"), Context::default()).await;
    until(stream, "</span>2</span>").await;
    assert!(unread("/sessions/a/chats").await.contains("</span>2</span>"));
    assert!(unread("/").await.contains("plain\">1</span>"), "one chat of the session");
    assert!(desk.page(ANA).await.contains("Mark as read (2)"));
    let stream = desk.house.get(&format!("/sessions/a/chats/{ANA}/live")).by(&desk.browser).open().await;
    assert_eq!(desk.post("/read", "").await.status, StatusCode::NO_CONTENT);
    let said = until(stream, "chat-unread").await;
    assert!(!said.contains("Mark as read"), "{said}");
    assert_eq!(desk.house.engine.session(&desk.id).marked_read().len(), 2);
}

#[tokio::test]
async fn a_reply_a_reaction_an_edit_and_a_deletion_go_out() {
    let desk = Desk::open().await;
    desk.hears("A", ANA, text("Is it blue?"), Context::default()).await;
    let sent = desk.post("", "text=Yes&reply_to=A&edit=").await;
    assert!(sent.text.contains("href=\"#message-A\""), "{}", sent.text);
    let id = sent.text.split("data-message=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    assert_eq!(desk.post("/reactions", "target=A&emoji=%F0%9F%91%8D").await.status, StatusCode::NO_CONTENT);
    desk.message("A", |_, later| later.reactions.iter().any(|one| one.emoji == "👍")).await;
    desk.house.engine.session(&desk.id).sent_at_least(2).await;
    let page = desk.page(ANA).await;
    assert!(bubble(&page, "A").contains("chip own"), "{page}");

    assert_eq!(desk.post("", &format!("text=Yes%21&edit={id}")).await.status, StatusCode::NO_CONTENT);
    let (_, context) = desk.message(&id, |content, _| *content == text("Yes!")).await;
    assert_eq!(context.quoted.map(|quote| quote.message.id), Some(MessageId("A".to_owned())));
    assert_eq!(desk.post("/deletions", &format!("target={id}")).await.status, StatusCode::NO_CONTENT);
    desk.message(&id, |content, _| matches!(content, Content::Deleted {})).await;
    let theirs = desk.post("/deletions", "target=A").await;
    assert_eq!(theirs.status, StatusCode::FORBIDDEN, "{}", theirs.text);
}

#[tokio::test]
async fn a_picture_is_sent_and_shown_and_a_page_is_only_saved() {
    let desk = Desk::open().await;
    let send = async |name: &str, kind: &str, bytes: &[u8]| {
        let path = format!("/sessions/a/chats/{ANA}/files?name={name}&caption=Look&reply_to=");
        let ask = desk.house.ask(axum::http::Method::POST, &path).header("content-type", kind);
        let answer = ask.header("origin", "http://localhost:8080").by(&desk.browser).body(bytes).send().await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.text
    };
    let get = async |shown: &str, attribute: &str| {
        let path = shown.split(attribute).nth(1).and_then(|rest| rest.split('"').next()).expect("an address");
        desk.house.get(path).by(&desk.browser).send().await
    };
    let picture = send("a.png", "image/png", PNG).await;
    assert!(picture.contains("width=\"320\" height=\"240\"") && picture.contains("<p>Look</p>"), "{picture}");
    let file = get(&picture, "src=\"").await;
    assert_eq!((file.header("content-type"), file.header("content-disposition")), ("image/png", "inline"));
    assert!(file.header("cache-control").starts_with("private"), "{file:?}");
    let page = send("a.html", "text/html", b"<script>alert(1)</script>").await;
    assert!(page.contains("a.html") && page.contains("25 B"), "{page}");
    let file = get(&page, "href=\"").await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"a.html\"");
    assert!(file.header("content-security-policy").starts_with("default-src 'none'"), "{file:?}");
}

#[tokio::test]
async fn what_was_before_is_one_click_away() {
    let desk = Desk::open().await;
    let ids: Vec<String> = (10..80).map(|n| format!("M{n}")).collect();
    for id in &ids {
        desk.hears(id, ANA, text(id), Context::default()).await;
    }
    let mut page = desk.page(ANA).await;
    let mut shown = page.clone();
    while let Some(more) = page.split("id=\"older\"").nth(1).and_then(|rest| rest.split("hx-get=\"").nth(1)) {
        let path = more.split('"').next().expect("an address").replace("&#38;", "&");
        page = desk.house.get(&path).by(&desk.browser).send().await.text;
        shown.push_str(&page);
    }
    for id in &ids {
        assert_eq!(shown.matches(&format!("id=\"message-{id}\"")).count(), 1, "{id}");
    }
}

#[tokio::test]
async fn what_happens_to_a_message_shows_on_that_one() {
    let desk = Desk::open().await;
    desk.hears("A", ANA, text("Is it blue?"), Context::default()).await;
    let stream = desk.house.get(&format!("/sessions/a/chats/{ANA}/live")).by(&desk.browser).open().await;
    desk.hears("C", ANA, Content::Reaction { target: about("A"), emoji: "🎉".to_owned() }, Context::default()).await;
    let said = until(stream, "🎉").await;
    assert!(said.contains("id=\"message-A\"") && !said.contains("message-C"), "{said}");
    assert!(!said.contains("data-into"), "a page that does not show the message shows nothing new: {said}");
    let stream = desk.house.get(&format!("/sessions/a/chats/{ANA}/live")).by(&desk.browser).open().await;
    desk.hears("D", GROUP, text("elsewhere"), Context::default()).await;
    desk.hears("E", ANA, text("here"), Context::default()).await;
    let said = until(stream, "id=\"message-E\"").await;
    assert!(said.contains("data-into") && !said.contains("elsewhere"), "{said}");
}

#[tokio::test]
async fn a_number_that_is_none_is_said_at_its_field() {
    let desk = Desk::open().await;
    let ask = async |to: &str, language: &str| {
        let ask = desk.house.get(&format!("/sessions/a/chats?to={to}")).by(&desk.browser);
        ask.header("accept-language", language).send().await
    };
    let page = ask("%22Ana%20%26%20Ben", "en").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.text.contains("value=\"&#34;Ana &#38; Ben\"") && page.text.contains("id=\"chats\""), "{}", page.text);
    assert!(page.text.contains("role=\"alert\">A phone number has 7 to 15 digits"), "{}", page.text);
    assert!(ask("ana%40example.com", "es").await.text.contains("No se puede escribir a nadie"));
    assert_eq!(ask("", "en").await.status, StatusCode::OK);
    let chat = ask("%2B62%20811-0000-0002", "en").await;
    assert_eq!(chat.header("location"), format!("/sessions/a/chats/{ANA}"));
}

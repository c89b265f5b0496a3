//! Newsletters with Baileys 7 as the client.

use serde_json::{Value, json};

use super::baileys::Baileys7;
use super::client::Client;
use super::sandbox::Sandbox;

const ANNA: &str = "15550000001";
const BEN: &str = "15550000002";

#[tokio::test(flavor = "multi_thread")]
async fn the_client_follows_a_newsletter() {
    let (mut sandbox, anna) = stage().await;
    let made = sandbox.post(&format!("/phones/{BEN}/newsletters"), json!({ "name": "Bakery" })).await;
    let (id, code) = (made["id"].as_str().unwrap(), &made["invite_code"]);
    let found = anna.call("newsletterMetadata", json!(["invite", code])).await;
    assert_eq!((&found["id"], &found["thread_metadata"]["name"]["text"]), (&json!(id), &json!("Bakery")), "{found}");
    anna.call("newsletterFollow", json!([id])).await;
    let seen = anna.call("newsletterMetadata", json!(["jid", id])).await;
    assert_eq!(
        (&seen["viewer_metadata"]["role"], &seen["thread_metadata"]["subscribers_count"]),
        (&json!("SUBSCRIBER"), &json!("1"))
    );

    sandbox.phone_sends(BEN, id, "fresh bread").await;
    assert_eq!(anna.events().text("fresh bread").await.chat, id);
    let post = newest(&sandbox).await["post"].as_u64().unwrap();
    let watched = anna.call("subscribeNewsletterUpdates", json!([id])).await;
    assert_eq!(watched, json!({ "duration": "300" }));
    anna.call("newsletterReactMessage", json!([id, post.to_string(), "👍"])).await;
    assert_eq!(newest(&sandbox).await["reactions"], json!({ "👍": 1 }));
    let updates = anna.call("newsletterFetchMessages", json!([id, 10])).await.to_string();
    assert!(updates.contains("\"code\":\"👍\"") && updates.contains(&format!("\"server_id\":\"{post}\"")), "{updates}");
    anna.call("newsletterReactMessage", json!([id, post.to_string()])).await;
    assert_eq!(newest(&sandbox).await["reactions"], json!({}));

    sandbox.restart().await;
    assert_eq!(newest(&sandbox).await["post"], post, "the network remembers");
    let path = format!("/phones/{ANNA}/newsletters/{id}/unfollow");
    assert_eq!(sandbox.post(&path, json!({})).await["followers"], json!([]));
    sandbox.nothing_unhandled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_runs_a_newsletter() {
    let (sandbox, anna) = stage().await;
    let made = anna.call("newsletterCreate", json!(["Choir", "We sing"])).await;
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&made["name"], &made["description"], &made["subscribers"]),
        (&json!("Choir"), &json!("We sing"), &json!(0))
    );
    anna.call("newsletterUpdateName", json!([id, "Big choir"])).await;
    anna.call("newsletterUpdateDescription", json!([id, "We sing loudly"])).await;
    assert_eq!(anna.call("newsletterAdminCount", json!([id])).await, json!(1));
    let seen = sandbox.post(&format!("/phones/{BEN}/newsletters/{id}/follow"), json!({})).await;
    assert_eq!((&seen["name"], &seen["description"]), (&json!("Big choir"), &json!("We sing loudly")));

    let post = anna.send_to(&id, "concert tonight").await;
    for number in [BEN, ANNA] {
        let shown = sandbox.phone_shows_text(number, "concert tonight").await;
        assert_eq!((&shown["id"], &shown["chat"], &shown["copies"]), (&json!(post), &json!(id), &json!(1)));
    }
    sandbox.post(&format!("/phones/{BEN}/read"), json!({ "chat": id })).await;
    assert_eq!(newest(&sandbox).await["views"], 1);
    anna.call("newsletterUnfollow", json!([id])).await;
    sandbox.nothing_unhandled().await;
    assert_eq!(anna.events().complaints(), [""; 0]);
}

/// The newest post of the only newsletter.
async fn newest(sandbox: &Sandbox) -> Value {
    let seen = sandbox.get(&format!("/phones/{BEN}/newsletters")).await;
    seen["newsletters"][0]["posts"].as_array().unwrap().last().unwrap().clone()
}

async fn stage() -> (Sandbox, Baileys7) {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let anna = sandbox.linked(ANNA).await;
    (sandbox, anna)
}

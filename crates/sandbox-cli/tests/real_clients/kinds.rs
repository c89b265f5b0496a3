//! Every kind of message between a phone and a client that knows the kinds by itself.

use serde_json::{Value, json};

use super::baileys::Baileys7;
use super::client::Client as _;
use super::events::Seen;
use super::sandbox::Sandbox;

const ANNA: &str = "15550000001";
const BEN: &str = "15550000002";

#[tokio::test(flavor = "multi_thread")]
async fn what_the_client_says_the_phone_shows() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let anna: Baileys7 = sandbox.linked(ANNA).await;
    let hello = anna.send(BEN, "hello").await;
    sandbox.phone_shows_text(BEN, "hello").await;
    let own = json!({ "remoteJid": jid(BEN), "fromMe": true, "id": hello });

    anna.say(BEN, json!({ "react": { "text": "🎉", "key": own } })).await;
    shows(&sandbox, &hello, |message| message["reactions"][jid(ANNA)] == "🎉").await;
    anna.say(BEN, json!({ "text": "hello again", "edit": own })).await;
    shows(&sandbox, &hello, |message| message["text"] == "hello again" && message["edited"] == true).await;
    anna.say(BEN, json!({ "delete": own })).await;
    shows(&sandbox, &hello, |message| message["revoked"] == true).await;

    let place = anna.say(BEN, json!({ "location": { "degreesLatitude": 1.5, "degreesLongitude": -2.5 } })).await;
    shows(&sandbox, &place, |message| message["type"] == "location" && message["latitude"] == 1.5).await;
    let card = json!({ "contacts": { "displayName": "Cleo", "contacts": [{ "displayName": "Cleo", "vcard": "BEGIN:VCARD" }] } });
    let card = anna.say(BEN, card).await;
    shows(&sandbox, &card, |message| message["type"] == "contact").await;
    let poll = json!({ "poll": { "name": "Lunch?", "values": ["soup", "salad"], "selectableCount": 0 } });
    let poll = anna.say(BEN, poll).await;
    shows(&sandbox, &poll, |message| message["options"] == json!(["soup", "salad"])).await;
    let mention = anna.say(BEN, json!({ "text": format!("@{BEN}"), "mentions": [jid(BEN)] })).await;
    shows(&sandbox, &mention, |message| message["mentions"] == json!([jid(BEN)])).await;
    sandbox.nothing_unhandled().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_phone_says_the_client_reads() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let anna: Baileys7 = sandbox.linked(ANNA).await;
    let hello = anna.send(BEN, "hello").await;
    sandbox.phone_shows_text(BEN, "hello").await;

    let reply = says(&sandbox, json!({ "text": "hi", "reply_to": hello })).await;
    let reply = reads(&anna, &reply).await;
    assert_eq!(reply["extendedTextMessage"]["contextInfo"]["stanzaId"], hello);
    let reaction = says(&sandbox, json!({ "type": "reaction", "target": hello, "emoji": "👍" })).await;
    assert_eq!(reads(&anna, &reaction).await["reactionMessage"]["text"], "👍");
    let place = says(&sandbox, json!({ "type": "location", "latitude": 1.5, "longitude": -2.5 })).await;
    assert_eq!(reads(&anna, &place).await["locationMessage"]["degreesLatitude"], 1.5);
    let poll = says(&sandbox, json!({ "type": "poll", "question": "Lunch?", "options": ["soup", "salad"] })).await;
    assert_eq!(reads(&anna, &poll).await["pollCreationMessage"]["options"][1]["optionName"], "salad");
    sandbox.nothing_unhandled().await;
}

async fn says(sandbox: &Sandbox, mut body: Value) -> String {
    body["to"] = json!(ANNA);
    let sent = sandbox.post(&format!("/phones/{BEN}/messages"), body).await;
    sent["id"].as_str().unwrap().to_owned()
}

async fn reads(client: &Baileys7, id: &str) -> Value {
    let what = format!("receiving {id}");
    let found = client.events().wait(&what, |seen| match seen {
        Seen::Message(message) if message.id == id && !message.whole.is_null() => Some(message.whole.clone()),
        _ => None,
    });
    found.await
}

async fn shows(sandbox: &Sandbox, id: &str, wanted: impl Fn(&Value) -> bool) {
    sandbox.phone_shows(BEN, id, |message| message["id"] == id && wanted(message)).await;
}

fn jid(number: &str) -> String {
    format!("{number}@s.whatsapp.net")
}

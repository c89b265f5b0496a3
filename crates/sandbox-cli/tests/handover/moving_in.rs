//! Sessions that other programs paired, brought in and gone on with; and one that goes to an older program.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    baileys::{Baileys6, Baileys7},
    client::{Client, Link},
    events::Seen,
    house::{House, OWN, PEERS},
    whatsmeow_store::{Database, WhatsmeowStore},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_baileys_paired_goes_on_in_the_gateway() {
    let house = House::unlinked().await;
    let group = house.group().await;
    let mut baileys = Baileys7::create().await;
    baileys.start(&house.network.url(), Link::Qr).await;
    let qr =
        baileys.events().wait("a code", |seen| if let Seen::Qr(qr) = seen { Some(qr.clone()) } else { None }).await;
    house.network.post(&format!("/phones/{OWN}/scan"), json!({ "qr": qr })).await;
    baileys.events().open(1).await;
    chat_there(&house, &baileys, &group).await;
    baileys.stop().await;
    let devices = house.devices().await;

    house.phone_says(PEERS[0], "on the way").await;
    house.phone_says_in(&group, PEERS[1], "on the way, all").await;
    let folder = baileys.folder().to_str().unwrap();
    house.command(&["session", "import", folder, "--id", "bot", "--dry-run"]).await;
    house.command(&["session", "import", folder, "--id", "bot"]).await;
    goes_on(&house, &group).await;
    assert_eq!(house.devices().await, devices, "no new pairing");
}

/// Both ways with each peer and in the group.
async fn chat_there<C: Client>(house: &House, client: &C, group: &str) {
    for (n, peer) in PEERS.iter().enumerate() {
        client.send(peer, &format!("hello {n}")).await;
        house.phone_shows(peer, &format!("hello {n}")).await;
        house.phone_says(peer, &format!("hello yourself {n}")).await;
        client.events().text(&format!("hello yourself {n}")).await;
        client.send_to(group, &format!("hello all {n}")).await;
        house.all_show(&format!("hello all {n}")).await;
        house.phone_says_in(group, peer, &format!("hello you {n}")).await;
        client.events().text(&format!("hello you {n}")).await;
    }
}

/// The gateway has it now: everything goes on, and what was on the way arrives.
async fn goes_on(house: &House, group: &str) {
    house.api.post("/v1/sessions/bot/connect", json!({})).await.unwrap();
    house.api.until_state("bot", "connected").await;
    house.gateway_received("on the way").await;
    house.gateway_received("on the way, all").await;
    for (n, peer) in PEERS.iter().enumerate() {
        house.phone_says(peer, &format!("here you are {n}")).await;
        house.gateway_received(&format!("here you are {n}")).await;
        house.gateway_says(peer, &format!("here I am {n}")).await;
        house.phone_says_in(group, peer, &format!("all, here it is {n}")).await;
        house.gateway_received(&format!("all, here it is {n}")).await;
        house.gateway_says_in(group, &format!("all, here I am {n}")).await;
    }
    house.nothing_undecryptable().await;
    house.no_overlap().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whatsmeow_store_in_sqlite_goes_on_in_the_gateway() {
    whatsmeow_goes_on(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whatsmeow_store_in_postgresql_goes_on_in_the_gateway() {
    whatsmeow_goes_on(Database::Postgres).await;
}

async fn whatsmeow_goes_on(database: Database) {
    let house = House::unlinked().await;
    let group = house.group().await;
    let store = WhatsmeowStore::paired_and_used(&house, &group, database).await;
    let devices = house.devices().await;
    house.phone_says(PEERS[0], "on the way").await;
    house.phone_says_in(&group, PEERS[1], "on the way, all").await;
    house.command(&["session", "import", store.address(), "--id", "bot", "--dry-run"]).await;
    house.command(&["session", "import", store.address(), "--id", "bot", "--device", store.device()]).await;
    goes_on(&house, &group).await;
    assert_eq!(house.devices().await, devices, "no new pairing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_file_of_a_session_goes_on_where_it_is_opened() {
    let house = House::new().await;
    let group = house.group().await;
    for (n, peer) in PEERS.iter().enumerate() {
        house.gateway_says(peer, &format!("hello {n}")).await;
        house.phone_says(peer, &format!("hello gateway {n}")).await;
        house.gateway_received(&format!("hello gateway {n}")).await;
        house.gateway_says_in(&group, &format!("hello all {n}")).await;
    }
    let place = tempfile::tempdir().unwrap();
    let (file, key) = (place.path().join("bot.session"), place.path().join("key"));
    std::fs::write(&key, "a passphrase for this test").unwrap();
    let (file, key) = (file.to_str().unwrap(), key.to_str().unwrap());
    house.command(&["session", "export", "bot", "--dry-run"]).await;
    house.api.until_state("bot", "connected").await;
    house.command(&["session", "export", "bot", "--to", file, "--key-file", key]).await;
    house.api.until_state("bot", "handed_over").await;
    let sealed = std::fs::read(file).unwrap();
    assert!(sealed.starts_with(b"switchboard sealed file"));
    assert!(!sealed.windows(8).any(|part| part == b"noiseKey"), "nothing is readable");

    let there = house.second().await;
    house.phone_says(PEERS[0], "on the way").await;
    house.phone_says_in(&group, PEERS[1], "on the way, all").await;
    there.command(&["session", "import", file, "--id", "bot", "--key-file", key]).await;
    goes_on(&there, &group).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn baileys_6_goes_on_and_gives_it_back() {
    let house = House::new().await;
    for (n, peer) in PEERS.iter().enumerate() {
        house.gateway_says(peer, &format!("hello {n}")).await;
        house.phone_says(peer, &format!("hello gateway {n}")).await;
        house.gateway_received(&format!("hello gateway {n}")).await;
    }
    let url = format!("{}/api/bots/bot/session?format=baileys6", house.base);
    let taken = house.http.get(url).header("x-api-key", &house.key).send().await.unwrap();
    let taken: Value = taken.json().await.unwrap();
    let mut baileys = Baileys6::create().await;
    lay_out(&taken["session"], baileys.folder());
    baileys.start(&house.network.url(), Link::Resume).await;
    baileys.events().open(1).await;
    for (n, peer) in PEERS.iter().enumerate() {
        house.phone_says(peer, &format!("hello program {n}")).await;
        baileys.events().text(&format!("hello program {n}")).await;
        baileys.send(peer, &format!("hello from the program {n}")).await;
        house.phone_shows(peer, &format!("hello from the program {n}")).await;
    }
    baileys.stop().await;
    let given = json!({ "lease": taken["lease"], "session": gathered(baileys.folder()) });
    let (status, answer) = house.ask(Method::PUT, &house.key, Some(given)).await;
    assert_eq!(status, 200, "{answer}");
    house.api.until_state("bot", "connected").await;
    for (n, peer) in PEERS.iter().enumerate() {
        house.phone_says(peer, &format!("back again {n}")).await;
        house.gateway_received(&format!("back again {n}")).await;
        house.gateway_says(peer, &format!("here again {n}")).await;
    }
    house.no_overlap().await;
}

/// As `useMultiFileAuthState` names its files.
fn lay_out(session: &Value, folder: &Path) {
    let write = |name: &str, value: &Value| {
        let name = name.replace('/', "__").replace(':', "-");
        std::fs::write(folder.join(format!("{name}.json")), value.to_string()).unwrap();
    };
    write("creds", &session["creds"]);
    for (kind, table) in session["keys"].as_object().unwrap() {
        for (id, value) in table.as_object().unwrap() {
            write(&format!("{kind}-{id}"), value);
        }
    }
}

fn gathered(folder: &Path) -> Value {
    switchboard::commands::auth_state(folder).unwrap()
}

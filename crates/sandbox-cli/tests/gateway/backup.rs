//! A backup of a gateway in use, restored elsewhere: the accounts stay linked, and nobody is left unable to read.

use serde_json::json;
use switchboard::config::{Config, Sources};

use super::{
    gateway::{Gateway, Order},
    network::Sandbox,
    traffic::{self, Pairing},
};

fn config(dir: &tempfile::TempDir, key: &str) -> Config {
    let data_dir = dir.path().display().to_string();
    let settings = [("SWITCHBOARD_DATA_DIR", data_dir), ("SWITCHBOARD_MASTER_KEY", key.to_owned())];
    let environment = settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Config::load(&Sources { environment, directory: dir.path().to_path_buf(), ..Sources::default() }).unwrap()
}

async fn received(gateway: &Gateway, text: &str) {
    let come_in = async {
        loop {
            let events = gateway.client().events("message.received").await;
            if events.iter().any(|event| event["data"]["content"]["text"] == text) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(super::gateway::PATIENCE, come_in).await.unwrap_or_else(|_| panic!("`{text}` comes in"));
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_sessions_go_on_as_the_same_devices_and_begin_their_ratchets_anew() {
    let (sandbox, key) = (Sandbox::start().await, "5e".repeat(32));
    let [first, second] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let order = |dir: &tempfile::TempDir| Order::new(&sandbox.url(), dir.path()).with("SWITCHBOARD_MASTER_KEY", &*key);
    let mut gateway = Gateway::start(order(&first)).await;
    let pair = Pairing::numbered(1);
    sandbox.phone(&pair.peer).await;
    gateway.client().pair(&sandbox, &pair.session, &pair.number).await;
    let mut sent = vec![traffic::send_one(&gateway.client(), &pair, 0).await];
    sandbox.phone_sends(&pair.peer, &pair.number, "before the backup").await;
    received(&gateway, "before the backup").await;
    let file = second.path().join("all.backup");
    switchboard::backup::write(&config(&first, &key), &file).await.unwrap();

    // What the backup does not know: the ratchets move on in both directions.
    for n in 1..6 {
        sent.push(traffic::send_one(&gateway.client(), &pair, n).await);
        sandbox.phone_sends(&pair.peer, &pair.number, &format!("after the backup {n}")).await;
    }
    received(&gateway, "after the backup 5").await;
    traffic::check_out(&sandbox, &pair, &sent).await;
    gateway.kill().await;

    let brought = switchboard::backup::restore(&config(&second, &key), &file).await.unwrap();
    assert_eq!((brought.sessions, brought.to_link_anew.len()), (1, 0));
    let restored = Gateway::start(order(&second)).await;
    restored.client().until_state(&pair.session, "connected").await;
    sandbox.phone_sends(&pair.peer, &pair.number, "to the restored one").await;
    received(&restored, "to the restored one").await;
    let body = json!({ "to": pair.peer, "text": "from the restored one" });
    let path = format!("/v1/sessions/{}/messages?wait=30", pair.session);
    let answer = restored.client().post(&path, body).await.unwrap();
    sent.push(answer["id"].as_str().unwrap().to_owned());
    traffic::check_out(&sandbox, &pair, &sent).await;
    let devices = sandbox.get("/state").await["accounts"].clone();
    let account = devices.as_array().unwrap().iter().find(|account| account["number"] == pair.number.as_str()).cloned();
    assert_eq!(account.unwrap()["devices"].as_array().map(Vec::len), Some(1), "still the device that was paired");
}

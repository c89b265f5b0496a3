//! Profiles, privacy and blocks, as Baileys asks for them and sets them.

use serde_json::json;

use super::baileys::Baileys7;
use super::sandbox::Sandbox;

const ANNA: &str = "15550000001";
const BEN: &str = "15550000002";
/// A JPEG begins like this; nobody here looks further.
const JPEG: &str = "/9j/4AAQ";

#[tokio::test(flavor = "multi_thread")]
async fn profiles_privacy_and_blocks() {
    let sandbox = Sandbox::start().await;
    sandbox.phone(BEN, "Ben").await;
    let anna: Baileys7 = sandbox.linked(ANNA).await;
    let ben = format!("{BEN}@s.whatsapp.net");

    sandbox.post(&format!("/phones/{BEN}/profile"), json!({ "about": "at the lake", "picture": JPEG })).await;
    let about = anna.call("fetchStatus", json!([ben])).await;
    assert_eq!(about[0]["status"]["status"], "at the lake", "{about}");
    let picture = anna.call("profilePictureUrl", json!([ben, "image"])).await;
    assert!(picture.as_str().unwrap().contains("/v/picture-"), "{picture}");

    anna.call("updateProfileStatus", json!(["singing"])).await;
    anna.call("updateLastSeenPrivacy", json!(["contacts"])).await;
    anna.call("updateBlockStatus", json!([ben, "block"])).await;
    let shown = sandbox.get(&format!("/phones/{ANNA}/profile")).await;
    assert_eq!((&shown["about"], &shown["privacy"]["last"]), (&json!("singing"), &json!("contacts")), "{shown}");
    assert_eq!(shown["blocked"], json!([BEN]));
    assert_eq!(anna.call("fetchPrivacySettings", json!([true])).await["last"], "contacts");
    assert_eq!(anna.call("fetchBlocklist", json!([])).await.as_array().unwrap().len(), 1);
    sandbox.nothing_unhandled().await;
}

//! `session export` and `session import`: what goes wrong before anything is given away or taken in.

use secrecy::SecretSlice;
use switchboard_store::DatabaseUrl;

use crate::support::{Place, Running};

const KEY: &str = "sixteen-letters-or-more";

fn gateway() -> (Place, Running) {
    let place = Place::new().with("API_KEY", KEY);
    let gateway = place.serve();
    let url = format!("http://{}", gateway.socket("main"));
    (place.with("SWITCHBOARD_URL", &url), gateway)
}

#[test]
fn what_cannot_be_brought_in_says_why() {
    let (place, gateway) = gateway();
    let write = |name: &str, bytes: &[u8]| std::fs::write(place.path(name), bytes).unwrap();
    write("text", b"hello");
    write("empty.json", b"{}");
    write("key", b"the right one");
    write("wrong", b"the wrong one");
    let passphrase: SecretSlice<u8> = b"the right one".to_vec().into();
    write("sealed", &switchboard_core::sealed_file::seal(&passphrase, b"{}").unwrap());
    tokio::runtime::Runtime::new().unwrap().block_on(DatabaseUrl::sqlite_file(place.path("other.db")).reach()).unwrap();
    for (args, said) in [
        (["nothing-here"].as_slice(), "nothing-here: No such file"),
        (&["text"], "text: is not JSON"),
        (&["empty.json"], "session: keys is missing"),
        (&["sealed"], "--passphrase-stdin"),
        (&["sealed", "--key-file", "wrong"], "passphrase"),
        (&["sealed", "--key-file", "key"], "session: keys is missing"),
        (&["other.db"], "no store of whatsmeow"),
    ] {
        let refusal = place.refusal(&[&["session", "import"], args].concat());
        assert!(refusal.contains(said), "{args:?}: {refusal}");
    }
    gateway.stop();
}

#[test]
fn a_session_that_cannot_be_handed_over_leaves_no_file() {
    let (place, gateway) = gateway();
    let refusal = place.refusal(&["session", "export", "nobody", "--to", "nobody.session"]);
    assert!(refusal.contains("nobody") && !place.path("nobody.session").exists(), "{refusal}");
    assert!(place.refusal(&["session", "export", "nobody", "--dry-run"]).contains("nobody"));
    std::fs::write(place.path("there"), "mine").unwrap();
    let refusal = place.refusal(&["session", "export", "nobody", "--to", "there"]);
    assert!(refusal.contains("there: File exists"), "{refusal}");
    assert_eq!(std::fs::read_to_string(place.path("there")).unwrap(), "mine");
    let unsaid = place.run(&["session", "export", "nobody"]);
    assert_eq!(unsaid.status.code(), Some(2));
    gateway.stop();
}

//! Everything that a gateway logs at `trace` over a busy life, searched for everything that nobody may read there.

mod life;
mod receiver;

use std::path::Path;

use life::Life;
use serde_json::Value;

/// Shorter texts stand in any log by chance.
const TELLING: usize = 8;

/// What may not be found, and what it is.
#[derive(Default)]
struct Secrets(Vec<(String, String)>);

impl Secrets {
    /// Remembers a value, and gives it back to be used.
    fn keep(&mut self, what: &str, value: &str) -> String {
        assert!(value.len() >= TELLING, "{what} is too short to be looked for");
        self.0.push((what.to_owned(), value.to_owned()));
        value.to_owned()
    }

    /// Every text in a piece of JSON that is long enough to tell something.
    fn keep_all(&mut self, what: &str, value: &Value) {
        match value {
            Value::String(text) if text.len() >= TELLING => drop(self.keep(what, text)),
            Value::Array(items) => items.iter().for_each(|item| self.keep_all(what, item)),
            Value::Object(fields) => fields.iter().for_each(|(name, value)| {
                if name != "type" {
                    self.keep_all(what, value);
                }
            }),
            _ => {}
        }
    }

    /// The lines in which a secret stands, each with what it gives away.
    fn found_in<'a>(&'a self, log: &'a str) -> Vec<(&'a str, &'a str)> {
        let lines = log.lines();
        lines
            .filter_map(|line| Some((self.0.iter().find(|(_, value)| line.contains(value))?.0.as_str(), line)))
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_life_at_trace_gives_nothing_away() {
    let data = tempfile::tempdir().unwrap();
    let errors = data.path().join("stderr");
    let secrets = Life::lived(data.path(), &errors).await;
    for log in [errors, data.path().join("logs/app.log")] {
        let text = read(&log);
        let told = text.lines().filter(|line| line.contains(" info ") || line.contains(" warn ")).count();
        assert!(told > 10, "this is not the whole log: {text}");
        assert_eq!(secrets.found_in(&text), [], "{}", log.display());
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn a_secret_in_a_line_is_found() {
    let mut secrets = Secrets::default();
    secrets.keep("a number", "6281234567890");
    secrets
        .keep_all("a state", &serde_json::json!({ "keys": [{ "type": "not this text", "data": "c2VjcmV0IGtleQ==" }] }));
    let log = "connected session=\"6281234567890\"\nnot this text\nkey c2VjcmV0IGtleQ==";
    let found: Vec<_> = secrets.found_in(log).into_iter().map(|(what, _)| what).collect();
    assert_eq!(found, ["a number", "a state"]);
}

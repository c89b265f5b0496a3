//! What nobody is shown: where the network keeps a file and the key to it.

use serde::Serialize;
use serde_json::Value;

/// As JSON, without what opens a message's file.
#[must_use]
pub fn shown(value: &impl Serialize) -> Value {
    let mut json = serde_json::to_value(value).unwrap_or_default();
    hide(&mut json);
    json
}

fn hide(json: &mut Value) {
    match json {
        Value::Object(fields) => {
            fields.remove("remote");
            fields.values_mut().for_each(hide);
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use switchboard_model::{Content, Context, Media, MessageId, MessageRef, Quote, RemoteMedia};

    #[test]
    fn the_key_of_a_file_is_shown_nowhere() {
        let text = |text: &str| text.to_owned();
        let remote = RemoteMedia {
            url: text("https://media.example/SECRET"),
            direct_path: text("SECRET"),
            key: text("SECRET"),
            enc_sha256: text("SECRET"),
            key_at: 1,
        };
        let image = Content::Image(Media { mimetype: text("image/png"), remote: Some(remote), ..Media::default() });
        let message = MessageRef::named(MessageId(text("Q")));
        let quoted = Some(Quote { message, content: Some(Box::new(image.clone())) });
        let context = Context { quoted, ..Context::default() };
        let shown = super::shown(&(&image, &context)).to_string();
        assert!(shown.contains("image/png") && !shown.contains("SECRET"), "{shown}");
    }
}

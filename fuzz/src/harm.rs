//! What noise, a bug or an attacker makes of good data.

use serde_json::{Map, Value, json};

use crate::input::Input;

/// Cuts the bytes off or changes some of them, from `head` on.
#[must_use]
pub fn harmed(whole: &[u8], head: usize, input: &mut Input<'_>) -> Vec<u8> {
    let mut harmed = whole.to_vec();
    if input.byte() % 4 == 0 {
        harmed.truncate(head + input.below(whole.len() - head));
        return harmed;
    }
    for _ in 0..=input.byte() % 8 {
        let at = head + input.below(whole.len() - head);
        harmed[at] ^= input.byte().max(1);
    }
    harmed
}

/// Puts something else in some places of a value.
pub fn change(value: &mut Value, input: &mut Input<'_>) {
    for _ in 0..=input.byte() % 4 {
        let mut places = Vec::new();
        list(value, String::new(), &mut places);
        let elsewhere = value.pointer(input.pick::<String>(&places)).cloned().unwrap_or_default();
        if let Some(place) = value.pointer_mut(input.pick::<String>(&places)) {
            *place = other(place, elsewhere, input);
        }
    }
}

/// The places in a value, as JSON pointers.
fn list(value: &Value, path: String, places: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                list(item, format!("{path}/{index}"), places);
            }
        }
        Value::Object(fields) => {
            for (name, item) in fields {
                list(item, format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), places);
            }
        }
        _ => {}
    }
    places.push(path);
}

/// Of a wrong type, of an unpleasant form, nearly the same, or what stands elsewhere.
fn other(value: &Value, elsewhere: Value, input: &mut Input<'_>) -> Value {
    match input.byte() % 8 {
        0 => elsewhere,
        1 => json!(input.text()),
        2 => number(input),
        3 => bent(value, input),
        4 => shorter(value),
        5 => json!([value, value]),
        6 => Value::Object(Map::from_iter([(input.text(), value.clone())])),
        _ => Value::Null,
    }
}

fn number(input: &mut Input<'_>) -> Value {
    match input.byte() % 6 {
        0 => json!(input.byte()),
        1 => json!(-1),
        2 => json!(u32::MAX),
        3 => json!(i64::MIN),
        4 => json!(u64::MAX),
        _ => json!(1e300),
    }
}

/// A text with one character changed, so that what is encoded in it changes too.
fn bent(value: &Value, input: &mut Input<'_>) -> Value {
    let mut text: Vec<char> = value.as_str().unwrap_or_default().chars().collect();
    let at = input.below(text.len());
    match text.get_mut(at) {
        Some(place) => *place = char::from(input.byte()),
        None => text.push(char::from(input.byte())),
    }
    Value::String(text.into_iter().collect())
}

fn shorter(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.chars().take(text.chars().count() / 2).collect()),
        Value::Array(items) => Value::Array(items.iter().skip(1).cloned().collect()),
        Value::Object(fields) => Value::Object(fields.clone().into_iter().skip(1).collect()),
        _ => Value::Null,
    }
}

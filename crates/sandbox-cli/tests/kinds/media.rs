//! Files both ways: sealed, over the network's media host, opened at the other end.

use serde_json::{Value, json};

use super::kinds::{BEN, Stage};

/// A picture of one pixel.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_file_arrives_as_it_was_sent() {
    let stage = Stage::set().await;
    let (ogg, mp4, webp) =
        (b"OggS\0sound".to_vec(), b"\0\0\0\x18ftypmp42video".to_vec(), b"RIFF\0\0\0\0WEBPVP8 ".to_vec());
    let files = [
        (json!({ "type": "image", "caption": "look" }), base64(PNG)),
        (json!({ "type": "video", "gif": true }), mp4),
        (json!({ "type": "audio", "voice": true, "seconds": 3 }), ogg),
        (json!({ "type": "sticker" }), webp),
        (json!({ "type": "document", "file_name": "a.txt", "caption": "read" }), b"plain words".to_vec()),
    ];
    for (mut content, bytes) in files {
        content["data"] = json!(in_base64(&bytes));
        let sent = stage.send(json!({ "content": content })).await;
        let shown = stage.shown(&sent, |_| true).await;
        assert_eq!((&shown["type"], &shown["size"]), (&content["type"], &json!(bytes.len())), "{shown}");
        let at_ben = stage.sandbox.bytes(&format!("/phones/{BEN}/messages/{sent}/media")).await;
        assert_eq!(at_ben, bytes, "{content}");

        let received = stage.ben(content.clone()).await;
        let told = stage.event("message.received", &received).await;
        assert_eq!((&told["content"]["type"], &told["content"]["size"]), (&content["type"], &json!(bytes.len())));
        assert!(told["content"]["remote"].is_null(), "the key is shown to nobody: {told}");
        let (status, fetched) = stage.client.bytes(&format!("/v1/sessions/anna/messages/{received}/media")).await;
        assert_eq!((status, fetched), (200, bytes));
    }
    let once = stage.send(json!({ "content": { "type": "image", "data": PNG }, "view_once": true })).await;
    assert_eq!(stage.shown(&once, |_| true).await["view_once"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_from_an_address() {
    let stage = Stage::set().await;
    let url = hosted(&stage, "lunch.png", base64(PNG)).await;
    let sent = stage.send(json!({ "content": { "type": "image", "url": url, "caption": "look" } })).await;
    let shown = stage.shown(&sent, |_| true).await;
    assert_eq!((&shown["type"], &shown["text"]), (&json!("image"), &json!("look")), "{shown}");
    assert_eq!(stage.sandbox.bytes(&format!("/phones/{BEN}/messages/{sent}/media")).await, base64(PNG));

    let document = stage.send(json!({ "content": { "type": "document", "url": url } })).await;
    assert_eq!(stage.shown(&document, |_| true).await["file_name"], "lunch.png");
    let lie = hosted(&stage, "lie.png", b"<html>".to_vec()).await;
    let refused = stage.refused(json!({ "content": { "type": "image", "url": lie } })).await;
    assert_eq!(refused, (400, "invalid".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_is_streamed() {
    let stage = Stage::set().await;
    let bytes: Vec<u8> = (0..12u32 << 18).flat_map(u32::to_le_bytes).collect();
    let path = format!("/v1/sessions/anna/files?to={BEN}&type=document&file_name=large.bin&wait=30");
    let (status, sent) = stage.client.put(&path, bytes.clone()).await;
    assert_eq!(status, 200, "{sent}");
    let id = sent["id"].as_str().unwrap();
    assert_eq!(stage.shown(id, |_| true).await["file_name"], "large.bin");
    let (status, own) = stage.client.bytes(&format!("/v1/sessions/anna/messages/{id}/media")).await;
    assert!(status == 200 && own == bytes, "{status}, {} bytes", own.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_comes_along_in_a_part_of_its_own() {
    let stage = Stage::set().await;
    let path = "/v1/sessions/anna/messages?wait=30";
    let message = |content: Value| json!({ "to": BEN, "content": content });
    let bytes: Vec<u8> = (0..3u32 << 18).flat_map(u32::to_le_bytes).collect();
    let document = message(json!({ "type": "document", "caption": "all of it" }));
    let (status, sent) = stage.client.parts(path, &document, &bytes).await;
    assert_eq!(status, 200, "{sent}");
    let id = sent["id"].as_str().unwrap();
    let shown = stage.shown(id, |_| true).await;
    assert_eq!((&shown["file_name"], &shown["text"]), (&json!("a.bin"), &json!("all of it")));
    assert!(stage.sandbox.bytes(&format!("/phones/{BEN}/messages/{id}/media")).await == bytes);

    let (status, problem) = stage.client.parts(path, &json!({ "to": BEN, "text": "no file" }), b"x").await;
    assert_eq!((status, &problem["field"]), (400, &json!("file")), "{problem}");
    let (status, problem) = stage.client.parts(path, &message(json!({ "type": "image" })), b"<html>").await;
    assert_eq!((status, &problem["field"]), (400, &json!("file")), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn thumbnails_and_waveforms_go_both_ways() {
    let stage = Stage::set().await;
    let image = stage.send(json!({ "content": { "type": "image", "data": PNG } })).await;
    let shown = stage.shown(&image, |_| true).await;
    assert_eq!(shown["jpeg_thumbnail"].as_array().unwrap()[..3], [json!(255), json!(216), json!(255)]);
    let ogg = [b"OggS\0\0".as_slice(), &(48_000u64 * 5).to_le_bytes(), &[0; 20]].concat();
    let note = json!({ "type": "audio", "voice": true, "waveform": [0, 50, 100], "data": in_base64(&ogg) });
    let shown = stage.shown(&stage.send(json!({ "content": note })).await, |_| true).await;
    assert_eq!((&shown["waveform"], &shown["seconds"]), (&json!([0, 50, 100]), &json!(5)));
    let loud = json!({ "type": "audio", "voice": true, "waveform": [101], "data": in_base64(&ogg) });
    assert_eq!(stage.refused(json!({ "content": loud })).await, (400, "invalid".to_owned()));

    let thumbnail = in_base64(b"\xff\xd8\xff small");
    let received = stage.ben(json!({ "type": "image", "data": PNG, "thumbnail": thumbnail })).await;
    assert_eq!(stage.event("message.received", &received).await["content"]["thumbnail"], json!(thumbnail));
    let received = stage.ben(json!({ "type": "audio", "voice": true, "waveform": [9, 8], "data": PNG })).await;
    assert_eq!(stage.event("message.received", &received).await["content"]["waveform"], json!([9, 8]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_such_file_is_refused() {
    let stage = Stage::set().await;
    let file = |content: Value| json!({ "content": content });
    let mut bomb = base64(PNG);
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    for content in [
        json!({ "type": "image", "data": in_base64(b"<html>") }),
        json!({ "type": "image", "data": in_base64(&bomb) }),
        json!({ "type": "image", "data": "***" }),
        json!({ "type": "image" }),
        json!({ "type": "image", "url": "http://169.254.169.254/latest" }),
        json!({ "type": "image", "url": "file:///etc/passwd" }),
        json!({ "type": "image", "data": PNG, "caption": "x".repeat(5000) }),
    ] {
        assert_eq!(stage.refused(file(content.clone())).await, (400, "invalid".to_owned()), "{content}");
    }
    let text = stage.send(json!({ "text": "no file" })).await;
    assert_eq!(stage.client.bytes(&format!("/v1/sessions/anna/messages/{text}/media")).await.0, 404);
    let image = stage.send(file(json!({ "type": "image", "data": PNG }))).await;
    stage.sandbox.post("/media/forget", json!({})).await;
    assert_eq!(stage.client.bytes(&format!("/v1/sessions/anna/messages/{image}/media")).await.0, 404);
}

/// Puts bytes on the network's media host, as they are; gives the address they are at.
async fn hosted(stage: &Stage, name: &str, bytes: Vec<u8>) -> String {
    let host = stage.sandbox.url().replace("ws://", "http://").replace("/ws/chat", "");
    let put = reqwest::Client::new().post(format!("{host}/mms/document/{name}")).body(bytes).send().await.unwrap();
    assert!(put.status().is_success(), "{name}: {}", put.status());
    format!("{host}/v/{name}")
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

fn in_base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

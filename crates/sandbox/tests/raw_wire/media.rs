//! The media host as any HTTP client sees it.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::control::Control;

const FILE: &str = "/v/token";
const UPLOAD: &str = "/mms/document/token";

/// The status, the head and the body of the answer. Only `sent` of the body goes out.
async fn ask(control: &Control, request: &str, length: usize, sent: &[u8]) -> (u16, String, Vec<u8>) {
    let mut stream = TcpStream::connect(control.addr()).await.unwrap();
    let head = format!("{request}host: 127.0.0.1\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(&[head.as_bytes(), sent].concat()).await.unwrap();
    if sent.len() < length {
        return (0, String::new(), Vec::new());
    }
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    (head[9..12].parse().unwrap(), head, answer[end + 4..].to_vec())
}

async fn put(control: &Control, query: &str, length: usize, sent: &[u8]) -> u16 {
    ask(control, &format!("POST {UPLOAD}{query} HTTP/1.1\r\n"), length, sent).await.0
}

async fn get(control: &Control, range: &str) -> (u16, String, Vec<u8>) {
    ask(control, &format!("GET {FILE} HTTP/1.1\r\n{range}"), 0, b"").await
}

async fn progress(control: &Control) -> Value {
    let (_, _, body) = ask(control, &format!("POST {UPLOAD}?resume=1 HTTP/1.1\r\n"), 0, b"").await;
    serde_json::from_slice::<Value>(&body).unwrap()["resume"].clone()
}

#[tokio::test]
async fn an_upload_that_was_cut_off_goes_on_where_it_was() {
    let control = Control::start().await;
    assert_eq!(progress(&control).await, "0");
    put(&control, "", 10, b"012345").await;
    while progress(&control).await != "6" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(get(&control, "").await.0, 404, "it is not whole yet");
    assert_eq!(put(&control, "?file_offset=7", 3, b"789").await, 409, "a piece is missing");
    assert_eq!(put(&control, "?file_offset=6", 4, b"6789").await, 200);
    assert_eq!((progress(&control).await, get(&control, "").await.2), (json!("complete"), b"0123456789".to_vec()));
}

#[tokio::test]
async fn an_upload_that_begins_anew_forgets_what_came_before() {
    let control = Control::start().await;
    put(&control, "", 10, b"abc").await;
    while progress(&control).await != "3" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(put(&control, "", 2, b"01").await, 200);
    assert_eq!(get(&control, "").await.2, b"01");
}

#[tokio::test]
async fn a_file_is_given_out_whole_or_in_ranges_until_it_is_forgotten() {
    let control = Control::start().await;
    assert_eq!(put(&control, "", 10, b"0123456789").await, 200);
    let (status, head, bytes) = get(&control, "range: bytes=2-4\r\n").await;
    assert_eq!((status, bytes.as_slice()), (206, &b"234"[..]));
    assert!(head.contains("content-range: bytes 2-4/10"), "{head}");
    let (status, _, bytes) = get(&control, "range: bytes=8-\r\n").await;
    assert_eq!((status, bytes.as_slice()), (206, &b"89"[..]));
    for wrong in ["bytes=10-", "bytes=4-2", "bytes=x-y", "lines=1-2"] {
        assert_eq!(get(&control, &format!("range: {wrong}\r\n")).await.0, 416, "{wrong}");
    }
    control.post("/media/forget", json!({})).await;
    assert_eq!((get(&control, "").await.0, progress(&control).await), (404, json!("0")));
}

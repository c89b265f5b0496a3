//! What becomes of news that come while a lane is read.

use switchboard_model::{DeliveryState, EventId, UserId, WebhookDialect};
use switchboard_store::webhooks::WebhookRow;

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_767_603_600);

fn endpoint() -> Endpoint {
    let row = WebhookRow {
        id: "hook".to_owned(),
        owner: UserId::ADMIN,
        session: None,
        own_of_session: false,
        kinds: Vec::new(),
        mode: WebhookMode::Parallel,
        dialect: WebhookDialect::Native,
        state: WebhookState::Active,
        reason: None,
        name: String::new(),
        url: "https://a.example".to_owned(),
        headers: Vec::new(),
        ignored_chats: Vec::new(),
        secrets: Vec::new(),
        created_at: NOW,
        updated_at: NOW,
    };
    row.into()
}

fn lane() -> Lane {
    Lane { webhook: "hook".to_owned(), session: "sales".parse().unwrap() }
}

fn board() -> Board {
    let mut board = Board::new(Arc::default());
    board.hold(vec![endpoint()]);
    board.news(vec![lane()], false);
    board
}

fn fetch(board: &mut Board) -> Option<Fetch> {
    match board.next(NOW) {
        Some(Action::Fetch(fetch)) => Some(fetch),
        Some(Action::Attempt(_)) => panic!("nothing was read yet"),
        None => None,
    }
}

/// Nothing is due, but a retry is some time later.
fn later(pause: Duration) -> Option<Page> {
    Some(Page { rows: Vec::new(), more: false, next: Some(NOW.after(pause)) })
}

const LONG: Duration = Duration::from_secs(3600);

#[test]
fn a_lane_with_nothing_due_waits_for_its_retry() {
    let mut board = board();
    let first = fetch(&mut board).unwrap();
    board.fetched(&first, later(LONG), NOW);
    assert!(fetch(&mut board).is_none());
    assert_eq!(board.next_timer(), Some(NOW.after(LONG)));
    board.wake(NOW.after(LONG));
    assert!(fetch(&mut board).is_some());
}

#[test]
fn news_that_come_while_a_page_is_read_do_not_wait_for_a_retry() {
    let mut board = board();
    let first = fetch(&mut board).unwrap();
    board.news(vec![lane()], false);
    assert!(fetch(&mut board).is_none(), "one page at a time");
    board.fetched(&first, later(LONG), NOW);
    assert!(fetch(&mut board).is_some());
}

#[test]
fn a_page_that_is_out_of_date_says_nothing() {
    let mut board = board();
    let first = fetch(&mut board).unwrap();
    board.news(vec![lane()], true);
    board.fetched(&first, later(LONG), NOW);
    assert_eq!(board.next_timer(), None);
    let second = fetch(&mut board).unwrap();
    board.fetched(&second, Some(Page { rows: vec![row()], more: false, next: None }), NOW);
    assert!(matches!(board.next(NOW), Some(Action::Attempt(_))));
}

#[test]
fn what_cannot_be_read_is_read_again_after_a_rest_or_with_the_next_news() {
    let mut board = board();
    let first = fetch(&mut board).unwrap();
    board.fetched(&first, None, NOW);
    assert!(fetch(&mut board).is_none());
    assert_eq!(board.next_timer(), Some(NOW.after(SHORT_REST)));
    board.wake(NOW.after(SHORT_REST));
    let second = fetch(&mut board).unwrap();
    board.news(vec![lane()], false);
    board.fetched(&second, None, NOW);
    assert!(fetch(&mut board).is_some());
}

fn row() -> DeliveryRow {
    DeliveryRow {
        pos: 7,
        webhook: "hook".to_owned(),
        session: lane().session,
        event: EventId("e".to_owned()),
        kind: "session.created".to_owned(),
        state: DeliveryState::Pending,
        attempts: 0,
        next_at: NOW,
        created_at: NOW,
        last: None,
    }
}

//! One event that a server will never take does not hold up all the others.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use switchboard_delivery::sinks::{Record, Sink, SinkError};

use super::Bench;

/// Takes batches whole or not at all, as Supabase does, and nothing with the event at this position in it.
#[derive(Clone)]
struct Picky {
    refuses: i64,
    taken: Arc<Mutex<Vec<i64>>>,
    most: Arc<Mutex<usize>>,
}

#[async_trait]
impl Sink for Picky {
    async fn publish(&mut self, batch: &[Record]) -> Result<(), SinkError> {
        let positions: Vec<_> = batch.iter().map(|record| record.event.position).collect();
        if positions.contains(&self.refuses) {
            return Err(SinkError::Unfit("too large".to_owned()));
        }
        *self.most.lock().unwrap() = positions.len();
        self.taken.lock().unwrap().extend(positions);
        Ok(())
    }

    async fn check(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

#[tokio::test]
async fn an_event_that_is_refused_for_good_is_set_aside_and_the_rest_arrive() {
    let mut bench = Bench::open().await;
    bench.emit(100).await;
    let sink = Picky { refuses: 57, taken: Arc::default(), most: Arc::default() };
    bench.follow(sink.clone());
    let last = i64::try_from(bench.ids().await.len()).unwrap();
    let begun = tokio::time::Instant::now();
    while sink.taken.lock().unwrap().last() != Some(&last) {
        assert!(begun.elapsed() < super::SOON, "{:?}", sink.taken);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    bench.stop().await;
    let wanted: Vec<_> = (1..=last).filter(|position| *position != 57).collect();
    assert_eq!(*sink.taken.lock().unwrap(), wanted);
    assert!(*sink.most.lock().unwrap() > 1, "batches grow again");
}

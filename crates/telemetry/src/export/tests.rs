use std::future::pending;

use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tonic::Status;

use super::*;

/// What a scripted collector does with the next export; when the script is at its end it never answers.
#[derive(Debug)]
enum Answer {
    Take,
    /// All but so many.
    Reject(usize),
    Refuse,
}

/// A collector in place of OTLP's: announces each chunk, then does as the script says.
#[derive(Debug)]
struct Scripted {
    batches: mpsc::UnboundedSender<(usize, Instant)>,
    script: Mutex<mpsc::UnboundedReceiver<Answer>>,
}

impl Collector for Scripted {
    async fn export(&self, chunk: &Chunk) -> Result<usize, Status> {
        self.batches.send((chunk.spans, Instant::now())).unwrap();
        match self.script.lock().await.recv().await {
            Some(Answer::Take) => Ok(0),
            Some(Answer::Reject(spans)) => Ok(spans),
            Some(Answer::Refuse) => Err(Status::internal("refused")),
            None => pending().await,
        }
    }
}

struct Bench {
    tracer: SdkTracer,
    batches: mpsc::UnboundedReceiver<(usize, Instant)>,
    script: mpsc::UnboundedSender<Answer>,
    task: JoinHandle<()>,
    stop: CancellationToken,
    lost: Lost,
}

fn bench(capacity: usize) -> Bench {
    let (batch_sender, batches) = mpsc::unbounded_channel();
    let (script, answers) = mpsc::unbounded_channel();
    let exporter = Scripted { batches: batch_sender, script: Mutex::new(answers) };
    let (stop, lost) = (CancellationToken::new(), Lost::default());
    let (queue, export) =
        Export::with_capacity(capacity, exporter, "http://collector:4317".into(), lost.clone(), stop.clone());
    let provider = SdkTracerProvider::builder().with_span_processor(queue).build();
    let tracer = provider.tracer("test");
    Bench { tracer, batches, script, task: tokio::spawn(export.run()), stop, lost }
}

impl Bench {
    fn spans(&self, count: usize) {
        for _ in 0..count {
            drop(self.tracer.start("span"));
        }
    }

    fn answers(&self, answers: impl IntoIterator<Item = Answer>) {
        answers.into_iter().for_each(|answer| self.script.send(answer).unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_batch_leaves_before_one_that_has_room() {
    let mut bench = bench(QUEUE);
    bench.answers([Answer::Take, Answer::Take, Answer::Take]);
    let begun = Instant::now();
    bench.spans(2 * CHUNK + 1);
    let mut next = async || bench.batches.recv().await.unwrap();
    let (first, second, third) = (next().await, next().await, next().await);
    assert_eq!([first.0, second.0, third.0], [CHUNK, CHUNK, 1]);
    assert!(second.1 - begun < third.1 - second.1, "{:?}", [begun, first.1, second.1, third.1]);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_drops_and_counts_and_the_service_goes_on() {
    let mut bench = bench(8);
    bench.spans(1);
    // The exporter holds this one; it answers when the script says so.
    assert_eq!(bench.batches.recv().await.unwrap().0, 1);
    bench.spans(11);
    assert_eq!(bench.lost.count(), 3);
    bench.answers([Answer::Take, Answer::Take]);
    assert_eq!(bench.batches.recv().await.unwrap().0, 8);
    bench.stop.cancel();
    bench.task.await.unwrap();
    assert_eq!(bench.lost.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_failed_export_is_counted_and_the_next_one_is_tried() {
    let mut bench = bench(QUEUE);
    bench.answers([Answer::Refuse, Answer::Take]);
    bench.spans(5);
    assert_eq!(bench.batches.recv().await.unwrap().0, 5);
    bench.spans(2);
    assert_eq!(bench.batches.recv().await.unwrap().0, 2);
    bench.stop.cancel();
    bench.task.await.unwrap();
    assert_eq!(bench.lost.count(), 5);
}

#[tokio::test(start_paused = true)]
async fn spans_that_the_collector_rejects_are_counted() {
    let mut bench = bench(QUEUE);
    bench.answers([Answer::Reject(2)]);
    bench.spans(5);
    assert_eq!(bench.batches.recv().await.unwrap().0, 5);
    bench.stop.cancel();
    bench.task.await.unwrap();
    assert_eq!(bench.lost.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_export_that_is_never_answered_is_given_up_and_counted() {
    let mut bench = bench(QUEUE);
    // The end of the script: nothing is answered from here on.
    bench.script = mpsc::unbounded_channel().0;
    bench.spans(4);
    assert_eq!(bench.batches.recv().await.unwrap().0, 4);
    bench.spans(3);
    // That the next batch comes at all says that the first one was given up.
    assert_eq!(bench.batches.recv().await.unwrap().0, 3);
    assert_eq!(bench.lost.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn what_is_queued_when_it_stops_is_still_sent() {
    let mut bench = bench(QUEUE);
    bench.answers([Answer::Take, Answer::Take, Answer::Take]);
    bench.spans(2 * CHUNK + 7);
    bench.stop.cancel();
    bench.task.await.unwrap();
    let mut sent = 0;
    while let Some((count, _)) = bench.batches.recv().await {
        sent += count;
    }
    assert_eq!((sent, bench.lost.count()), (2 * CHUNK + 7, 0));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_ended_counts_what_it_held() {
    let mut bench = bench(QUEUE);
    bench.spans(CHUNK + 9);
    assert_eq!(bench.batches.recv().await.unwrap().0, CHUNK);
    bench.task.abort();
    assert!((&mut bench.task).await.unwrap_err().is_cancelled());
    assert_eq!(bench.lost.count(), CHUNK as u64 + 9);
    bench.spans(1);
    assert_eq!(bench.lost.count(), CHUNK as u64 + 10);
}

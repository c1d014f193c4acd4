#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use super::*;

type Table = BTreeMap<&'static str, Status>;

impl Statuses for Table {
    fn status(&self, name: &str) -> Option<Status> {
        self.get(name).copied()
    }
}

fn serving(table: Table) -> (Arc<Current<Table>>, HealthService<Table>, CancellationToken) {
    let (current, end) = (Arc::new(Current::new(table)), CancellationToken::new());
    (current.clone(), HealthService::new(current, end.clone()), end)
}

fn asked(service: &str) -> Request<HealthCheckRequest> {
    Request::new(HealthCheckRequest { service: service.to_owned() })
}

async fn next(reports: &mut Reports) -> Option<Status> {
    reports.next().await.map(|report| report.unwrap().status())
}

#[tokio::test]
async fn a_name_that_nobody_has_is_not_found_by_a_check_and_watched_until_somebody_has_it() {
    let (current, health, _end) = serving(Table::new());
    assert_eq!(health.check(asked("new")).await.unwrap_err().code(), tonic::Code::NotFound);
    let mut reports = health.watch(asked("new")).await.unwrap().into_inner();
    assert_eq!(next(&mut reports).await, Some(Status::ServiceUnknown));
    current.update(|_| Table::from([("new", Status::Serving)]));
    assert_eq!(next(&mut reports).await, Some(Status::Serving));
    current.update(|_| Table::new());
    assert_eq!(next(&mut reports).await, Some(Status::ServiceUnknown));
}

#[tokio::test]
async fn a_change_of_others_is_not_told() {
    let (current, health, _end) = serving(Table::from([("a", Status::Serving)]));
    let mut reports = health.watch(asked("a")).await.unwrap().into_inner();
    assert_eq!(next(&mut reports).await, Some(Status::Serving));
    current.update(|_| Table::from([("a", Status::Serving), ("b", Status::Serving)]));
    let mut silent = std::pin::pin!(next(&mut reports));
    assert!(futures_util::poll!(&mut silent).is_pending());
    current.update(|_| Table::from([("a", Status::NotServing)]));
    assert_eq!(silent.await, Some(Status::NotServing));
}

#[tokio::test]
async fn a_change_between_two_reports_is_not_missed() {
    let (current, health, _end) = serving(Table::from([("a", Status::Serving)]));
    let mut reports = health.watch(asked("a")).await.unwrap().into_inner();
    assert_eq!(next(&mut reports).await, Some(Status::Serving));
    current.update(|_| Table::from([("a", Status::NotServing)]));
    assert_eq!(next(&mut reports).await, Some(Status::NotServing));
}

#[tokio::test]
async fn at_the_end_a_watch_says_what_changed_and_ends() {
    let (current, health, end) = serving(Table::from([("a", Status::Serving)]));
    let mut reports = health.watch(asked("a")).await.unwrap().into_inner();
    assert_eq!(next(&mut reports).await, Some(Status::Serving));
    current.update(|_| Table::from([("a", Status::NotServing)]));
    end.cancel();
    assert_eq!(next(&mut reports).await, Some(Status::NotServing));
    assert_eq!(next(&mut reports).await, None);
}

#[tokio::test]
async fn a_watch_that_begins_after_the_end_is_answered_once() {
    let (_current, health, end) = serving(Table::from([("a", Status::NotServing)]));
    end.cancel();
    let mut reports = health.watch(asked("a")).await.unwrap().into_inner();
    assert_eq!(next(&mut reports).await, Some(Status::NotServing));
    assert_eq!(next(&mut reports).await, None);
}

#[test]
fn what_was_read_stays_as_it_was() {
    let current = Current::new(1);
    let read = current.load();
    current.update(|value| value + 1);
    assert_eq!((**read, **current.load()), (1, 2));
}

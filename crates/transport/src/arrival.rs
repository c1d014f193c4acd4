//! Calls a tower service in the order its requests arrive. hyper asks for each reply's future in that order and gives it to
//! a task; hyper-util's own adapter calls the service only inside that task, and tasks run in any order.

use std::task::{Context, Poll, Waker};

use futures_util::future::Either;
use hyper::service::Service as HyperService;
use tower::util::Oneshot;
use tower::{Service, ServiceExt};

/// A tower service as hyper calls it.
#[derive(Debug, Clone)]
pub(crate) struct InOrder<S>(pub(crate) S);

impl<S, R> HyperService<R> for InOrder<S>
where
    S: Service<R> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Either<S::Future, Oneshot<S, R>>;

    fn call(&self, request: R) -> Self::Future {
        let mut service = self.0.clone();
        match service.poll_ready(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(())) => Either::Left(service.call(request)),
            // One that has to be waited for, or has failed, is asked again in the reply's own task.
            _ => Either::Right(service.oneshot(request)),
        }
    }
}

//! Calls a tower service in the order its requests arrive: where the request is accepted, and not in the task that its
//! reply is made in, as tasks run in any order.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_util::future::Either;
use tower::util::Oneshot;
use tower::{Service, ServiceExt};

/// The reply's future.
pub(crate) type Reply<S, R> = Either<<S as Service<R>>::Future, Pin<Box<Oneshot<S, R>>>>;

/// Hands the request to the service now.
pub(crate) fn in_order<S, R>(service: &S, request: R) -> Reply<S, R>
where
    S: Service<R> + Clone,
{
    let mut service = service.clone();
    match service.poll_ready(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(())) => Either::Left(service.call(request)),
        // One that has to be waited for, or has failed, is asked again in the reply's own task. It is rare, and holds the
        // whole request: boxed, it takes no room in every reply.
        _ => Either::Right(Box::pin(service.oneshot(request))),
    }
}

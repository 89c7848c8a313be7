use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};

use tokio::sync::Semaphore;

use crate::Error;

/// Waits for something on a thread that may block, within a runtime or without one.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Does what may block on a thread where it may, as soon as there is leave for it.
pub(crate) async fn apart<T: Send + 'static>(
    leave: &Arc<Semaphore>,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let leave = leave.clone().acquire_owned().await;
    let leave = leave.map_err(|_| Error::Closed)?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work();
        drop(leave);
        done
    });
    let done = done.await;
    done.map_err(|error| Error::Inconsistent(format!("a thread stopped: {error}")))?
}

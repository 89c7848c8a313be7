//! The thread that carries bytes to and from other machines, for every connection of this process.

use std::{future::Future, sync::Mutex};

use tokio::runtime::{Builder, Handle, Runtime};

use crate::{Error, block::block_on, shared::hold};

static RUNTIME: Mutex<Option<Runtime>> = Mutex::new(None);

/// Where what goes on by itself is spawned.
pub(crate) fn handle() -> Result<Handle, Error> {
    let mut runtime = hold(&RUNTIME);
    if let Some(runtime) = &*runtime {
        return Ok(runtime.handle().clone());
    }
    let made = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("gewang-carrier")
        .enable_all()
        .build()?;
    Ok(runtime.insert(made).handle().clone())
}

/// Waits for something that needs sockets and timers, on a thread that may block. What it computes (hashing, sealing) it
/// computes on that thread; only the waiting is the carrier's.
pub(crate) fn wait_for<F: Future>(future: F) -> Result<F::Output, Error> {
    let handle = handle()?;
    let _entered = handle.enter();
    Ok(block_on(future))
}

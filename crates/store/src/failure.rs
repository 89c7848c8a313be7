use crate::{
    Error,
    post::{Item, Job, Returned, Sheet},
    scribe::{Done, Scribe},
};

impl Scribe {
    /// Tries again to write what is stuck; posts that came meanwhile are decided then.
    pub(crate) fn mend(&mut self) -> bool {
        let mended = self.fair.mend();
        if mended {
            // The decider outlives the scribe's work.
            let _ = self.jobs.send(Job::Failed);
        }
        mended
    }

    /// Until the decider has returned to what was answered, nothing that it decided counts.
    pub(crate) fn take_after_failure(&mut self, sheet: Sheet) {
        match sheet {
            Sheet::Part(_) | Sheet::Commit => {}
            Sheet::Item(item @ Item::Allowance { .. }) if self.fair.stuck.is_some() => {
                self.between(item);
                self.mend();
            }
            Sheet::Post(_, item, _) | Sheet::Item(item) => {
                if self.fair.stuck.is_some()
                    && !self.mend()
                    && let Some(error) = &self.fair.stuck
                {
                    item.fail(again(error));
                } else if let Some(returned) = &mut self.returned {
                    returned.push(item);
                }
            }
            Sheet::Resume(give) => {
                let items = self.returned.take().unwrap_or_default();
                self.careful = items.len();
                let head = self.head;
                // A decider that is gone needs nothing.
                let _ = give.send(Returned { head, items });
            }
        }
    }

    /// Takes the group back. `last` is the post that could not be written.
    pub(crate) fn fail(&mut self, error: Error, last: Option<Item>) {
        let group = std::mem::take(&mut self.group);
        let waiting = group.done.len() + usize::from(last.is_some());
        tracing::error!(%error, waiting, "a group was taken back");
        self.take_back(&error);
        let mut posts = Vec::new();
        for done in group.done {
            match done {
                Done::Post(item, _) => posts.push(item),
                Done::Written { reply, .. } => drop(reply.send(Err(again(&error)))),
            }
        }
        posts.extend(last);
        // One fault never spoils its neighbours: each of them is tried by itself.
        if matches!(error, Error::Full) || waiting == 1 {
            for post in posts.drain(..) {
                post.fail(again(&error));
            }
        }
        self.returned = Some(posts);
        if self.fair.stuck.is_none() {
            // The decider outlives the scribe's work.
            let _ = self.jobs.send(Job::Failed);
        }
    }

    pub(crate) fn take_back(&mut self, error: &Error) {
        self.fair.rollback();
        if matches!(error, Error::Full) {
            self.make_room();
        }
        self.fair.take_back();
        if self.fair.stuck.is_none() {
            self.indexer.wake();
        }
    }

    /// The write-ahead log may be what fills the disk: what it holds more than once is let go. Posts after this one may
    /// then find room; if they do not, the log was not it.
    fn make_room(&self) {
        let made = self
            .fair
            .link
            .one("PRAGMA wal_checkpoint(TRUNCATE)", &[], |row| {
                row.get::<i64>(0)
            });
        tracing::warn!(
            made = made.is_ok_and(|busy| busy == Some(0)),
            "the disk is full: the write-ahead log was put away"
        );
    }
}

/// The error for another of those who shared a transaction.
pub(crate) fn again(error: &Error) -> Error {
    match error {
        Error::Full => Error::Full,
        Error::Again(why) => Error::Again(why.clone()),
        other => Error::Inconsistent(other.to_string()),
    }
}

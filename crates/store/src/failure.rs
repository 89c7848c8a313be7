use crate::{
    Error,
    post::{Item, Job, Returned, Sheet},
    scribe::{Done, Scribe},
};

/// So often what may succeed the next time is tried.
const TRIES: u32 = 5;

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
            Sheet::Part(_) | Sheet::Commit | Sheet::Follow => {}
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
                let returned = Returned {
                    head: self.head,
                    items: self.returned.take().unwrap_or_default(),
                    followed: std::mem::take(&mut self.followed),
                };
                // A decider that is gone needs nothing.
                let _ = give.send(returned);
            }
        }
    }

    /// Takes the group back. `last` is the post that could not be written.
    pub(crate) fn fail(&mut self, error: Error, last: Option<Item>) {
        let group = std::mem::take(&mut self.group);
        let waiting = group.done.len() + usize::from(last.is_some());
        self.take_back(&error);
        let (error, retry) = self.judged(error);
        if !retry {
            tracing::error!(%error, waiting, "a group was taken back");
        }
        let mut posts = Vec::new();
        for done in group.done {
            match done {
                Done::Post(item, _) => posts.push(item),
                Done::Written { reply, .. } => drop(reply.send(Err(again(&error)))),
            }
        }
        posts.extend(last);
        // One fault never spoils its neighbours: each of them is tried by itself.
        if !retry && (matches!(error, Error::Full | Error::Again(_)) || waiting == 1) {
            for post in posts.drain(..) {
                post.fail(again(&error));
            }
        }
        if !retry {
            self.careful = posts.len();
        }
        self.returned = Some(posts);
        if self.fair.stuck.is_none() {
            // The decider outlives the scribe's work.
            let _ = self.jobs.send(Job::Failed);
        }
    }

    /// What a failure really was, and whether all of it is simply done again: another node was quicker, or the database asks
    /// for it.
    fn judged(&mut self, error: Error) -> (Error, bool) {
        if self.fair.link.is_sqlite() {
            return (error, false);
        }
        match self.was_overtaken() {
            Ok(true) => (error, true),
            Ok(false) => {
                self.tries += 1;
                let retry = matches!(error, Error::Again(_)) && self.tries < TRIES;
                (error, retry)
            }
            Err(worse) => (worse, false),
        }
    }

    pub(crate) fn take_back(&mut self, error: &Error) {
        self.fair.rollback();
        if matches!(error, Error::Full) && self.fair.link.is_sqlite() {
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

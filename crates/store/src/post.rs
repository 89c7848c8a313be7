//! What passes between those who post, the one who decides and the one who writes.
//!
//! A post is worked on by two threads, so that two cores share it. The decider ([`crate::decider`]) asks the engine,
//! seals, hashes and applies; the scribe ([`crate::scribe`]) writes what was decided, commits, and only then answers.
//! The decider does not wait for the disk: it goes on from what it holds in memory, [`crate::desk`], and lets go of
//! that as the database follows. Whenever nothing is left to write, or a group is full, the scribe puts the group into the
//! redo log ([`crate::redo`]) and answers; the database ([`crate::fair`]) commits many groups at once, a little later, or as
//! soon as somebody wants to read. A post is never split between groups.
//!
//! A group that cannot be written (a full disk, a fault) is taken back, and with it everything that was decided on top
//! of it: the scribe writes nothing more until the decider, told by [`Job::Failed`], has returned to what was answered;
//! then the posts are decided again, each in a group of its own, so that none fails for its neighbour's fault.

use std::{
    ops::Range,
    sync::{Arc, mpsc::SyncSender},
};

use gewang_engine::{Engine, Outcome, Submission};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::{
    Error, Head, LiveEntry,
    follow::Followed,
    link::{Link, Text},
    records::Involved,
    seal::NewKey,
    tallies::Additions,
};

/// What waits for the decider.
pub(crate) enum Job {
    /// Something to be done.
    Item(Item),
    /// A group was taken back.
    Failed,
    /// What was computed was computed anew: nothing that was read before is believed.
    Rebuilt,
    /// Nobody is left who could post.
    Close,
}

/// Something to be done, and whom to answer.
pub(crate) enum Item {
    Post {
        submissions: Vec<Submission>,
        reply: Reply<Answer>,
        /// Held until the answer, so that others wait before handing over.
        _permit: Option<OwnedSemaphorePermit>,
    },
    Write {
        work: Work,
        reply: Reply<()>,
        _permit: Option<OwnedSemaphorePermit>,
    },
    Rebuild {
        reply: Reply<()>,
    },
    Allowance {
        bytes: u64,
        reply: Reply<()>,
    },
}

pub(crate) type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// The outcomes of a post, and the post itself: whoever made it throws it away.
pub(crate) type Answer = (Vec<Outcome>, Vec<Submission>);

/// Something small to write beside the journal.
pub(crate) type Work = Box<dyn FnOnce(&Link, &str) -> Result<(), Error> + Send>;

impl Item {
    /// Tells whoever waits that it came to nothing.
    pub fn fail(self, error: Error) {
        // Whoever asked may have gone: then nobody needs the answer.
        match self {
            Item::Post { reply, .. } => drop(reply.send(Err(error))),
            Item::Write { reply, .. } | Item::Rebuild { reply } | Item::Allowance { reply, .. } => {
                drop(reply.send(Err(error)))
            }
        }
    }
}

/// What the scribe is handed, in the order in which it is to be written.
pub(crate) enum Sheet {
    /// A part of a post.
    Part(Box<Decided>),
    /// The last part of a post, and its answer.
    Post(Box<Decided>, Item, Result<Vec<Outcome>, Error>),
    /// What needs no deciding, or was not decided because of a failure.
    Item(Item),
    /// Somebody wants to read what was answered.
    Commit,
    /// Another node wrote, they say.
    Follow,
    /// After a failure: give back what was not written, and write again.
    Resume(SyncSender<Returned>),
}

/// What a failure left behind.
pub(crate) struct Returned {
    /// The end of the journal as it was answered, and as the database has it.
    pub head: Head,
    /// What was not written, in order.
    pub items: Vec<Item>,
    /// What other nodes wrote meanwhile.
    pub followed: Followed,
}

/// Decided commands, ready to be written.
#[derive(Default)]
pub(crate) struct Decided {
    pub lines: Vec<Line>,
    /// The bytes of the lines' texts, all in one: such a buffer goes back to the decider when it is written, so that no
    /// text is made by one thread and thrown away by the other.
    pub texts: Vec<u8>,
    /// Only in the last part of a post, for the whole of it, like all that follow.
    pub additions: Additions,
    pub involved: Vec<Involved>,
    /// The engine after these lines, where they changed it.
    pub engine: Option<Engine>,
    /// Whether the set-up changed.
    pub ruled: bool,
}

impl Decided {
    /// One of the texts.
    pub fn text(&self, range: &Range<usize>) -> Text<'_> {
        Text(&self.texts[range.clone()])
    }
}

/// One entry, ready to be written.
pub(crate) struct Line {
    pub live: Arc<LiveEntry>,
    pub part: usize,
    pub hash: [u8; 32],
    /// Where its canonical bytes stand in the texts.
    pub canonical: Range<usize>,
    /// Keys of personal data that it made.
    pub keys: Vec<NewKey>,
    /// Where the record after it stands in the texts, as JSON; only in the last line of each record within its part.
    pub body: Option<Range<usize>>,
    /// Whether the record came to be within its part.
    pub fresh: bool,
}

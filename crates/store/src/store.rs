use std::{
    path::Path,
    sync::{Arc, Mutex, atomic::Ordering, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use arc_swap::ArcSwap;
use gewang_engine::{Engine, Outcome, Submission};
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, oneshot};

use crate::{
    Batch, Error, Head, Home, Reader,
    accounts::{self, Account, Look, Session, Token},
    block::{apart, block_on},
    carry,
    decider::Decider,
    disk::Disk,
    follower::Follower,
    indexer::Indexer,
    journal,
    link::Link,
    lock::Lock,
    post::{Item, Job, Sheet},
    records,
    redo::Tail,
    schema,
    scribe::Scribe,
    seal::Master,
    shared::{Shared, hold},
};

mod files;

/// A town's memory: one data directory, held by one process. Clones share it; it closes when the last is dropped.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// What may be set when a store is opened.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many may read at once.
    pub readers: usize,
    /// How many commands may wait for the writer; who posts more waits before handing them over.
    pub waiting: u32,
    /// How many commits a slow subscriber may fall behind before it misses some.
    pub backlog: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            readers: 8,
            waiting: 8192,
            backlog: 256,
        }
    }
}

/// So long this node has for what another wrote.
const FOLLOWING: Duration = Duration::from_secs(3);
/// How many parts of posts may wait for the scribe.
const SHEETS: usize = 64;

struct Inner {
    shared: Arc<Shared>,
    jobs: mpsc::Sender<Job>,
    /// To call the scribe; gone first when the store closes, so that the scribe ends with the decider.
    sheets: Option<mpsc::SyncSender<Sheet>>,
    /// Where several nodes write: gone before the scribe, too.
    follower: Option<Follower>,
    waiting: Arc<Semaphore>,
    most_waiting: u32,
    pool: Mutex<Vec<Reader>>,
    readers: Arc<Semaphore>,
    /// Who carries a file: a place that answers late keeps nobody from reading anything else.
    carriers: Arc<Semaphore>,
    most_readers: usize,
    decider: Option<JoinHandle<()>>,
    scribe: Option<JoinHandle<()>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.sheets = None;
        self.follower = None;
        // Where they are gone already there is nothing to end.
        let _ = self.jobs.send(Job::Close);
        for thread in [self.decider.take(), self.scribe.take()]
            .into_iter()
            .flatten()
        {
            // One that panicked has logged why; there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

impl Store {
    /// Opens a domain: takes the lock of a data directory, brings the schema up to date, proves the journal's tail and loads
    /// the set-up and the roster. Fails with [`Error::Empty`], [`Error::InUse`], [`Error::Broken`], [`Error::Later`].
    pub fn open(home: impl Into<Home>) -> Result<Store, Error> {
        Store::open_with(home, Options::default())
    }

    /// [`Store::open`] with options.
    pub fn open_with(home: impl Into<Home>, options: Options) -> Result<Store, Error> {
        let home = home.into();
        if home.is_sqlite() && !home.dir.join(schema::DATABASE).is_file() {
            return Err(Error::Empty);
        }
        let lock = Lock::of(&home)?;
        let link = home.writer()?;
        let files = home.room()?;
        // Other nodes may be writing meanwhile.
        let state = link.snapshot()?;
        let (domain, founding) = carry::standing(&state, home.domain.as_deref())?;
        let domain: Arc<str> = domain.into();
        if !home.dir.join("master.key").is_file() {
            return Err(Error::Seal("master.key is missing"));
        }
        let master = Master::of(&home.dir)?;
        journal::check_tail(&state, &domain, &master)?;
        let engine = records::engine(&state, &domain, &files, founding)?;
        let head = journal::head(&state, &domain)?;
        drop(state);
        let engine = ArcSwap::from_pointee(engine);
        let backlog = options.backlog;
        let shared = Shared::new(home, files, domain, engine, master, head.seq, backlog);
        Store::start(shared, link, lock, head, options)
    }

    pub(crate) fn start(
        shared: Shared,
        link: Link,
        lock: Option<Lock>,
        head: Head,
        options: Options,
    ) -> Result<Store, Error> {
        let shared = Arc::new(shared);
        let (jobs, queue) = mpsc::channel();
        let indexer = Indexer::start(shared.clone())?;
        let kind = if head.seq == 0 {
            let kind = shared.engine.load().setup().town().hash;
            journal::set_hash_kind(&link, &shared.domain, kind)?;
            kind
        } else {
            journal::hash_kind(&link, &shared.domain)?
        };
        let (sheets, written) = mpsc::sync_channel(SHEETS);
        let reading = shared.home.reader()?;
        let (disk, tail) = match shared.home.is_sqlite() {
            true => {
                let key = shared.master.secret(&shared.domain, "redo");
                let (disk, tail) = Disk::open(&shared.home.dir, key, head.seq)?;
                (Some(disk), tail)
            }
            false => (None, Tail::default()),
        };
        let mut decider = Decider::new(reading, shared.clone(), kind, head, sheets.clone())?;
        let mut scribe = Scribe::new(link, shared.clone(), disk, head, indexer, jobs.clone())?;
        scribe.restore(decider.restore(tail)?)?;
        let decider = std::thread::Builder::new()
            .name("gewang-decider".into())
            .spawn(move || decider.run(queue))?;
        let scribe = std::thread::Builder::new()
            .name("gewang-scribe".into())
            .spawn(move || {
                scribe.run(written);
                drop(lock);
            })?;
        let follower = Follower::start(&shared, &sheets)?;
        let waiting = options.waiting.max(500);
        Ok(Store {
            inner: Arc::new(Inner {
                shared,
                jobs,
                sheets: Some(sheets),
                follower,
                waiting: Arc::new(Semaphore::new(waiting as usize)),
                most_waiting: waiting,
                pool: Mutex::new(Vec::new()),
                readers: Arc::new(Semaphore::new(options.readers.max(1))),
                carriers: Arc::new(Semaphore::new(files::CARRIERS)),
                most_readers: options.readers.max(1),
                decider: Some(decider),
                scribe: Some(scribe),
            }),
        })
    }

    /// The domain's id.
    pub fn domain(&self) -> &str {
        &self.inner.shared.domain
    }

    /// The data directory.
    pub fn dir(&self) -> &Path {
        &self.inner.shared.home.dir
    }

    /// Where it is remembered.
    pub fn home(&self) -> &Home {
        &self.inner.shared.home
    }

    /// Whether other processes may write the same journal.
    pub fn is_shared(&self) -> bool {
        !self.home().is_sqlite()
    }

    /// The engine as the last commit left it: set-up and roster.
    pub fn engine(&self) -> Arc<Engine> {
        self.inner.shared.engine.load_full()
    }

    /// The sequence number of the last entry committed.
    pub fn head(&self) -> u64 {
        self.inner.shared.head.load(Ordering::Acquire)
    }

    /// [`Store::head`], after an entry that another node wrote had time to come to this one.
    pub async fn reach(&self, seq: u64) -> Result<u64, Error> {
        if self.is_shared() && seq > self.head() {
            let written = self.read(|reader| Ok(reader.head()?.seq)).await?;
            let until = tokio::time::Instant::now() + FOLLOWING;
            while self.head() < seq.min(written) && tokio::time::Instant::now() < until {
                if let Some(sheets) = &self.inner.sheets {
                    // A scribe with that much to do finds out by itself.
                    let _ = sheets.try_send(Sheet::Follow);
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        Ok(self.head())
    }

    /// The sequence number up to which searching knows the journal.
    pub fn searched(&self) -> u64 {
        self.inner.shared.searched.load(Ordering::Acquire)
    }

    /// From now on one batch for each commit. A receiver that lags behind gets `Lagged` and catches up with
    /// [`Reader::live_since`].
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Batch>> {
        self.inner.shared.batches.subscribe()
    }

    /// Posts commands; the outcomes stand in the same order and are durable. All of them share one transaction, so that
    /// after an error (a full disk) none took effect; a refused command is no error.
    pub async fn post(&self, submissions: Vec<Submission>) -> Result<Vec<Outcome>, Error> {
        self.inner.shared.check()?;
        let permit = self.permit(submissions.len()).await?;
        let (reply, answer) = oneshot::channel();
        self.hand_over(Item::Post {
            submissions,
            reply,
            _permit: Some(permit),
        })?;
        let (outcomes, _) = answer.await.map_err(|_| Error::Closed)??;
        Ok(outcomes)
    }

    /// [`Store::post`] for a thread that may block.
    pub fn post_now(&self, submissions: Vec<Submission>) -> Result<Vec<Outcome>, Error> {
        self.inner.shared.check()?;
        let (reply, answer) = oneshot::channel();
        self.hand_over(Item::Post {
            submissions,
            reply,
            _permit: None,
        })?;
        let (outcomes, _) = block_on(answer).map_err(|_| Error::Closed)??;
        Ok(outcomes)
    }

    /// Asks a reader, on a thread where it may block.
    pub async fn read<T, F>(&self, ask: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> Result<T, Error> + Send + 'static,
    {
        let store = self.clone();
        apart(&self.inner.readers, move || store.read_now(ask)).await
    }

    /// [`Store::read`] for a thread that may block.
    pub fn read_now<T>(&self, ask: impl FnOnce(&Reader) -> Result<T, Error>) -> Result<T, Error> {
        self.inner.shared.catch_up(|| {
            if let Some(sheets) = &self.inner.sheets {
                // A scribe with that much to do looks for those who wait by itself.
                let _ = sheets.try_send(Sheet::Commit);
            }
        });
        let idle = hold(&self.inner.pool).pop();
        let reader = match idle {
            Some(reader) => reader,
            None => Reader::open(self.inner.shared.clone())?,
        };
        let answer = ask(&reader);
        let mut pool = hold(&self.inner.pool);
        if pool.len() < self.inner.most_readers {
            pool.push(reader);
        }
        answer
    }

    /// From now on posts fail with [`Error::Broken`], because the journal was found not to prove itself.
    pub fn distrust(&self, seq: u64, why: String) {
        *hold(&self.inner.shared.broken) = Some((seq, why));
    }

    /// The entry at which the journal was found broken, if it was.
    pub fn distrusted(&self) -> Option<(u64, String)> {
        hold(&self.inner.shared.broken).clone()
    }

    /// Adds an account. Fails with [`Error::NameTaken`].
    pub async fn add_account(&self, account: Account) -> Result<(), Error> {
        self.write(move |link, domain| accounts::add(link, domain, &account))
            .await
    }

    /// Sets an account's password (its PHC string) and ends its sessions.
    pub async fn set_password(&self, name: &str, phc: String) -> Result<bool, Error> {
        let name = name.to_owned();
        self.write(move |link, domain| accounts::set_password(link, domain, &name, &phc))
            .await
    }

    /// Disables an account (which ends its sessions) or enables it again; false where there is none of that name.
    pub async fn disable_account(&self, name: &str, disabled: bool) -> Result<bool, Error> {
        let name = name.to_owned();
        self.write(move |link, domain| accounts::disable(link, domain, &name, disabled))
            .await
    }

    /// Keeps a session.
    pub async fn add_session(&self, session: Session) -> Result<(), Error> {
        self.write(move |link, domain| accounts::add_session(link, domain, &session))
            .await
    }

    /// Ends a session.
    pub async fn end_session(&self, hash: [u8; 32]) -> Result<(), Error> {
        self.write(move |link, domain| accounts::end_session(link, domain, &hash))
            .await
    }

    /// Forgets sessions and bearer tokens that expired before `now`.
    pub async fn forget_expired(&self, now: Timestamp) -> Result<(), Error> {
        self.write(move |link, domain| accounts::forget_expired(link, domain, now))
            .await
    }

    /// Keeps a bearer token; one of the same account and name is replaced.
    pub async fn add_token(&self, token: Token) -> Result<(), Error> {
        self.write(move |link, domain| accounts::add_token(link, domain, &token))
            .await
    }

    /// Withdraws a bearer token; false where there is none.
    pub async fn end_token(&self, account: &str, name: &str) -> Result<bool, Error> {
        let (account, name) = (account.to_owned(), name.to_owned());
        self.write(move |link, domain| accounts::end_token(link, domain, &account, &name))
            .await
    }

    /// Notes that somebody looks at personal data. Await it before handing them out: what was seen is then on disk.
    pub async fn look(&self, look: Look) -> Result<(), Error> {
        self.write(move |link, domain| accounts::look(link, domain, &look))
            .await
    }

    /// A secret of this domain for one use, the same for ever (it follows from the master key).
    pub fn secret(&self, name: &str) -> [u8; 32] {
        self.inner
            .shared
            .master
            .secret(&self.inner.shared.domain, name)
    }

    /// Makes records, tallies and parties anew from the journal.
    pub async fn rebuild(&self) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.hand_over(Item::Rebuild { reply })?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// Limits the database to so many bytes (0: as many as there is room for). Posts beyond fail with [`Error::Full`].
    pub async fn set_allowance(&self, bytes: u64) -> Result<(), Error> {
        let (reply, answer) = oneshot::channel();
        self.hand_over(Item::Allowance { bytes, reply })?;
        answer.await.map_err(|_| Error::Closed)?
    }

    /// Something small to write beside the journal, in the writer's next transaction.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Link, &str) -> Result<T, Error> + Send + 'static,
    {
        let permit = self.permit(1).await?;
        let (item, result, answer) = written(work, Some(permit));
        self.hand_over(item)?;
        answer.await.map_err(|_| Error::Closed)??;
        hold(&result).take().ok_or(Error::Closed)
    }

    pub(crate) fn write_now<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Link, &str) -> Result<T, Error> + Send + 'static,
    {
        let (item, result, answer) = written(work, None);
        self.hand_over(item)?;
        block_on(answer).map_err(|_| Error::Closed)??;
        hold(&result).take().ok_or(Error::Closed)
    }

    async fn permit(&self, commands: usize) -> Result<OwnedSemaphorePermit, Error> {
        let permits = u32::try_from(commands)
            .unwrap_or(u32::MAX)
            .clamp(1, self.inner.most_waiting);
        self.inner
            .waiting
            .clone()
            .acquire_many_owned(permits)
            .await
            .map_err(|_| Error::Closed)
    }

    fn hand_over(&self, item: Item) -> Result<(), Error> {
        self.inner.shared.waiting.fetch_add(1, Ordering::Release);
        self.inner
            .jobs
            .send(Job::Item(item))
            .map_err(|_| Error::Closed)
    }
}

type Kept<T> = Arc<Mutex<Option<T>>>;

fn written<T, F>(
    work: F,
    permit: Option<OwnedSemaphorePermit>,
) -> (Item, Kept<T>, oneshot::Receiver<Result<(), Error>>)
where
    T: Send + 'static,
    F: FnOnce(&Link, &str) -> Result<T, Error> + Send + 'static,
{
    let result: Kept<T> = Arc::default();
    let kept = result.clone();
    let (reply, answer) = oneshot::channel();
    let work = Box::new(move |link: &Link, domain: &str| {
        *hold(&kept) = Some(work(link, domain)?);
        Ok(())
    });
    (
        Item::Write {
            work,
            reply,
            _permit: permit,
        },
        result,
        answer,
    )
}

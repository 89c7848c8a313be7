//! PostgreSQL behind a face that blocks: readers, the decider and the scribe are threads of their own, which may wait.

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, VecDeque},
    future::{Future, poll_fn, ready},
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use futures_util::Stream;
use tokio_postgres::{Client, Config, NoTls, RowStream, Statement};

use super::{Given, Kept, Row, Told, given::Owned};
use crate::{Error, block::block_on, error::is_outdated, runtime};

/// How many statements stay prepared.
const PREPARED: usize = 256;
/// So long somebody waits for a connection, unless the address says otherwise.
const PATIENCE: Duration = Duration::from_secs(10);
/// So long the other end may leave a message unacknowledged or say nothing before it is asked whether it is there, unless
/// the address says otherwise.
const SILENCE: Duration = Duration::from_secs(30);

/// A connection to PostgreSQL. One that was lost is made anew when it is needed next, outside a transaction.
pub(crate) struct Session {
    config: Config,
    client: RefCell<Arc<Client>>,
    statements: RefCell<Statements>,
    /// The walks that are under way, each begun within the one before it.
    walks: RefCell<Vec<Walk>>,
    /// What was sent and not heard of yet.
    sent: RefCell<Vec<Sent>>,
    /// Whether a transaction is open, and whether a statement of it failed: PostgreSQL would end such a one with a rollback
    /// that looks like a commit.
    within: Cell<bool>,
    failed: Cell<bool>,
}

/// How to connect to an address; what it leaves open is set.
pub(crate) fn config(address: &str) -> Result<Config, Error> {
    let mut config: Config = address.parse()?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(PATIENCE);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
        config.keepalives_idle(SILENCE);
    }
    if config.get_application_name().is_none() {
        config.application_name("gewang");
    }
    Ok(config)
}

impl Session {
    /// Connects to `postgres://…` or `host=… dbname=…`.
    pub fn open(address: &str) -> Result<Session, Error> {
        let config = config(address)?;
        Ok(Session {
            client: RefCell::new(Arc::new(connect(&config)?)),
            config,
            statements: RefCell::default(),
            walks: RefCell::default(),
            sent: RefCell::default(),
            within: Cell::new(false),
            failed: Cell::new(false),
        })
    }

    pub fn is_in_transaction(&self) -> bool {
        self.within.get()
    }

    pub(super) fn walk(
        &self,
        kept: Kept,
        sql: &str,
        given: &[Given<'_>],
        told: Told<'_>,
    ) -> Result<(), Error> {
        let client = self.client()?;
        let rows = match kept {
            Kept::Yes => {
                let statement = self.statement(&client, sql)?;
                self.ask(client.query_raw(&statement, given))?
            }
            Kept::No => {
                let given = given.iter().map(|value| (value, value.kind()));
                self.ask(client.query_typed_raw(sql, given))?
            }
        };
        let place = Place::take(&self.walks, rows);
        while let Some(row) = place.next() {
            let row = row.map_err(|error| self.fault(error))?;
            if told(&Row::Postgres(&row))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn execute(&self, sql: &str, given: &[Given<'_>]) -> Result<usize, Error> {
        let client = self.client()?;
        let statement = self.statement(&client, sql)?;
        Ok(self.ask(client.execute_raw(&statement, given))? as usize)
    }

    /// Executes a statement within the transaction without waiting for it; so many rows must change, where that is said.
    /// Outside a transaction it is waited for.
    pub fn send(&self, sql: &str, given: &[Given<'_>], rows: Option<usize>) -> Result<(), Error> {
        let client = self.client()?;
        let statement = self.statement(&client, sql)?;
        let given: Vec<Owned> = given.iter().map(Owned::of).collect();
        self.sent.borrow_mut().push(Sent::begin(
            async move {
                let given = given.iter().map(Owned::given);
                client.execute_raw(&statement, given).await
            },
            rows,
        ));
        match self.within.get() {
            true => Ok(()),
            false => self.hear(),
        }
    }

    /// Waits for what was sent.
    pub fn hear(&self) -> Result<(), Error> {
        self.ask(async { Ok(()) })
    }

    pub(super) fn batch(&self, sql: &str) -> Result<(), Error> {
        let client = self.client()?;
        self.ask(client.batch_execute(sql))
    }

    /// Begins a transaction without waiting: what fails is heard by the first question in it.
    pub(super) fn begin(&self, sql: &str) -> Result<(), Error> {
        let client = self.client()?;
        let statement = self.statement(&client, sql)?;
        self.within.set(true);
        let none: [Given<'static>; 0] = [];
        let begun = async move { client.execute_raw(&statement, none).await };
        self.sent.borrow_mut().push(Sent::begin(begun, None));
        Ok(())
    }

    /// Where the connection is lost before the answer, nobody knows whether it was done: who sends a command again finds out.
    pub(super) fn commit(&self) -> Result<(), Error> {
        // PostgreSQL would commit what changed fewer rows than it should.
        self.hear()?;
        if self.failed.get() {
            return Err(Error::Inconsistent(
                "a statement of the transaction failed".into(),
            ));
        }
        let committed = self.batch("COMMIT");
        self.within.set(false);
        committed
    }

    pub(super) fn rollback(&self) -> Result<(), Error> {
        let within = self.within.replace(false);
        self.failed.set(false);
        self.sent.borrow_mut().clear();
        // A connection that is lost has taken its transaction back.
        if !within || self.client.borrow().is_closed() {
            return Ok(());
        }
        self.batch("ROLLBACK")
    }

    pub(super) fn rollback_to(&self, sql: &str) -> Result<(), Error> {
        self.failed.set(false);
        self.sent.borrow_mut().clear();
        self.batch(sql)
    }

    /// The connection, made anew where it was lost.
    fn client(&self) -> Result<Arc<Client>, Error> {
        let client = self.client.borrow().clone();
        if !client.is_closed() {
            return Ok(client);
        }
        if self.within.get() {
            return Err(Error::Again("the connection was lost".into()));
        }
        let client = Arc::new(connect(&self.config)?);
        self.statements.borrow_mut().forget();
        *self.client.borrow_mut() = client.clone();
        Ok(client)
    }

    fn statement(&self, client: &Client, sql: &str) -> Result<Statement, Error> {
        if let Some(statement) = self.statements.borrow_mut().find(sql) {
            return Ok(statement);
        }
        let statement = self.ask(client.prepare(sql))?;
        self.statements.borrow_mut().keep(sql, statement.clone());
        Ok(statement)
    }

    /// Sends something and waits for its answer. The answers come in the order of the questions, so the rows of walks that
    /// are under way must be taken in first, and what was sent before is heard first.
    fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Error> {
        self.walks.borrow_mut().iter_mut().for_each(Walk::take_in);
        let sent = std::mem::take(&mut *self.sent.borrow_mut());
        block_on(async {
            let mut question = pin!(question);
            // On its way at once, behind what was sent.
            let begun = poll_fn(|context| Poll::Ready(question.as_mut().poll(context))).await;
            let mut heard = Ok(());
            for sent in sent {
                let answer = sent.answer.await.map_err(|error| self.fault(error));
                heard = heard.and(answer.and_then(|changed| self.expect(sent.rows, changed)));
            }
            heard?;
            let answer = match begun {
                Poll::Ready(answer) => answer,
                Poll::Pending => question.await,
            };
            answer.map_err(|error| self.fault(error))
        })
    }

    fn expect(&self, rows: Option<usize>, changed: u64) -> Result<(), Error> {
        super::expect(rows, changed as usize).inspect_err(|_| self.failed.set(self.within.get()))
    }

    fn fault(&self, error: tokio_postgres::Error) -> Error {
        self.failed.set(self.within.get());
        if is_outdated(&error) {
            self.statements.borrow_mut().forget();
        }
        error.into()
    }
}

/// A statement on its way.
struct Sent {
    answer: Pin<Box<dyn Future<Output = Result<u64, tokio_postgres::Error>> + Send>>,
    /// How many rows it must change.
    rows: Option<usize>,
}

impl Sent {
    /// Sends it: what is polled once is on its way.
    fn begin(
        question: impl Future<Output = Result<u64, tokio_postgres::Error>> + Send + 'static,
        rows: Option<usize>,
    ) -> Sent {
        let mut answer: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(question);
        let begun = block_on(poll_fn(|context| {
            Poll::Ready(answer.as_mut().poll(context))
        }));
        match begun {
            Poll::Ready(answer) => Sent {
                answer: Box::pin(ready(answer)),
                rows,
            },
            Poll::Pending => Sent { answer, rows },
        }
    }
}

fn connect(config: &Config) -> Result<Client, Error> {
    let (handle, config) = (runtime::handle()?, config.clone());
    let carried = handle.clone();
    let connecting = handle.spawn(async move {
        let (client, connection) = config.connect(NoTls).await?;
        carried.spawn(async move {
            // Whoever asks next hears that it is lost.
            if let Err(error) = connection.await {
                tracing::warn!(%error, "a connection to the database was lost");
            }
        });
        Ok(client)
    });
    let connected: Result<Client, tokio_postgres::Error> = block_on(connecting)
        .map_err(|error| Error::Inconsistent(format!("connecting stopped: {error}")))?;
    Ok(connected?)
}

/// Statements by their texts; when there are too many, the one that was used longest ago goes.
#[derive(Default)]
struct Statements {
    known: HashMap<Box<str>, (Statement, u64)>,
    /// Counts the uses.
    now: u64,
}

impl Statements {
    fn find(&mut self, sql: &str) -> Option<Statement> {
        self.now += 1;
        let (statement, used) = self.known.get_mut(sql)?;
        *used = self.now;
        Some(statement.clone())
    }

    fn keep(&mut self, sql: &str, statement: Statement) {
        if self.known.len() >= PREPARED {
            let oldest = self.known.iter().min_by_key(|(_, (_, used))| *used);
            if let Some(oldest) = oldest.map(|(sql, _)| sql.clone()) {
                self.known.remove(&oldest);
            }
        }
        self.known.insert(sql.into(), (statement, self.now));
    }

    fn forget(&mut self) {
        self.known.clear();
    }
}

type Answered = Result<tokio_postgres::Row, tokio_postgres::Error>;

/// Rows on their way.
struct Walk {
    rows: Pin<Box<RowStream>>,
    /// What was taken in before its time.
    ahead: VecDeque<Answered>,
    ended: bool,
}

impl Walk {
    fn take_in(&mut self) {
        while let Some(row) = self.receive() {
            self.ahead.push_back(row);
        }
    }

    fn receive(&mut self) -> Option<Answered> {
        if self.ended {
            return None;
        }
        let row = block_on(poll_fn(|context| self.rows.as_mut().poll_next(context)));
        self.ended = !matches!(row, Some(Ok(_)));
        row
    }
}

/// A walk's place among those that are under way, left when it ends, however it ends.
struct Place<'w> {
    walks: &'w RefCell<Vec<Walk>>,
    depth: usize,
}

impl Place<'_> {
    fn take(walks: &RefCell<Vec<Walk>>, rows: RowStream) -> Place<'_> {
        let mut under_way = walks.borrow_mut();
        under_way.push(Walk {
            rows: Box::pin(rows),
            ahead: VecDeque::new(),
            ended: false,
        });
        let depth = under_way.len() - 1;
        Place { walks, depth }
    }

    fn next(&self) -> Option<Answered> {
        let mut walks = self.walks.borrow_mut();
        let walk = walks.get_mut(self.depth)?;
        walk.ahead.pop_front().or_else(|| walk.receive())
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.walks.borrow_mut().truncate(self.depth);
    }
}

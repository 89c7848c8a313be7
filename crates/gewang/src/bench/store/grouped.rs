use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use anyhow::{Context, Result};
use rusqlite::{Connection, params};

/// A group commit as one writes it by hand: a thread that writes, a bounded channel, a savepoint for each command, up to 256
/// of them in a transaction that is flushed, and answers after it. Three rows a command: a line of a journal, a record, a
/// count. It decides nothing and proves nothing.
pub(super) struct Grouped {
    commands: Option<SyncSender<Waiting>>,
    writer: Option<JoinHandle<Result<()>>>,
}

struct Waiting {
    id: String,
    body: String,
    answer: SyncSender<()>,
}

/// Commands a transaction, at most.
const GROUP: usize = 256;

impl Grouped {
    pub fn start(folder: &Path) -> Result<Grouped> {
        let connection =
            Connection::open(folder.join("peer.db")).context("cannot open a database")?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
             CREATE TABLE journal (seq INTEGER PRIMARY KEY, record TEXT NOT NULL, entry TEXT NOT NULL);
             CREATE TABLE record (id TEXT PRIMARY KEY, body TEXT NOT NULL);
             CREATE TABLE tally (kind TEXT PRIMARY KEY, n INTEGER NOT NULL);",
        )?;
        let (commands, waiting) = sync_channel(1024);
        let writer = std::thread::spawn(move || write(&connection, &waiting));
        Ok(Grouped {
            commands: Some(commands),
            writer: Some(writer),
        })
    }

    /// Keeps a report; it is on the disk when this returns.
    pub fn keep(&self, body: &str) -> Result<()> {
        let (answer, answered) = sync_channel(1);
        let waiting = Waiting {
            id: super::fresh(),
            body: body.to_owned(),
            answer,
        };
        let commands = self.commands.as_ref().context("it ended")?;
        commands.send(waiting).ok().context("the writer ended")?;
        answered.recv().context("the writer ended")
    }
}

impl Drop for Grouped {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(Ok(Err(error))) = self.writer.take().map(JoinHandle::join) {
            eprintln!("the group commit by hand failed: {error}");
        }
    }
}

fn write(connection: &Connection, waiting: &Receiver<Waiting>) -> Result<()> {
    let mut seq = 0_i64;
    while let Ok(first) = waiting.recv() {
        let mut group = Vec::with_capacity(GROUP);
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut next = Some(first);
        while let Some(command) = next {
            seq += 1;
            connection.prepare_cached("SAVEPOINT one")?.execute([])?;
            connection
                .prepare_cached("INSERT INTO journal VALUES (?1, ?2, ?3)")?
                .execute(params![seq, command.id, command.body])?;
            connection
                .prepare_cached("INSERT INTO record VALUES (?1, ?2)")?
                .execute(params![command.id, command.body])?;
            connection
                .prepare_cached(
                    "INSERT INTO tally VALUES (?1, 1) ON CONFLICT (kind) DO UPDATE SET n = n + 1",
                )?
                .execute(["governance.matter"])?;
            connection.prepare_cached("RELEASE one")?.execute([])?;
            group.push(command.answer);
            next = match group.len() {
                GROUP => None,
                _ => waiting.try_recv().ok(),
            };
        }
        connection.prepare_cached("COMMIT")?.execute([])?;
        for answer in group {
            // Whoever asked may have stopped.
            let _ = answer.send(());
        }
    }
    Ok(())
}

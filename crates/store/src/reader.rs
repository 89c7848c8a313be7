use std::sync::{Arc, atomic::Ordering};

use gewang_engine::{Engine, Entry, FileInfo, Read, Record};
use jiff::{Timestamp, civil::Date};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    Account, Error, Filter, Head, JournalLine, LiveEntry, Look, Nearby, Order, Page, Proof,
    Session, StoredFile, Tally, TallyQuery, Token, accounts,
    files::FileRoom,
    filter, indexer, journal,
    link::{Link, given},
    live, proof, records, replay, schema, seal,
    shared::Shared,
    tallies,
};

/// A connection that only reads. Each question sees one state of the data, the last commit.
pub struct Reader {
    link: Link,
    shared: Arc<Shared>,
}

/// How much there is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Meta {
    /// The domain's id.
    pub domain: String,
    /// Entries in the journal.
    pub entries: u64,
    /// Records.
    pub records: u64,
    /// The size of the database and the stored files.
    pub bytes: u64,
    /// The sequence number up to which searching knows the journal.
    pub searched: u64,
}

impl Reader {
    pub(crate) fn open(shared: Arc<Shared>) -> Result<Reader, Error> {
        let link = shared.home.reader()?;
        if link.is_sqlite() {
            indexer::attach(&link, &shared.home.dir)?;
        }
        Ok(Reader { link, shared })
    }

    /// What the questions in other files of this room ask.
    pub(crate) fn parts(&self) -> (&Link, &str) {
        (&self.link, &self.shared.domain)
    }

    /// The engine as the last commit left it.
    pub fn engine(&self) -> Arc<Engine> {
        self.shared.engine.load_full()
    }

    /// A record, as its last entry left it.
    pub fn record(&self, id: Uuid) -> Result<Option<Arc<Record>>, Error> {
        records::load(&self.link, &self.shared.domain, id)
    }

    /// A record by the number that people read out.
    pub fn numbered(&self, number: &str) -> Result<Option<Arc<Record>>, Error> {
        records::numbered(&self.link, &self.shared.domain, number)
    }

    /// One page of the records that match, of which `visible` is true; at most `limit` (1 to 500) of them.
    pub fn records(
        &self,
        filter: &Filter,
        order: Order,
        cursor: Option<&str>,
        limit: usize,
        visible: &dyn Fn(&Record) -> bool,
    ) -> Result<Page, Error> {
        filter::page(
            &self.link,
            &self.shared.domain,
            filter,
            order,
            cursor,
            limit,
            visible,
        )
    }

    /// How many records match, counting no further than `most`. Nobody is asked who may see them.
    pub fn count(&self, filter: &Filter, most: usize) -> Result<usize, Error> {
        let count = filter::count(&self.link, &self.shared.domain, filter, most as u64)?;
        Ok(count as usize)
    }

    /// The open records of a kind in a box that were opened since an instant, the newest first.
    pub fn nearby(&self, nearby: &Nearby, limit: usize) -> Result<Vec<Arc<Record>>, Error> {
        records::nearby(&self.link, &self.shared.domain, nearby, limit)
    }

    /// The records that the engine must look at by `now`, the longest waiting first.
    pub fn due_before(&self, now: Timestamp, limit: usize) -> Result<Vec<Arc<Record>>, Error> {
        records::due_before(&self.link, &self.shared.domain, now, limit)
    }

    /// The entries of a record with versions above `after`, in order. Personal parts are sealed.
    pub fn journal(&self, record: Uuid, after: u64, limit: usize) -> Result<Vec<Entry>, Error> {
        journal::of_record(&self.link, &self.shared.domain, record, after, limit)
    }

    /// The journal after a sequence number, in order, as it is hashed.
    pub fn lines(&self, after: u64, limit: usize) -> Result<Vec<JournalLine>, Error> {
        journal::lines(&self.link, &self.shared.domain, after, limit)
    }

    /// The entries after a sequence number as a subscriber would have got them, each with its record as it is now.
    pub fn live_since(&self, after: u64, limit: usize) -> Result<Vec<Arc<LiveEntry>>, Error> {
        live::since(&self.link, &self.shared.domain, after, limit)
    }

    /// The last entry received before an instant, to within milliseconds; 0 where there is none.
    pub fn seq_before(&self, at: Timestamp) -> Result<u64, Error> {
        replay::seq_before(&self.link, &self.shared.domain, at)
    }

    /// When an entry was received.
    pub fn received(&self, seq: u64) -> Result<Option<Timestamp>, Error> {
        replay::received(&self.link, &self.shared.domain, seq)
    }

    /// The records that had been opened and not closed at an instant, in the order of their opening.
    pub fn open_at(&self, at: Timestamp) -> Result<Vec<Uuid>, Error> {
        replay::open_at(&self.link, &self.shared.domain, at)
    }

    /// A record as the entries up to a sequence number left it, under the rules now in force; `None` before its first.
    pub fn as_of(&self, id: Uuid, seq: u64) -> Result<Option<Record>, Error> {
        let engine = self.engine();
        replay::as_of(&self.link, &self.shared.domain, &engine, id, seq)
    }

    /// The entries after one sequence number up to another, at most `limit` (1000) of them, each with its record as it was
    /// after it.
    pub fn entries_between(
        &self,
        after: u64,
        last: u64,
        limit: usize,
    ) -> Result<Vec<Arc<LiveEntry>>, Error> {
        let engine = self.engine();
        replay::between(&self.link, &self.shared.domain, &engine, after, last, limit)
    }

    /// The end of the journal.
    pub fn head(&self) -> Result<Head, Error> {
        journal::head(&self.link, &self.shared.domain)
    }

    /// Counts, ordered by kind, day, measure, cell.
    pub fn tallies(&self, query: &TallyQuery) -> Result<Vec<Tally>, Error> {
        tallies::read(&self.link, &self.shared.domain, query)
    }

    /// Several questions about counts, answered from one state of the data, and the journal's end in that state.
    pub fn tallies_at(&self, queries: &[TallyQuery]) -> Result<(u64, Vec<Vec<Tally>>), Error> {
        let snapshot = self.link.snapshot()?;
        let domain = &self.shared.domain;
        let head = journal::head(&snapshot, domain)?.seq;
        let answers = queries
            .iter()
            .map(|query| tallies::read(&snapshot, domain, query))
            .collect::<Result<_, _>>()?;
        Ok((head, answers))
    }

    /// The personal fields of a record for a purpose, opened; later entries override earlier ones, null takes away.
    /// Empty where there are none or their key was destroyed. The caller has asked the engine whether this is allowed.
    pub fn open_personal(
        &self,
        record: &Record,
        purpose: &str,
    ) -> Result<Map<String, Value>, Error> {
        seal::open(
            &self.link,
            &self.shared.domain,
            &self.shared.master,
            record,
            purpose,
        )
    }

    /// Who looked at a record's personal data, the latest first.
    pub fn looks(&self, record: Uuid, limit: usize) -> Result<Vec<Look>, Error> {
        accounts::looks(&self.link, &self.shared.domain, record, limit)
    }

    /// What is known of a stored file.
    pub fn stored_file(&self, hash: &str) -> Result<Option<StoredFile>, Error> {
        StoredFile::load(&self.link, &self.shared.domain, hash)
    }

    /// The bytes of a stored file, proven against its hash.
    pub fn file_bytes(&self, hash: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.stored_file(hash)? {
            Some(_) => self.shared.files.get(hash).map(Some),
            None => Ok(None),
        }
    }

    /// The records that a file (or the picture of which it is the thumbnail) came with.
    pub fn records_with_file(&self, hash: &str) -> Result<Vec<Uuid>, Error> {
        records::with_file(&self.link, &self.shared.domain, hash)
    }

    /// The account of that name.
    pub fn account(&self, name: &str) -> Result<Option<Account>, Error> {
        accounts::load(&self.link, &self.shared.domain, name)
    }

    /// All accounts by name.
    pub fn accounts(&self) -> Result<Vec<Account>, Error> {
        accounts::all(&self.link, &self.shared.domain)
    }

    /// A session by the hash of its token, whether or not it has expired.
    pub fn session(&self, hash: &[u8; 32]) -> Result<Option<Session>, Error> {
        accounts::session(&self.link, &self.shared.domain, hash)
    }

    /// A bearer token by its hash, whether or not it has expired.
    pub fn token(&self, hash: &[u8; 32]) -> Result<Option<Token>, Error> {
        accounts::token(&self.link, &self.shared.domain, hash)
    }

    /// The bearer tokens of an account.
    pub fn tokens(&self, account: &str) -> Result<Vec<Token>, Error> {
        accounts::tokens(&self.link, &self.shared.domain, account)
    }

    /// How much there is.
    pub fn meta(&self) -> Result<Meta, Error> {
        let domain = &*self.shared.domain;
        let count = |sql: &str| -> Result<u64, Error> {
            self.link.sum(sql, &given![domain], |row| row.get(0))
        };
        let database = |name: &str| {
            std::fs::metadata(self.shared.home.dir.join(name)).map_or(0, |file| file.len())
        };
        let files = count(
            "SELECT CAST(coalesce(sum(bytes), 0) AS bigint) FROM stored_file WHERE domain = $1",
        )?;
        Ok(Meta {
            domain: domain.to_owned(),
            entries: count("SELECT coalesce(max(seq), 0) FROM journal WHERE domain = $1")?,
            records: count("SELECT count(*) FROM record WHERE domain = $1")?,
            bytes: files
                + database(schema::DATABASE)
                + database(&format!("{}-wal", schema::DATABASE)),
            searched: self.shared.searched.load(Ordering::Acquire),
        })
    }

    /// Proves the journal and the records, on one state of the data; `progress` hears how many entries are done.
    pub fn verify(&self, progress: &mut dyn FnMut(u64)) -> Result<Proof, Error> {
        let snapshot = self.link.snapshot()?;
        proof::prove(
            &snapshot,
            &self.shared.domain,
            &self.shared.master,
            Some(&self.engine()),
            progress,
        )
    }
}

impl Read for Reader {
    type Error = Error;

    fn record(&self, id: Uuid) -> Result<Option<Arc<Record>>, Error> {
        Reader::record(self, id)
    }

    fn file(&self, hash: &str) -> Result<Option<FileInfo>, Error> {
        Ok(self.stored_file(hash)?.map(|file| FileInfo {
            media: file.media,
            bytes: file.bytes,
        }))
    }

    fn content(&self, hash: &str) -> Result<Option<Vec<u8>>, Error> {
        self.file_bytes(hash)
    }

    fn opened(&self, kind: &str, day: Date) -> Result<u64, Error> {
        tallies::opened(&self.link, &self.shared.domain, kind, day)
    }
}

/// Reading before a store runs: to load the set-up, or to prove a journal.
pub(crate) struct Early<'a> {
    pub link: &'a Link,
    pub domain: &'a str,
    pub files: &'a FileRoom,
}

impl Read for Early<'_> {
    type Error = Error;

    fn record(&self, id: Uuid) -> Result<Option<Arc<Record>>, Error> {
        records::load(self.link, self.domain, id)
    }

    fn file(&self, hash: &str) -> Result<Option<FileInfo>, Error> {
        let file = StoredFile::load(self.link, self.domain, hash)?;
        Ok(file.map(|file| FileInfo {
            media: file.media,
            bytes: file.bytes,
        }))
    }

    fn content(&self, hash: &str) -> Result<Option<Vec<u8>>, Error> {
        match StoredFile::load(self.link, self.domain, hash)? {
            Some(_) => self.files.get(hash).map(Some),
            None => Ok(None),
        }
    }

    fn opened(&self, kind: &str, day: Date) -> Result<u64, Error> {
        tallies::opened(self.link, self.domain, kind, day)
    }
}

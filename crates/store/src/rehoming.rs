//! Which records a new edition of the cells concerns, and how far they have followed it.

use uuid::Uuid;

use crate::{Error, Reader, Store, link::given, schema};

/// Where a record is, and in which cell it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The record.
    pub id: Uuid,
    /// Its cell.
    pub cell: String,
    /// Where it stands, if anywhere: longitude and latitude in units of 1e-7 degree.
    pub place: Option<(i32, i32)>,
    /// Whether it is closed.
    pub closed: bool,
    opened: i64,
}

/// How far the records have followed the edition that an entry of the journal put in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// The entry.
    pub edition: u64,
    /// The last record that was looked at, in the order of [`Reader::located`].
    after: Option<(i64, Uuid)>,
    /// Whether all were.
    pub done: bool,
}

impl Swept {
    /// Nothing looked at yet.
    pub fn begin(edition: u64) -> Swept {
        Swept {
            edition,
            ..Swept::default()
        }
    }

    /// The same, with these looked at too; none means that there are no more.
    pub fn past(self, page: &[Located]) -> Swept {
        match page.last() {
            Some(last) => Swept {
                after: Some((last.opened, last.id)),
                ..self
            },
            None => Swept { done: true, ..self },
        }
    }

    fn text(&self) -> String {
        let Swept { edition, .. } = self;
        match (&self.after, self.done) {
            (_, true) => format!("{edition} done"),
            (None, false) => format!("{edition}"),
            (Some((opened, id)), false) => format!("{edition} {opened} {id}"),
        }
    }

    fn read(text: &str) -> Option<Swept> {
        let mut words = text.split(' ');
        let edition = words.next()?.parse().ok()?;
        let (opened, id) = (words.next(), words.next());
        Some(Swept {
            edition,
            done: opened == Some("done"),
            after: match (opened.and_then(|text| text.parse().ok()), id) {
                (Some(opened), Some(id)) => Some((opened, id.parse().ok()?)),
                _ => None,
            },
        })
    }
}

/// The fact under which the sweep stands.
const SWEPT: &str = "rehomed";

impl Store {
    /// Notes how far the records have followed.
    pub async fn set_swept(&self, swept: &Swept) -> Result<(), Error> {
        let text = swept.text();
        self.write(move |link, domain| schema::set_meta(link, domain, SWEPT, &text))
            .await
    }

    /// Notes that they have followed, and how many moved.
    pub async fn end_sweep(&self, edition: u64, moved: u64) -> Result<(), Error> {
        let swept = Swept::begin(edition).past(&[]).text();
        self.write(move |link, domain| {
            schema::set_meta(link, domain, SWEPT, &swept)?;
            schema::set_meta(link, domain, &moved_by(edition), &moved.to_string())
        })
        .await
    }
}

impl Reader {
    /// How far the records have followed; `None` where nobody ever looked.
    pub fn swept(&self) -> Result<Option<Swept>, Error> {
        let (link, domain) = self.parts();
        let text = schema::meta(link, domain, SWEPT)?;
        Ok(text.as_deref().and_then(Swept::read))
    }

    /// The records after those that were looked at, in the order of their opening.
    pub fn located(&self, swept: &Swept, limit: usize) -> Result<Vec<Located>, Error> {
        let (link, domain) = self.parts();
        let (opened, id) = swept.after.unwrap_or((i64::MIN, Uuid::nil()));
        // The index over (opened, id) holds all that is asked here.
        link.all(
            "SELECT opened, id, cell, lon, lat, closed FROM record
             WHERE domain = $1 AND (opened, id) > ($2, $3) ORDER BY opened, id LIMIT $4",
            &given![domain, opened, id, limit],
            |row| {
                let (lon, lat): (Option<i32>, Option<i32>) = (row.get(3)?, row.get(4)?);
                Ok(Located {
                    id: row.get(1)?,
                    cell: row.get(2)?,
                    place: lon.zip(lat),
                    closed: row.get::<Option<i64>>(5)?.is_some(),
                    opened: row.get(0)?,
                })
            },
        )
    }

    /// How many entries of an action stand after a sequence number.
    pub fn entries_of(&self, action: &str, after: u64) -> Result<u64, Error> {
        let (link, domain) = self.parts();
        let said = format!("\"action\":\"{action}\"");
        // Whether a text holds another has no name that both engines know.
        link.sum(
            "SELECT count(*) FROM journal WHERE domain = $1 AND seq > $2 AND replace(entry, $3, '') <> entry",
            &given![domain, after, &said],
            |row| row.get(0),
        )
    }

    /// How many records moved when they followed the edition that an entry put in force; `None` while they still do.
    pub fn rehomed(&self, edition: u64) -> Result<Option<u64>, Error> {
        let (link, domain) = self.parts();
        let moved = schema::meta(link, domain, &moved_by(edition))?;
        Ok(moved.and_then(|moved| moved.parse().ok()))
    }
}

fn moved_by(edition: u64) -> String {
    format!("{SWEPT}:{edition}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_came_reads_back() {
        let id = Uuid::from_u128(7);
        for swept in [
            Swept::begin(3),
            Swept {
                edition: 9,
                after: Some((-5, id)),
                done: false,
            },
            Swept::begin(4).past(&[]),
        ] {
            assert_eq!(Swept::read(&swept.text()), Some(swept));
        }
        assert_eq!(Swept::read("nonsense"), None);
    }
}

//! Words among the conditions of a list.

use std::ops::ControlFlow;

use super::{
    Ask, Filter,
    page::{Phase, Spot},
};
use crate::{
    Error, indexer,
    link::{Link, given},
    search,
};

impl Ask {
    /// Narrows to what has all the words; `None` where there is nothing to look for.
    pub(super) fn find(&mut self, text: &str) -> Option<()> {
        match self.sqlite {
            true => self.find_in_sqlite(text),
            false => self.find_in_postgres(text),
        }
    }

    /// Whose words are found in the index beside the database.
    fn find_in_sqlite(&mut self, text: &str) -> Option<()> {
        let place = self.bind(search::query(text)?);
        self.text(&match self.common {
            false => format!(
                " AND record.id IN (SELECT doc.record FROM word JOIN doc ON doc.domain = word.domain AND doc.doc = word.rowid
                  WHERE word.domain = $1 AND word MATCH {place})"
            ),
            true => format!(
                " AND EXISTS (SELECT 1 FROM doc CROSS JOIN word ON word.domain = doc.domain AND word.rowid = doc.doc
                  WHERE doc.domain = $1 AND doc.record = record.id AND word MATCH {place})"
            ),
        });
        Some(())
    }

    /// Whose words are found in the table of them.
    fn find_in_postgres(&mut self, text: &str) -> Option<()> {
        let place = self.bind(search::tsquery(text)?);
        self.text(&format!(
            " AND record.id IN (SELECT doc.record FROM doc
              WHERE doc.domain = $1 AND doc.words @@ CAST(CAST({place} AS text) AS tsquery))"
        ));
        Some(())
    }
}

/// Whether more records than `most` have the words that a filter asks for; PostgreSQL knows it without being told.
pub(super) fn are_common(
    link: &Link,
    domain: &str,
    filter: &Filter,
    most: u64,
) -> Result<bool, Error> {
    match filter.text.as_deref().and_then(search::query) {
        Some(query) if link.is_sqlite() => {
            Ok(count_in_sqlite(link, domain, &query, most + 1)? > most)
        }
        _ => Ok(false),
    }
}

fn count_in_sqlite(link: &Link, domain: &str, query: &str, most: u64) -> Result<u64, Error> {
    link.sum(
        "SELECT count(*) FROM (SELECT 1 FROM word WHERE word MATCH $1 AND domain = $2 LIMIT $3)",
        &given![query, domain, most],
        |row| row.get(0),
    )
}

/// The records with the words that a filter asks for, by opening, from a place on: the index keeps its documents nearly in
/// that order, those of an hour beside each other.
pub(super) fn along_words_in_sqlite(
    link: &Link,
    domain: &str,
    filter: &Filter,
    phase: Phase,
    from: Option<Spot>,
    mut told: impl FnMut(Spot) -> Result<ControlFlow<()>, Error>,
) -> Result<(), Error> {
    let (_, falls) = phase.column();
    let mut rest = filter.clone();
    let Some(query) = rest.text.take().as_deref().and_then(search::query) else {
        return Ok(());
    };
    let mut ask = Ask::new(
        link,
        "SELECT doc.doc, record.opened, record.id FROM word
         CROSS JOIN doc ON doc.domain = $1 AND doc.doc = word.rowid
         CROSS JOIN record ON record.domain = doc.domain AND record.id = doc.record WHERE record.domain = $1",
        domain,
    );
    ask.compare("word MATCH", query);
    let hours = from.map_or(0..=i64::MAX, |(opened, _)| {
        let of_the_hour = indexer::documents(opened);
        match falls {
            true => 0..=*of_the_hour.end(),
            false => *of_the_hour.start()..=i64::MAX,
        }
    });
    ask.compare("word.rowid >=", *hours.start());
    ask.compare("word.rowid <=", *hours.end());
    if ask.narrow(&rest).is_none() {
        return Ok(());
    }
    ask.text(phase.condition());
    let direction = if falls { "DESC" } else { "ASC" };
    ask.text(&format!(" ORDER BY word.rowid {direction}"));
    let beyond = |spot: &Spot| match falls {
        true => from.is_none_or(|from| *spot < from),
        false => from.is_none_or(|from| *spot > from),
    };
    // Those of the hour that is being read, and its last document.
    let (mut hour, mut last): (Vec<Spot>, i64) = (Vec::new(), 0);
    let mut tell = |hour: &mut Vec<Spot>| -> Result<ControlFlow<()>, Error> {
        hour.sort_unstable();
        if falls {
            hour.reverse();
        }
        for spot in hour.drain(..) {
            if told(spot)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    };
    let mut is_over = false;
    link.each_once(&ask.sql, &ask.given(), |row| {
        let (doc, spot): (i64, Spot) = (row.get(0)?, (row.get(1)?, row.get(2)?));
        let of_the_hour = indexer::documents(spot.0);
        if *of_the_hour.end() != last {
            is_over = tell(&mut hour)?.is_break();
            last = *of_the_hour.end();
        }
        if is_over {
            return Ok(ControlFlow::Break(()));
        }
        debug_assert!(of_the_hour.contains(&doc));
        if beyond(&spot) {
            hour.push(spot);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if !is_over {
        let _ = tell(&mut hour)?;
    }
    Ok(())
}

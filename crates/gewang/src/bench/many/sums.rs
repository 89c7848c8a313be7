use std::time::Instant;

use anyhow::{Context, Result, ensure};
use gewang_store::{Tally, TallyQuery};

use crate::bench::figures::{Goal, Sheet, ratios};
use crate::bench::inside::Inside;
use crate::bench::psql::psql;

/// Runs of each.
const RUNS: usize = 5;

/// The sums that the wall shows, from tallies and from GROUP BY over so many rows: the records again and again, without the
/// texts that make them long.
pub(super) fn beside(
    town: &Inside,
    address: &str,
    records: u32,
    rows: u32,
    sheet: &mut Sheet,
) -> Result<()> {
    let times = rows.div_ceil(records);
    psql(
        address,
        &format!(
            "CREATE TABLE peer AS SELECT domain, kind, cell, state, stage, late, opened, closed
             FROM record CROSS JOIN generate_series(1, {times}) WHERE domain = 'zhoutie' AND kind = 'governance.matter'"
        ),
    )?;
    psql(address, "VACUUM ANALYZE peer")?;
    let grouping = "SELECT cell, state, stage, count(*), count(*) FILTER (WHERE closed IS NULL) FROM peer GROUP BY cell, state, stage";
    let standing = TallyQuery {
        kinds: vec!["governance.matter".into()],
        ..TallyQuery::default()
    };
    let today = town
        .store
        .engine()
        .setup()
        .day_number(jiff::Timestamp::now());
    let day = TallyQuery {
        days: Some((today, today)),
        ..standing.clone()
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut counted = 0;
    for _ in 0..RUNS {
        let (time, tallies) = town.store.read_now(|reader| {
            let begun = Instant::now();
            let (_, mut answers) = reader.tallies_at(&[standing.clone(), day.clone()])?;
            Ok((begun.elapsed(), answers.swap_remove(0)))
        })?;
        counted = tallies.iter().filter(is_state).map(|tally| tally.n).sum();
        ours.push(time.as_secs_f64() * 1e3);
        theirs.push(execution(&psql(
            address,
            &format!("EXPLAIN (ANALYZE, TIMING OFF) {grouping}"),
        )?)?);
    }
    ensure!(
        counted == i64::from(records),
        "the tallies count {counted} records of {records}"
    );
    let rows = u64::from(times) * u64::from(records);
    sheet.add("the wall's sums: tallies", "ms", &ours);
    sheet.add(
        format!("the same: GROUP BY over {rows} rows"),
        "ms",
        &theirs,
    );
    sheet.add_with_goal(
        "GROUP BY / tallies",
        "",
        &ratios(&theirs, &ours),
        Goal::AtLeast(1000.0),
    );
    Ok(())
}

fn is_state(tally: &&Tally) -> bool {
    tally.measure.starts_with("state:")
}

/// Milliseconds, of a plan that was carried out.
fn execution(plan: &str) -> Result<f64> {
    let line = plan
        .lines()
        .find_map(|line| line.trim().strip_prefix("Execution Time: "));
    let line = line.context("PostgreSQL says no time")?;
    Ok(line.trim_end_matches(" ms").parse()?)
}

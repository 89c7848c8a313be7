use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::http::Connection;
use super::matters::Reports;

/// How long the server is under load before anything is counted.
const WARM_UP: Duration = Duration::from_millis(300);

/// What came of some seconds of load.
pub(super) struct Load {
    /// Reports acknowledged over the whole time, the warm-up included.
    pub acknowledged: u64,
    /// Reports acknowledged a second, once warm.
    pub rate: f64,
    /// Microseconds from the first byte sent to the last byte of the answer, once warm, sorted.
    pub delays_us: Vec<u32>,
}

/// What an answer must hold, once for each report, to count as an acknowledgement.
#[derive(Clone, Copy)]
pub(super) struct Sign(pub &'static str);

/// A runtime on one thread: the load is to leave the rest of the machine to the server.
pub(super) fn runtime() -> Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime for the load")
}

/// Sends on each connection one request after the other for `period`, and waits for the last answers.
///
/// # Errors
/// Where a report is not acknowledged: a server that refuses is not to look fast.
pub(super) async fn press(
    address: SocketAddr,
    connections: Vec<Reports>,
    sign: Sign,
    period: Duration,
) -> Result<Load> {
    let mut open = Vec::with_capacity(connections.len());
    for reports in connections {
        open.push((Connection::open(address).await?, reports));
    }
    let warm = Instant::now() + WARM_UP;
    let end = warm + period;
    let mut tasks = JoinSet::new();
    for (mut connection, mut reports) in open {
        tasks.spawn(async move {
            let (mut acknowledged, mut counted, mut delays) = (0_u64, 0_u64, Vec::new());
            loop {
                let sent = Instant::now();
                if sent >= end {
                    return anyhow::Ok((acknowledged, counted, delays));
                }
                let answer = connection.send(reports.next()).await?;
                check(answer.status, answer.body, sign, reports.count())?;
                let now = Instant::now();
                acknowledged += reports.count() as u64;
                if now >= warm && now < end {
                    counted += reports.count() as u64;
                    delays.push(u32::try_from((now - sent).as_micros()).unwrap_or(u32::MAX));
                }
            }
        });
    }
    let mut load = Load {
        acknowledged: 0,
        rate: 0.0,
        delays_us: Vec::new(),
    };
    while let Some(done) = tasks.join_next().await {
        let (acknowledged, counted, delays) = done??;
        load.acknowledged += acknowledged;
        load.rate += counted as f64 / period.as_secs_f64();
        load.delays_us.extend(delays);
    }
    load.delays_us.sort_unstable();
    Ok(load)
}

/// Whether the answer acknowledges so many reports.
pub(super) fn check(status: u16, body: &[u8], sign: Sign, count: usize) -> Result<()> {
    if status == 200 && occurrences(body, sign.0.as_bytes()) == count {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&body[..body.len().min(2000)]);
    bail!("{count} reports were not all taken: status {status}, {said}");
}

/// The sequence numbers in the answer to a post.
pub(super) fn sequences(body: &[u8]) -> Result<Vec<u64>> {
    let answer: Outcomes = serde_json::from_slice(body).context("the answer to a post")?;
    Ok(answer.outcomes.iter().map(|outcome| outcome.seq).collect())
}

#[derive(Deserialize)]
struct Outcomes {
    outcomes: Vec<Sequenced>,
}

#[derive(Deserialize)]
struct Sequenced {
    seq: u64,
}

fn occurrences(text: &[u8], word: &[u8]) -> usize {
    let (mut count, mut at) = (0, 0);
    while at + word.len() <= text.len() {
        if text[at] == word[0] && text[at..].starts_with(word) {
            count += 1;
            at += word.len();
        } else {
            at += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wholly_acknowledged_counts() {
        let sign = Sign(r#""outcome":"done""#);
        let body = br#"{"outcomes":[{"outcome":"done"},{"outcome":"refused"}]}"#;
        assert!(check(200, body, sign, 1).is_ok());
        assert!(check(200, body, sign, 2).is_err());
        assert!(check(500, body, sign, 1).is_err());
        assert_eq!(occurrences(b"aaaa", b"aa"), 2);
        assert_eq!(occurrences(b"", b"aa"), 0);
    }
}

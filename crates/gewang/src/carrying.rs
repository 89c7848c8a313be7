//! What the commands that carry a town tell of it.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use gewang_store::{Carried, Progress};

use crate::out::say;

/// Tells somebody at a terminal how far it is.
pub(crate) struct Watch {
    watched: bool,
    told: Option<Instant>,
}

/// How often, at most.
const EVERY: Duration = Duration::from_millis(100);

impl Watch {
    pub fn new() -> Watch {
        Watch {
            watched: std::io::stderr().is_terminal(),
            told: None,
        }
    }

    pub fn tell(&mut self, progress: Progress) {
        if !self.watched || self.told.is_some_and(|told| told.elapsed() < EVERY) {
            return;
        }
        self.told = Some(Instant::now());
        let line = match progress {
            Progress::Entries(done, all) => format!("{done} of {all} entries"),
            Progress::Files(done) => format!("{done} files"),
            Progress::Records(done) => format!("{done} records made"),
            Progress::Proven(done, all) => format!("{done} of {all} entries proved"),
        };
        eprint!("\r{line:<60}");
    }

    pub fn end(&self) {
        if self.told.is_some() {
            eprint!("\r{:<60}\r", "");
        }
    }
}

/// A length of time, for people.
pub(crate) fn time(taken: Duration) -> String {
    match taken.as_secs() {
        seconds @ 0..60 => format!("{seconds}.{} s", taken.subsec_millis() / 100),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// Says which files were lost before, and whether there are any.
pub(crate) fn verdict(carried: &Carried) -> ExitCode {
    if carried.lost == 0 {
        return ExitCode::SUCCESS;
    }
    say!(
        "{} files are missing at the source, or are not what their hash says:",
        carried.lost
    );
    for hash in &carried.first_lost {
        say!("  {hash}");
    }
    ExitCode::from(1)
}

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use serde::Serialize;

/// What the figures were taken on: without it they say nothing.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Machine {
    processor: String,
    cores: usize,
    /// How busy it was before the bench began, over the last minute.
    load: String,
    disk: Disk,
}

/// Where the data directories lie.
#[derive(Clone, Debug, Serialize)]
struct Disk {
    folder: String,
    device: String,
    file_system: String,
}

impl Machine {
    /// This machine, with the disk that holds `folder`.
    pub fn here(folder: &Path) -> Machine {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = cpuinfo
            .lines()
            .find(|line| line.starts_with("model name"))
            .and_then(|line| line.split_once(':'))
            .map_or_else(
                || std::env::consts::ARCH.to_owned(),
                |(_, name)| name.trim().to_owned(),
            );
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Machine {
            processor,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            load: load
                .split_whitespace()
                .next()
                .unwrap_or("unknown")
                .to_owned(),
            disk: Disk::of(folder),
        }
    }
}

impl Disk {
    fn of(folder: &Path) -> Disk {
        let folder = folder
            .canonicalize()
            .unwrap_or_else(|_| folder.to_path_buf());
        let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
        let mount = mounts
            .lines()
            .filter_map(|line| {
                let mut words = line.split(' ');
                Some((words.next()?, words.next()?, words.next()?))
            })
            .filter(|(_, point, _)| folder.starts_with(point))
            // Of two mounts on one point the later one hides the earlier.
            .max_by_key(|(_, point, _)| point.len());
        let (device, file_system) =
            mount.map_or(("unknown", "unknown"), |(device, _, kind)| (device, kind));
        Disk {
            folder: folder.display().to_string(),
            device: device.to_owned(),
            file_system: file_system.to_owned(),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Disk {
            folder,
            device,
            file_system,
        } = &self.disk;
        write!(
            out,
            "{}, {} cores, load {}; ",
            self.processor, self.cores, self.load
        )?;
        write!(out, "data on {device} ({file_system}) in {folder}")?;
        if file_system == "tmpfs" {
            write!(
                out,
                "\nThis is memory and no disk: what is written here is not durable."
            )?;
        }
        Ok(())
    }
}

/// A folder for data directories, removed when it goes out of scope.
#[derive(Debug)]
pub(super) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// A new folder in `parent` that no other bench uses.
    pub fn new(parent: &Path) -> Result<Scratch> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = parent.join(format!("gewang-bench-{}-{number}", std::process::id()));
        fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Scratch { path })
    }

    /// A new folder inside this one.
    pub fn fresh(&self) -> Result<Scratch> {
        Scratch::new(&self.path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed stays behind under a name that says whose it is.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// A figure of `/proc/PID/status` in MB (10^6 bytes): `VmRSS` is the memory now, `VmHWM` the most there ever was.
pub(super) fn memory_mb(pid: u32, key: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .context("memory is read from /proc, as on Linux")?;
    let kib: f64 = status
        .lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|digits| digits.parse().ok())
        .with_context(|| format!("no {key} in /proc/{pid}/status"))?;
    Ok(kib * 1024.0 / 1e6)
}

/// Processor seconds that a process used so far, all threads together.
pub(super) fn processor_seconds(pid: u32) -> Result<f64> {
    // Linux counts in hundredths of a second here whatever the kernel's own tick.
    const TICKS_A_SECOND: f64 = 100.0;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
        .context("processor time is read from /proc")?;
    // The name in parentheses may hold anything; the figures stand behind the last one.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: Option<f64> = rest
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|word| word.parse::<f64>().ok())
        .sum();
    Ok(ticks.context("no times in /proc/PID/stat")? / TICKS_A_SECOND)
}

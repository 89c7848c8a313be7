use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::Path,
};

use crate::{Error, Home};

/// The lock of a data directory, held until dropped; the system lets it go when the process dies, however it dies.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// The lock of a home whose database is a file; any other is for many.
    pub fn of(home: &Home) -> Result<Option<Lock>, Error> {
        home.is_sqlite().then(|| Lock::take(&home.dir)).transpose()
    }

    fn take(dir: &Path) -> Result<Lock, Error> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(dir.join("lock"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder)?;
                return Err(Error::InUse {
                    pid: holder.trim().parse().unwrap_or(0),
                });
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        // Who holds it is said for people; that it is held, the system says. So a full disk does not matter here.
        let said = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        if let Err(error) = said {
            tracing::warn!(%error, "could not write the process id into the lock file");
        }
        Ok(Lock { _file: file })
    }
}

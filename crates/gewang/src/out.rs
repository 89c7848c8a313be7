//! Standard output, into which people also put `| head`.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, Write as _};

/// As a shell reports a program that SIGPIPE ended: 128 + 13.
const PIPE_CLOSED: i32 = 141;

/// Writes a line to standard output. Where nobody reads on, the program ends, as other programs of a pipe do.
macro_rules! say {
    () => { $crate::out::line(format_args!("")) };
    ($($text:tt)*) => { $crate::out::line(format_args!($($text)*)) };
}
pub(crate) use say;

/// What [`say!`] does.
pub(crate) fn line(text: Arguments<'_>) {
    let mut out = io::stdout().lock();
    written(writeln!(out, "{text}").and_then(|()| out.flush()));
}

/// Ends the program where nobody reads its output on. Any other failure is told once, on standard error.
pub(crate) fn written(result: io::Result<()>) {
    match result {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(PIPE_CLOSED),
        Err(error) => {
            eprintln!("gewang: cannot write to standard output: {error}");
            std::process::exit(2);
        }
    }
}

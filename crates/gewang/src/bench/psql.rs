use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// What psql prints for a script, which ends with its first error.
pub(super) fn psql(connection: &str, script: &str) -> Result<String> {
    let mut child = Command::new("psql")
        .args(["-XqAt", "-v", "ON_ERROR_STOP=1", connection])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("psql cannot be started")?;
    let mut input = child.stdin.take().context("its input is a pipe")?;
    input.write_all(script.as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    let wrong = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "psql failed: {wrong}");
    Ok(String::from_utf8(output.stdout)?)
}

//! Asking on the terminal, and what a password must be.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use anyhow::bail;

/// The shortest password, in characters.
const SHORTEST: usize = 10;

/// Passwords that everybody tries first, and those of the demo.
const KNOWN: [&str; 22] = [
    "password12",
    "password123",
    "password1234",
    "passw0rd123",
    "p@ssw0rd123",
    "administrator",
    "admin12345",
    "admin123456",
    "changeme123",
    "letmein1234",
    "welcome1234",
    "qwertyuiop",
    "1qaz2wsx3edc",
    "qwerty12345",
    "iloveyou123",
    "zhoutie123",
    "gewang1234",
    "gewang12345",
    "gewang123456",
    "woaini1314",
    "woaini1314520",
    "a123456789",
];

/// The answer to a question, or what was given beforehand. Fails where nobody can be asked.
pub(crate) fn or_ask(given: Option<&str>, question: &str, option: &str) -> anyhow::Result<String> {
    if let Some(given) = given {
        return Ok(given.trim().to_owned());
    }
    if !io::stdin().is_terminal() {
        bail!("{question}: nobody can be asked here, give it with {option}");
    }
    loop {
        eprint!("{question}: ");
        io::stderr().flush()?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            bail!("{question}: no answer");
        }
        let line = line.trim();
        if !line.is_empty() {
            return Ok(line.to_owned());
        }
    }
}

/// A new password: one line of standard input with `from_stdin`, else typed twice without being shown. `names` are what
/// it must not be made of.
pub(crate) fn new_password(from_stdin: bool, names: &[&str]) -> anyhow::Result<String> {
    if from_stdin {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        let password = line.trim_end_matches(['\n', '\r']).to_owned();
        weakness(&password, names).map_or(Ok(password), |why| bail!("{why}"))
    } else if !io::stdin().is_terminal() {
        bail!("the password: nobody can be asked here, pipe it in with --password-stdin");
    } else {
        loop {
            let password = unseen("Password (密码): ")?;
            if let Some(why) = weakness(&password, names) {
                eprintln!("{why}");
            } else if unseen("Once more (再输一次): ")? == password {
                return Ok(password);
            } else {
                eprintln!("the two differ, try again");
            }
        }
    }
}

/// Why a password is too easy to guess, if it is.
pub(crate) fn weakness(password: &str, names: &[&str]) -> Option<String> {
    if password.chars().count() < SHORTEST {
        return Some(format!(
            "the password is too short: {SHORTEST} characters at least"
        ));
    }
    let plain = password.to_lowercase();
    if KNOWN.contains(&plain.as_str()) || plain == crate::demo::PASSWORD {
        return Some("this password is known to everybody: take another".into());
    }
    let mut different: Vec<char> = plain.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < 5 {
        return Some("the password has fewer than five different characters: take another".into());
    }
    let codes: Vec<i64> = plain.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = codes
        .windows(2)
        .filter(|pair| (pair[1] - pair[0]).abs() <= 1)
        .count();
    if steps + 2 >= codes.len() {
        return Some("the password is a row of neighbouring keys or numbers: take another".into());
    }
    let made_of = names.iter().map(|name| name.to_lowercase()).find(|name| {
        name.chars().count() >= 3
            && plain.contains(name.as_str())
            && plain.replace(name.as_str(), "").chars().count() < 6
    });
    made_of.map(|name| format!("the password is little more than \"{name}\": take another"))
}

/// A line typed on the terminal that does not show.
fn unseen(prompt: &str) -> anyhow::Result<String> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let stdin = io::stdin();
    eprint!("{prompt}");
    io::stderr().flush()?;
    let before = tcgetattr(&stdin)?;
    let mut quiet = before.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &quiet)?;
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    tcsetattr(&stdin, OptionalActions::Flush, &before)?;
    eprintln!();
    if read? == 0 {
        bail!("no password was typed");
    }
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::weakness;

    #[test]
    fn easy_passwords_are_refused() {
        for easy in [
            "short",
            "Password123",
            "aaaaaaaaaaaa",
            "1234567890",
            "abcdefghijkl",
            "zhoutie-2026",
            "admin-123",
        ] {
            assert!(weakness(easy, &["zhoutie", "admin"]).is_some(), "{easy}");
        }
        for fair in [
            "correct horse battery",
            "河边的柳树又绿了今年",
            "t7#kk-Vmq2x!",
        ] {
            assert_eq!(weakness(fair, &["zhoutie", "admin"]), None, "{fair}");
        }
    }
}

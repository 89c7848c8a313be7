//! Asking on the terminal, and what a password must be.

use std::io::{self, BufRead as _, IsTerminal as _, Read, Write as _};

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

/// The answer to a question, or what was given beforehand. `wrong` says what is wrong with an answer: at the terminal the
/// question is then put again. Fails where nobody can be asked.
pub(crate) fn or_ask(
    given: Option<&str>,
    question: &str,
    option: &str,
    wrong: impl Fn(&str) -> Option<String>,
) -> anyhow::Result<String> {
    if let Some(given) = given {
        let given = given.trim();
        return match wrong(given) {
            Some(why) => bail!("{option}: {why}"),
            None => Ok(given.to_owned()),
        };
    }
    if !io::stdin().is_terminal() {
        bail!("{question}: nobody can be asked here, give it with {option}");
    }
    loop {
        let answer = line(question)?;
        match wrong(&answer) {
            _ if answer.is_empty() => {}
            Some(why) => eprintln!("  {why}"),
            None => return Ok(answer),
        }
    }
}

/// The answer to a question that may be left open, where somebody can be asked.
pub(crate) fn or_skip(given: Option<&str>, question: &str) -> anyhow::Result<Option<String>> {
    if given.is_some() || !io::stdin().is_terminal() {
        return Ok(given.map(|given| given.trim().to_owned()));
    }
    Ok(Some(line(question)?).filter(|answer| !answer.is_empty()))
}

fn line(question: &str) -> anyhow::Result<String> {
    eprint!("{question}: ");
    io::stderr().flush()?;
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        eprintln!();
        bail!("no answer to \"{question}\"; nothing was founded");
    }
    Ok(line.trim().to_owned())
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
            let password = unseen("Password, which is not shown (密码，输入时不显示): ")?;
            if let Some(why) = weakness(&password, names) {
                eprintln!("  {why}");
            } else if unseen("Once more (再输一次): ")? == password {
                return Ok(password);
            } else {
                eprintln!("  the two differ, try again (两次输入不一致)");
            }
        }
    }
}

/// Why a password is too easy to guess, if it is.
pub(crate) fn weakness(password: &str, names: &[&str]) -> Option<String> {
    if password.chars().count() < SHORTEST {
        return Some(format!(
            "the password is too short: {SHORTEST} characters at least（密码太短，至少 {SHORTEST} 个字符）"
        ));
    }
    let plain = password.to_lowercase();
    if KNOWN.contains(&plain.as_str()) || plain == crate::demo::PASSWORD {
        return Some(
            "this password is known to everybody: take another（这个密码人人皆知）".into(),
        );
    }
    let mut different: Vec<char> = plain.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < 5 {
        return Some(
            "the password has fewer than five different characters: take another（不同的字符太少）"
                .into(),
        );
    }
    let codes: Vec<i64> = plain.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps = codes
        .windows(2)
        .filter(|pair| (pair[1] - pair[0]).abs() <= 1)
        .count();
    if steps + 2 >= codes.len() {
        return Some("the password is a row of neighbouring letters or numbers: take another（连续的字母或数字）".into());
    }
    let made_of = names.iter().map(|name| name.to_lowercase()).find(|name| {
        name.chars().count() >= 3
            && plain.contains(name.as_str())
            && plain.replace(name.as_str(), "").chars().count() < 6
    });
    made_of.map(|name| {
        format!("the password is little more than \"{name}\": take another（密码太像名称）")
    })
}

/// A line typed on the terminal that does not show. Keys come one by one, so that Ctrl-C too leaves the terminal as it
/// was found.
fn unseen(prompt: &str) -> anyhow::Result<String> {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
    let stdin = io::stdin();
    eprint!("{prompt}");
    io::stderr().flush()?;
    let before = tcgetattr(&stdin)?;
    let mut quiet = before.clone();
    quiet
        .local_modes
        .remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    tcsetattr(&stdin, OptionalActions::Flush, &quiet)?;
    let typed = typed(&mut stdin.lock());
    tcsetattr(&stdin, OptionalActions::Flush, &before)?;
    eprintln!();
    typed
}

/// What the keys make: a line, unless it is broken off (Ctrl-C, Ctrl-D).
fn typed(keys: &mut impl Read) -> anyhow::Result<String> {
    let mut line = Vec::new();
    loop {
        let mut key = [0];
        if keys.read(&mut key)? == 0 {
            bail!("no password was typed");
        }
        match key[0] {
            b'\n' | b'\r' => return Ok(String::from_utf8(line)?),
            3 | 4 => bail!("broken off: no password was set"),
            // Backspace takes a whole character, Ctrl-U everything.
            8 | 127 => while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
            21 => line.clear(),
            byte => line.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{typed, weakness};

    #[test]
    fn keys_make_a_line_or_break_it_off() {
        let line = |keys: &str| typed(&mut keys.as_bytes());
        assert_eq!(line("abc\n").unwrap(), "abc");
        assert_eq!(line("xx\u{15}柳树\u{7f}枝\n").unwrap(), "柳枝");
        assert!(line("abc\u{3}").is_err());
        assert!(line("abc").is_err());
    }

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

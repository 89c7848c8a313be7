//! A PostgreSQL of the tests' own: Debian's binaries, a temporary directory, a socket and no port, an unprivileged user.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// A server that runs as long as this process.
pub struct Server {
    folder: PathBuf,
    user: String,
    /// The keeper ends the server and removes its folder when the other end of this is closed, however this process ends.
    _lifeline: ChildStdin,
    _keeper: Child,
}

/// Makes the cluster, runs it, and waits for the end of the lifeline. What it says goes into a file beside the data.
const KEEPER: &str = r#"
set -eu
bin=$1 folder=$2
trap 'rm -rf "$folder"' EXIT
"$bin/initdb" --pgdata="$folder/data" --auth=trust --encoding=UTF8 --locale=C --no-sync >"$folder/log" 2>&1 ||
  { tr '\n' ' ' <"$folder/log"; exit 1; }
"$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=on -c max_connections=200 \
  >>"$folder/log" 2>&1 </dev/null &
server=$!
echo started
while read -r _; do :; done
kill -INT "$server" && wait "$server" || true
"#;

impl Server {
    /// The one server of this process.
    pub fn shared() -> &'static Server {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(Server::start)
    }

    fn start() -> Server {
        let bin = binaries();
        let user = user();
        // Where a socket lies must have a short name, so not below a build's own directory.
        let folder = tempfile::Builder::new()
            .prefix("gewang-pg-")
            .tempdir_in("/tmp")
            .unwrap()
            .keep();
        let mut keeper = match &user {
            Some(user) => {
                let owner = Command::new("chown").arg(user).arg(&folder).status();
                assert!(owner.unwrap().success(), "chown {user}");
                let mut runuser = Command::new("runuser");
                runuser.args(["-u", user.as_str(), "--"]);
                runuser.arg("sh");
                runuser
            }
            None => Command::new("sh"),
        };
        let mut keeper = keeper
            .args(["-c", KEEPER, "keeper"])
            .args([&bin, &folder])
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(keeper.stdout.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        let log = |folder: &Path| std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert_eq!(said, "started\n", "initdb failed");
        let server = Server {
            _lifeline: keeper.stdin.take().unwrap(),
            _keeper: keeper,
            user: user.unwrap_or_else(|| String::from_utf8(output("id", &["-un"])).unwrap()),
            folder,
        };
        let until = Instant::now() + Duration::from_secs(60);
        while !Command::new(bin.join("pg_isready"))
            .args(["--quiet", "--host"])
            .arg(&server.folder)
            .status()
            .unwrap()
            .success()
        {
            assert!(Instant::now() < until, "no server: {}", log(&server.folder));
        }
        server
    }

    /// The address of a new, empty database.
    pub fn database(&self) -> String {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("town{}", MADE.fetch_add(1, Ordering::Relaxed));
        let made = Command::new(binaries().join("createdb"))
            .arg("--host")
            .arg(&self.folder)
            .args(["--username", self.user.trim(), &name])
            .status();
        assert!(made.unwrap().success(), "createdb {name}");
        format!(
            "host={} user={} dbname={name}",
            self.folder.display(),
            self.user.trim()
        )
    }
}

/// Where the newest PostgreSQL of this machine has its programs.
fn binaries() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter();
    let newest = versions
        .flatten()
        .flatten()
        .filter_map(|version| version.file_name().to_str()?.parse::<u32>().ok())
        .max()
        .expect("PostgreSQL is missing: run scripts/need test");
    Path::new("/usr/lib/postgresql")
        .join(newest.to_string())
        .join("bin")
}

/// Whose server it is where root, whom PostgreSQL refuses, runs the tests.
fn user() -> Option<String> {
    let root = output("id", &["-u"]) == b"0\n";
    let known = |user: &&str| {
        Command::new("id")
            .arg(user)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    };
    root.then(|| {
        let user = ["postgres", "nobody"].into_iter().find(known);
        user.expect("a user to run PostgreSQL").to_owned()
    })
}

fn output(program: &str, arguments: &[&str]) -> Vec<u8> {
    Command::new(program)
        .args(arguments)
        .output()
        .unwrap()
        .stdout
}

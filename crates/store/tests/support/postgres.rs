//! A PostgreSQL of the tests' own: Debian's binaries, a temporary directory, a socket and no port, an unprivileged user.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// A server for all processes of one run of tests: it ends when the one that started them does.
pub struct Server {
    folder: PathBuf,
    user: String,
    /// Where this process is the first of its run.
    _keeper: Option<Child>,
}

/// Makes the cluster, runs it, and waits for the end of the process that runs the tests, however it ends. What the server
/// says goes into a file beside the data.
const KEEPER: &str = r#"
set -eu
bin=$1 folder=$2 parent=$3 primary=${4-}
trap 'rm -rf "$folder"' EXIT
make() {
  if [ "$primary" ]; then "$bin/pg_basebackup" --pgdata="$folder/data" --host="$primary" --write-recovery-conf --no-sync --checkpoint=fast
  else "$bin/initdb" --pgdata="$folder/data" --auth=trust --encoding=UTF8 --locale=C --no-sync; fi
}
make >"$folder/log" 2>&1 || { tr '\n' ' ' <"$folder/log"; exit 1; }
printf '%s\n' "unix_socket_directories = '$folder'" "listen_addresses = ''" 'fsync = on' 'max_connections = 300' \
  >>"$folder/data/postgresql.conf"
"$bin/pg_ctl" --pgdata="$folder/data" --no-wait --log="$folder/log" start >/dev/null 2>&1 </dev/null
echo started
while kill -0 "$parent" 2>/dev/null || [ -d "/proc/$parent" ]; do sleep 0.3; done
"$bin/pg_ctl" --pgdata="$folder/data" --mode=immediate stop >/dev/null 2>&1 || true
"#;

impl Server {
    /// The one server of this process.
    pub fn shared() -> &'static Server {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(Server::start)
    }

    fn start() -> Server {
        let parent = std::os::unix::process::parent_id();
        let mut server = Server::at(&format!("gewang-pg-{parent}"));
        let lock = format!("/tmp/gewang-pg-{}.lock", server.user);
        let lock = std::fs::File::create(lock).unwrap();
        lock.lock().unwrap();
        if !server.answers() {
            server.run(parent, None);
        }
        server
    }

    /// A server that follows this one and answers questions.
    pub fn standby(&self) -> Server {
        let process = std::process::id();
        let mut server = Server::at(&format!("gewang-pg-standby-{process}"));
        server.run(process, Some(&self.folder));
        server
    }

    /// A server of this process alone, to be ill-treated.
    pub fn alone() -> Server {
        let process = std::process::id();
        let mut server = Server::at(&format!("gewang-pg-alone-{process}"));
        server.run(process, None);
        server
    }

    fn at(name: &str) -> Server {
        Server {
            user: user()
                .unwrap_or_else(|| String::from_utf8(output("id", &["-un"])).unwrap())
                .trim()
                .to_owned(),
            // Where a socket lies must have a short name, so not below a build's own directory.
            folder: Path::new("/tmp").join(name),
            _keeper: None,
        }
    }

    /// Kills it in the midst of whatever it does, and starts it again.
    pub fn crash(&self) {
        self.kill();
        self.control("start", "--no-wait");
    }

    /// Kills it in the midst of whatever it does.
    pub fn kill(&self) {
        self.control("stop", "--mode=immediate");
    }

    /// Starts it again with a certificate of its own (the file whose path is given back): at this port of this machine it
    /// answers those alone who speak TLS.
    pub fn secure(&self, port: u16) -> PathBuf {
        let data = self.folder.join("data");
        let write = |name: &str, text: &str| std::fs::write(data.join(name), text).unwrap();
        write(
            "certificate.conf",
            "[req]\ndistinguished_name = name\nx509_extensions = v3\nprompt = no\n[name]\nCN = gewang test\n\
             [v3]\nbasicConstraints = critical, CA:FALSE\nsubjectAltName = IP:127.0.0.1\n",
        );
        let made = self
            .as_owner(Path::new("openssl"))
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt"])
            .args(["ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
            .args(["-config", "certificate.conf"])
            .args(["-keyout", "server.key", "-out", "server.crt"])
            .current_dir(&data)
            .stderr(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "no certificate");
        write(
            "postgresql.auto.conf",
            &format!("ssl = on\nport = {port}\nlisten_addresses = '127.0.0.1'\n"),
        );
        write(
            "pg_hba.conf",
            "local all all trust\nhostssl all all 127.0.0.1/32 trust\n",
        );
        self.crash();
        let until = Instant::now() + Duration::from_secs(60);
        while !is_ready(Path::new("127.0.0.1"), port) {
            assert!(Instant::now() < until, "no server at {port}");
        }
        data.join("server.crt")
    }

    fn control(&self, act: &str, mode: &str) {
        let done = self
            .as_owner(&binaries().join("pg_ctl"))
            .arg(format!("--pgdata={}/data", self.folder.display()))
            .arg(format!("--log={}/log", self.folder.display()))
            .args([mode, act])
            .stdout(Stdio::null())
            .status();
        assert!(done.unwrap().success(), "{act}");
    }

    /// A program run by whose server it is.
    fn as_owner(&self, program: &Path) -> Command {
        match user() {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", &user, "--"]).arg(program);
                command
            }
            None => Command::new(program),
        }
    }

    /// Starts it, for as long as a process lives.
    fn run(&mut self, parent: u32, primary: Option<&Path>) {
        // Left by a run that was killed with its keeper.
        let _ = std::fs::remove_dir_all(&self.folder);
        std::fs::create_dir(&self.folder).unwrap();
        let owner = Command::new("chown")
            .arg(&self.user)
            .arg(&self.folder)
            .status();
        assert!(owner.unwrap().success(), "chown {}", self.user);
        let mut keeper = self
            .as_owner(Path::new("sh"))
            .args(["-c", KEEPER, "keeper"])
            .args([&binaries(), &self.folder])
            .arg(parent.to_string())
            .args(primary)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(keeper.stdout.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        assert_eq!(said, "started\n", "initdb failed");
        self._keeper = Some(keeper);
        let until = Instant::now() + Duration::from_secs(60);
        while !self.answers() {
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(Instant::now() < until, "no server: {log}");
        }
    }

    fn answers(&self) -> bool {
        is_ready(&self.folder, 5432)
    }

    /// Asks a database something beside those who are tested.
    pub fn ask(address: &str, sql: &str) {
        let asked = Command::new(binaries().join("psql"))
            .args([
                "--quiet",
                "--no-psqlrc",
                "--dbname",
                address,
                "--command",
                sql,
            ])
            .stdout(Stdio::null())
            .status();
        assert!(asked.unwrap().success(), "{sql}");
    }

    /// The address of a new, empty database.
    pub fn database(&self) -> String {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let (process, nth) = (std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let name = format!("town{process}_{nth}");
        let made = Command::new(binaries().join("createdb"))
            .arg("--host")
            .arg(&self.folder)
            .args(["--username", &self.user, &name])
            .status();
        assert!(made.unwrap().success(), "createdb {name}");
        format!("postgresql://{}@{}/{name}", self.user, self.socket())
    }

    /// Where it is asked, as it stands in an address.
    pub fn socket(&self) -> String {
        self.folder.display().to_string().replace('/', "%2F")
    }
}

fn is_ready(host: &Path, port: u16) -> bool {
    let asked = Command::new(binaries().join("pg_isready"))
        .args(["--quiet", "--port", &port.to_string(), "--host"])
        .arg(host)
        .status();
    asked.unwrap().success()
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

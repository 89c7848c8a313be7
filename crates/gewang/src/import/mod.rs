//! `gewang import`: the rows of a table become commands.
//!
//! A row's record and its commands get ids made from the row's key, so that the same file again changes nothing and an
//! import that was interrupted goes on where it stopped. All steps of a row are posted together; into a data directory
//! a row goes only when all its steps would be taken.

mod map;
mod reading;
mod report;
mod rows;
mod table;
mod target;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use gewang_engine::OutcomeKind;
use gewang_pack::Text;

use crate::at::At;
use crate::client::Client;
use crate::out::written;
use crate::{Format, Lang};
use map::Mapping;
use report::Report;
use rows::{Row, Rows, Trouble};
use table::Table;
use target::{Became, Target};

/// Commands in one post.
const MOST_COMMANDS: usize = 500;

/// Turns the rows of a table into commands, with a report by row.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The table: .csv (UTF-8 or GBK, recognised) or .xlsx.
    file: PathBuf,
    /// The kind of the records, PACK.KIND.
    #[arg(long)]
    kind: String,
    /// The map from columns to fields (docs/import.md).
    #[arg(long)]
    map: PathBuf,
    #[command(flatten)]
    at: Option<At>,
    /// The account as which rows are imported into a data directory; without it the only administrator.
    #[arg(long = "as", value_name = "ACCOUNT", requires = "data")]
    account: Option<String>,
    /// A server, http://127.0.0.1:8080.
    #[arg(long, requires = "token", conflicts_with = "data")]
    server: Option<String>,
    /// A bearer token of an administrator of that server.
    #[arg(long, env = "GEWANG_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Decides every row and writes nothing.
    #[arg(long)]
    dry_run: bool,
    /// For people or for programs.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// The language of the report for people.
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
}

/// Exit 0 when every row is in, 1 when some were refused, 2 when nothing could be read.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let text = std::fs::read_to_string(&args.map)
        .with_context(|| format!("cannot read {}", args.map.display()))?;
    let mapping =
        Mapping::read(&text).map_err(|error| anyhow::anyhow!("{}: {error}", args.map.display()))?;
    if mapping.kind.as_ref().is_some_and(|kind| *kind != args.kind) {
        bail!(
            "{} is a map for {}, not for {}",
            args.map.display(),
            mapping.kind.unwrap_or_default(),
            args.kind
        );
    }
    let table = Table::read(&args.file, &mapping.table).map_err(anyhow::Error::msg)?;
    let missing = table.missing(&mapping.columns());
    if !missing.is_empty() {
        let mut text = format!(
            "{} ({}) lacks columns that the map names:",
            args.file.display(),
            table.read_as
        );
        for (column, near) in missing {
            let near = near
                .map(|near| format!(" (is it \"{near}\"?)"))
                .unwrap_or_default();
            text.push_str(&format!("\n  {column}{near}"));
        }
        let known: Vec<&str> = table
            .columns
            .iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty())
            .collect();
        text.push_str(&format!("\nthe table has: {}", known.join(", ")));
        if let Some(row) = table.heading_instead(&mapping.columns()) {
            text.push_str(&format!(
                "\nrow {row} looks like the headings: say `table: {{ heading: {row} }}` in the map"
            ));
        }
        bail!("{text}");
    }
    let target = match (&args.at, &args.server, &args.token) {
        (Some(at), _, _) => Target::data(at, args.account.as_deref())?,
        (None, Some(url), Some(token)) if !args.dry_run => {
            Target::Server(Client::with_token(url, token))
        }
        (None, Some(_), Some(_)) => {
            bail!(
                "--dry-run decides on the data directory itself: give --data, with nobody serving it, or a copy of it"
            )
        }
        _ => bail!("say where to: --data DIR, or --server URL with --token"),
    };
    target.knows(&args.kind, &mapping)?;
    let report = import(&args.kind, &mapping, &table, &target, args.dry_run)?;
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Human => written(report.human(&mut out, args.lang)),
        Format::Json => written(writeln!(out, "{}", serde_json::to_string(&report)?)),
    }
    Ok(if report.sums.refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn import(
    kind: &str,
    mapping: &Mapping,
    table: &Table,
    target: &Target,
    dry_run: bool,
) -> anyhow::Result<Report> {
    let mut report = Report {
        read_as: table.read_as.clone(),
        dry_run,
        ..Report::default()
    };
    let mut rows = Rows::new(kind, mapping, table);
    let mut waiting: Vec<Row> = Vec::new();
    for (number, cells) in &table.rows {
        report.sums.rows += 1;
        let row = match rows.row(*number, cells) {
            Ok(row) => row,
            Err(trouble) => {
                report.refused.push(*trouble);
                continue;
            }
        };
        if let Some(would) = target.try_row(&row.commands)? {
            let refused = would
                .iter()
                .any(|became| became.kind == OutcomeKind::Refused);
            if refused || dry_run {
                tell(&mut report, &rows, &row, &would, refused);
                continue;
            }
        }
        let commands: usize = waiting.iter().map(|row| row.commands.len()).sum();
        if commands + row.commands.len() > MOST_COMMANDS {
            send(&mut report, &rows, target, &mut waiting)?;
        }
        waiting.push(row);
    }
    send(&mut report, &rows, target, &mut waiting)?;
    report.finish();
    Ok(report)
}

fn send(
    report: &mut Report,
    rows: &Rows<'_>,
    target: &Target,
    waiting: &mut Vec<Row>,
) -> anyhow::Result<()> {
    let waiting = std::mem::take(waiting);
    if waiting.is_empty() {
        return Ok(());
    }
    let commands = waiting
        .iter()
        .flat_map(|row| row.commands.iter().cloned())
        .collect();
    let became = target.post(commands).with_context(|| {
        format!(
            "stopped at row {}; what was imported before it stays, and the same command goes on from there",
            waiting[0].number
        )
    })?;
    let mut rest = became.as_slice();
    for row in &waiting {
        let Some((of_row, after)) = rest.split_at_checked(row.commands.len()) else {
            bail!("the answer has fewer outcomes than there were commands");
        };
        rest = after;
        tell(report, rows, row, of_row, false);
    }
    Ok(())
}

/// Puts what became of a row into the report. `held_back`: one of its steps would be refused, so none was sent.
fn tell(report: &mut Report, rows: &Rows<'_>, row: &Row, became: &[Became], held_back: bool) {
    let count = |kind| became.iter().filter(|became| became.kind == kind).count();
    let refused = became
        .iter()
        .position(|became| became.kind == OutcomeKind::Refused);
    if let Some(at) = refused {
        let problem = became[at].problem.clone();
        let (code, pointer, mut text) = problem
            .map(|problem| (problem.code, problem.pointer, problem.text))
            .unwrap_or_else(|| {
                let text = Text {
                    zh: "被拒绝".into(),
                    en: "refused".into(),
                };
                ("refused".into(), String::new(), text)
            });
        if !held_back && at > 0 {
            text.zh.push_str("（此前各步已执行，改正本行后再导入即可）");
            text.en
                .push_str(" (the steps before it were taken; correct the row and import it again)");
        }
        let columns = rows.columns_of(row.steps[at], &pointer);
        report.refused.push(Trouble {
            row: row.number,
            key: row.key.clone(),
            action: row.commands[at].action.clone(),
            cells: rows.places(row.number, &columns),
            columns,
            code,
            text,
        });
    } else if count(OutcomeKind::Merged) > 0 {
        report.merged.push(row.number);
    } else if count(OutcomeKind::Done) > 0 {
        report.sums.done += 1;
    } else {
        report.sums.repeated += 1;
    }
    if !held_back {
        report.sums.commands += count(OutcomeKind::Done);
    }
}

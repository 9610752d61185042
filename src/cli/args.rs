//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::discover::MAX_FILE_SIZE;
use crate::finding::Confidence;
use crate::report::Format;

/// Finds leaks of memory and resources in JavaScript, TypeScript, Java and Python source.
///
/// Exit code: 0 nothing found, 1 findings, 2 an error or an incomplete analysis.
#[derive(Debug, Parser)]
#[command(name = "leaklint", version, args_conflicts_with_subcommands = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub check: CheckArgs,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check files and directories (the default)
    Check(Box<CheckArgs>),
    /// Show what a rule reports, why that leaks and how to fix it
    Explain { rule: String },
    /// List the rules
    Rules {
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
    },
    /// Say what is found at a line, of any confidence and with all steps
    Why {
        /// A line of a file, as in `src/a.ts:12`
        place: String,
        #[command(flatten)]
        args: Box<CheckArgs>,
    },
    /// Write a commented leaklint.toml
    Init {
        /// The directory to write it in
        #[arg(default_value = ".")]
        directory: PathBuf,
    },
    /// Show how a file is read
    Debug {
        #[command(subcommand)]
        stage: Stage,
    },
    /// Print completions for a shell
    Completions { shell: Shell },
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum ListFormat {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Stage {
    /// The syntax tree
    Tree { file: PathBuf },
    /// The model
    Model { file: PathBuf },
    /// The control-flow graphs as text
    Cfg { file: PathBuf },
    /// The control-flow graphs as a Mermaid diagram
    Mermaid { file: PathBuf },
    /// What the file says to the rest of the project, as JSON
    Facts { file: PathBuf },
    /// The JSON schema of leaklint.toml
    Schema,
}

#[derive(Debug, Args, Default)]
pub struct CheckArgs {
    /// Files and directories; `-` for standard input
    #[arg(value_name = "PATHS")]
    pub paths: Vec<PathBuf>,

    /// What to print
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub format: Format,
    /// Write a report to a file, beside what is printed; may be repeated
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output_file, help_heading = "Output")]
    pub output_file: Vec<(Format, PathBuf)>,
    /// Findings and errors, and nothing else
    #[arg(long, short, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,
    /// Also what was left out and what could not be read in full
    #[arg(long, short, help_heading = "Output")]
    pub verbose: bool,
    /// Colours; the environment variable `NO_COLOR` switches them off
    #[arg(long, value_enum, default_value_t, help_heading = "Output")]
    pub color: Color,
    /// Print at most so many findings; never changes what files of reports or the exit code say
    #[arg(long, value_name = "N", help_heading = "Output")]
    pub max_findings: Option<usize>,
    /// Print counts by rule and of files
    #[arg(long, help_heading = "Output")]
    pub statistics: bool,
    /// Print the time of every stage
    #[arg(long, help_heading = "Output")]
    pub timings: bool,
    /// Name of this run in SARIF, where a commit has several
    #[arg(long, help_heading = "Output")]
    pub category: Option<String>,
    /// Whether suppressed findings are left out or written and marked
    #[arg(long, value_enum, default_value_t, value_name = "HOW", help_heading = "Output")]
    pub sarif_suppressed: Suppressed,

    /// Report these rules and no others; `*` stands for any run of characters
    #[arg(long, value_delimiter = ',', value_name = "RULE", help_heading = "Rules")]
    pub select: Vec<String>,
    /// Do not report these rules
    #[arg(long, value_delimiter = ',', value_name = "RULE", help_heading = "Rules")]
    pub ignore: Vec<String>,
    /// The least confidence to report [default: medium]
    #[arg(long, value_enum, help_heading = "Rules")]
    pub confidence: Option<Confidence>,
    /// The least confidence that makes the exit code 1 [default: medium]
    #[arg(long, value_enum, value_name = "CONFIDENCE", help_heading = "Rules")]
    pub fail_on: Option<Confidence>,
    /// Exit with 0 although there are findings; errors still give 2
    #[arg(long, help_heading = "Rules")]
    pub exit_zero: bool,
    /// The configuration for all files
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub config: Option<PathBuf>,

    /// The name of what comes from standard input
    #[arg(long, value_name = "FILE", help_heading = "Files")]
    pub stdin_filename: Option<PathBuf>,
    /// The directory whose files are evidence for what is checked [default: the repository, or the directory of the
    /// configuration]
    #[arg(long, value_name = "DIR", help_heading = "Files")]
    pub root: Option<PathBuf>,
    /// Leave out what is excluded even where it is named here
    #[arg(long, help_heading = "Files")]
    pub force_exclude: bool,
    /// Read what .gitignore leaves out
    #[arg(long, help_heading = "Files")]
    pub no_ignore: bool,
    /// Read test code too
    #[arg(long, help_heading = "Files")]
    pub include_tests: bool,
    /// The size above which a file is not read
    #[arg(long, value_name = "BYTES", value_parser = size, default_value_t = MAX_FILE_SIZE, help_heading = "Files")]
    pub max_file_size: u64,
    /// Print the files that would be checked, and end
    #[arg(long, help_heading = "Files")]
    pub show_files: bool,
    /// Print the configuration of a path, and end
    #[arg(long, help_heading = "Files")]
    pub show_config: bool,
    /// The number of threads; as many as there are processors when 0
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Files")]
    pub threads: usize,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Suppressed {
    #[default]
    Omit,
    Mark,
}

fn output_file(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("write FORMAT=FILE, as in sarif=leaks.sarif")?;
    if file.is_empty() {
        return Err("no file is named behind `=`".to_owned());
    }
    let known = || {
        let names = Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        names.map(|value| value.get_name().to_owned()).collect::<Vec<_>>().join(", ")
    };
    let format = Format::from_str(format, false).map_err(|_| format!("no format `{format}`; there are {}", known()))?;
    Ok((format, PathBuf::from(file)))
}

/// Bytes, or with a unit: `500k`, `2M`, `2MB`.
fn size(text: &str) -> Result<u64, String> {
    let bad = || format!("`{text}` is no size; write bytes, or 500k, 2M, 1G");
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" => 10,
        "m" | "mb" => 20,
        "g" | "gb" => 30,
        _ => return Err(bad()),
    };
    let number: u64 = digits.parse().map_err(|_| bad())?;
    // Offsets into a file are 32 bits wide.
    number.checked_mul(1 << shift).filter(|size| *size < u64::from(u32::MAX)).ok_or_else(bad)
}

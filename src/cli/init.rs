//! The command `init`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::{Error, Exit, terminal};

/// What is written: all of it comments, so that it changes nothing.
const TEXT: &str = r#"# Configuration of leaklint. Every key may be left out; what stands here behind `#` is an example.

# The rules to report (all when empty) and those not to; `*` stands for any run of characters.
# select = []
# ignore = ["unclosed-resource"]

# The least confidence of what is reported, and of what makes the exit code 1: low, medium, high.
# confidence = "medium"
# fail-on = "medium"

# Files not to read, in the form of .gitignore. Test code, generated, minified and vendored code is left out anyway.
# exclude = ["legacy/"]
# include-tests = false

# A comment that suppresses must give a reason.
# require-reason = true

# [per-file-ignores]
# "scripts/**" = ["*"]

# [rules.uncleared-timer]
# confidence = "high"

# A call of your own that acquires, and the one that releases.
# [[acquire]]
# kind = "subscription"
# call = ["bus.attach"]
# handle = "result"
# closes = ["detach"]

# A call of your own that takes ownership of its argument.
# [[sink]]
# call = ["lifecycle.own"]
# argument = "arg0"
"#;

pub fn init(directory: &Path) -> Result<Exit, Error> {
    let path = directory.join("leaklint.toml");
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .and_then(|mut file| file.write_all(TEXT.as_bytes()))
    {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(Error::usage(format!("{} is there already", path.display()), None))
        }
        Err(error) => Err(Error::io(format!("cannot write {}", path.display()))(error)),
        Ok(()) => {
            terminal::tell(&format!("wrote {}", path.display()));
            Ok(Exit::Clean)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TEXT;
    use crate::config::Settings;

    /// Every example is one that works.
    #[test]
    fn examples_parse() {
        toml::from_str::<Settings>(TEXT).unwrap();
        let examples: Vec<&str> = TEXT
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| line.contains(" = ") || line.starts_with('['))
            .collect();
        let settings: Settings = toml::from_str(&examples.join("\n")).unwrap();
        assert_eq!(settings.acquire.len(), 1);
        assert_eq!(settings.sink.len(), 1);
    }
}

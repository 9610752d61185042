//! The repository that a run stands in, as far as two small files say.

use std::fs;
use std::path::{Path, PathBuf};

use crate::report::VersionControl;
use crate::source::slashed;

/// Where the run stands.
#[derive(Debug, Default)]
pub struct Repository {
    /// From the root of the repository to the base of the run, with a `/` behind; empty when they are the same.
    pub prefix: String,
    pub version_control: Option<VersionControl>,
}

/// The repository around a directory.
pub fn find(base: &Path) -> Repository {
    let Some(root) = base.ancestors().find(|directory| directory.join(".git").exists()) else {
        return Repository::default();
    };
    let prefix = base.strip_prefix(root).map(slashed).unwrap_or_default();
    Repository { prefix, version_control: version_control(&root.join(".git")) }
}

/// The directory around a path that holds its project: the repository, or whatever has a configuration.
pub fn root(path: &Path) -> Option<PathBuf> {
    let marked = |directory: &&Path| [".git", "leaklint.toml"].iter().any(|mark| directory.join(mark).exists());
    path.ancestors().find(marked).map(Path::to_path_buf)
}

fn version_control(git: &Path) -> Option<VersionControl> {
    let config = fs::read_to_string(git.join("config")).ok()?;
    let repository_uri = origin(&config)?;
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let (revision, branch) = match head.trim().strip_prefix("ref: ") {
        None => (Some(head.trim().to_owned()), None),
        Some(name) => {
            let revision = fs::read_to_string(git.join(name)).ok().map(|text| text.trim().to_owned());
            (revision, name.strip_prefix("refs/heads/").map(str::to_owned))
        }
    };
    Some(VersionControl { repository_uri, revision, branch })
}

/// The address of the remote `origin`, without whatever logs in to it.
fn origin(config: &str) -> Option<String> {
    let section = config.split_once("[remote \"origin\"]")?.1;
    let section = section.split("\n[").next()?;
    let url = section.lines().find_map(|line| line.trim().strip_prefix("url")?.trim().strip_prefix('='))?.trim();
    let rest = match url.split_once("://") {
        Some(("https" | "http" | "ssh" | "git", rest)) => rest.to_owned(),
        Some(_) => return None,
        None => url.split_once(':').map(|(host, path)| format!("{host}/{path}"))?,
    };
    let (host, path) = rest.split_once('/')?;
    let host = host.rsplit('@').next()?;
    Some(format!("https://{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn addresses() {
        let of = |url: &str| {
            origin(&format!("[core]\n\tbare = false\n[remote \"origin\"]\n\turl = {url}\n[branch \"a\"]\n"))
        };
        assert_eq!(of("https://user:secret@example.org/a/b.git").as_deref(), Some("https://example.org/a/b.git"));
        assert_eq!(of("git@example.org:a/b.git").as_deref(), Some("https://example.org/a/b.git"));
        assert_eq!(of("/home/someone/b"), None);
    }
}

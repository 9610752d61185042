//! What tells a finding from others between two runs.

/// How many characters the hash of a line covers.
const BLOCK: usize = 100;
const FACTOR: u64 = 37;
/// Stands behind the last character of the file.
const END_OF_FILE: u16 = u16::MAX;

/// For every line of a file the value that code scanning computes as `primaryLocationLineHash`, `hash:occurrence`.
///
/// The hash of a line is taken over the hundred UTF-16 units that begin with the first one of the line that is no
/// space or tab, spaces and tabs left out, every kind of line end counted as a line feed, and the end of the file
/// followed by zeros.
#[must_use]
pub fn line_hashes(text: &str) -> Vec<String> {
    let (mut units, mut starts, mut previous) = (Vec::with_capacity(text.len() + 1), vec![0], 0);
    for unit in text.encode_utf16() {
        let rest_of_line_end = unit == u16::from(b'\n') && previous == u16::from(b'\r');
        previous = unit;
        if rest_of_line_end || unit == u16::from(b' ') || unit == u16::from(b'\t') {
            continue;
        }
        let line_end = unit == u16::from(b'\n') || unit == u16::from(b'\r');
        units.push(if line_end { u16::from(b'\n') } else { unit });
        if line_end {
            starts.push(units.len());
        }
    }
    units.push(END_OF_FILE);
    let mut seen = rustc_hash::FxHashMap::<u64, usize>::default();
    starts
        .into_iter()
        .map(|start| {
            let block = units[start..].iter().copied().chain(std::iter::repeat(0)).take(BLOCK);
            let hash = block.fold(0_u64, |hash, unit| hash.wrapping_mul(FACTOR).wrapping_add(unit.into()));
            let occurrence = seen.entry(hash).and_modify(|count| *count += 1).or_insert(1);
            format!("{hash:x}:{occurrence}")
        })
        .collect()
}

/// Our own fingerprint, version 1: the rule, the enclosing declaration and the head of the acquiring expression.
///
/// No path and no line goes in, nor white space, quotes, brackets and separators, which formatters change; of the
/// expression only what stands before its first brace, so that an edit inside a callback leaves it the same. Equal
/// findings have equal fingerprints: count them.
#[must_use]
pub fn stable(rule: &str, symbol: &str, snippet: &str) -> String {
    let head = snippet.split('{').find(|part| words(part).next().is_some()).unwrap_or_default();
    let parts = [rule, "\0", symbol, "\0"].into_iter().chain(words(head).flat_map(|word| [word, " "]));
    format!("{:032x}", fnv1a(parts.flat_map(str::bytes)))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|char: char| !(char.is_alphanumeric() || matches!(char, '_' | '$'))).filter(|word| !word.is_empty())
}

/// FNV-1a in 128 bits: the same on every machine and in every version, which hashers made for tables do not promise.
fn fnv1a(bytes: impl Iterator<Item = u8>) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.fold(OFFSET, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

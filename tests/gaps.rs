//! Code of which a part cannot be read: what is said of it is not sure.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use leaklint::catalogue::shared;
use leaklint::driver::check_sources;
use leaklint::finding::Confidence;
use leaklint::lang::Language;
use leaklint::source::SourceFile;

fn findings(arm: &str) -> Vec<Confidence> {
    let text = format!(
        "class Sources {{
            int open(Object source) throws java.io.IOException {{
                java.io.FileInputStream stream = new java.io.FileInputStream(\"a\");
                switch (source) {{
                    {arm}
                    default -> System.out.println();
                }}
                return stream.available();
            }}
        }}"
    );
    let source = SourceFile::new("Sources.java", Language::Java, text);
    let catalogue = shared().unwrap();
    check_sources(&[source], &catalogue, Confidence::Low).iter().map(|finding| finding.confidence).collect()
}

#[test]
fn a_function_with_a_gap_is_not_sure() {
    assert_eq!(findings("case Integer number -> System.out.println(number);"), [Confidence::High]);
    assert_eq!(findings("case Integer _, Long _ -> System.out.println();"), [Confidence::Low]);
}

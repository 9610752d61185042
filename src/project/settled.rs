//! What the project says of the candidates that it takes back, in words and with the place: for `why`.

use super::answers::Answers;
use super::facts::{Candidate, Facts, Question, Symbol};
use super::tree::Tree;
use crate::finding::{Quiet, Step, StepKind};
use crate::source::Span;

/// The candidates of one file that other files settle.
#[must_use]
pub fn settled(facts: &[Facts], tree: &Tree, path: &str) -> Vec<Quiet> {
    let answers = Answers::new(facts, tree);
    let of = facts.iter().filter(|file| file.path == path);
    of.flat_map(|file| file.candidates.iter().filter_map(|candidate| settle(&answers, file, candidate))).collect()
}

fn settle(answers: &Answers<'_>, file: &Facts, candidate: &Candidate) -> Option<Quiet> {
    let falls = candidate.unless.iter().find(|question| answers.is(file, question));
    let question = falls.or_else(|| candidate.only_if.iter().find(|question| !answers.is(file, question)))?;
    // The finding before this one stands, or the one behind it.
    if falls.is_none() && matches!(question, Question::IsCalm { .. } | Question::LeavesOpen { .. }) {
        return None;
    }
    let seen = place(answers, file, question).map(|(at, span)| Step {
        kind: StepKind::Released,
        path: at.path.clone(),
        span,
        message: "it is seen here".to_owned(),
    });
    Some(Quiet {
        path: file.path.clone(),
        span: candidate.finding.span,
        message: format!("{}; {}", candidate.finding.message, words(question)),
        steps: seen.into_iter().collect(),
    })
}

/// Where the answer to a question stands, as far as the facts know it.
fn place<'a>(answers: &Answers<'a>, from: &Facts, question: &Question) -> Option<(&'a Facts, Span)> {
    match question {
        Question::Releases { callee, .. }
        | Question::Consumes { callee, .. }
        | Question::LeavesOpen { callee, .. }
        | Question::ReturnsOpen { callee }
        | Question::Completes { callee }
        | Question::GivesIdle { callee }
        | Question::SetsThread { callee } => {
            answers.declared(from, callee).map(|(file, function)| (file, function.span))
        }
        Question::Shrinks { collection } => answers.shrinks(from, collection),
        Question::MemberShrinks { member } => answers.member_shrinks(from, member),
        _ => None,
    }
}

/// What the other files say to a question, where that takes the finding back.
fn words(question: &Question) -> String {
    let name = |symbol: &Symbol| symbol.last().to_owned();
    match question {
        Question::Releases { callee, .. } => format!("but `{}` releases it or takes it over", name(callee)),
        Question::Consumes { callee, .. } => format!("but `{}` reads it to its end", name(callee)),
        Question::Completes { callee } => format!("but what `{}` gives back completes by itself", name(callee)),
        Question::GivesIdle { callee } => {
            format!("but what `{}` gives back has nothing that its caller must end", name(callee))
        }
        Question::IsCalm { callee } => format!("but `{}` only assigns and asks: it hardly fails", name(callee)),
        Question::HierarchyReleases { class, member } => {
            format!("but a class above or below `{}` releases `{member}`", name(class))
        }
        Question::HierarchyEnds { class } => format!("but a class above `{}` has the teardown", name(class)),
        Question::Shrinks { collection } => format!("but another file takes from `{}` or bounds it", name(collection)),
        Question::MemberShrinks { member } => format!("but another file takes from a member named `{member}`"),
        // A single-file component has no name of its own.
        Question::RunsOnce { function } if function.last() == "default" => {
            "but the page has one such component, which ends with it".to_owned()
        }
        Question::RunsOnce { function } => format!("but the program runs `{}` only once", name(function)),
        Question::BoundOnce { class } => format!("but the program is told to make one `{}`", name(class)),
        Question::Unused { class } => format!("but nothing of the project imports `{}`", name(class)),
        Question::MadeBriefly { class } => format!("but every `{}` goes with the function that makes it", name(class)),
        Question::MadeByOwner { class, .. } => {
            format!("but every `{}` is a part of who gives it the source, and ends with it", name(class))
        }
        Question::IsEnum { class } => format!("but `{}` is an enum: there are few keys", name(class)),
        Question::NobodyClears { holder } => {
            format!("but somebody clears what `{}` leaves with a thread", name(holder))
        }
        Question::Grows { collection } => format!("but the file of `{}` bounds it, or is not there", name(collection)),
        Question::LeavesOpen { callee, .. } => {
            format!("if `{}` left it open, which no file shows", name(callee))
        }
        Question::ReturnsOpen { callee } => {
            format!("if `{}` gave back something open, which no file shows", name(callee))
        }
        Question::MustClose { class } => format!("if `{}` had something to close, which no file shows", name(class)),
        Question::SetsThread { callee } => {
            format!("if `{}` left a value with the thread, which no file shows", name(callee))
        }
        Question::TearsDown { class, method, .. } => {
            format!("if `{method}` of `{}` released anything, which no file shows", name(class))
        }
        Question::Attaches { class, .. } => {
            format!("if `{}` registered on what outlives it, which no file shows", name(class))
        }
    }
}

//! Content that was looked at before: `if (isGzip(file)) { … new GZIPInputStream(new FileInputStream(file)) … }`.

use crate::analyses::context::Context;
use crate::analyses::growth;
use crate::lang::Family;
use crate::model::{ExprId, ExprKind};

/// Whether a stream whose constructor reads a header is made only where a function of the file, which reads the content
/// as well, has found that header: its name is that of the format.
#[must_use]
pub fn is_probed(context: &Context<'_>, made: ExprId) -> bool {
    let Some(path) = context.site_of(made).and_then(|site| site.shape.path.as_ref()) else { return false };
    let Some(format) = path.last().strip_suffix("InputStream").map(str::to_lowercase) else { return false };
    let reads = |function| {
        let mut sites = context.sites_in(function);
        sites.any(|site| !site.acquires.is_empty() || site.borrows.iter().any(|borrow| borrow.throws))
    };
    let asks = |condition: ExprId| {
        let ExprKind::Call { callee, .. } = context.module.kind(condition) else { return false };
        let function = context.module.local_function(*callee);
        let name = function.and_then(|function| context.module.functions[function].name.as_ref());
        name.is_some_and(|name| name.to_lowercase().contains(&format)) && function.is_some_and(reads)
    };
    context.family() == Family::Java
        && growth::tests(context, made).iter().any(|test| test.holds && asks(test.condition))
}

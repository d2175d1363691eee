//! Rust source in words: enough of it to find paths, without comments and without texts.

/// A name, a number, a bracket, `::` or another single mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'t> {
    /// As written.
    pub(super) text: &'t str,
    /// From one.
    pub(super) line: usize,
}

/// The tokens of a source. Comments, texts and characters are passed over.
pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while let Some(first) = rest.chars().next() {
        let passed = passed_over(rest);
        let length = match passed {
            0 if is_name(first) => rest.find(|mark| !is_name(mark)).unwrap_or(rest.len()),
            0 if rest.starts_with("::") => 2,
            0 => first.len_utf8(),
            _ => passed,
        };
        let (text, after) = rest.split_at(length);
        if passed == 0 {
            tokens.push(Token { text, line });
        }
        line += text.matches('\n').count();
        rest = after;
    }
    tokens
}

fn is_name(mark: char) -> bool {
    mark.is_alphanumeric() || mark == '_'
}

/// Bytes of white space, a comment, a text or a character at the beginning; none gives zero.
fn passed_over(rest: &str) -> usize {
    let space = rest.len() - rest.trim_start().len();
    if space > 0 {
        return space;
    }
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return comment(rest);
    }
    // `b` and `c` before a text, `r` before a raw one.
    let prefix = rest.len() - rest.trim_start_matches(['b', 'c', 'r']).len();
    let (prefix, quoted) = rest.split_at(prefix.min(2));
    let hashes = quoted.len() - quoted.trim_start_matches('#').len();
    if quoted[hashes..].starts_with('"') && (hashes == 0 || prefix.ends_with('r')) {
        let length = if prefix.ends_with('r') {
            let end = format!("\"{}", "#".repeat(hashes));
            let inside = &quoted[hashes + 1..];
            let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
            hashes + 1 + length
        } else {
            text(quoted, '"')
        };
        return prefix.len() + length;
    }
    if quoted.starts_with('\'') && matches!(prefix, "" | "b") {
        let character = character(quoted);
        return if character == 0 {
            0
        } else {
            prefix.len() + character
        };
    }
    0
}

/// Length of a comment between `/*` and `*/`, which nests.
fn comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if here.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// Length of a text in which a backslash keeps the next mark from ending it.
fn text(rest: &str, quote: char) -> usize {
    let mut is_kept = false;
    for (at, mark) in rest.char_indices().skip(1) {
        match mark {
            _ if is_kept => is_kept = false,
            '\\' => is_kept = true,
            _ if mark == quote => return at + mark.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// Length of a character in single quotes; a lifetime is none.
fn character(rest: &str) -> usize {
    let mut marks = rest.char_indices().skip(1);
    match (marks.next(), marks.next()) {
        (Some((_, '\\')), _) => text(rest, '\''),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

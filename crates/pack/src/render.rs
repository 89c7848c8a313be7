use std::fmt;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceOffset, SourceSpan, SpanContents,
};

use crate::{Fault, Source};

/// The fault as people read it on a terminal: the line, a mark under the place, what is wrong and the mend, in `lang`
/// (`zh…`, otherwise English). `sources` are those that were loaded; `colour` for terminals.
pub fn render(fault: &Fault, sources: &[Source], lang: &str, colour: bool) -> String {
    let source = sources.iter().find(|source| source.file == fault.file);
    let text = source.map_or("", |source| source.text.as_str());
    let shown = Shown {
        code: fault.code,
        text: fault.text.lang(lang).to_owned(),
        mend: fault.mend.lang(lang).to_owned(),
        span: span(text, fault.line, fault.column),
        source: Named {
            file: fault.file.clone(),
            text: text.to_owned(),
            column: fault.column,
        },
    };
    let theme = if colour {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(100)
        .with_links(false)
        .with_context_lines(1);
    let mut out = String::new();
    match handler.render_report(&mut out, &shown) {
        Ok(()) => out,
        // The snippet could not be drawn; the words can.
        Err(_) => format!(
            "{}:{}:{}: {}: {}\n  {}\n",
            fault.file, fault.line, fault.column, fault.code, shown.text, shown.mend
        ),
    }
}

/// The word at the place: to the end of what looks like one token.
fn span(text: &str, line: u32, column: u32) -> SourceSpan {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1) as usize)
        .map(str::len)
        .sum();
    let rest = text.get(start..).unwrap_or("");
    let inset: usize = rest
        .chars()
        .take(column.saturating_sub(1) as usize)
        .map(char::len_utf8)
        .sum();
    let word = rest.get(inset..).unwrap_or("");
    let quote = word.chars().next().filter(|c| matches!(c, '"' | '\''));
    let length: usize = match quote {
        Some(quote) => word[1..].find([quote, '\n']).map_or(1, |end| end + 2),
        None => word
            .find([',', ':', '\n', '}', ']', '#'])
            .unwrap_or(word.len()),
    };
    let length = word
        .get(..length)
        .map_or(1, |word| word.trim_end().len())
        .max(1);
    SourceSpan::new(
        SourceOffset::from(start + inset),
        length.min(text.len().saturating_sub(start + inset)),
    )
}

#[derive(Debug)]
struct Shown {
    code: &'static str,
    text: String,
    mend: String,
    span: SourceSpan,
    source: Named,
}

/// The text under its name. The place over the snippet counts characters, as the fault does; the library counts bytes.
#[derive(Debug)]
struct Named {
    file: String,
    text: String,
    column: u32,
}

impl SourceCode for Named {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let read = self.text.read_span(span, before, after)?;
        let column = if before == 0 && after == 0 {
            self.column.saturating_sub(1) as usize
        } else {
            read.column()
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.file.clone(),
            read.data(),
            *read.span(),
            read.line(),
            column,
            read.line_count(),
        )))
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Shown {}

impl Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.code))
    }
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.mend))
    }
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(
            None, self.span,
        ))))
    }
}

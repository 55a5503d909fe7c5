//! The little HTML that the report needs; also well-formed XML. Whatever comes from outside passes
//! through here.

use std::fmt::Write;

/// A text as HTML. Characters that XML does not allow are replaced.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

/// A text that somebody else wrote: its direction of writing does not reach beyond it.
pub(super) fn outside(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape(text))
}

/// A paragraph of our own words.
pub(super) fn paragraph(out: &mut String, text: &str) {
    // Writing to a String cannot fail, here and below.
    let _ = writeln!(out, "<p>{}</p>", escape(text));
}

/// A section with its heading; `id` is of our making.
pub(super) fn section(out: &mut String, id: &str, heading: &str, body: &str) {
    let _ = writeln!(
        out,
        "<section id=\"{id}\" aria-labelledby=\"{id}-heading\">\n<h2 id=\"{id}-heading\">{}</h2>\n{body}</section>",
        escape(heading)
    );
}

/// A table whose cells are HTML; the first cell of a row heads it.
pub(super) fn table(out: &mut String, caption: &str, columns: &[&str], rows: &[Vec<String>]) {
    let _ = write!(out, "<table>\n<caption>{}</caption>\n<thead><tr>", escape(caption));
    for column in columns {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escape(column));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (place, cell) in row.iter().enumerate() {
            let _ = match place {
                0 => write!(out, "<th scope=\"row\">{cell}</th>"),
                _ => write!(out, "<td>{cell}</td>"),
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
}

/// A list of items that are HTML.
pub(super) fn list(out: &mut String, items: &[String]) {
    out.push_str("<ul>\n");
    for item in items {
        let _ = writeln!(out, "<li>{item}</li>");
    }
    out.push_str("</ul>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        assert_eq!(
            escape("<a href='x' b=\"y\">&amp;\u{0}\u{1b}\u{FFFF}\n"),
            "&lt;a href=&#39;x&#39; b=&quot;y&quot;&gt;&amp;amp;\u{FFFD}\u{FFFD}\u{FFFD} "
        );
    }
}

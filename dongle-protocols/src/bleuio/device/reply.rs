//! Answers, written for either mode. Where no source shows the words of a real dongle (`ATI`,
//! `ATE0`, `AT+SHOWRSSI`), they are those that independent clients are known to accept.

use super::super::codes::ErrorCode;

/// What a command is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) code: ErrorCode,
    /// Members of the lines R.
    pub(super) members: Vec<String>,
    /// The lines of text mode; none stands for `OK`.
    pub(super) lines: Vec<String>,
}

impl Reply {
    pub(super) fn ok() -> Self {
        Self::refused(ErrorCode::OK)
    }

    pub(super) fn refused(code: ErrorCode) -> Self {
        Self { code, members: Vec::new(), lines: Vec::new() }
    }

    pub(super) fn with(mut self, member: impl Into<String>, line: impl Into<String>) -> Self {
        self.members.push(member.into());
        self.lines.push(line.into());
        self
    }

    /// Lines C, A, R and E; E counts all of them.
    pub(super) fn verbose(&self, index: u32, command: &str) -> String {
        let name = self.code.name().unwrap_or("failed");
        let mut text = format!("\r\n{{\"C\":{index},\"cmd\":\"{command}\"}}\r\n");
        text += &format!("{{\"A\":{index},\"err\":{},\"errMsg\":\"{name}\"}}\r\n", self.code.0);
        for member in &self.members {
            text += &format!("{{\"R\":{index},{member}}}\r\n");
        }
        text + &format!("{{\"E\":{index},\"nol\":{}}}\r\n", self.members.len() + 3)
    }

    /// Lines with an empty one before each.
    pub(super) fn text(&self) -> String {
        match (self.code.is_fulfilled(), self.lines.is_empty()) {
            (false, _) => "\r\nERROR\r\n".to_owned(),
            (true, true) => "\r\nOK\r\n".to_owned(),
            (true, false) => self.lines.iter().map(|line| format!("\r\n{line}\r\n")).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_those_of_the_sources() {
        let verbose = Reply::ok().verbose(1, "AT");
        assert_eq!(
            verbose,
            "\r\n{\"C\":1,\"cmd\":\"AT\"}\r\n{\"A\":1,\"err\":0,\"errMsg\":\"ok\"}\r\n{\"E\":1,\"nol\":3}\r\n"
        );
        assert_eq!(Reply::ok().text(), "\r\nOK\r\n");
        assert_eq!(Reply::refused(ErrorCode::BUSY).text(), "\r\nERROR\r\n");
        assert_eq!(Reply::ok().with("\"echo\":false", "ECHO OFF").text(), "\r\nECHO OFF\r\n");
    }
}

//! What the helper does at each line it hears. It neither reads nor writes, and has no clock.

use serde_json::Result;

use super::message::{Answer, Request};
use super::seal::{Sealing, Secret, Side};
use super::write::WriteRequest;

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Stop the service.
    Hold { unit: Option<String> },
    /// Replace a file.
    Write(WriteRequest),
    /// End, and start the service again if it is held.
    End,
}

/// The helper's side of one connection.
#[derive(Debug)]
pub(super) struct Serving {
    heard: Sealing,
    said: Sealing,
    was_asked_to_hold: bool,
}

impl Serving {
    pub fn new(secret: &Secret) -> Self {
        let (heard, said) = (Sealing::new(secret, Side::Caller), Sealing::new(secret, Side::Helper));
        Self { heard, said, was_asked_to_hold: false }
    }

    /// The line that says this.
    pub fn say(&mut self, answer: &Answer) -> Result<Vec<u8>> {
        self.said.seal(answer)
    }

    /// What a line asks for. A stranger's, a torn one, the end of the line and what was asked for
    /// already all end it.
    pub fn hear(&mut self, line: &[u8]) -> Step {
        match self.heard.open(line) {
            Some(Request::Hold { unit }) if !self.was_asked_to_hold => {
                self.was_asked_to_hold = true;
                Step::Hold { unit }
            }
            Some(Request::Write(request)) => Step::Write(request),
            Some(Request::Hold { .. }) | None => Step::End,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold() -> Request {
        Request::Hold { unit: Some("nbe.service".into()) }
    }

    #[test]
    fn each_request_is_done_once_and_the_service_is_held_once() {
        let secret = Secret::random();
        let mut caller = Sealing::new(&secret, Side::Caller);
        let mut serving = Serving::new(&secret);
        let first = caller.seal(&hold()).unwrap();
        assert_eq!(serving.hear(&first), Step::Hold { unit: Some("nbe.service".into()) });
        assert_eq!(serving.hear(&first), Step::End, "said twice");
        assert_eq!(serving.hear(&caller.seal(&hold()).unwrap()), Step::End, "asked twice");
    }

    #[test]
    fn strangers_torn_lines_and_the_end_end_it() {
        let secret = Secret::random();
        let line = Sealing::new(&secret, Side::Caller).seal(&hold()).unwrap();
        let stranger = Sealing::new(&Secret::random(), Side::Caller).seal(&hold()).unwrap();
        let echo = Serving::new(&secret).say(&Answer::Ready).unwrap();
        for wrong in [&b""[..], b"\n", b"{}\n", &line[..line.len() - 1], &stranger, &echo] {
            assert_eq!(Serving::new(&secret).hear(wrong), Step::End);
        }
    }
}

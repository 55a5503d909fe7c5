//! The verdicts as JUnit XML: one test suite a recording, one test case a segment.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::baseline::Baseline;
use super::segments::JudgedSegment;
use crate::engine::Rules;

/// The report as XML.
///
/// `recordings`: each recording's path with its segments, or the reason why it could not be read,
/// which becomes an errored test case. A failure that `baseline` knows of is a skipped test case.
pub fn junit_xml(
    recordings: &[(String, Result<Vec<JudgedSegment>, String>)],
    rules: &Rules,
    baseline: Option<&Baseline>,
) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("tapbench replay");
    for (path, result) in recordings {
        let mut suite = TestSuite::new(path.as_str());
        match result {
            Ok(segments) => {
                let worse = baseline.map(|b| b.worse(path, segments));
                let is_known = |s: &JudgedSegment| {
                    worse.as_ref().is_some_and(|worse| !worse.iter().any(|w| w.id == s.segment.id))
                };
                suite.add_test_cases(segments.iter().map(|s| test_case(s, path, rules, is_known(s))));
            }
            Err(reason) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_message(reason.as_str());
                suite.add_test_case(TestCase::new("readable", status));
            }
        }
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn test_case(judged: &JudgedSegment, path: &str, rules: &Rules, is_known: bool) -> TestCase {
    let status = if !judged.judged {
        TestCaseStatus::skipped()
    } else if let Some(why) = judged.explain(rules) {
        if is_known {
            let mut status = TestCaseStatus::skipped();
            status.set_message(format!("no worse than the baseline: {why}"));
            return named(judged, path, status);
        }
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type(judged.verdict().word()).set_message(why.as_str()).set_description(why);
        status
    } else {
        TestCaseStatus::success()
    };
    named(judged, path, status)
}

fn named(judged: &JudgedSegment, path: &str, status: TestCaseStatus) -> TestCase {
    let segment = &judged.segment;
    let begin_s = segment.begin_us as f64 / 1e6;
    let name = format!("segment {} {} at {begin_s:.3} s", segment.id, segment.intent.name());
    let mut case = TestCase::new(name, status);
    case.set_classname(path);
    if let Some(latency_us) = judged.latency_us().and_then(|us| u64::try_from(us).ok()) {
        case.set_time(std::time::Duration::from_micros(latency_us));
    }
    case
}

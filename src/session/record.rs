//! The recording loop: takes rows from the queue and writes them, until the sources end, time is
//! up or someone asks it to stop.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::edited;
use super::keep::Keep;
use super::merge::Merge;
use super::operator::{Action, Operator};
use super::order::Order;
use super::report::{Lost, Report};
use super::stream::{QUEUE, Stream, TICK};
use super::watch::Watch;
use crate::drivers::{Control, Ending, Health, Message, Row, What};
use crate::recording::{Destination, WriteError, Writer, Written, print};

/// What a session does with the rows.
#[derive(Debug)]
pub struct Plan {
    /// Names of sources and segments.
    pub merge: Merge,
    /// Bands.
    pub keep: Keep,
    /// Whether all sources bear the session's time, so that the session knows when "now" is.
    pub on_session_clock: bool,
    /// Whether the time is that of the last row and not what has passed: of a scene that runs faster
    /// than a clock.
    pub by_rows: bool,
    /// When to end, in microseconds from the start; rows after it are not written.
    pub duration_us: Option<i64>,
}

/// How long rows may be on their way from the device while the queue is empty.
const UNDER_WAY_US: i64 = 1_000_000;

/// Streams until the sources end, the duration is over or `stop` is set, and closes the recording.
pub fn record<D: Destination>(
    stream: &Stream,
    writer: Writer<D>,
    plan: Plan,
    stop: &AtomicBool,
    watch: &mut dyn Watch,
) -> Result<Report, WriteError> {
    let sources = stream.controls.len();
    let session = Session {
        stream,
        writer,
        plan,
        watch,
        order: Order::new(sources),
        last_us: vec![0; sources],
        closed_us: 0,
        start: Instant::now(),
        quiet_us: 0,
        operator: Operator::default(),
        was_operator: false,
        report: Report::default(),
    };
    session.run(stop)
}

struct Session<'a, D> {
    stream: &'a Stream,
    writer: Writer<D>,
    plan: Plan,
    watch: &'a mut dyn Watch,
    order: Order,
    /// The last row's time of each source.
    last_us: Vec<i64>,
    /// The latest end of a replayed recording.
    closed_us: i64,
    start: Instant,
    /// Before this instant nothing is written any more.
    quiet_us: i64,
    operator: Operator,
    /// Whether the last row written is the operator's.
    was_operator: bool,
    report: Report,
}

impl<D: Destination> Session<'_, D> {
    fn run(mut self, stop: &AtomicBool) -> Result<Report, WriteError> {
        self.start = Instant::now();
        for control in &self.stream.controls {
            control.start(self.start);
        }
        loop {
            let now = Instant::now();
            let now_us = self.clock_us(now);
            let mut is_over = self.plan.duration_us.is_some_and(|duration_us| now_us >= duration_us);
            while !is_over && let Some((source, row)) = self.order.next(now) {
                is_over = !self.write(source, row, now_us)?;
            }
            self.writer.tick(now_us)?;
            self.watch.tick(now_us);
            self.act_for_the_operator(now_us);
            if is_over || !self.order.running() || stop.load(Ordering::Relaxed) {
                return self.finish(now_us);
            }
            self.receive(now, now_us);
        }
    }

    /// Waits for a message, and takes those behind it too.
    fn receive(&mut self, now: Instant, now_us: i64) {
        let left_us = self.plan.duration_us.map(|duration_us| duration_us.saturating_sub(now_us));
        let left = left_us.map(|us| Duration::from_micros(us.unsigned_abs()));
        let wait = [self.order.wait(now), left].into_iter().flatten().fold(TICK, Duration::min);
        match self.stream.messages.recv_timeout(wait) {
            Ok((source, message)) => {
                self.take(source, message);
                for (source, message) in self.stream.messages.try_iter().take(QUEUE) {
                    self.take(source, message);
                }
            }
            // The stream holds the queue open.
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => self.fall_quiet(now_us),
        }
        self.actions();
        // Behind the rows that had filled the queue.
        self.drops();
    }

    /// Nothing had come by `now_us`: what will still come is of a moment ago at most.
    fn fall_quiet(&mut self, now_us: i64) {
        let until_us = now_us.min(self.plan.duration_us.unwrap_or(i64::MAX)).saturating_sub(UNDER_WAY_US);
        if self.order.is_empty() {
            self.pass_time(until_us);
        }
    }

    /// Nothing before `until_us` will be written any more.
    fn pass_time(&mut self, until_us: i64) {
        if self.plan.on_session_clock && until_us > self.quiet_us {
            self.quiet_us = until_us;
            self.watch.quiet(until_us);
        }
    }

    /// Puts what the operator did among the rows.
    fn actions(&mut self) {
        while let Ok((at, action)) = self.stream.actions.try_recv() {
            self.act(self.clock_us(at), action);
        }
    }

    /// Does what is due by `t_us` in the operator's name.
    fn act_for_the_operator(&mut self, t_us: i64) {
        while let Some(action) = self.watch.act(t_us) {
            self.act(t_us, action);
        }
    }

    fn act(&mut self, t_us: i64, action: Action) {
        let (mut rows, only_band) = (Vec::new(), self.plan.keep.only_band());
        let merge = &mut self.plan.merge;
        let said = self.operator.act(t_us, action, only_band, || merge.new_id(), &mut rows);
        self.watch.said(t_us, said);
        for row in rows {
            self.order.push(self.last_us.len(), row, Instant::now());
        }
    }

    fn clock_us(&self, at: Instant) -> i64 {
        if self.plan.by_rows {
            return self.writer.last_t_us();
        }
        micros(at.saturating_duration_since(self.start))
    }

    fn take(&mut self, source: usize, message: Message) {
        match message {
            Message::Row(row) => {
                if row.what == What::Lost {
                    self.report.gaps.push(source);
                }
                if let Some(last_us) = self.last_us.get_mut(source) {
                    *last_us = row.t_us;
                }
                let row = self.plan.merge.row(source, row);
                self.order.push(source, row, Instant::now());
            }
            Message::Ended(Ok(ending)) => {
                if ending == Ending::TornLine {
                    self.report.torn.push(source);
                }
                self.order.ended(source);
            }
            Message::Ended(Err(error)) => {
                self.say(source, "lost", None);
                self.report.lost.push(Lost { source, error });
                self.order.ended(source);
            }
            Message::Opened(_) | Message::Wake => {}
        }
    }

    /// Says in the recording where rows are missing.
    fn drops(&mut self) {
        for source in 0..self.last_us.len() {
            let dropped = self.stream.controls.get(source).map_or(0, |control| control.take_dropped());
            if dropped > 0 {
                self.report.dropped += dropped;
                self.say(source, "dropped", Some(dropped));
            }
        }
    }

    /// A source event of our own, behind the source's last row.
    fn say(&mut self, source: usize, event: &str, count: Option<u64>) {
        let t_us = self.last_us.get(source).copied().unwrap_or_default();
        let mut line = Vec::new();
        print::source_event(&mut line, t_us, self.plan.merge.name_of(source), event, count);
        self.order.push(source, Row::new(t_us, What::Other, line), Instant::now());
    }

    /// Writes the row if it is to be kept; `false` if it lies behind the duration.
    fn write(&mut self, source: usize, row: Row, now_us: i64) -> Result<bool, WriteError> {
        if self.plan.duration_us.is_some_and(|duration_us| row.t_us > duration_us) {
            return Ok(false);
        }
        if row.what == What::Close {
            self.closed_us = self.closed_us.max(row.t_us);
            return Ok(true);
        }
        let is_operator = source >= self.last_us.len();
        let t_us = row.t_us;
        let kept = if is_operator { Some(row) } else { self.plan.keep.row(row) };
        let Some(row) = kept else {
            // A band that fell silent in a crowd is missed by the time of the others.
            self.pass_time(t_us);
            self.act_for_the_operator(t_us);
            return Ok(true);
        };
        self.watch.heard(&row);
        let row = self.not_before_the_last(row, is_operator);
        let written = match row.what {
            What::Sample { .. } => Written::Sample,
            What::Begin { .. } | What::End { .. } => Written::Mark,
            What::Unavailable | What::Close | What::Lost | What::Other => Written::Other,
        };
        self.writer.row(row.t_us, written, &row.line)?;
        self.watch.row(now_us, &row.line);
        let two_at_once = self.plan.keep.two_at_once();
        if let (Some(both), None) = (two_at_once, self.report.two_at_once) {
            self.watch.two_at_once(both);
        }
        self.report.two_at_once = two_at_once;
        if !is_operator {
            self.act_for_the_operator(t_us);
        }
        Ok(true)
    }

    /// Keys are pressed by hand: that a mark gives way to a row that was already written is no
    /// loss. It comes behind that row in time too, so that what was decided by then stays so.
    fn not_before_the_last(&mut self, row: Row, is_operator: bool) -> Row {
        let gives_way = is_operator && !self.was_operator;
        let last_us = self.writer.last_t_us().max(self.quiet_us) + i64::from(gives_way);
        self.was_operator = is_operator;
        if row.t_us >= last_us {
            return row;
        }
        self.report.late += u64::from(!is_operator);
        let line = edited(&row.line, |mut keys| {
            keys.insert("t_us".into(), last_us.into());
            keys
        });
        Row { t_us: last_us, line, ..row }
    }

    /// Writes what had arrived by now, and the end.
    fn finish(mut self, now_us: i64) -> Result<Report, WriteError> {
        for (source, message) in self.stream.messages.try_iter().take(QUEUE) {
            self.take(source, message);
        }
        self.drops();
        self.actions();
        while let Some((source, row)) = self.order.next_held() {
            self.write(source, row, now_us)?;
        }
        let mut report = self.report;
        report.end_us = self.writer.last_t_us().max(self.closed_us).max(self.quiet_us);
        if self.plan.on_session_clock && self.order.running() {
            // The sources were silent until now: that too was recorded.
            let until_us = self.plan.duration_us.map_or(now_us, |duration_us| now_us.min(duration_us));
            report.end_us = report.end_us.max(until_us);
        }
        report.samples = self.writer.samples();
        report.left_out = self.plan.keep.left_out();
        let health = self.stream.controls.iter().map(Control::health).enumerate();
        report.health = health.filter(|(_, health)| *health != Health::default()).collect();
        report.cancelled = self.operator.into_cancelled();
        self.writer.close(report.end_us)?;
        Ok(report)
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::mpsc::{SyncSender, sync_channel};
    use std::sync::{Arc, Mutex};

    use super::super::{Said, merge, tests::other_row};
    use super::*;
    use crate::drivers::{Driver, Origin, Outlet, SourceError};
    use crate::reading::Band;

    /// What was written, for a test to look at.
    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Destination for Page {
        fn sync(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Watch for () {
        fn row(&mut self, _: i64, _: &[u8]) {}
        fn quiet(&mut self, _: i64) {}
        fn said(&mut self, _: i64, _: Said) {}
        fn two_at_once(&mut self, _: (Band, Band)) {}
        fn tick(&mut self, _: i64) {}
    }

    /// Offers rows with these times at once, as a device would, and says when it is done.
    struct Burst(Vec<i64>, SyncSender<()>);

    impl Driver for Burst {
        fn run(self: Box<Self>, outlet: &Outlet) -> Result<Ending, SourceError> {
            assert!(self.0.iter().all(|t_us| outlet.offer(other_row(*t_us))));
            self.1.send(()).unwrap();
            Ok(Ending::Complete)
        }
    }

    fn recorded(times: Vec<i64>) -> (Vec<String>, Report) {
        let (done, waits) = sync_channel(1);
        let stream = Stream::start(vec![Box::new(Burst(times, done))]).unwrap();
        waits.recv_timeout(Duration::from_secs(60)).unwrap();
        let header = serde_json::from_str(r#"{"rssi_recording":1,"sources":[{"id":"b1"}]}"#).unwrap();
        let (header, merge) = merge(&[Origin { header, on_session_clock: false }], "t");
        let page = Page::default();
        let writer = Writer::new(page.clone(), &header).unwrap();
        let plan =
            Plan { merge, keep: Keep::default(), on_session_clock: false, by_rows: false, duration_us: None };
        let report = record(&stream, writer, plan, &AtomicBool::new(false), &mut ()).unwrap();
        let text = String::from_utf8(page.0.lock().unwrap().clone()).unwrap();
        (text.lines().skip(1).map(str::to_owned).collect(), report)
    }

    #[test]
    fn a_gap_is_never_silent() {
        let room = i64::try_from(QUEUE).unwrap();
        let (lines, report) = recorded((0..room + 10).collect());
        assert_eq!((report.dropped, lines.len()), (10, QUEUE + 2));
        let gap = format!(r#"{{"t_us":{},"source":"b1","source_event":"dropped","count":10}}"#, room - 1);
        assert_eq!(lines[QUEUE], gap);
    }

    #[test]
    fn time_never_decreases() {
        let (lines, report) = recorded(vec![5, 9, 7]);
        assert_eq!(report.late, 1);
        let end = r#"{"t_us":9,"end":true,"samples":0}"#;
        assert_eq!(lines, [r#"{"t_us":5}"#, r#"{"t_us":9}"#, r#"{"t_us":9}"#, end]);
    }
}

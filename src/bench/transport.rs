//! Playing a recording: where the play head is, how fast it moves, and which stretch is repeated.
//! Time comes in as data, so that a test needs no clock.

/// Speeds in tenths: 0.1× to 100×.
const SPEEDS: [u32; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

/// The place of 1×.
const NORMAL: usize = 3;

/// The play head. Without one all of the recording is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transport {
    head_us: Option<i64>,
    is_playing: bool,
    speed: usize,
    repeat: Option<(i64, i64)>,
    /// Tenths of a microsecond that were passed and not yet moved by.
    rest: i64,
}

impl Default for Transport {
    fn default() -> Self {
        Self { head_us: None, is_playing: false, speed: NORMAL, repeat: None, rest: 0 }
    }
}

impl Transport {
    /// The play head, in microseconds; `None` where all is shown.
    pub fn head_us(&self) -> Option<i64> {
        self.head_us
    }

    /// Whether the head moves.
    pub fn is_playing(&self) -> bool {
        self.is_playing
    }

    /// The speed in tenths.
    pub fn speed_tenths(&self) -> u32 {
        SPEEDS[self.speed]
    }

    /// All speeds, in tenths.
    pub fn speeds() -> &'static [u32] {
        &SPEEDS
    }

    /// The stretch that is repeated, in microseconds.
    pub fn repeat(&self) -> Option<(i64, i64)> {
        self.repeat
    }

    /// Another recording: nothing plays, all is shown. The speed stays.
    pub fn restart(&mut self) {
        *self = Self { speed: self.speed, ..Self::default() };
    }

    /// Plays, or pauses. At the end, and where there is no head, it begins anew.
    pub fn toggle(&mut self, last_us: i64) {
        self.is_playing = !self.is_playing;
        self.rest = 0;
        if self.is_playing && self.head_us.is_none_or(|head| head >= last_us) {
            self.head_us = Some(self.repeat.map_or(0, |(begin_us, _)| begin_us));
        }
    }

    /// Time has passed on the wall, in microseconds.
    pub fn pass(&mut self, passed_us: i64, last_us: i64) {
        let Some(head_us) = self.head_us.filter(|_| self.is_playing) else { return };
        let tenths =
            passed_us.max(0).saturating_mul(i64::from(self.speed_tenths())).saturating_add(self.rest);
        self.rest = tenths % 10;
        let head_us = head_us.saturating_add(tenths / 10);
        self.head_us = Some(match self.repeat {
            Some((begin_us, end_us)) if head_us >= end_us.min(last_us) => {
                begin_us + (head_us - begin_us) % (end_us.min(last_us) - begin_us).max(1)
            }
            None if head_us >= last_us => {
                self.is_playing = false;
                last_us
            }
            _ => head_us,
        });
    }

    /// Moves the head; beyond a repeated stretch the repetition ends.
    pub fn seek(&mut self, t_us: i64, last_us: i64) {
        let head_us = t_us.clamp(0, last_us.max(0));
        self.rest = 0;
        self.head_us = Some(head_us);
        self.repeat = self.repeat.filter(|(begin_us, end_us)| (*begin_us..=*end_us).contains(&head_us));
    }

    /// Stops at an instant.
    pub fn step_to(&mut self, t_us: i64, last_us: i64) {
        self.is_playing = false;
        self.seek(t_us, last_us);
    }

    /// Stops, and shows all.
    pub fn show_all(&mut self) {
        self.restart();
    }

    /// The next speed up.
    pub fn faster(&mut self) {
        self.speed = (self.speed + 1).min(SPEEDS.len() - 1);
    }

    /// The next speed down.
    pub fn slower(&mut self) {
        self.speed = self.speed.saturating_sub(1);
    }

    /// One of [`Self::speeds`]; others are left alone.
    pub fn set_speed(&mut self, tenths: u32) {
        self.speed = SPEEDS.iter().position(|speed| *speed == tenths).unwrap_or(self.speed);
    }

    /// Repeats a stretch from its begin, or no longer repeats.
    pub fn set_repeat(&mut self, stretch_us: Option<(i64, i64)>) {
        self.repeat = stretch_us.filter(|(begin_us, end_us)| begin_us < end_us);
        if let Some((begin_us, end_us)) = self.repeat
            && !self.head_us.is_some_and(|head| (begin_us..end_us).contains(&head))
        {
            (self.head_us, self.rest) = (Some(begin_us), 0);
        }
    }
}

/// The first instant behind `t_us` in what is sorted by time.
pub fn after<T>(sorted: &[T], time_us: impl Fn(&T) -> i64, t_us: i64) -> Option<i64> {
    sorted.get(sorted.partition_point(|item| time_us(item) <= t_us)).map(time_us)
}

/// The last instant before `t_us` in what is sorted by time.
pub fn before<T>(sorted: &[T], time_us: impl Fn(&T) -> i64, t_us: i64) -> Option<i64> {
    sorted.get(sorted.partition_point(|item| time_us(item) < t_us).checked_sub(1)?).map(time_us)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: i64 = 10_000_000;

    #[test]
    fn it_plays_to_the_end_and_begins_anew() {
        let mut transport = Transport::default();
        assert_eq!(transport.head_us(), None);
        transport.toggle(LAST);
        transport.pass(1_500_000, LAST);
        assert_eq!(transport.head_us(), Some(1_500_000));
        transport.toggle(LAST);
        transport.pass(1_500_000, LAST);
        assert_eq!(transport.head_us(), Some(1_500_000), "it pauses");
        transport.toggle(LAST);
        transport.pass(99_000_000, LAST);
        assert_eq!((transport.head_us(), transport.is_playing()), (Some(LAST), false));
        transport.toggle(LAST);
        assert_eq!((transport.head_us(), transport.is_playing()), (Some(0), true));
        transport.show_all();
        assert_eq!(transport, Transport::default());
    }

    #[test]
    fn no_speed_loses_time_however_short_the_frames_are() {
        for tenths in Transport::speeds() {
            let mut transport = Transport::default();
            transport.set_speed(*tenths);
            transport.toggle(i64::MAX);
            (0..1000).for_each(|_| transport.pass(7, i64::MAX));
            assert_eq!(transport.head_us(), Some(700 * i64::from(*tenths)), "{tenths}");
        }
        let mut transport = Transport::default();
        (0..20).for_each(|_| transport.faster());
        assert_eq!(transport.speed_tenths(), 1000);
        (0..20).for_each(|_| transport.slower());
        assert_eq!(transport.speed_tenths(), 1);
        transport.set_speed(3);
        assert_eq!(transport.speed_tenths(), 1, "there is no such speed");
    }

    #[test]
    fn a_stretch_is_repeated_until_it_is_left() {
        let mut transport = Transport::default();
        transport.set_repeat(Some((2_000_000, 3_000_000)));
        assert_eq!(transport.head_us(), Some(2_000_000));
        transport.toggle(LAST);
        transport.pass(2_250_000, LAST);
        assert_eq!((transport.head_us(), transport.is_playing()), (Some(2_250_000), true));
        transport.seek(2_900_000, LAST);
        assert!(transport.repeat().is_some());
        transport.seek(5_000_000, LAST);
        assert_eq!((transport.repeat(), transport.head_us()), (None, Some(5_000_000)));
        transport.seek(i64::MAX, LAST);
        assert_eq!(transport.head_us(), Some(LAST));
        transport.set_repeat(Some((5, 5)));
        assert_eq!(transport.repeat(), None, "nothing lies in it");
        transport.set_repeat(Some((9_000_000, 12_000_000)));
        transport.pass(1_200_000, LAST);
        assert_eq!(transport.head_us(), Some(9_200_000), "the recording ends before the stretch");
    }

    #[test]
    fn steps_go_from_instant_to_instant() {
        let times = [10i64, 20, 20, 30];
        let (next, last) = (|t| after(&times, |t| *t, t), |t| before(&times, |t| *t, t));
        assert_eq!((next(i64::MIN), next(10), next(20), next(30)), (Some(10), Some(20), Some(30), None));
        assert_eq!((last(i64::MAX), last(30), last(20), last(10)), (Some(30), Some(20), Some(10), None));
        let mut transport = Transport::default();
        transport.toggle(LAST);
        transport.step_to(20, LAST);
        assert_eq!((transport.head_us(), transport.is_playing()), (Some(20), false));
    }
}

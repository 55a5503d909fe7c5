use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Advertiser, BadSignal, Path, Signal, SplitMix64};

/// advDelay (Bluetooth Core Vol 6 Part B section 4.4.2.2.1): each advertising event comes up to
/// this much later than its interval says, in µs.
const ADV_DELAY_MAX_US: u64 = 10_000;

/// An advertisement that reached the antenna.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// µs since the scene began.
    pub t_us: u64,
    /// Which advertiser: its place in [`Scene::advertisers`].
    pub advertiser: usize,
    /// As strong as the script says, from −127 to 20 dBm; what a dongle makes of it is its affair.
    pub rssi_dbm: i8,
}

/// Advertisers on one time line that starts at 0. A clone plays on from the same moment on its own.
#[derive(Clone, Debug)]
pub struct Scene {
    advertisers: Vec<Advertiser>,
    /// When the script begins, in µs.
    begins_us: u64,
    random: Vec<SplitMix64>,
    due: BinaryHeap<Reverse<(u64, usize)>>,
}

impl Scene {
    /// A scene at its beginning. Each advertiser starts somewhere within its first interval and
    /// draws from a sequence of its own, so adding one changes nothing for those before it.
    pub fn new(seed: u64, advertisers: Vec<Advertiser>) -> Self {
        let mut random: Vec<_> =
            (0u64..).map(|i| SplitMix64::stream(seed, i)).take(advertisers.len()).collect();
        let starts = advertisers.iter().zip(&mut random).enumerate();
        let due = starts.map(|(i, (a, random))| Reverse((random.up_to(a.interval_us - 1), i))).collect();
        Self { advertisers, begins_us: 0, random, due }
    }

    /// The same, all of it later by `by_us`.
    #[must_use]
    pub fn later_by(mut self, by_us: u64) -> Self {
        self.begins_us = self.begins_us.saturating_add(by_us);
        self.due =
            self.due.into_iter().map(|Reverse((t, i))| Reverse((t.saturating_add(by_us), i))).collect();
        self
    }

    /// From `t_us` on, one who moves walks in `takes_us` from where it is to `to_m` metres, and
    /// stays; its script ends. One who does not move stays as it is.
    ///
    /// # Errors
    /// When the distance is none.
    pub fn walk(&mut self, advertiser: usize, t_us: u64, to_m: f64, takes_us: u64) -> Result<(), BadSignal> {
        let from_us = t_us.saturating_sub(self.begins_us);
        if let Some(Signal::Moving { path, .. }) =
            self.advertisers.get_mut(advertiser).map(|advertiser| &mut advertiser.signal)
        {
            let points = vec![(from_us, path.distance_m(from_us)), (from_us.saturating_add(takes_us), to_m)];
            *path = Path::new(points)?;
        }
        Ok(())
    }

    /// Who advertises, in the script's order.
    pub fn advertisers(&self) -> &[Advertiser] {
        &self.advertisers
    }

    /// The time in µs of the next packet on the air, heard or lost; `None` in an empty scene.
    pub fn next_due_us(&self) -> Option<u64> {
        self.due.peek().map(|Reverse((t_us, _))| *t_us)
    }

    /// The next advertisement heard at or before `until_us`, in order of time; of two at the same
    /// time the earlier advertiser's first. `None` when nothing more is heard until then.
    pub fn next_until(&mut self, until_us: u64) -> Option<Heard> {
        loop {
            let mut next = self.due.peek_mut()?;
            let Reverse((t_us, index)) = *next;
            let clock_ended = t_us == u64::MAX;
            if t_us > until_us || clock_ended {
                return None;
            }
            let (advertiser, random) = (self.advertisers.get(index)?, self.random.get_mut(index)?);
            let delay_us = random.up_to(ADV_DELAY_MAX_US);
            *next = Reverse((t_us.saturating_add(advertiser.interval_us).saturating_add(delay_us), index));
            drop(next);
            let rssi_dbm = advertiser.signal.rssi_dbm(t_us.saturating_sub(self.begins_us), random);
            if !random.happens(advertiser.loss) {
                return Some(Heard { t_us, advertiser: index, rssi_dbm });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advertising::AddressType;
    use proptest::prelude::*;

    fn advertiser(interval_us: u64, signal: Signal) -> Advertiser {
        Advertiser::new(0xC655_4433_2211, AddressType::Random, interval_us, signal).unwrap()
    }

    fn walk(noise_db: f64) -> Signal {
        let path = Path::from_seconds(&[[0.0, 0.05], [10.0, 8.0]]).unwrap();
        Signal::Moving { path, rssi_1m_dbm: -59.0, exponent: 2.2, noise_db }
    }

    fn until(scene: &mut Scene, t_us: u64) -> Vec<Heard> {
        std::iter::from_fn(|| scene.next_until(t_us)).collect()
    }

    #[test]
    fn a_constant_signal_stays_constant_and_keeps_its_interval() {
        let mut scene = Scene::new(42, vec![advertiser(100_000, Signal::Constant(-57))]);
        let heard = until(&mut scene, 60_000_000);
        assert!((540..=600).contains(&heard.len()), "{}", heard.len());
        assert!(heard.iter().all(|h| h.rssi_dbm == -57));
        assert!(heard.windows(2).all(|w| (100_000..=110_000).contains(&(w[1].t_us - w[0].t_us))));
        assert!(scene.next_due_us().unwrap() > 60_000_000);
    }

    #[test]
    fn the_same_seed_plays_the_same_scene_and_a_neighbour_changes_nothing() {
        let band = || advertiser(50_000, walk(3.0)).losing(0.2).unwrap();
        let play = |seed, n| {
            let mut heard = until(&mut Scene::new(seed, vec![band(); n]), 5_000_000);
            heard.retain(|h| h.advertiser == 0);
            heard
        };
        assert_eq!(play(1, 1), play(1, 1));
        assert_eq!(play(1, 1), play(1, 3));
        assert_ne!(play(1, 1), play(2, 1));
    }

    #[test]
    fn a_band_walking_away_grows_weaker() {
        let heard = until(&mut Scene::new(1, vec![advertiser(20_000, walk(0.0))]), 10_000_000);
        assert!(heard.is_sorted_by_key(|h| std::cmp::Reverse(h.rssi_dbm)));
        assert!(heard[0].rssi_dbm > -40 && heard.last().unwrap().rssi_dbm < -75);
    }

    #[test]
    fn a_later_scene_is_the_same_scene() {
        let scene = Scene::new(5, vec![advertiser(20_000, walk(2.0)), advertiser(70_000, walk(0.5))]);
        let mut heard = until(&mut scene.clone().later_by(1_234), 5_001_234);
        heard.iter_mut().for_each(|h| h.t_us -= 1_234);
        assert_eq!(heard, until(&mut scene.clone(), 5_000_000));
    }

    #[test]
    fn one_who_is_sent_walks_from_where_it_is_and_stays() {
        let signal = |noise_db| Signal::Moving {
            path: Path::from_seconds(&[[0.0, 1.0]]).unwrap(),
            rssi_1m_dbm: -60.0,
            exponent: 2.0,
            noise_db,
        };
        let mut scene = Scene::new(1, vec![advertiser(20_000, signal(0.0))]).later_by(500);
        assert!(until(&mut scene, 1_000_000).iter().all(|h| h.rssi_dbm == -60));
        scene.walk(0, 1_000_000, 0.1, 1_000_000).unwrap();
        let (walking, there) = (until(&mut scene, 2_000_000), until(&mut scene, 3_000_000));
        assert!(walking.is_sorted_by_key(|h| h.rssi_dbm) && walking[0].rssi_dbm <= -59);
        assert!(there.iter().skip(1).all(|h| h.rssi_dbm == -40));
        assert_eq!(scene.walk(0, 3_000_000, f64::NAN, 0), Err(BadSignal::Distance));
    }

    #[test]
    fn loss_is_by_chance_and_total_loss_ends() {
        let lossy = |loss| vec![advertiser(20_000, Signal::Constant(-57)).losing(loss).unwrap()];
        let heard = |loss| until(&mut Scene::new(3, lossy(loss)), 60_000_000).len();
        let (all, some, none) = (heard(0.0), heard(0.25), heard(1.0));
        assert!((all * 7 / 10..all * 8 / 10).contains(&some), "{some} of {all}");
        assert_eq!(none, 0);
        assert_eq!(Scene::new(3, vec![]).next_until(u64::MAX), None);
    }

    proptest! {
        #[test]
        fn asking_in_steps_hears_the_same(seed: u64, steps in proptest::collection::vec(0u64..200_000, 0..40)) {
            let advertisers = vec![advertiser(30_000, walk(4.0)), advertiser(70_000, Signal::Constant(-90))];
            let scene = Scene::new(seed, advertisers);
            let end: u64 = steps.iter().sum();
            let (mut now, mut stepped, mut in_steps) = (0, scene.clone(), Vec::new());
            for step in steps {
                now += step;
                in_steps.extend(until(&mut stepped, now));
            }
            let at_once = until(&mut scene.clone(), end);
            prop_assert!(at_once.is_sorted_by_key(|h| h.t_us));
            prop_assert!(at_once.iter().all(|h| (-127..=20).contains(&h.rssi_dbm)));
            prop_assert_eq!(at_once, in_steps);
        }
    }
}

//! How the wire treats packets: what holds between each two of its ports, one way at a time.

use std::time::Duration;

use crate::dice::{Dice, Permille};

/// One direction between two ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Link {
    /// Nothing passes.
    pub is_cut: bool,
    /// Time on the way.
    pub delay: Duration,
    /// Up to so much more, another for every packet: neighbours change places.
    pub jitter: Duration,
    /// Packets that are lost.
    pub loss: Permille,
    /// Packets that arrive twice.
    pub duplication: Permille,
    /// Packets that overtake all others.
    pub overtaking: Permille,
}

/// What becomes of one packet: when its copies arrive. None are left of a lost one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fate {
    /// The packet.
    pub first: Option<Duration>,
    /// Its double.
    pub second: Option<Duration>,
}

impl Link {
    /// Throws the dice for one packet.
    pub fn fate(&self, dice: &mut Dice) -> Fate {
        if self.is_cut || dice.chance(self.loss) {
            return Fate::default();
        }
        let first = Some(self.time(dice));
        let second = dice.chance(self.duplication).then(|| self.time(dice));
        Fate { first, second }
    }

    fn time(&self, dice: &mut Dice) -> Duration {
        if dice.chance(self.overtaking) {
            return Duration::ZERO;
        }
        let jitter = u32::try_from(self.jitter.as_micros()).unwrap_or(u32::MAX);
        let more = dice.below(jitter.saturating_add(1));
        self.delay + Duration::from_micros(more.into())
    }
}

/// What holds between all ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weather {
    ports: usize,
    links: Vec<Link>,
}

impl Weather {
    /// The same link everywhere.
    pub fn same(ports: usize, link: Link) -> Self {
        Self {
            ports,
            links: vec![link; ports * ports],
        }
    }

    /// The link from one port to another.
    pub fn link(&self, from: usize, to: usize) -> Link {
        // Ports that are not of this weather are the harness's own, which it leaves alone.
        let known = from < self.ports && to < self.ports;
        if known {
            self.links[from * self.ports + to]
        } else {
            Link::default()
        }
    }

    /// Lets nothing pass from one port to another; the way back stays as it is.
    pub fn cut(&mut self, from: usize, to: usize) {
        if from < self.ports && to < self.ports {
            self.links[from * self.ports + to].is_cut = true;
        }
    }

    /// Lets nothing pass to and from a port.
    pub fn isolate(&mut self, port: usize) {
        for other in 0..self.ports {
            self.cut(port, other);
            self.cut(other, port);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calm_link_delivers_at_once_and_once() {
        let fate = Link::default().fate(&mut Dice::new(1));
        assert_eq!(fate.first, Some(Duration::ZERO));
        assert_eq!(fate.second, None);
    }

    #[test]
    fn a_cut_is_one_way_and_spares_ports_outside_the_weather() {
        let mut weather = Weather::same(4, Link::default());
        weather.cut(0, 1);
        assert!(weather.link(0, 1).is_cut);
        assert!(!weather.link(1, 0).is_cut);
        weather.isolate(3);
        assert!(weather.link(3, 2).is_cut && weather.link(2, 3).is_cut);
        assert!(!weather.link(4, 3).is_cut && !weather.link(3, 4).is_cut);
    }

    #[test]
    fn loss_doubles_and_order_are_as_often_as_asked() {
        let link = Link {
            delay: Duration::from_millis(10),
            jitter: Duration::from_millis(5),
            loss: 100,
            duplication: 50,
            overtaking: 20,
            ..Link::default()
        };
        let mut dice = Dice::new(3);
        let fates: Vec<Fate> = (0..10_000).map(|_| link.fate(&mut dice)).collect();
        let count = |is: fn(&Fate) -> bool| fates.iter().filter(|fate| is(fate)).count();
        assert!((800..1200).contains(&count(|fate| fate.first.is_none())));
        assert!((350..550).contains(&count(|fate| fate.second.is_some())));
        assert!((120..240).contains(&count(|fate| fate.first == Some(Duration::ZERO))));
        let late = Some(Duration::from_millis(15));
        assert!(fates.iter().all(|fate| fate.first <= late));
    }

    #[test]
    fn the_same_seed_treats_packets_the_same() {
        let link = Link {
            loss: 300,
            jitter: Duration::from_millis(9),
            ..Link::default()
        };
        let fates = |seed| {
            let mut dice = Dice::new(seed);
            (0..100).map(|_| link.fate(&mut dice)).collect::<Vec<_>>()
        };
        assert_eq!(fates(5), fates(5));
        assert_ne!(fates(5), fates(6));
    }
}

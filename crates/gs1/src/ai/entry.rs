//! One row of the table of application identifiers: form of the value, pairing, role in links.

use crate::ai::rule::ValueRule;
use crate::character_set::{is_character_set_39, is_character_set_64, is_character_set_82};

/// What is known of one application identifier, or of a range of them.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The first identifier of the range.
    pub(crate) first: &'static str,
    /// The last identifier of the range; as long as the first.
    pub(crate) last: &'static str,
    /// The data title; `-` where GS1 gives none.
    pub(crate) title: &'static str,
    /// The parts of the value, in order. Optional ones come last.
    pub(crate) components: &'static [Component],
    /// Whether the length is predefined, so that no separator follows.
    pub(crate) predefined: bool,
    /// Whether it may be an attribute in the query of a Digital Link URI.
    pub(crate) attribute: bool,
    /// Identifiers or patterns (`31nn`) that must not stand beside it.
    pub(crate) excludes: &'static [&'static str],
    /// Alternatives of which one must stand beside it, all its members together.
    pub(crate) requires: &'static [&'static [&'static str]],
    /// For a primary key of Digital Link: the alternative sequences of its qualifiers.
    pub(crate) key: Option<&'static [&'static [&'static str]]>,
}

/// The characters a component is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CharacterSet {
    Digits,
    Set82,
    Set39,
    Set64,
}

/// One part of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Component {
    pub(crate) set: CharacterSet,
    pub(crate) shortest: u8,
    pub(crate) longest: u8,
    pub(crate) optional: bool,
    pub(crate) rules: [Option<ValueRule>; RULES_MAX],
}

/// The most rules one component has: check characters, prefix and a non-digit, AI (8014).
const RULES_MAX: usize = 3;

impl CharacterSet {
    pub(crate) fn holds(self, character: char) -> bool {
        match self {
            Self::Digits => character.is_ascii_digit(),
            Self::Set82 => is_character_set_82(character),
            Self::Set39 => is_character_set_39(character),
            Self::Set64 => is_character_set_64(character),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Set82 => "characters of GS1 character set 82",
            Self::Set39 => "characters of GS1 character set 39",
            Self::Set64 => "characters of GS1 character set 64",
        }
    }
}

impl Component {
    pub(crate) const fn rule(mut self, rule: ValueRule) -> Self {
        let mut index = 0;
        while self.rules[index].is_some() {
            index += 1;
        }
        self.rules[index] = Some(rule);
        self
    }

    pub(crate) const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

impl Entry {
    pub(crate) fn covers(&self, digits: &str) -> bool {
        self.first.len() == digits.len() && self.first <= digits && digits <= self.last
    }

    /// The most characters a value has.
    pub(crate) fn longest(&self) -> usize {
        self.components
            .iter()
            .map(|component| usize::from(component.longest))
            .sum()
    }

    pub(crate) const fn predefined(mut self) -> Self {
        self.predefined = true;
        self
    }

    pub(crate) const fn attribute(mut self) -> Self {
        self.attribute = true;
        self
    }

    pub(crate) const fn excludes(mut self, others: &'static [&'static str]) -> Self {
        self.excludes = others;
        self
    }

    pub(crate) const fn requires(mut self, others: &'static [&'static [&'static str]]) -> Self {
        self.requires = others;
        self
    }

    pub(crate) const fn key(mut self, qualifiers: &'static [&'static [&'static str]]) -> Self {
        self.key = Some(qualifiers);
        self
    }
}

/// An entry of one identifier.
pub(crate) const fn ai(
    digits: &'static str,
    title: &'static str,
    components: &'static [Component],
) -> Entry {
    ais(digits, digits, title, components)
}

/// An entry of a range of identifiers.
pub(crate) const fn ais(
    first: &'static str,
    last: &'static str,
    title: &'static str,
    components: &'static [Component],
) -> Entry {
    Entry {
        first,
        last,
        title,
        components,
        predefined: false,
        attribute: false,
        excludes: &[],
        requires: &[],
        key: None,
    }
}

const fn component(set: CharacterSet, shortest: u8, longest: u8) -> Component {
    Component {
        set,
        shortest,
        longest,
        optional: false,
        rules: [None; RULES_MAX],
    }
}

pub(crate) const fn digits(length: u8) -> Component {
    component(CharacterSet::Digits, length, length)
}

pub(crate) const fn digits_to(longest: u8) -> Component {
    component(CharacterSet::Digits, 1, longest)
}

pub(crate) const fn text(length: u8) -> Component {
    component(CharacterSet::Set82, length, length)
}

pub(crate) const fn text_to(longest: u8) -> Component {
    component(CharacterSet::Set82, 1, longest)
}

pub(crate) const fn text39_to(longest: u8) -> Component {
    component(CharacterSet::Set39, 1, longest)
}

pub(crate) const fn text64_to(longest: u8) -> Component {
    component(CharacterSet::Set64, 1, longest)
}

/// A trade item number.
pub(crate) const GTIN: Component = digits(14)
    .rule(ValueRule::CheckDigit)
    .rule(ValueRule::PrefixAfterFirst);
/// A location number, or another key of its shape.
pub(crate) const GLN: Component = digits(13)
    .rule(ValueRule::CheckDigit)
    .rule(ValueRule::Prefix);
/// A service relation number.
pub(crate) const GSRN: Component = digits(18)
    .rule(ValueRule::CheckDigit)
    .rule(ValueRule::Prefix);
/// `YYMMDD`, where day `00` stands for the month.
pub(crate) const DATE: Component = digits(6).rule(ValueRule::DateOrMonth);
/// A line of an address, percent-encoded.
pub(crate) const ADDRESS: Component = text_to(70).rule(ValueRule::PercentEncoding);

/// A trade item in any of its guises.
pub(crate) const ANY_ITEM: &[&[&str]] = &[&["01"], &["02"], &["03"], &["8006"], &["8026"]];
/// A trade item, or the trade items inside a logistic unit.
pub(crate) const ITEM_OR_CONTENT: &[&[&str]] = &[&["01"], &["02"]];
/// A logistic unit.
pub(crate) const UNIT: &[&[&str]] = &[&["00"]];
/// A logistic unit or a trade item.
pub(crate) const UNIT_OR_ITEM: &[&[&str]] = &[&["00"], &["01"]];

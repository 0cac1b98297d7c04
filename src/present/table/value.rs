//! What a cell holds: a value as it was computed, which knows how people write it.

use std::fmt;

use serde::Serialize;

use crate::analyse::summary::Ratio;
use crate::common::units::{self, ABSENT};

/// The value of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing belongs here.
    Empty,
    /// A figure that could not be taken.
    Absent,
    /// Words that are data.
    Text(String),
    /// What a program said, line by line.
    Log(String),
    /// Data that is the same as in the row above, where people need not read it again.
    Ditto(String),
    /// Words for people alone.
    Label(String),
    /// What stands in the place of a figure: why there is none.
    Failed(String),
    /// A whole number.
    Count(u64),
    /// A figure, with the two ends of its interval if it has one.
    Figure(f64, Option<[f64; 2]>, Unit),
    /// From one figure to another.
    Change([Option<f64>; 2], Unit),
    /// The two ends of an interval.
    Interval([f64; 2], Unit),
    /// Bytes left on the heap, in so many allocations.
    Left(u64, u64),
}

/// What a figure is in, and so how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A number that need not be whole, but is written as if it was.
    Whole,
    /// A ratio: `3.21×`.
    Factor,
    /// Reported ÷ counted: in percent, or as a factor if it is large.
    Capture,
    /// A share: `75.0 %`.
    Share,
    /// A duration in seconds.
    Seconds,
    /// A size in bytes.
    Bytes,
    /// By how many bytes something grows: with a sign.
    Growth,
    /// Nanoseconds, and nothing larger.
    Nanoseconds,
    /// With so many decimals, and these words behind it.
    Decimals(usize, &'static str),
}

impl Value {
    /// A ratio without an interval.
    pub fn factor(ratio: f64) -> Self {
        Unit::Factor.of(ratio)
    }

    /// Reported ÷ counted.
    pub fn capture(capture: f64) -> Self {
        Unit::Capture.of(capture)
    }

    /// A duration.
    pub fn seconds(seconds: f64) -> Self {
        Unit::Seconds.of(seconds)
    }

    /// A size.
    pub fn bytes(bytes: f64) -> Self {
        Unit::Bytes.of(bytes)
    }

    /// A size in whole bytes.
    pub fn size(bytes: u64) -> Self {
        Unit::Bytes.of(bytes as f64)
    }

    /// As people read it, rounded.
    pub fn words(&self) -> String {
        match self {
            Self::Empty | Self::Ditto(_) => String::new(),
            Self::Absent => ABSENT.to_owned(),
            Self::Text(text) | Self::Log(text) | Self::Label(text) | Self::Failed(text) => {
                text.clone()
            }
            Self::Count(count) => units::count(*count),
            Self::Figure(figure, _, unit) => unit.words(*figure),
            Self::Change([None, None], _) => ABSENT.to_owned(),
            Self::Change(ends, unit) => {
                ends.map(|end| end.map_or(ABSENT.to_owned(), |end| unit.words(end))).join(" → ")
            }
            Self::Interval(ends, unit) => ends.map(|end| unit.words(end)).join(" – "),
            Self::Left(_, 0) => "0".to_owned(),
            Self::Left(bytes, allocations) => {
                format!("{} B in {}", units::count(*bytes), units::count(*allocations))
            }
        }
    }

    /// Whether it is words, of which others may have chosen some.
    pub fn is_words(&self) -> bool {
        use Value::{Ditto, Failed, Label, Log, Text};
        matches!(self, Text(_) | Log(_) | Ditto(_) | Label(_) | Failed(_))
    }

    /// Its interval as people read it, rounded as the figure is.
    pub fn interval(&self) -> Option<String> {
        match self {
            Self::Figure(figure, Some([low, high]), unit) => {
                Some(unit.interval(*figure, *low, *high))
            }
            _ => None,
        }
    }

    /// As programs read it: so many fields, unrounded, those that it does not have empty.
    pub(super) fn fields(&self, number: usize) -> impl Iterator<Item = Field<'_>> {
        let fields = match self {
            Self::Empty | Self::Absent | Self::Label(_) | Self::Failed(_) => Vec::new(),
            Self::Text(text) | Self::Log(text) | Self::Ditto(text) => vec![Field::Text(text)],
            Self::Count(count) => vec![Field::Count(*count)],
            Self::Figure(figure, interval, _) => {
                let ends = interval.iter().flatten();
                std::iter::once(figure).chain(ends).map(|&one| Field::Number(one)).collect()
            }
            Self::Change(ends, _) => {
                ends.iter().map(|end| end.map_or(Field::Empty, Field::Number)).collect()
            }
            Self::Interval(ends, _) => ends.iter().map(|&end| Field::Number(end)).collect(),
            Self::Left(bytes, allocations) => {
                vec![Field::Count(*bytes), Field::Count(*allocations)]
            }
        };
        fields.into_iter().chain(std::iter::repeat(Field::Empty)).take(number)
    }
}

/// A value, or a part of one, as programs read it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Field<'a> {
    Empty,
    Text(&'a str),
    Count(u64),
    Number(f64),
}

impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) => text.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl Unit {
    /// A figure in it, without an interval.
    pub fn of(self, figure: f64) -> Value {
        Value::Figure(figure, None, self)
    }

    fn words(self, figure: f64) -> String {
        match self {
            Self::Whole => units::count(figure.round() as u64),
            Self::Factor => units::factor(figure),
            Self::Capture => units::capture(figure),
            Self::Share => units::percent(figure),
            Self::Seconds => units::seconds(figure),
            Self::Bytes if figure < 0.0 => format!("−{}", units::bytes(-figure)),
            Self::Bytes => units::bytes(figure),
            Self::Growth if figure.round() > 0.0 => format!("+{}", units::bytes(figure)),
            Self::Growth if figure.round() < 0.0 => format!("−{}", units::bytes(-figure)),
            Self::Growth => units::bytes(figure.abs()),
            Self::Nanoseconds => format!("{} ns", nanoseconds(figure)),
            Self::Decimals(decimals, behind) => {
                format!("{figure:.decimals$}{behind}").replace('-', "−")
            }
        }
    }

    fn interval(self, figure: f64, low: f64, high: f64) -> String {
        match self {
            Self::Factor => units::interval(figure, low, high),
            Self::Nanoseconds => format!("{} to {}", nanoseconds(low), nanoseconds(high)),
            _ => format!("{} to {}", self.words(low), self.words(high)),
        }
    }
}

/// One decimal where it says something.
fn nanoseconds(ns: f64) -> String {
    let figure = if ns.abs() < 99.95 { format!("{ns:.1}") } else { format!("{ns:.0}") };
    figure.replace('-', "−")
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Ratio> for Value {
    fn from(ratio: Ratio) -> Self {
        let ends = ratio.low.zip(ratio.high).map(|(low, high)| [low, high]);
        Self::Figure(ratio.ratio, ends, Unit::Factor)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

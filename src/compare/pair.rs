//! What stands beside what: places in two runs, and the verdict on them. Small, since there are hundreds of thousands.

/// Where a price, or an answer without one, stands in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// In the list.
    pub place: u32,
    /// Which price of the answer; nothing for the answer as a whole.
    pub price: Option<u32>,
}

/// One row of a comparison. At least one side is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    pub left: Option<At>,
    pub right: Option<At>,
    pub verdict: Verdict,
    pub why: Why,
}

/// What came of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    Different,
    /// The right side was answered, and has no such price.
    OnlyLeft,
    OnlyRight,
    Same,
    /// Both sides were answered, and neither has a price: the SKU is unknown to both, for instance. Nothing was compared.
    Neither,
    NotComparable,
}

impl Verdict {
    pub const ALL: [Self; 6] =
        [Self::Different, Self::OnlyLeft, Self::OnlyRight, Self::Same, Self::Neither, Self::NotComparable];

    pub fn label(self) -> &'static str {
        match self {
            Self::Different => "Different",
            Self::OnlyLeft => "Only left",
            Self::OnlyRight => "Only right",
            Self::Same => "Same",
            Self::Neither => "No price on either side",
            Self::NotComparable => "Not comparable",
        }
    }

    /// The verdict with the sides swapped.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::OnlyLeft => Self::OnlyRight,
            Self::OnlyRight => Self::OnlyLeft,
            other => other,
        }
    }
}

/// What the verdict is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Two prices, or a price and none.
    Prices,
    /// Two answers without a price.
    Outcome,
    /// Prices of the same list and quantity in two currencies.
    Currency,
    VatMode,
    /// One is net and the other gross, or the like.
    Kind,
    Unit,
    /// The same list, currency and quantity several times, with nothing that tells them apart.
    Ambiguous,
    /// The SKU stands in a list more than once, with different answers.
    Repeated,
    /// A lookup failed or was forbidden, or never came to be, so that nobody knows what this side has.
    Unanswered,
    /// A side's list does not have the SKU.
    NotAsked,
}

//! Everything that a view can ask for. Views send these; only [`super::App::apply`] carries them out.

use super::batch::BatchAction;
use super::compare::CompareAction;
use super::drills::Drill;
use super::field_map::FieldMapAction;
use super::history::HistoryAction;
use super::lists::ListAction;
use super::save::SaveAction;
use crate::batch::RunId;
use crate::keys::{Field, ProfileId, ThemeChoice};

/// One wish of the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Select(ProfileId),
    NewKey,
    SaveKey,
    /// Keep the typed secret in memory for this run, since no keychain took it.
    KeepForThisRun,
    TestKey,
    ReplaceSecret,
    CancelReplace,
    SwapIdAndSecret,
    /// Delete the active key, after the question was answered.
    DeleteKey,
    /// Stop waiting for the keychain or for a test.
    CancelKeyWork,
    Ask(Question),
    CloseQuestion,
    ChooseImportFile,
    ImportFile(String),
    ImportEnvironment,
    StartSandbox,
    UseEnvironmentKey,
    /// Check the connection of the chosen profile, and show how it goes.
    CheckConnection,
    CancelCheck,
    /// Gather a support bundle, and show it.
    ExportBundle,
    /// Ask where the bundle goes, and write it.
    SaveBundle,
    /// Write it to this path.
    SaveBundleAs(String),
    GetToken,
    RefreshToken,
    ForgetToken,
    CopyToken,
    /// Take the copied token off the clipboard, if it is still there.
    ClearClipboard,
    /// Choose the public keys that the token inspector checks signatures with.
    ChooseKeyFile,
    /// Read them from this path.
    ReadKeyFile(String),
    ForgetKeyFile,
    LookUp,
    CancelLookUp,
    /// Put a SKU into the field.
    PutSku(String),
    /// Put a SKU into the field, and look it up.
    LookUpAgain(String),
    Copy {
        text: String,
        what: &'static str,
    },
    OpenPortal,
    /// Show a field of the key's form that is folded away, and put the keyboard's focus there.
    GoToField(Field),
    Rehearse(Drill),
    EndDrill,
    SetTheme(ThemeChoice),
    Show(Tab),
    ShowPrices(PricesMode),
    List(ListAction),
    Batch(BatchAction),
    Compare(CompareAction),
    History(HistoryAction),
    Save(SaveAction),
    FieldMap(FieldMapAction),
    ToggleDrawer,
    DismissNotice,
}

/// The tabs in the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tab {
    #[default]
    Prices,
    Token,
    Activity,
}

/// What the *Prices* tab shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PricesMode {
    /// One SKU.
    #[default]
    Single,
    /// A list of SKUs.
    Batch,
    /// A list under two profiles or dates, or against an earlier run.
    Compare,
    /// What was looked up before.
    History,
}

impl PricesMode {
    pub const ALL: [Self; 4] = [Self::Single, Self::Batch, Self::Compare, Self::History];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Single => "Single",
            Self::Batch => "Batch",
            Self::Compare => "Compare",
            Self::History => "History",
        }
    }
}

/// A question that stands in front of the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Whether to delete the active key for good (K11).
    Delete,
    /// Whether to put the access token on the clipboard.
    CopyToken,
    /// Where to import a key from.
    Import,
    /// The connection check: nothing is asked, but it stands in front of the window too.
    Connection,
    /// The preview of a support bundle.
    Bundle,
    /// Where a table is exported to.
    Save,
    /// The editor of the active key's field map.
    FieldMap,
    /// Whether to remove all that was looked up before.
    ClearHistory,
    /// Whether to remove this entry of the history.
    RemoveEntry(RunId),
    /// Whether the history is to have this limit, in megabytes, although it takes more now.
    LowerLimit(u32),
    /// Whether to close the window while a run is under way.
    Leave,
    /// What can be done now, to choose from.
    Palette,
}

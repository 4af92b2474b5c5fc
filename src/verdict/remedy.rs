//! The acts that a verdict can offer. What they do is the window's; the command line leaves them out.

/// One act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    ReplaceSecret,
    /// Show the URLs of the key's form.
    EditUrls,
    /// Go to the field for the CA file.
    ChooseCaFile,
    RefreshToken,
    TryAgain,
    /// Open the Account Portal, where keys get their permissions.
    OpenPortal,
    ShowToken,
    /// Open the body of the reply.
    ShowBody,
}

impl Remedy {
    /// The word on its button.
    pub const fn label(self) -> &'static str {
        match self {
            Self::ReplaceSecret => "Replace secret…",
            Self::EditUrls => "Edit URLs",
            Self::ChooseCaFile => "Name a CA file",
            Self::RefreshToken => "Get a new token",
            Self::TryAgain => "Try again",
            Self::OpenPortal => "Open Account Portal",
            Self::ShowToken => "Show the token",
            Self::ShowBody => "Show the body",
        }
    }
}

//! Owns the text that the `sandbox` command prints: where the sandbox is, the demo key, and how to try it.
//! Refuses to print it: that is the command line's to do.

use std::fmt::Write as _;

use url::Url;

use super::{catalogue::demo_skus, state::Shared};

pub(super) fn write(shared: &Shared, token_url: &Url, api_url: &Url) -> String {
    let (id, secret) = (&shared.client_id, shared.client_secret.as_str());
    let mut text = format!(
        "\
The sandbox answers on this machine only, until this command ends. All its prices are fictional.

  Token URL      {token_url}
  API URL        {api_url}
  Client ID      {id}
  Client secret  {secret}

To use it from another terminal:

  export QUANTAPRICE_TOKEN_URL='{token_url}'
  export QUANTAPRICE_API_URL='{api_url}'
  export QUANTAPRICE_CLIENT_ID='{id}'
  export QUANTAPRICE_CLIENT_SECRET='{secret}'
  quantaprice-explorer lookup PRODUCT-001

Or by hand:

  TOKEN=$(curl -s '{token_url}' -d grant_type=client_credentials -d client_id={id} -d client_secret={secret} \\
    | sed -E 's/.*\"access_token\":\"([^\"]+)\".*/\\1/')
  curl -s -G '{api_url}/prices' -H \"Authorization: Bearer $TOKEN\" --data-urlencode 'sku=PRODUCT-001'

SKUs worth trying:

"
    );
    let width = demo_skus().iter().map(|demo| demo.sku.chars().count()).max().unwrap_or_default();
    for demo in demo_skus() {
        // Writing to a string cannot fail.
        let _written = writeln!(text, "  {:width$}  {:11}  {}", demo.sku, demo.outcome, demo.shows);
    }
    let faults = shared.faults();
    if !faults.is_empty() {
        text.push_str("\nFaults that are on:\n\n");
        for fault in faults {
            let seconds = fault.seconds().map(|seconds| format!(" ({seconds} s)")).unwrap_or_default();
            let _written = writeln!(text, "  {fault}  {}{seconds}", fault.summary().unwrap_or_default());
        }
    }
    text
}

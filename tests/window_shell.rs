//! The window's frame.

mod support;
use support::window::*;

#[test]
fn probe() {
    let mut window = Window::open(Setup::default());
    println!("{}", window.screen());
    window.click("Start the sandbox");
    window.until_said("No price looked up yet");
    window.look_up_and_wait("PRODUCT-001");
    println!("{}", window.screen());
    println!("{:?}", window.next_frame_in());
}

//! What a user does in a benchmark's window.

use egui::{Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, TouchPhase, vec2};

pub fn key(key: Key, modifiers: Modifiers) -> Event {
    Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
}

/// The pointer at `at`, and a wheel that is turned down.
pub fn wheel(at: Pos2) -> [Event; 2] {
    let turned = Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, -90.0),
        phase: TouchPhase::Move,
        source: egui::MouseWheelSource::Unknown,
        modifiers: Modifiers::NONE,
    };
    [Event::PointerMoved(at), turned]
}

/// A click, an event a frame.
pub fn click(at: Pos2) -> [Event; 4] {
    let button =
        |pressed| Event::PointerButton { pos: at, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE };
    [Event::PointerMoved(at), button(true), button(false), Event::PointerGone]
}

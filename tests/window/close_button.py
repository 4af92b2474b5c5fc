"""Presses a window's close button where there is no window manager to draw one: sends the WM_DELETE_WINDOW message itself.

Owns the few Xlib calls for that; xdotool has a command for it in its newer versions only.
"""

import ctypes

CLIENT_MESSAGE = 33


class _ClientMessage(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
    ]


class _Event(ctypes.Union):
    # Xlib reads as many bytes as its own XEvent has, which is 24 longs.
    _fields_ = [("client", _ClientMessage), ("pad", ctypes.c_long * 24)]


def press(display_name, window):
    """Asks the window to close. Whether it does is its own affair."""
    x = ctypes.CDLL("libX11.so.6")
    x.XOpenDisplay.restype = ctypes.c_void_p
    x.XInternAtom.restype = ctypes.c_ulong
    display = ctypes.c_void_p(x.XOpenDisplay(display_name.encode()))
    if not display:
        raise OSError(f"no X server answers at {display_name}")

    def atom(name):
        return x.XInternAtom(display, name, 0)

    event = _Event()
    event.client = _ClientMessage(
        type=CLIENT_MESSAGE,
        window=window,
        message_type=atom(b"WM_PROTOCOLS"),
        format=32,
        data=(ctypes.c_long * 5)(atom(b"WM_DELETE_WINDOW"), 0, 0, 0, 0),
    )
    x.XSendEvent(display, ctypes.c_ulong(window), 0, ctypes.c_long(0), ctypes.byref(event))
    x.XCloseDisplay(display)

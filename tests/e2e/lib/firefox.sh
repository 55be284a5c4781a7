#!/bin/sh
# geckodriver has the whole browser end when the process of one tab does.
unset MOZ_CRASHREPORTER_SHUTDOWN
exec "$(command -v firefox-esr || command -v firefox)" "$@"

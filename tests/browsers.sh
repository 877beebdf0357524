#!/bin/sh
# The browsers the tests drive. As root on Debian they are installed; elsewhere what is missing is said, and the
# tests that need it skip with that reason.
set -eu
# Does most tests' pages with a third less work than all of Chromium, which does them where it is not to be had.
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && ! command -v chromium-headless-shell >/dev/null 2>&1; then
    (apt-get update -qq && apt-get install -y -qq chromium-headless-shell) >/dev/null 2>&1 || true
fi
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v firefox-esr >/dev/null 2>&1 || missing="$missing firefox-esr"
command -v WebKitWebDriver >/dev/null 2>&1 || missing="$missing webkit2gtk-driver"
command -v xvfb-run >/dev/null 2>&1 || missing="$missing xvfb"
fc-list :lang=zh family 2>/dev/null | grep -q . || missing="$missing fonts-noto-cjk"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing for the browser tests:$missing"
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    (apt-get update -qq && apt-get install -y -qq $missing) >/dev/null 2>&1 && exit 0
fi
echo "NOT INSTALLED, tests that need them will skip:$missing" >&2

#!/bin/sh
# Runs Chromium below a folder of its own (HOME), as nobody where we are root. Playwright starts it with Chromium's arguments; its pipe to
# the browser (descriptors 3 and 4) survives exec. SANDBOX_CHROMIUM is the program, SANDBOX_PID_FILE where its process id is
# wanted: not below HOME, where it could be forged. Of two --user-data-dir the last counts.
set -eu
echo $$ >"$SANDBOX_PID_FILE"
program=$SANDBOX_CHROMIUM
unset SANDBOX_CHROMIUM SANDBOX_PID_FILE
set -- "$program" "$@" "--user-data-dir=$HOME/profile"
if [ "$(id -u)" -eq 0 ]; then
  exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all -- "$@"
fi
exec "$@"

#!/bin/sh
# console-log.sh FIFO FILE BYTES: moves what a VMM writes into FIFO to FILE, at most BYTES in it and as many in FILE.1.
# It ends by itself when the VMM has ended. head(1) never reads more than it was told, and stdbuf makes it write at once.
umask 077
exec <"$1" || exit 1
while stdbuf -o0 head -c "$3" >"$2" && [ "$(stat -c %s "$2")" -ge "$3" ]; do
  mv -f "$2" "$2.1"
done

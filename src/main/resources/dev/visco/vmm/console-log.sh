#!/bin/sh
# console-log.sh FIFO FILE BYTES: moves what a VMM writes into FIFO to FILE, at most BYTES in it and as many in FILE.1.
# It ends by itself when the VMM has ended. head(1) never reads more than it was told, and stdbuf makes it write at once.
umask 077
exec <"$1" || exit 1
while :; do
  if stdbuf -o0 head -c "$3" >"$2" && [ "$(stat -c %s "$2")" -ge "$3" ]; then
    mv -f "$2" "$2.1"
    continue
  fi
  # The VMM has ended, and nothing can be read; or the disk is full, or somebody took FILE away. The guest must not wait
  # for that, or it would stand still at its next line: what the FIFO holds (64 KiB at most, pipe(7)) is thrown away
  # once a second until something can be written again.
  [ "$(dd bs=65536 count=1 | wc -c)" -gt 0 ] || exit 0
  [ ! -s "$2" ] || mv -f "$2" "$2.1"
  sleep 1
done 2>/dev/null

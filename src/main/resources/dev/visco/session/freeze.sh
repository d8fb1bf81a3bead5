# Freezes the file systems of this guest's disks, says "frozen", and thaws them when it is told to, when its input ends,
# or after $1 seconds, whatever becomes of whoever asked. Where that cannot be, it writes what there is to the disks, and
# says "synced". Asked with "still", it says whether they have been frozen all the time.
mounts=
devices=
while read -r device mount type options rest; do
  case $device in /dev/*) ;; *) continue ;; esac
  case $type in ext2 | ext3 | ext4 | xfs | btrfs | f2fs) ;; *) continue ;; esac
  case ,$options, in *,rw,*) ;; *) continue ;; esac
  case " $devices " in *" $device "*) continue ;; esac
  devices="$devices $device"
  # What was mounted last lies on what was mounted before, and is frozen first.
  mounts="$mount
$mounts"
done </proc/mounts

each() { # fsfreeze's option; fails with the first that fails
  printf '%s' "$mounts" | while IFS= read -r mount; do
    fsfreeze "$1" "$(printf '%b' "$mount")" 2>/dev/null || [ "$1" = -u ] || exit 1
  done
}

seconds() { # since this guest's start
  read -r up rest </proc/uptime
  echo "${up%%.*}"
}

sync
watchdog=
begin=$(seconds)
if [ -n "$mounts" ] && command -v fsfreeze >/dev/null 2>&1; then
  (
    trap '' HUP
    sleep "$1"
    each -u
  ) </dev/null >/dev/null 2>&1 &
  watchdog=$!
  if each -f; then
    echo frozen
  else
    each -u
    kill "$watchdog" 2>/dev/null
    watchdog=
    sync
    echo synced
  fi
else
  echo synced
fi
while read -r asked; do
  case $asked in
    still)
      # The watchdog may just be thawing them: its time alone tells that it has not begun to.
      if [ -n "$watchdog" ] && kill -0 "$watchdog" 2>/dev/null && [ $(($(seconds) - begin)) -lt "$1" ]; then
        echo yes
      else
        echo no
      fi
      ;;
    thaw) break ;;
  esac
done
if [ -n "$watchdog" ]; then
  each -u
  kill "$watchdog" 2>/dev/null
fi
echo thawed

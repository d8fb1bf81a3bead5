# Commands that outlive whoever started them: one folder each, named by its id. In it are info (JSON), process (process
# id and start of the one that watches over it, and the boot), out.N and err.N (output from byte N on) and, once it has
# ended, exit (exit code, seconds since 1970, whether its timeout ended it). Needs a POSIX shell, dd and mkfifo.
read -r boot </proc/sys/kernel/random/boot_id

# Sets state of the one in folder $1: exited with code, ended and timed, or running, or lost when nobody watches any more.
look() {
  state=lost code=- ended=- timed=no
  if read -r code ended timed 2>/dev/null <"$1/exit"; then
    state=exited
    return
  fi
  code=- ended=- timed=no
  read -r pid start at 2>/dev/null <"$1/process" || return
  [ "$at" = "$boot" ] || return
  read -r stat 2>/dev/null <"/proc/$pid/stat" || return
  # Field 22 is when it started; what comes before ") " is its name (proc(5)).
  set -- ${stat##*) }
  [ "${20}" = "$start" ] && state=running
}

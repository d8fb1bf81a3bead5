# Starts a command: $1 folder of all, $2 id, $3 the script that watches over it, $4 the line of its shell, $5 seconds
# that it may run or nothing, $6 the script that sends a signal, $7 how many may run and $8 how many that have ended are
# kept, $9 how many lines of standard input are variables of the command, which are in no file. Then comes info in one
# line, then the command's input. 75 is too many.
umask 077
base=$1 id=$2 watch=$3 line=$4 seconds=$5 signal=$6 most=$7 kept=$8
mkdir -p "$base/.$id" && cd "$base" || exit 1
fail() {
  cd "$base" && rm -rf "./.$id"
  exit "$1"
}
variables=$9
while [ "$variables" -gt 0 ]; do
  IFS= read -r variable && export "$variable" || fail 1
  variables=$((variables - 1))
done
unset variable
IFS= read -r info && printf '%s\n' "$info" >".$id/info" && cat >".$id/stdin" &&
  printf '%s\n' "$line" >".$id/line" && printf '%s\n' "$watch" >".$id/watch" &&
  printf '%s\n' "$signal" >".$id/signal" || fail 1
# What a kill of this script left behind.
find . -maxdepth 1 -name '.ex-*' -mmin +60 -exec rm -rf {} + 2>/dev/null
running=0 over=0
for one in ex-*; do
  [ -d "$one" ] || continue
  look "$one"
  if [ $state = running ]; then
    running=$((running + 1))
  else
    over=$((over + 1))
  fi
done
[ $running -lt "$most" ] || fail 75
# Ids begin with the time, so that the oldest comes first.
for one in ex-*; do
  [ $over -ge "$kept" ] || break
  [ -d "$one" ] || continue
  look "$one"
  if [ $state != running ]; then
    rm -rf "./$one"
    over=$((over - 1))
  fi
done
own=
command -v setsid >/dev/null && own=setsid
# Ends when the watcher has said that the command is about to run, and closed its output.
said=$(cd "./.$id" && $own sh watch "$base" "$id" "$seconds" </dev/null &)
[ "$said" = started ] || fail 1

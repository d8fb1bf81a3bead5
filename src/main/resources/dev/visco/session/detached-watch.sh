# Runs a command detached and watches over it, in its folder: $1 folder of all, $2 id, $3 seconds that it may run or
# nothing. The files line and signal are the command's shell's and the script that sends it a signal.
segment=524288
umask 077
folder=$1/$2 id=$2 seconds=$3
read -r boot </proc/sys/kernel/random/boot_id
read -r stat <"/proc/$$/stat"
set -- ${stat##*) }
# It is seen by its name once all of it is there.
echo "$$ ${20} $boot" >process && mkfifo out.pipe err.pipe && mv "../.$id" "../$id" || exit 1
echo started
exec >/dev/null 2>&1
unset VISCO_EXEC

# Keeps the end of a stream in two files at most, which are named by where they begin. dd writes what it reads at once
# and reads no further than it writes.
keep() {
  begin=0 size=0 before=
  : >"$1.0"
  while :; do
    if ! dd bs=32768 count=16 >>"$1.$begin" 2>/dev/null; then
      cat >/dev/null # The disk is full: the command goes on, and the rest is lost.
      break
    fi
    now=$(wc -c <"$1.$begin")
    [ "$now" -gt "$size" ] || break
    size=$((now))
    if [ "$size" -ge $segment ]; then
      [ -z "$before" ] || rm -f "$before"
      before=$1.$begin begin=$((begin + size)) size=0
      : >"$1.$begin"
    fi
  done
  : >"$1.end"
}
keep out <out.pipe &
keep err <err.pipe &

# A shell has commands in the background ignore INT and QUIT; GNU env takes that back.
plain=
env --default-signal=INT,QUIT true && plain="env --default-signal=INT,QUIT"
(
  cd "${HOME:-/}" || cd /
  exec $plain "${SHELL:-/bin/sh}" "$folder/line"
) <stdin >out.pipe 2>err.pipe &
command=$!
limit=
if [ -n "$seconds" ]; then
  (
    trap 'kill $sleeper; exit' TERM
    sleep "$seconds" &
    sleeper=$!
    wait $sleeper
    : >timed-out
    sh signal "VISCO_EXEC=$id" TERM
    sleep 2
    sh signal "VISCO_EXEC=$id" KILL
  ) &
  limit=$!
fi
wait $command
code=$? timed=no
if [ -e timed-out ]; then
  wait "$limit"
  code=124 timed=yes
elif [ -n "$limit" ]; then
  kill "$limit"
fi
# A child that runs on may keep the output open, and is not waited for.
round=0
while [ $round -lt 20 ] && ! { [ -e out.end ] && [ -e err.end ]; }; do
  round=$((round + 1))
  sleep 0.1 || sleep 1
done
echo "$code $(date +%s) $timed" >exit.new && mv exit.new exit
rm -f stdin line watch signal out.pipe err.pipe

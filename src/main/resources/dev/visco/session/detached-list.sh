# Tells of each command one line: id, state, exit code, end, whether it was timed out, info. $1 folder of all, $2 an id,
# or nothing for all.
cd "$1" 2>/dev/null || exit 0
for one in "${2:-ex-}"*; do
  IFS= read -r info 2>/dev/null <"$one/info" || continue
  look "$one"
  printf '%s\n' "$one $state $code $ended $timed $info"
done

# Has sshd take a key for some time: $1 its file of keys, $2 the key, $3 seconds, $4 how many it may take. Keys of this
# kind that have expired are dropped. 75 is too many.
umask 077
file=$1 key=$2
now=$(date +%s)
today=$(date -d "@$now" +%Y%m%d%H%M%S) && until=$(date -d "@$((now + $3))" +%Y%m%d%H%M%S) || exit 1
# One at a time; what a kill has left is not waited for long.
round=0
until mkdir "$file.lock" 2>/dev/null || [ $round -ge 50 ]; do
  round=$((round + 1))
  sleep 0.1 || sleep 1
done
trap 'rm -rf "$file.lock" "$file.new"' EXIT
count=0
# Its last line may have no end.
while IFS= read -r line || [ -n "$line" ]; do
  case $line in
    'expiry-time="'*)
      [ "${line#*\" }" != "$key" ] || continue
      end=${line#*\"}
      [ "${end%%\"*}" -gt "$today" ] || continue
      count=$((count + 1))
      ;;
  esac
  printf '%s\n' "$line"
done <"$file" >"$file.new" || exit 1
[ $count -lt "$4" ] || exit 75
printf '%s\n' "expiry-time=\"$until\" $key" >>"$file.new" && mv "$file.new" "$file"

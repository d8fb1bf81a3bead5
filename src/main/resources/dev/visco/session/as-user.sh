# Runs a line of a shell as another user: $1 user, $2 group or nothing, $3 the line. Needs a POSIX shell and setpriv of
# util-linux, or su; users are those of /etc/passwd. A guest of a container image has a setpriv and a shell of Visco's.
setpriv=setpriv
[ ! -x /.visco/bin/setpriv ] || setpriv=/.visco/bin/setpriv
user=$1
group=$2
line=$3
found=
while IFS=: read -r name _ uid gid _ home shell; do
  if [ "$name" = "$user" ] || [ "$uid" = "$user" ]; then
    found=yes
    break
  fi
done 2>/dev/null </etc/passwd
if [ -z "$found" ]; then
  case $user in
    *[!0-9]*) echo "There is no user $user in /etc/passwd." >&2; exit 126 ;;
  esac
  name=$user uid=$user gid=0 home=/ shell=/bin/sh
fi
if [ -n "$group" ]; then
  number=
  while IFS=: read -r other _ id _; do
    if [ "$other" = "$group" ] || [ "$id" = "$group" ]; then
      number=$id
      break
    fi
  done 2>/dev/null </etc/group
  if [ -z "$number" ]; then
    case $group in
      *[!0-9]*) echo "There is no group $group in /etc/group." >&2; exit 126 ;;
    esac
    number=$group
  fi
  gid=$number
fi
case $SHELL in /.visco/*) shell=$SHELL ;; esac
export HOME="${home:-/}" USER="$name" LOGNAME="$name" SHELL="${shell:-/bin/sh}"
cd "$HOME" 2>/dev/null || cd /
if "$setpriv" --reuid "$uid" --regid "$gid" --clear-groups true 2>/dev/null; then
  groups=--init-groups
  if [ -z "$found" ] || [ -n "$group" ]; then
    groups=--clear-groups
  fi
  exec "$setpriv" --reuid "$uid" --regid "$gid" "$groups" sh -c "$line"
fi
if [ -z "$found" ] || [ -n "$group" ]; then
  echo "This guest has no setpriv, without which only the name of a user of /etc/passwd can be given." >&2
  exit 126
fi
exec su -s /bin/sh "$name" -c "$line"

# The beginning of the scripts that tell a running guest who it is: shell functions. What a shell can do itself it does: each
# program that is started takes an emulated guest longer than all of that.
umask 077
export LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
run=/run/visco
fail() { echo "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# Takes the VM's files, which come by standard input, since arguments are shown to everybody in the guest: for each a line
# with its name and one with its content as printf's %b takes it; a point ends them.
take_files() {
  told=
  [ -d $run ] || { mkdir -p $run && chmod 700 $run; } || fail "$run cannot be written to"
  while IFS= read -r file; do
    [ "$file" != . ] || return 0
    IFS= read -r text || break
    printf %b "$text" >"$run/$file" || fail "$run takes no new files"
    told="$told $file "
  done
  fail "what it is told was cut off"
}

# Writes a short text ($2) to a file ($1), over what is there if that is no longer: a file that is made empty first has its
# blocks freed, allocated and written at once (ext4(5), auto_da_alloc), which takes an emulated guest 10 ms.
overwrite() {
  length=0 line=
  if [ -f "$1" ]; then
    while IFS= read -r line; do length=$((length + ${#line} + 1)); done <"$1"
    length=$((length + ${#line}))
  fi
  if [ $length -gt 0 ] && [ $length -le ${#2} ]; then
    printf %s "$2" 1<>"$1"
  else
    printf %s "$2" >"$1"
  fi
}

# Gives the guest the host name that its files say.
take_name() {
  read -r name <$run/hostname || return 0
  { echo "$name" >/proc/sys/kernel/hostname; } 2>/dev/null || hostname "$name"
  umask 022
  overwrite /etc/hosts "127.0.0.1 localhost
127.0.1.1 $name
"
  [ ! -s /etc/hostname ] || overwrite /etc/hostname "$name
"
  umask 077
}

# Has whoever connects from now on meet an sshd that has read its files anew.
tell_sshd() {
  pid=
  for file in /run/sshd.pid /var/run/sshd.pid; do
    [ -n "$pid" ] || [ ! -r $file ] || read -r pid <$file
  done
  [ -n "$pid" ] || ! has pidof || pid=$(pidof sshd | tr ' ' '\n' | sort -n | head -n 1)
  [ -n "$pid" ] || fail "no sshd was found that could be told of its new files"
  kill -HUP "$pid" || fail "sshd ($pid) could not be told of its new files"
}

# The beginning of the scripts that tell a running guest who it is: shell functions. What a shell can do itself it does: each
# program that is started takes an emulated guest longer than all of that.
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
run=/run/visco fresh=/run/visco/.restored
fail() { echo "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# Unpacks the input, the VM's seed archive, beside the files that are in use.
unpack() {
  [ ! -e $fresh ] || rm -rf $fresh
  mkdir -p $fresh || fail "/run/visco cannot be written to"
  tar -x -C $fresh -f - || fail "the new VM's files could not be unpacked"
}

# Has the unpacked files be those in use.
place() {
  mv -f $fresh/* $run/ && rm -rf $fresh || fail "$run takes no new files"
}

# Gives the guest the host name that its files say.
take_name() {
  read -r name <$run/hostname || return 0
  { echo "$name" >/proc/sys/kernel/hostname; } 2>/dev/null || hostname "$name"
  umask 022
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >/etc/hosts
  [ ! -s /etc/hostname ] || echo "$name" >/etc/hostname
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


# The beginning of the scripts that tell a running guest who it is: shell functions. The input of each such script is the
# VM's seed archive.
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
run=/run/visco fresh=/run/visco/.restored
fail() { echo "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# Unpacks the input beside the files that are in use.
unpack() {
  mkdir -p $run && chmod 700 $run && rm -rf $fresh && mkdir $fresh || fail "/run/visco cannot be written to"
  tar -x -C $fresh -f - || fail "the new VM's files could not be unpacked"
}

# Has the unpacked files be those in use.
place() {
  mv -f $fresh/* $run/ && rm -rf $fresh || fail "$run takes no new files"
}

# Gives the guest the host name that its files say.
take_name() {
  read -r name <$run/hostname || return 0
  if has hostname; then hostname "$name"; else echo "$name" >/proc/sys/kernel/hostname; fi
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >/etc/hosts
  chmod 644 /etc/hosts
  [ ! -s /etc/hostname ] || { echo "$name" >/etc/hostname && chmod 644 /etc/hostname; }
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


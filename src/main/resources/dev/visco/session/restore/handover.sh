# Tells a guest that waited for its user what it is called from now on, and which variables it has. Its input is three lines:
# the name, and the files environment and sshd_environment as printf's %b takes them, which are empty where there is none.
IFS= read -r name && IFS= read -r environment && IFS= read -r sshd || fail "what it is told was cut off"
[ -d $run ] || { mkdir -p $run && chmod 700 $run; } || fail "$run cannot be written to"
printf '%s\n' "$name" >$run/hostname || fail "$run takes no new files"
take_name
if [ -n "$environment" ]; then
  printf %b "$environment" >$run/environment || fail "$run takes no new files"
fi
if [ -n "$sshd" ]; then
  printf %b "$sshd" >$run/sshd_environment || fail "$run takes no new files"
  tell_sshd
fi
exit 0

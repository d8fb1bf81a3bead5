# Tells a guest that waited for its user what it is called from now on, and which variables it has.
unpack
place
take_name
[ ! -e $run/sshd_environment ] || tell_sshd
exit 0

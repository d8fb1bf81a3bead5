# Tells a guest that waited for its user what it is called from now on, and which variables it has: its input is the files
# hostname, environment and sshd_environment, of which the latter are left out where there is none.
take_files
take_name
case $told in *" sshd_environment "*) tell_sshd ;; esac
exit 0

# Makes a guest that goes on from another VM's snapshot a VM of its own. Its input is the new VM's files; its arguments: 1
# address, 2 prefix, 3 gateway, 4 MAC, 5 device, 6 machine-id, 7 former gateway, 8 former address, 9 the key by which the
# host has signed in so far, 10 and 11 the former gateway and its own as proc_net(5) shows them. What must be and cannot be
# ends it. Its last word is "done"; the guest gets its address once the host has closed the connection, which would end
# with it.
address=$1 prefix=$2 gateway=$3 mac=$4 device=$5 machine=$6 former=$7 before=$8 key=$9

take_files

# Keys of the host that others have, too, go once the new one is there.
for folder in /etc/ssh /etc/dropbear; do
  [ -e $folder/ssh_host_ed25519_key ] || continue
  cp $run/ssh_host_ed25519_key $run/ssh_host_ed25519_key.pub $folder/ || fail "$folder takes no new host key"
  chmod 644 $folder/ssh_host_ed25519_key.pub
  for old in $folder/ssh_host_*_key; do
    [ "$old" = $folder/ssh_host_ed25519_key ] || [ ! -e "$old" ] || rm -f "$old" "$old.pub"
  done
done
# Where sshd takes its keys from somewhere else, the former key of Visco's is replaced.
taken=~/.ssh/authorized_keys
if [ -s $taken ] && grep -qF "$key" $taken; then
  { grep -vF "$key" $taken; cat $run/authorized_keys; } >$taken.new && mv $taken.new $taken ||
    fail "root's keys could not be replaced"
fi
take_name
for file in /etc/machine-id /var/lib/dbus/machine-id; do
  [ ! -s $file ] || [ -L $file ] || { echo "$machine" >$file && chmod 444 $file; } || fail "$file cannot be written to"
done
[ "$former" = "$gateway" ] || ! has sed || sed -i "s/\<$former\>/$gateway/g" /etc/resolv.conf

# Connections of the machine that this is a copy of are of no use here: who waits at them is told so. Most have none but
# those of the host, which comes from one of the gateways (proc_net(5); states: 06 and 07 are over, 0A listens).
leads_elsewhere() {
  for file in /proc/net/tcp /proc/net/tcp6; do
    [ ! -r $file ] || while read -r slot local remote state rest; do
      case $state in 0[1-5] | 0[89B]) case $remote in *"$1":* | *"$2":*) ;; *) return 0 ;; esac ;; esac
    done <$file
  done
  return 1
}
if has ss && leads_elsewhere "${10}" "${11}"; then
  ss -K -t "src $before and not dst $former and not dst $gateway" >/dev/null 2>&1
fi

# Whoever connects from now on is shown the new host key.
tell_sshd

# The end of the input says that the host has this answer.
trap '' HUP PIPE
echo done
read -r rest
exec </dev/null >/dev/null 2>&1
if has ip; then
  ip addr flush dev "$device" scope global
  ip link set dev "$device" address "$mac"
  ip addr add "$address/$prefix" dev "$device"
  read -r flags <"/sys/class/net/$device/flags"
  [ $((flags & 1)) = 1 ] || ip link set dev "$device" up
  ip route replace default via "$gateway" dev "$device"
else
  ifconfig "$device" down hw ether "$mac"
  ifconfig "$device" hw ether "$mac"
  ifconfig "$device" "$address/$prefix" up
  route add default gw "$gateway" "$device"
fi
exit 0

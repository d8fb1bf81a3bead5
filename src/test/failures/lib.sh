# What a case's "make" may use. KERNEL, INITRD, ROOT and CONFIG name copies of the cli image's files that it may change or remove.
# The root file system is changed by debugfs, without mounting it; it begins at the first partition.
root() { debugfs -w -R "$1" "$ROOT?offset=1048576" >/dev/null 2>&1; }
# put FILE PATH MODE: a file into the root file system, in place of what is there.
put() {
  root "rm $2" || true
  root "write $1 $2"
  root "set_inode_field $2 mode 0100$3"
}
get() { debugfs -R "cat $1" "$ROOT?offset=1048576" 2>/dev/null; }
# start TEXT: what the first thing that init runs does at its end.
start() {
  get /usr/lib/visco/start | sed '$d' >start.new
  printf '%s\nexit 0\n' "$1" >>start.new
  put start.new /usr/lib/visco/start 755
}
unpack() { mkdir tree && (cd tree && zcat "$INITRD" | busybox cpio -idm 2>/dev/null); }
pack() { (cd tree && find . | busybox cpio -o -H newc 2>/dev/null) | gzip -1 >"$INITRD"; }
# without MODULE: an initramfs that lacks it.
without() {
  unpack
  rm "tree/modules/$1.ko"
  sed -i "/^$1.ko$/d" tree/modules/order
  pack
}
# What a case's "after" may use. NETNS, VETH, ADDRESS, PID and FOLDER are the VM's.
# guest TEXT: a shell script in the guest.
guest() {
  ssh -i "$FOLDER/keys/id_ed25519" -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
    -o ConnectTimeout=20 "root@$ADDRESS" sh -eu -c "'$1'"
}
# vnc SED: the service vnc of a browser VM is changed and started anew, without a word on the console that it ended.
vnc() {
  guest "sed -i \"$1\" /usr/lib/visco/vnc
    for found in /proc/[0-9]*; do
      case \$(tr \"\\0\" \" \" <\$found/cmdline 2>/dev/null) in *service\ vnc\ *) service=\${found#/proc/} ;; esac
    done
    kill -STOP \$service
    busybox killall -9 Xtigervnc
    kill -9 \$service"
}

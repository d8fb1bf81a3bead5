# What is wrong with each guest. A function begins with its kind of guest, changes one thing, and is done.

# ---- Debian with initramfs-tools and systemd ----
case_tools_healthy() { begin debian; }
case_tools_root_absent() { begin debian; ROOTARG=UUID=99999999-2222-3333-4444-555555555555; }
case_tools_root_absent_shell() { begin debian; ROOTARG=LABEL=none; ARGS="rw panic=0"; }
case_tools_no_root_argument() { begin debian; ROOTARG=; }
case_tools_modules_absent() {
  begin debian
  opened
  find "$tree/" -name 'virtio_blk.ko*' -delete
  closed
}
case_tools_root_not_mountable() { begin debian; ROOTARG=/dev/vda; ARGS="rw rootfstype=xfs"; }
case_tools_root_damaged() { begin debian; dd if=/dev/urandom of="$ROOT" bs=4096 seek=1 count=2 conv=notrunc status=none; }
case_tools_init_absent() { begin debian; gone /usr/sbin/init; gone /bin/init; gone /usr/bin/sh; gone /usr/bin/dash; gone /etc/init; }
case_tools_init_not_executable() { begin debian; edit "set_inode_field /usr/lib/systemd/systemd mode 0100644"; ARGS="rw init=/usr/lib/systemd/systemd"; gone /usr/bin/dash; }
case_tools_init_no_format() { begin debian; text /usr/lib/systemd/systemd 'this is no program\n' 755; }
case_tools_init_lacks_interpreter() { begin debian; text /usr/lib/systemd/systemd '#!/opt/none/sh\n' 755; }
case_tools_init_lacks_library() { begin debian; gone /usr/lib/x86_64-linux-gnu/systemd/libsystemd-core-252.so; }
case_tools_init_shell() { begin debian; ARGS="rw init=/bin/sh"; }
case_tools_break() { begin debian; ARGS="rw break=premount"; }
case_tools_fstab_device_absent() { begin debian; text /etc/fstab 'UUID=77777777-2222-3333-4444-555555555555 /srv ext4 defaults,x-systemd.device-timeout=5s 0 2\n'; }
case_tools_fstab_long_wait() { begin debian; text /etc/fstab '/dev/vdz /srv ext4 defaults 0 2\n'; SECONDS_MAX=115; }
case_tools_fstab_wrong_type() { begin debian; text /etc/fstab '/dev/vda /srv xfs defaults 0 0\n'; }
case_tools_sshd_config_wrong() { begin debian; text /etc/ssh/sshd_config 'NoSuchOption yes\n'; }
case_tools_sshd_no_keys() { begin debian; gone /etc/ssh/ssh_host_rsa_key; gone /etc/ssh/ssh_host_ecdsa_key; gone /etc/ssh/ssh_host_ed25519_key; }
case_tools_sshd_off() { begin debian; off ssh.service; }
case_tools_sshd_other_port() { begin debian; text /etc/ssh/sshd_config 'Port 2222\n'; }
case_tools_networking_fails() { begin debian; text /etc/network/interfaces 'auto eth7\niface eth7 inet static\n address 10.9.9.9/24\n'; }
case_tools_target_absent() { begin debian; ARGS="rw systemd.unit=none.target"; }
case_tools_emergency() { begin debian; ARGS="rw systemd.unit=emergency.target"; }
case_tools_rescue() { begin debian; ARGS="rw rescue"; }
case_tools_memory() { begin debian; MEMORY=112; }
case_tools_read_only() { begin debian; ARGS="ro"; text /etc/fstab '/dev/vda / ext4 ro 0 0\n'; }
case_tools_other_initramfs() {
  begin debian
  opened
  find "$tree/" -name '*.ko' -exec sed -i 's/vermagic=6\.1\.0-/vermagic=6.1.9-/' {} +
  closed
}
case_tools_renamed() { begin debian; text /etc/systemd/network/10-lan.link '[Match]\nOriginalName=eth0\n[Link]\nName=lan0\n'; }
case_tools_noapic() { begin debian; ARGS="rw noapic"; }
case_tools_nomodule() { begin debian; ARGS="rw nomodule"; }
case_tools_no_initramfs() { begin debian; INITRD=; }

# ---- Debian with dracut ----
case_dracut_healthy() { begin dracut; }
case_dracut_root_absent() { begin dracut; ROOTARG=UUID=99999999-2222-3333-4444-555555555555; ARGS="rw rd.retry=10"; }
case_dracut_root_absent_waiting() { begin dracut; ROOTARG=/dev/vdq; SECONDS_MAX=60; }
case_dracut_no_root_argument() { begin dracut; ROOTARG=; }
case_dracut_wrong_type() { begin dracut; ARGS="rw rootfstype=xfs"; }
case_dracut_init_absent() { begin dracut; gone /usr/sbin/init; gone /usr/lib/systemd/systemd; }
case_dracut_init_lacks_library() { begin dracut; gone /usr/lib/x86_64-linux-gnu/systemd/libsystemd-core-252.so; }
case_dracut_break() { begin dracut; ARGS="rw rd.break"; }
case_dracut_no_os_release() { begin dracut; gone /usr/lib/os-release; gone /etc/os-release; }
case_dracut_root_damaged() { begin dracut; dd if=/dev/urandom of="$ROOT" bs=4096 seek=1 count=2 conv=notrunc status=none; }
case_dracut_fstab_device_absent() { begin dracut; text /etc/fstab 'LABEL=data /srv ext4 defaults,x-systemd.device-timeout=5s 0 2\n'; }
case_dracut_sshd_off() { begin dracut; off ssh.service; }

# ---- a small initramfs of busybox ----
case_busybox_healthy() { begin busybox; pack; }
case_busybox_no_device() { begin busybox; rm "$tree/modules/virtio_blk.ko"; pack; }
case_busybox_wrong_root() { begin busybox; ROOTARG=/dev/vda1; pack; }
case_busybox_no_driver() { begin busybox; sed -i 's/-t ext4/-t xfs/' "$tree/init"; pack; }
case_busybox_no_file_system() { begin busybox; pack; dd if=/dev/zero of="$ROOT" bs=1M count=2 conv=notrunc status=none; }
case_busybox_switch_no_init() { begin busybox; rm "$disk/sbin/init"; pack; }
case_busybox_switch_not_executable() { begin busybox; rm "$disk/sbin/init"; echo x >"$disk/sbin/init"; pack; }
case_busybox_switch_no_format() { begin busybox; rm "$disk/sbin/init"; echo x >"$disk/sbin/init"; chmod 755 "$disk/sbin/init"; pack; }
case_busybox_switch_no_interpreter() { begin busybox; rm "$disk/sbin/init"; printf '#!/bin/bash\n' >"$disk/sbin/init"; chmod 755 "$disk/sbin/init"; pack; }
case_busybox_switch_no_library() { begin busybox; rm "$disk/lib/x86_64-linux-gnu/libc.so.6"; pack; }
case_busybox_init_not_executable() { begin busybox; chmod 644 "$tree/init"; pack; }
case_busybox_init_no_interpreter() { begin busybox; sed -i '1s,.*,#!/usr/bin/bash,' "$tree/init"; pack; }
case_busybox_init_no_loader() { begin busybox; rm "$tree/lib64/ld-linux-x86-64.so.2"; pack; }
case_busybox_init_no_format() { begin busybox; head -c 4000 /dev/urandom >"$tree/init"; pack; }
case_busybox_init_absent() { begin busybox; rm "$tree/init"; pack; }
case_busybox_init_ends() { begin busybox; printf '#!/bin/sh\necho "nothing to do here"\nexit 0\n' >"$tree/init"; pack; }
case_busybox_shell() { begin busybox; printf '#!/bin/sh\nexec sh\n' >"$tree/init"; pack; }
case_busybox_missing_command() { begin busybox; printf '#!/bin/sh\nset -e\nmount -t proc proc /proc\nfindfs LABEL=root\n' >"$tree/init"; rm -f "$tree/bin/findfs"; pack; }
case_busybox_rcs_absent() { begin busybox; rm "$disk/etc/rcS"; pack; }
case_busybox_dhcp() { begin busybox; sed -i 's/^ip .*/udhcpc -i eth0 -n -q -t 2 -T 1 -s \/bin\/none/' "$disk/etc/rcS"; pack; }
case_busybox_no_interface() { begin busybox; rm "$tree/modules/virtio_net.ko"; pack; }
case_busybox_dropbear_port() { begin busybox; sed -i 's,dropbear -F -E -R,dropbear -F -E -R -p 2222,' "$disk/etc/inittab"; pack; }
case_busybox_dropbear_no_keys() { begin busybox; sed -i 's,dropbear -F -E -R,dropbear -F -E,' "$disk/etc/inittab"; pack; }
case_busybox_dropbear_no_library() { begin busybox; rm "$disk/lib/x86_64-linux-gnu/libgmp.so.10"; pack; }
case_busybox_dropbear_absent() { begin busybox; rm "$disk/bin/dropbear"; pack; }
case_busybox_module_order() { begin busybox; sed -i 's/for module in virtio_ring virtio /for module in virtio virtio_ring /' "$tree/init"; pack; }
case_busybox_other_kernel() { begin busybox; for module in "$tree"/modules/*.ko; do sed -i 's/vermagic=6\.1\.0-/vermagic=6.1.9-/' "$module"; done; pack; }
case_busybox_init_reboots() { begin busybox; printf '#!/bin/sh\necho "self test failed"\nreboot -f\n' >"$tree/init"; pack; }
case_busybox_no_initramfs() { begin busybox; pack; INITRD=; }

# ---- further ones, of all kinds ----
case_busybox_init_is_folder() { begin busybox; rm "$disk/sbin/init"; mkdir "$disk/sbin/init"; pack; }
case_busybox_init_link_loop() { begin busybox; rm "$disk/sbin/init"; ln -s init2 "$disk/sbin/init"; ln -s init "$disk/sbin/init2"; pack; }
case_busybox_no_services() { begin busybox; echo '::sysinit:/etc/rcS' >"$disk/etc/inittab"; pack; }
case_busybox_scsi_name() { begin busybox; ROOTARG=/dev/sda1; pack; }
case_busybox_init_early_exit() { begin busybox; sed -i 's/^umount.*/[ -e \/newroot\/etc\/release ] || { echo "no release file"; exit 3; }/' "$tree/init"; pack; }
case_tools_scsi_name() { begin debian; ROOTARG=/dev/sda1; }
case_tools_libc_absent() { begin debian; gone /usr/lib/x86_64-linux-gnu/libc.so.6; }
case_tools_init_false() { begin debian; ARGS="rw init=/bin/false"; }
case_tools_sshd_program_absent() { begin debian; gone /usr/sbin/sshd; }
case_dracut_scsi_name() { begin dracut; ROOTARG=/dev/sda1; ARGS="rw rd.retry=10"; }
case_dracut_emergency() { begin dracut; ARGS="rw emergency"; }
case_dracut_init_no_format() { begin dracut; text /usr/lib/systemd/systemd 'this is no program\n' 755; }
case_busybox_swap_disk() { begin busybox; pack; dd if=/dev/zero of="$ROOT" bs=1M count=2 conv=notrunc status=none; mkswap "$ROOT" >/dev/null 2>&1; }
case_busybox_other_sshd() { begin busybox; sed -i 's,/bin/dropbear -F -E -R,/usr/sbin/sshd -D,' "$disk/etc/inittab"; pack; }
case_busybox_crash() { begin busybox; echo 'sleep 1; echo c >/proc/sysrq-trigger' >>"$disk/etc/rcS"; pack; }

# ---- how guests come to their address, or do not ----
# service NAME COMMAND: a unit of the image's own that says on the console what its program says.
service() {
  text "/etc/systemd/system/$1.service" "[Unit]\nAfter=systemd-udevd.service\n[Service]\nExecStart=$2\nStandardOutput=journal+console\nStandardError=journal+console\n"
  edit "symlink /etc/systemd/system/multi-user.target.wants/$1.service /etc/systemd/system/$1.service"
}
# unmanaged: ifupdown and NetworkManager leave the interface to others.
unmanaged() {
  text /etc/network/interfaces 'auto lo\niface lo inet loopback\n'
  off NetworkManager.service
}
# networkd CONFIGURATION: systemd-networkd with it, and its unit that waits for an address.
networkd() {
  unmanaged
  text /etc/systemd/network/10-net.network "$1"
  edit "symlink /etc/systemd/system/multi-user.target.wants/systemd-networkd.service /lib/systemd/system/systemd-networkd.service"
  edit "mkdir /etc/systemd/system/network-online.target.wants"
  edit "symlink /etc/systemd/system/network-online.target.wants/systemd-networkd-wait-online.service /lib/systemd/system/systemd-networkd-wait-online.service"
  edit "symlink /etc/systemd/system/multi-user.target.wants/network-online.target /lib/systemd/system/network-online.target"
}
# seeded NAME TEXT: a file of cloud-init's seed in the image.
seeded() {
  edit "mkdir /var/lib/cloud"; edit "mkdir /var/lib/cloud/seed"; edit "mkdir /var/lib/cloud/seed/nocloud"
  text /var/lib/cloud/seed/nocloud/meta-data 'instance-id: one\nlocal-hostname: guest\n'
  text /var/lib/cloud/seed/nocloud/user-data '#cloud-config\npreserve_hostname: true\n'
  text "/var/lib/cloud/seed/nocloud/$1" "$2"
  SECONDS_MAX=150
}
case_tools_dhclient() { begin debian; off NetworkManager.service; text /etc/network/interfaces 'auto eth0\niface eth0 inet dhcp\n'; SECONDS_MAX=120; }
case_tools_dhclient_service() { begin debian; unmanaged; service address '/usr/sbin/dhclient -4 -v -d eth0'; SECONDS_MAX=60; }
case_tools_dhcpcd() { begin debian; unmanaged; service address '/usr/sbin/dhcpcd -B -4 -t 15 eth0'; SECONDS_MAX=75; STOP=NONE; }
case_tools_networkd_dhcp() { begin debian; networkd '[Match]\nName=eth0\n[Network]\nDHCP=yes\nLinkLocalAddressing=no\n'; SECONDS_MAX=170; }
case_tools_networkd_debug() {
  begin debian
  networkd '[Match]\nName=eth0\n[Network]\nDHCP=ipv4\n'
  ARGS="rw systemd.journald.forward_to_console=1"
  SECONDS_MAX=130
}
case_tools_networkd_other_name() { begin debian; networkd '[Match]\nName=ens*\n[Network]\nDHCP=yes\n'; SECONDS_MAX=170; }
case_tools_networkmanager() {
  begin debian
  text /etc/network/interfaces 'auto lo\niface lo inet loopback\n'
  text /etc/NetworkManager/NetworkManager.conf '[main]\nplugins=keyfile\n[logging]\nlevel=INFO\n'
  ARGS="rw systemd.journald.forward_to_console=1"
  SECONDS_MAX=110
  STOP=NONE
}
case_tools_networkmanager_wait() {
  begin debian
  text /etc/network/interfaces 'auto lo\niface lo inet loopback\n'
  edit "mkdir /etc/systemd/system/network-online.target.wants"
  edit "symlink /etc/systemd/system/network-online.target.wants/NetworkManager-wait-online.service /lib/systemd/system/NetworkManager-wait-online.service"
  edit "symlink /etc/systemd/system/multi-user.target.wants/network-online.target /lib/systemd/system/network-online.target"
  SECONDS_MAX=150
}
case_tools_netplan_wrong() { begin debian; networkd ''; gone /etc/systemd/network/10-net.network; text /etc/netplan/50-net.yaml 'network:\n  version: 2\n  ethernets:\n    eth0:\n      adresses: [10.0.2.15/24]\n' 600; SECONDS_MAX=60; STOP=NONE; }
case_busybox_gateway_off_link() { begin busybox; sed -i 's,10.0.2.15/24,10.0.2.15/30,' "$disk/etc/rcS"; pack; }
case_busybox_route_off_link() { begin busybox; ln -sf busybox "$disk/bin/route"; sed -i 's,^ip .*,ifconfig eth0 10.0.2.15 netmask 255.255.255.252 up; route add default gw 10.0.2.2,' "$disk/etc/rcS"; pack; }
case_busybox_udhcpc_background() { begin busybox; sed -i 's/^ip .*/udhcpc -i eth0 -b -t 3 -T 1 -s \/bin\/none/' "$disk/etc/rcS"; pack; }
case_tools_cloud_metadata() {
  begin debian
  text /etc/cloud/cloud.cfg.d/90_datasource.cfg 'datasource_list: [ Ec2 ]\ndatasource:\n  Ec2:\n    strict_id: false\n    timeout: 2\n    max_wait: 20\n'
  SECONDS_MAX=150
}
case_tools_cloud_other_mac() {
  begin debian
  seeded network-config 'version: 1\nconfig:\n- type: physical\n  name: eth0\n  mac_address: "52:54:00:aa:bb:cc"\n  subnets:\n  - type: static\n    address: 10.0.2.15/24\n    gateway: 10.0.2.2\n'
}
case_tools_cloud_dhcp() {
  begin debian
  off NetworkManager.service
  text /etc/network/interfaces 'source /etc/network/interfaces.d/*\n'
  seeded network-config 'version: 2\nethernets:\n  eth0:\n    dhcp4: true\n'
  SECONDS_MAX=400
}
case_tools_cloud_config_wrong() { begin debian; seeded user-data '#cloud-config\nusers:\n- name: a\n  ssh_authorized_keys: [ssh-ed25519 AAAA\n'; }
case_tools_sshd_socket() { begin debian; off ssh.service; text /etc/systemd/system/ssh.socket '[Socket]\nListenStream=2200\nAccept=yes\n[Install]\nWantedBy=sockets.target\n'; edit "symlink /etc/systemd/system/sockets.target.wants/ssh.socket /etc/systemd/system/ssh.socket"; }
case_tools_btrfs_subvolume() {
  begin debian
  rm -rf "$work/sub"; mkdir -p "$work/sub"
  cp -a "$made/debian" "$work/sub/root"
  (cd "$work/sub/root" && rm -rf boot usr/share var)
  rm -f "$ROOT"; truncate -s 1G "$ROOT"
  mkfs.btrfs -q --rootdir "$work/sub" "$ROOT"
  rm -rf "$work/sub"
}
case_busybox_udhcpc_respawn() { begin busybox; sed -i 's/^ip .*/ip link set eth0 up/' "$disk/etc/rcS"; echo '::respawn:/bin/udhcpc -i eth0 -f -n -t 2 -T 1 -s /bin/none' >>"$disk/etc/inittab"; pack; SECONDS_MAX=45; STOP=NONE; }

# ---- containers' images, as Visco makes guests of them ----
case_oci_healthy() { begin oci; oci '{"Entrypoint":["/srv/app"],"User":"app"}'; SECONDS_MAX=30; }
case_oci_oneshot_healthy() { begin oci; app 'echo the work is done'; oci; }
case_oci_shell_healthy() { begin oci; rm "$tree/bin/"*; oci '{"Cmd":["sh","-c","echo without a shell of its own; sleep 600"]}'; SECONDS_MAX=30; }
case_oci_program_absent() { begin oci; oci '{"Entrypoint":["/srv/none"]}'; }
case_oci_program_not_in_path() { begin oci; oci '{"Cmd":["serve","--port","8080"]}'; }
case_oci_program_not_executable() { begin oci; chmod 644 "$tree/srv/app"; oci; }
case_oci_program_of_arm() { begin oci; machine "$tree/srv/app" 267; oci; }
case_oci_program_of_roots() { begin oci; chmod 700 "$tree/srv/app"; oci '{"Entrypoint":["/srv/app"],"User":"app"}'; }
case_oci_interpreter_absent() { begin oci; printf '#!/bin/bash\nexec httpd -f\n' >"$tree/srv/app"; oci; }
case_oci_interpreter_of_windows() { begin oci; printf '#!/bin/sh\r\nexec httpd -f\r\n' >"$tree/srv/app"; oci; }
case_oci_loader_absent() { begin oci; dynamic; rm -r "$tree/lib64"; oci; }
case_oci_library_absent() { begin oci; dynamic; rm "$tree"/lib/libcrypto.so.3; oci; }
case_oci_folder_is_a_file() { begin oci; echo data >"$tree/var/lib/data"; oci '{"Entrypoint":["/srv/app"],"WorkingDir":"/var/lib/data"}'; }
case_oci_ends_at_once() { begin oci; app 'echo "FATAL: DATABASE_URL is not set" >&2' 'exit 1'; oci; }
case_oci_no_right_to_write() { begin oci; app "echo up >/var/lib/state || exit 1" 'exec httpd -f'; oci '{"Entrypoint":["/srv/app"],"User":"app"}'; }
case_oci_port_taken() { begin oci; app 'exec httpd -f -p 22'; oci; }
case_oci_port_of_another() { begin oci; app 'httpd -p 8080' 'exec httpd -f -p 8080'; oci; }
case_oci_port_80_healthy() { begin oci; app 'exec httpd -f -p 80'; oci '{"Entrypoint":["/srv/app"],"User":"app"}'; SECONDS_MAX=30; }
case_oci_crashes() { begin oci; app 'kill -SEGV $$'; oci; }
case_oci_name_unresolved() { begin oci; app 'wget -q -O - http://db.internal/ || exit 1'; oci; }
case_oci_memory() { begin oci; app 'exec tail /dev/zero'; ln -s busybox "$tree/bin/tail"; oci; MEMORY=160; SECONDS_MAX=60; }
case_oci_init_absent() { begin oci; oci '{"Entrypoint":["/sbin/init"]}'; }
case_oci_init_of_arm() { begin oci; mkdir "$tree/sbin"; machine "$tree/sbin/init" 267; oci '{"Entrypoint":["/sbin/init"]}'; }
case_oci_init_ends() { begin oci; mkdir "$tree/sbin"; printf '#!/bin/sh\necho nothing to do\n' >"$tree/sbin/init"; chmod 755 "$tree/sbin/init"; oci '{"Entrypoint":["/sbin/init"]}'; }
case_oci_file_read_only() { begin oci; app 'mount -t tmpfs -o ro none /var/lib' 'echo up >/var/lib/state || exit 1'; ln -s busybox "$tree/bin/mount"; oci; }

# Held out.
case_oci_env_absent() { begin oci; printf '#!/usr/bin/env python3\n' >"$tree/srv/app"; ln -s ../../bin/busybox "$tree/usr/bin/env"; oci; }
case_oci_musl_absent() { begin oci; dynamic; sed -i 's,/lib64/ld-linux-x86-64.so.2,/lib/ld-musl-x86_64.so.1\x00\x00\x00,' "$tree/srv/app"; oci; }
case_oci_program_is_a_folder() { begin oci; rm "$tree/srv/app"; mkdir "$tree/srv/app"; oci; }
case_oci_no_right_to_read() { begin oci; echo key >"$tree/etc/app.key"; chmod 600 "$tree/etc/app.key"; app 'key=$(cat /etc/app.key) || exit 78' 'exec httpd -f'; oci '{"Entrypoint":["/srv/app"],"User":"1000:1000"}'; }
case_oci_aborts() { begin oci; app 'echo "assertion failed: queue is empty"' 'kill -ABRT $$'; oci; }
case_oci_syntax() { begin oci; app 'if true; then' '  echo "half'; oci; }
case_oci_disk_full() { begin oci; app 'dd if=/dev/zero of=/var/lib/data bs=1M || exit 1'; oci; SECONDS_MAX=120; }
case_oci_refused() { begin oci; app 'wget -q -O - http://127.0.0.1:5432/ || exit 1'; oci; }
case_oci_other_library() { begin oci; dynamic; cp "$tree/lib/libc.so.6" "$tree/lib/libcrypto.so.3"; oci; }
case_oci_ends_without_a_word() { begin oci; app 'exit 3'; oci; }

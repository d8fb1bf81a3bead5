# Runs the hooks of a guest that goes on from a snapshot, and says what it is now, a word and a value a line. Its argument:
# 1 how many seconds a hook may take.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
read -r generation </run/visco/generation
for hook in /etc/visco/restore.d/*; do
  [ -f "$hook" ] && [ -x "$hook" ] || continue
  if command -v timeout >/dev/null 2>&1; then
    said=$(VISCO_GENERATION=$generation timeout "$1" "$hook" 2>&1)
  else
    said=$(VISCO_GENERATION=$generation "$hook" 2>&1)
  fi
  echo "hook $? ${hook##*/} $(printf %s "$said" | tr '\n\r\t' '   ' | head -c 200)"
done
echo "generation $generation"
echo "hostname $(cat /proc/sys/kernel/hostname)"
[ ! -s /etc/machine-id ] || echo "machine-id $(cat /etc/machine-id)"
for file in /etc/ssh/ssh_host_*_key.pub; do
  [ ! -s "$file" ] || echo "host-key $(cut -d ' ' -f 1,2 "$file")"
done
exit 0

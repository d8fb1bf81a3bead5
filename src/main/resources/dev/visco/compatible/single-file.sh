#!/bin/sh
# Visco's Firecracker-compatible process in one file: these lines, then a jar.
java=@JAVA@
if [ ! -x "$java" ]; then
  for folder in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    [ -f "$folder/release" ] && [ -x "$folder/bin/java" ] || continue
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$folder/release")
    if [ "${version:-0}" -ge 25 ]; then java="$folder/bin/java"; break; fi
  done
fi
[ -x "$java" ] || { echo "$0: found no JDK 25 or newer, neither in JAVA_HOME nor below /usr/lib/jvm." >&2; exit 1; }
cache=
if [ -f "$0.aot" ]; then cache="-XX:AOTCache=$0.aot"; fi
exec "$java" -XX:+UseSerialGC -XX:+UseCompactObjectHeaders -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
  -XX:ErrorFile=/dev/null -XX:-CreateCoredumpOnCrash -Xlog:aot=off -Xlog:cds=off ${cache:+"$cache"} \
  -Dvisco.compatible-release=@RELEASE@ -jar "$0" "$@"
exit 1

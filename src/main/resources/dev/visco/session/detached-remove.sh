# Removes what is kept of a command that does not run: $1 folder of all, $2 its id. 3 is one that runs, 4 none.
cd "$1" 2>/dev/null && [ -d "$2" ] || exit 4
look "$2"
[ $state != running ] || exit 3
rm -rf "./$2"

#!/bin/sh
# Stands for a command-line tool that answers a prompt bit by bit. Its argument is a file with the prompt.
for word in You asked: $(cat "$1"); do
  printf '%s ' "$word"
  sleep 0.1
done
echo

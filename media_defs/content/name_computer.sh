#!/bin/sh
# Names the computer after its serial number. Runs in the boot image before the task sequence. A line NAME=VALUE that is
# written to the descriptor TSMEDIA_SET_FD sets a variable of the task sequence.
serial=$(cat /sys/class/dmi/id/product_serial 2>/dev/null | tr -cd 'A-Za-z0-9-')
[ -n "$serial" ] || exit 0 # the sequence has a default
echo "OSDComputerName=branch-$serial" >&"$TSMEDIA_SET_FD"

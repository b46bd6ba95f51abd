#!/bin/sh
# Names the computer after its serial number, and takes the test's nonce over.
serial=$(cat /sys/class/dmi/id/product_serial)
nonce=$(cat /sys/firmware/qemu_fw_cfg/by_name/opt/org.rules-tsmedia/nonce/raw)
printf 'OSDComputerName=pc-%s\nNonce=%s\n' "$serial" "$nonce" >&"$TSMEDIA_SET_FD"

#!/bin/sh
# Called by mmdebstrap as `hooks.sh STEP ROOT`: what must be right before packages are set up, and what is undone or made after.
# Knows Debian and the Pi's firmware; never Moodpost's own files.
set -eu
step=$1 root=$2
here=$(dirname "$0")
# Each package would have these run again, minutes in emulation: once at the end is enough.
slow="/usr/bin/py3compile /usr/sbin/update-initramfs"

case $step in
essential)
    for path in $slow; do
        chroot "$root" dpkg-divert --quiet --local --rename --add "$path"
        printf '#!/bin/sh\nexit 0\n' > "$root$path"
        chmod 755 "$root$path"
    done
    ;;
customize)
    for path in $slow; do
        rm "$root$path"
        chroot "$root" dpkg-divert --quiet --local --rename --remove "$path"
    done
    install -m 755 "$here/machine-id.sh" "$root/etc/initramfs-tools/scripts/init-bottom/moodpost-machine-id"
    # It would fill the boot partition, which is no partition yet. That is done when the card is made.
    chmod -x "$root/etc/initramfs/post-update.d/z50-raspi-firmware"
    chroot "$root" update-initramfs -c -k all
    chmod +x "$root/etc/initramfs/post-update.d/z50-raspi-firmware"
    # For good, whatever the dates: where the root is read-only nothing could compile it anew, and each start would.
    chroot "$root" python3 -m compileall -q -f --invalidation-mode unchecked-hash -x '/(test|idlelib|tkinter|ensurepip)/' \
        /usr/lib/python3.13 /usr/lib/python3/dist-packages
    # Made anew on each card.
    rm -f "$root"/etc/ssh/ssh_host_*
    : > "$root/etc/machine-id"
    rm -f "$root/var/lib/systemd/random-seed" "$root"/var/log/*.log "$root"/var/log/apt/*
    rm -rf "$root"/var/cache/ldconfig/* "$root"/var/cache/debconf/*-old "$root"/var/lib/dpkg/*-old
    ;;
esac

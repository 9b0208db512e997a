#!/bin/sh
# The quick check of an ordinary start: nothing on the card has changed, so what a restart forgets is set again and
# that is all. Whatever is not as after the last good pass is moodpost-firstboot's to judge: Python starts only then.
# Installed as /usr/lib/moodpost/bin/firstboot. MOODPOST_ROOT is for tests.

root=${MOODPOST_ROOT:-}
boot=$root/boot/firmware
system=$root/var/lib/moodpost/system
LC_ALL=C
export LC_ALL

# As state.sums() in image/firstboot/state.py writes them.
sums() {
	# Another program may judge the same files otherwise.
	sed -n 's/^__version__ = "\(.*\)"$/\1  moodpost/p' "$root/usr/lib/moodpost/kiosk/__init__.py" 2>/dev/null || return 1
	cd "$boot" 2>/dev/null || return 1
	for name in moodpost.toml survey.toml ca.pem authorized_keys surveys/*.[tT][oO][mM][lL]; do
		[ ! -f "$name" ] || sha256sum -- "$name" || return 1
	done
}

unchanged() {
	[ ! -e "$root/dev/disk/by-label/MOODPOST" ] && [ ! -e "$system/staged" ] && [ -s "$system/firstboot.sums" ] \
		&& [ -f "$root/var/lib/moodpost/settings/moodpost.toml" ] && [ ! -e "$root/run/moodpost-firstboot/settings-refused" ] \
		&& [ "$(sums)" = "$(cat "$system/firstboot.sums")" ]
}

unchanged || exec "${MOODPOST_FIRSTBOOT:-/usr/bin/moodpost-firstboot}" "$@"

if [ -e "$root/usr/lib/moodpost/sd-card" ]; then
	[ ! -s "$system/hostname" ] || cat "$system/hostname" >"$root/proc/sys/kernel/hostname"
	if [ -s "$system/country" ] && [ -x "$root/usr/sbin/iw" ]; then
		[ ! -x "$root/usr/sbin/modprobe" ] || "$root/usr/sbin/modprobe" --quiet cfg80211
		"$root/usr/sbin/iw" reg set "$(cat "$system/country")"
	fi
fi
if [ -s "$system/timesyncd.conf" ]; then
	# timesyncd is not root, and passes over in silence what it may not look into.
	mkdir -p "$root/run/systemd/timesyncd.conf.d" && chmod 755 "$root/run/systemd/timesyncd.conf.d" \
		&& cp "$system/timesyncd.conf" "$root/run/systemd/timesyncd.conf.d/moodpost.conf" \
		&& chmod 644 "$root/run/systemd/timesyncd.conf.d/moodpost.conf"
fi
exit 0

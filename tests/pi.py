"""A made-up Raspberry Pi 3 B+ in good health: its /proc, /sys and /dev, for tests to break one thing at a time."""

from __future__ import annotations

import shutil
from pathlib import Path

from hardware.board import Clocks
from hardware.health import Health
from hardware.probes.pins import Chip

BOOT = "6f1c2b1e-0d4f-4a7e-9a57-0a4a4f3d2c1b"
NOW_S = 1_795_700_000
SERIAL = "0x28e9cae8"
TOUCH = {"properties": "2", "capabilities/key": "400 0 0 0 0 0", "capabilities/abs": "260800000000003"}
"""What the kernel says of an FT5x06, on a machine of 64 bits."""

ZONE = "sys/class/thermal/thermal_zone0"
VOLT = "sys/class/hwmon/hwmon1"
THROTTLED = "sys/bus/platform/drivers/raspberrypi-firmware/soc:firmware/get_throttled"
COOLING = "sys/class/thermal/cooling_device0"
DISK = "sys/devices/platform/emmc2bus/fe340000.mmc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0"
EXT4 = "sys/fs/ext4/mmcblk0p3"
BOOTLOADER = "proc/device-tree/chosen/bootloader"
PSTORE = "sys/fs/pstore/dmesg-ramoops-0"
DOG = "sys/class/watchdog/watchdog0"
HDMI = "sys/class/drm/card1-HDMI-A-1"
DSI = "sys/class/drm/card1-DSI-1"
EVENT = "sys/class/input/event0"
LIGHT = "sys/class/backlight/10-0045"
RTC = "sys/class/rtc/rtc0"

FILES = {
    f"{ZONE}/type": "cpu-thermal\n",
    f"{ZONE}/temp": "48686\n",
    "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
    f"{VOLT}/name": "rpi_volt\n",
    f"{VOLT}/in0_lcrit_alarm": "0\n",
    THROTTLED: "0\n",
    f"{COOLING}/type": "cpufreq-cpu0\n",
    f"{COOLING}/cur_state": "0\n",
    "proc/meminfo": "MemTotal:  440000 kB\nMemFree:  90000 kB\nMemAvailable:  250000 kB\nSwapTotal:  0 kB\n",
    "proc/self/smaps_rollup": "5619f0f48000-7ffcb6471000 ---p 0 00:00 0  [rollup]\nRss: 60000 kB\nPss: 41000 kB\n",
    "proc/vmstat": "nr_free_pages 1000\noom_kill 0\noom_killer 7\n",
    "proc/uptime": "274320.15 1000000.00\n",
    "proc/loadavg": "0.11 0.08 0.05 1/234 5678\n",
    "proc/sys/kernel/osrelease": "6.12.47+rpt-rpi-v8\n",
    "proc/sys/kernel/random/boot_id": f"{BOOT}\n",
    "proc/device-tree/model": "Raspberry Pi 3 Model B Plus Rev 1.3\0",
    f"{BOOTLOADER}/pm_rsts": b"\x00\x00\x10\x00",
    f"{EXT4}/errors_count": "0\n",
    "sys/fs/ext4/mmcblk0p2/errors_count": "0\n",
    f"{DISK}/device/type": "SD\n",
    f"{DISK}/device/name": "SL32G\n",
    f"{DISK}/device/manfid": "0x000003\n",
    f"{DISK}/device/date": "11/2024\n",
    f"{DISK}/device/serial": f"{SERIAL}\n",
    f"{DISK}/mmcblk0p2/partition": "2\n",
    f"{DISK}/mmcblk0p3/partition": "3\n",
    f"{DOG}/identity": "Broadcom BCM2835 Watchdog timer\n",
    f"{DOG}/state": "active\n",
    f"{DOG}/timeout": "15\n",
    f"{DOG}/bootstatus": "0\n",
    f"{HDMI}/status": "disconnected\n",
    f"{HDMI}/enabled": "disabled\n",
    f"{HDMI}/modes": "",
    f"{DSI}/status": "connected\n",
    f"{DSI}/enabled": "enabled\n",
    f"{DSI}/modes": "800x480\n",
    "sys/class/drm/card1-Writeback-1/status": "unknown\n",
    "sys/class/drm/version": "drm 1.1.0 20060810\n",
    f"{EVENT}/device/name": "generic ft5x06 (79)\n",
    **{f"{EVENT}/device/{name}": f"{bits}\n" for name, bits in TOUCH.items()},
    f"{EVENT}/device/capabilities/rel": "0\n",
    "dev/input/event0": "",
    f"{LIGHT}/max_brightness": "255\n",
    f"{LIGHT}/brightness": "174\n",
    f"{LIGHT}/bl_power": "0\n",
    "dev/gpiochip0": "",
    "dev/gpiochip1": "",
    f"{RTC}/name": "rtc-ds1307 1-0068\n",
    f"{RTC}/since_epoch": f"{NOW_S + 1}\n",
    f"{RTC}/hctosys": "1\n",
}


class Pi:
    """`root` is where it all lies, `data` the folder of the votes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.data = root / "data"
        self.data.mkdir(parents=True)
        for path, content in FILES.items():
            self.write(path, content)
        self.mount()
        for number, partition in {"179:2": "mmcblk0p2", "179:3": "mmcblk0p3"}.items():
            self.link(f"sys/dev/block/{number}", self.root / DISK / partition)
        self.link("etc/localtime", Path("/usr/share/zoneinfo/Europe/Helsinki"))

    def write(self, path: str, content: str | bytes | None) -> None:
        """Put this into a file, instead of what was there; None takes file or folder away."""
        if content is None:
            self._remove(self.root / path)
            return
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)

    @staticmethod
    def _remove(path: Path) -> None:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()

    def link(self, path: str, to: Path) -> None:
        """Have `path` lead there."""
        link = self.root / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(to)

    def mount(self, *more: str, kind: str = "ext4", options: str = "rw,relatime", of_system: str = "rw") -> None:
        """Mount the votes' folder anew, as such a file system with such options, and `more` lines after it."""
        number = "179:3" if kind == "ext4" else "0:46"
        lines = [
            "22 27 0:21 / /proc rw,relatime - proc proc rw",
            "27 1 179:2 / / rw,noatime shared:1 - ext4 /dev/root rw",
            f"60 27 {number} / {self.data} {options} shared:9 - {kind} /dev/mmcblk0p3 {of_system}",
            *more,
        ]
        self.write("proc/self/mountinfo", "\n".join(lines) + "\n")

    def clocks(self, _root: Path) -> Clocks:
        """Now, as the network vouches."""
        return Clocks(274_320_150, NOW_S * 1000, "ntp")

    def chip(self, path: Path) -> Chip:
        """What its GPIO chips say of themselves."""
        return {
            "gpiochip0": Chip("gpiochip0", "pinctrl-bcm2835", 54),
            "gpiochip1": Chip("gpiochip1", "raspberrypi-exp-gpio", 8),
        }[path.name]


def reading(found: list[Health], name: str) -> Health:
    """The one of that name."""
    (one,) = (health for health in found if health.name == name)
    return one

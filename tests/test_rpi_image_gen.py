"""image/rpi-image-gen, held to what can be checked here: its form, and that it keeps to the card of `make image`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from image.build import card, pi5, root, settle
from image.build.errors import BuildError
from kiosk import __version__
from tests.conftest import ROOT

HERE = ROOT / "image/rpi-image-gen"
CONFIG = HERE / "config/moodpost-pi5.yaml"
LAYERS = {path.stem: path for path in (HERE / "layer/moodpost.yaml", HERE / "image/moodpost-card.yaml")}
HOOK = HERE / "image/moodpost-card.d/hooks/preimage50-card"

LAYER_FIELDS = {"Name", "Category", "Desc", "Version", "Requires", "Provides", "RequiresProvider", "AfterProvider"}
LAYER_FIELDS |= {"Conflicts", "Type", "Generator", "Sets"}
OF_A_VARIABLE = {"Desc", "Required", "Valid", "Set", "Anchor", "Conflicts", "Triggers"}
OTHER_FIELDS = {"VarPrefix", "VarRequires", "VarRequires-Valid", "VarOptional", "VarOptional-Valid"}
"""All that rpi-image-gen 2 knows, as its parser of headers lists them."""
RULES = (
    r"string|string-or-empty|string-or-unset|bool|int|size|capacity|file|file-nzero|dir|(int|regex|keywords|list):.+"
)
IN_LAYERS_OF_THEIRS = {"linux-image-arm64", "raspi-firmware", "firmware-brcm80211"}
"""Kernel and firmware, which come with the layer of the board."""

SIZES = {"boot": "512M", "root": "130%", "data": "128M"}
VARIABLES = {
    "IGconf_image_name": "moodpost-pi5",
    "IGconf_image_suffix": "img",
    **{f"IGconf_image_{part}_part_size": size for part, size in SIZES.items()},
}


def body(path: Path) -> dict[str, Any]:
    read = yaml.safe_load(path.read_text())
    assert isinstance(read, dict)
    return read


def header(path: Path) -> dict[str, str]:
    """The fields between METABEGIN and METAEND; lines that go on are joined, as DEB822 has it."""
    text = re.fullmatch(r"# METABEGIN\n(.*)# METAEND\n---\n.*", path.read_text(), re.DOTALL)
    assert text, f"{path}: the header comes first"
    fields: dict[str, str] = {}
    for line in text[1].splitlines():
        told = line.removeprefix("#").removeprefix(" ")
        if told.startswith(" "):
            fields[list(fields)[-1]] += told
        elif told:
            name, _, value = told.partition(":")
            assert name.startswith("X-Env-"), line
            assert name not in fields, f"{name} twice"
            fields[name.removeprefix("X-Env-")] = value.strip()
    return fields


def variables(path: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for field, value in header(path).items():
        if field.startswith("Var-"):
            name, _, of = field.removeprefix("Var-").partition("-")
            found.setdefault(name, {})[of] = value
    return found


@pytest.mark.parametrize("path", LAYERS.values(), ids=lambda path: path.stem)
def test_the_header_has_only_fields_that_the_tool_knows(path: Path) -> None:
    for field in header(path):
        if field.startswith("Layer-"):
            assert field.removeprefix("Layer-") in LAYER_FIELDS
        elif field.startswith("Var-"):
            continue
        else:
            assert field in OTHER_FIELDS
    for name, told in variables(path).items():
        assert "" in told, f"{name} is described and never declared"
        assert set(told) - {""} <= OF_A_VARIABLE
        assert re.fullmatch(RULES, told["Valid"]), f"{name}: {told['Valid']}"
        assert told["Set"] in {"y", "n", "lazy", "force", "immediate", "skip"}
        assert told["Required"] in {"y", "n"}


@pytest.mark.parametrize("path", LAYERS.values(), ids=lambda path: path.stem)
def test_a_layer_has_a_name_of_its_own_and_a_body_for_bdebstrap(path: Path) -> None:
    told = header(path)
    assert told["Layer-Name"] == path.stem
    assert re.fullmatch(r"\d+\.\d+\.\d+", told["Layer-Version"])
    assert told["Layer-Version"] == __version__
    assert set(body(path)) == {"mmdebstrap"}
    assert set(body(path)["mmdebstrap"]) <= {"packages", "customize-hooks"}


def test_the_config_names_our_layers_and_gives_only_variables_that_they_declare() -> None:
    config = body(CONFIG)
    assert config["image"].pop("layer") in LAYERS
    assert set(config["layer"].values()) <= set(LAYERS)
    assert config["device"] == {"layer": "rpi5", "hostname": "moodpost"}
    assert header(LAYERS["moodpost"])["VarPrefix"] == "moodpost"
    assert set(config["moodpost"]) == set(variables(LAYERS["moodpost"]))
    assert header(LAYERS["moodpost-card"])["VarPrefix"] == "image"
    assert set(config["image"]) <= {*variables(LAYERS["moodpost-card"]), "name"}


def test_the_config_takes_the_package_that_make_deb_makes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    named = body(CONFIG)["moodpost"]["deb"]
    at = Path(os.path.normpath(named.replace("${@SRCROOT}", str(HERE))))
    monkeypatch.setattr(card, "BUILD", tmp_path)
    (tmp_path / at.name).touch()
    assert card.package().name == at.name, "the version of Moodpost has changed: change it here, too"
    assert at.parent == ROOT / "build"
    assert body(CONFIG)["image"]["name"] == f"moodpost-pi5-{__version__}"


def test_the_layers_bring_what_the_root_of_our_own_image_has() -> None:
    ours = set(root.packages((root.RECIPE / "packages.txt").read_text()))
    theirs = [name for path in LAYERS.values() for name in body(path)["mmdebstrap"]["packages"]]
    assert len(theirs) == len(set(theirs))
    assert set(theirs) == ours - IN_LAYERS_OF_THEIRS


@pytest.mark.parametrize("path", LAYERS.values(), ids=lambda path: path.stem)
def test_the_inline_hooks_are_shell_that_stops_at_the_first_failure(path: Path) -> None:
    for hook in body(path)["mmdebstrap"]["customize-hooks"]:
        assert hook.startswith("set -eu\n")
        subprocess.run(["sh", "-n"], input=hook, text=True, check=True)


def test_the_files_that_the_hooks_name_are_there() -> None:
    (hook,) = body(LAYERS["moodpost-card"])["mmdebstrap"]["customize-hooks"]
    ours = HERE / "image/../.."
    assert 'ours="$IGconf_image_assetdir/../.."' in hook
    named = re.findall(r'"\$ours/([^"]+)"', hook)
    assert set(named) == {"fstab", "root/machine-id.sh"}
    assert all((ours / name).is_file() for name in named)
    assert os.access(HOOK, os.X_OK), "rpi-image-gen passes over what can't be run"
    assert re.fullmatch(r"[a-zA-Z0-9-]+", HOOK.name), "and over such names"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A root as rpi-image-gen hands it to the hook, the few files that matter."""
    made = tmp_path / "root"
    for folder in (
        "boot/firmware",
        "etc/ssh",
        "etc/NetworkManager/system-connections",
        "usr/lib/moodpost",
        "etc/systemd/system",
    ):
        (made / folder).mkdir(parents=True)
    (made / "etc/NetworkManager/system-connections/left.nmconnection").touch()
    (made / "etc/ssh/ssh_host_ed25519_key").touch()
    (made / "etc/ssh/sshd_config").touch()
    (made / "etc/machine-id").write_text("0" * 32)
    (made / "etc/resolv.conf").symlink_to("../run/resolv.conf")
    (made / "boot/firmware/cmdline.txt").write_text("root=/dev/elsewhere\n")
    (made / "boot/firmware/config.txt").write_text("theirs\n")
    return made


def run_hook(built: Path, out: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    named = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **environment}
    return subprocess.run([HOOK, built, out], cwd=HOOK.parent, env=named, capture_output=True, text=True, check=False)


def test_the_hook_makes_the_root_one_that_is_never_written_to(built: Path, tmp_path: Path) -> None:
    ended = run_hook(built, tmp_path, IGconf_image_assetdir=str(HERE / "image"), **VARIABLES)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert {name: str((built / name).readlink()) for name in settle.LINKS} == settle.LINKS
    assert {str((built / "etc/systemd/system" / timer).readlink()) for timer in settle.SILENT} == {"/dev/null"}
    assert (built / "usr/lib/moodpost/sd-card").exists(), "first boot would not look for a data partition"
    assert (built / "boot/firmware/config.txt").read_text() == "theirs\n"
    for path in settle.BOOT.iterdir():
        assert (built / "boot/firmware" / path.name).read_bytes() == path.read_bytes()


def test_the_root_gets_what_the_image_has_beside_the_package(built: Path) -> None:
    pi5.settled(built)
    rules = (built / "etc/ssh/sshd_config.d/moodpost.conf").read_text()
    assert "PasswordAuthentication no" in rules
    listed = [line.split()[1] for line in (ROOT / "systemd/image.txt").read_text().splitlines() if line[0] != "#"]
    assert len(listed) > 1
    assert all((built / name).is_file() for name in listed)


def test_the_hook_leaves_no_identity_in_the_image(built: Path, tmp_path: Path) -> None:
    pi5.settled(built)
    assert (built / "etc/machine-id").read_bytes() == b""
    assert [path.name for path in (built / "etc/ssh").iterdir() if "host" in path.name] == []
    assert (built / "etc/ssh/sshd_config").exists()


def test_nothing_lies_beneath_the_data_partition(built: Path) -> None:
    """Where it can't be mounted, no kiosk takes what is there for its data folder."""
    (built / "var/lib/moodpost/store").mkdir(parents=True)
    pi5.settled(built)
    assert list((built / "var/lib/moodpost").iterdir()) == []


def test_the_hook_can_run_twice(built: Path, tmp_path: Path) -> None:
    for _ in range(2):
        pi5.settled(built)
        pi5.plan(tmp_path, VARIABLES)
    assert {name: str((built / name).readlink()) for name in settle.LINKS} == settle.LINKS


def test_the_partitions_are_those_of_our_own_card(tmp_path: Path) -> None:
    text = pi5.plan(tmp_path, VARIABLES).read_text()
    images = dict(re.findall(r"^image (\S+) \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL))
    assert list(images) == ["moodpost-pi5.img", "boot.vfat", "root.ext4", "data.ext4"]
    assert re.findall(r'image = "(\S+)"', images["moodpost-pi5.img"]) == ["boot.vfat", "root.ext4", "data.ext4"]
    assert f'"{card.DISK_ID:#x}"' in images["moodpost-pi5.img"]
    labels = {name: re.findall(r'label = "(\S+)"', told) for name, told in images.items()}
    fstab = settle.FSTAB.read_text()
    mounted = dict(re.findall(r"^LABEL=(\S+)\s+(\S+)", fstab, re.MULTILINE))
    assert [labels[name] for name in ("boot.vfat", "root.ext4", "data.ext4")] == [["MP-BOOT"], ["MP-ROOT"], ["MP-DATA"]]
    assert set(mounted) == {"MP-BOOT", "MP-ROOT"}
    by_place = f"PARTUUID={card.DISK_ID:08x}-03"
    assert re.search(rf"^{by_place}\s+/var/lib/moodpost\s", fstab, re.MULTILINE)
    assert by_place in (ROOT / "image/root/machine-id.sh").read_text()
    assert f'mountpoint = "{mounted["MP-BOOT"]}"' in images["boot.vfat"]
    assert "empty = true" in images["data.ext4"]
    for part, name in zip(SIZES, ("boot.vfat", "root.ext4", "data.ext4"), strict=True):
        assert f"size = {SIZES[part]}\n" in images[name]


def test_the_command_line_is_that_of_our_own_card_and_is_put_there_last(tmp_path: Path) -> None:
    text = pi5.plan(tmp_path, VARIABLES).read_text()
    words, ours = (tmp_path / "cmdline.txt").read_text().split(), settle.CMDLINE.split()
    assert [word for word in words if word not in ours] == ["console=serial0,115200"]
    assert [word for word in ours if word not in words] == ["console=ttyS1,115200"]
    assert f"""exec-pre = "cp '{tmp_path}/cmdline.txt' \\"$IMAGEMOUNTPATH/cmdline.txt\\"\"""" in text


def test_without_the_tool_the_hook_says_who_runs_it(built: Path, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"IGconf_image_name is not set: this is run by rpi-image-gen"):
        pi5.plan(tmp_path, {})
    alone = run_hook(built, tmp_path)
    assert alone.returncode != 0
    assert "IGconf_image_assetdir: is set by rpi-image-gen" in alone.stderr


def test_a_root_without_moodpost_is_no_kiosks_card(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ended = run_hook(tmp_path / "empty", tmp_path, IGconf_image_assetdir=str(HERE / "image"), **VARIABLES)
    assert ended.returncode == 1
    assert "Moodpost is not in there" in ended.stderr

"""``help fleet``: its example files, checked as far as a file can be without a cluster."""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from revoctl.cli.app import run
from revoctl.cli.fleet_topic import KUBERNETES, SLURM


def test_the_topic_holds_both_files(capsys) -> None:
    """They stand in it as they are, indented."""
    assert run(["help", "fleet"]) == 0
    out = capsys.readouterr().out
    for block in (KUBERNETES, SLURM):
        assert all(f"  {line}".rstrip() in out for line in block.splitlines())


def test_the_kubernetes_job_is_an_indexed_one() -> None:
    """The fields of batch/v1 that it relies on, of the types that they must have."""
    job = yaml.safe_load(KUBERNETES)
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    spec = job["spec"]
    assert spec["completionMode"] == "Indexed"
    assert 0 < spec["parallelism"] <= spec["completions"]
    pod = spec["template"]["spec"]
    assert pod["restartPolicy"] == "Never"  # what backoffLimitPerIndex requires
    mounts = {m["name"] for m in pod["containers"][0]["volumeMounts"]}
    assert mounts == {v["name"] for v in pod["volumes"]}
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in mounts)


def arguments_of(script: str, folder: Path, **environment: str) -> list[str]:
    """What the script runs, told by a stand-in for revoctl."""
    stand_in = folder / "revoctl"
    stand_in.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    stand_in.chmod(0o755)
    path = f"{folder}:{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("index", range(16))
def test_each_pod_scans_its_own_shard(index: int, tmp_path: Path) -> None:
    """Kubernetes counts from 0, shards from 1; a pod that is tried again finds its journal."""
    job = yaml.safe_load(KUBERNETES)
    command = job["spec"]["template"]["spec"]["containers"][0]["command"]
    assert command[:2] == ["/bin/sh", "-c"]
    words = arguments_of(command[2], tmp_path, JOB_COMPLETION_INDEX=str(index))
    assert words[words.index("--shard") + 1] == f"{index + 1}/{job['spec']['completions']}"
    assert words[words.index("--resume") + 1] == f"part-{index}.jsonl"


def test_each_task_of_the_array_scans_its_own_shard(tmp_path: Path) -> None:
    """The array counts as the shards do, all of them are there, and the shell accepts the file."""
    assert SLURM.startswith("#!/bin/sh\n")
    first, last = re.search(r"--array=(\d+)-(\d+)%", SLURM).groups()
    words = arguments_of(SLURM, tmp_path, SLURM_ARRAY_TASK_ID=last)
    assert first == "1"
    assert words[words.index("--shard") + 1] == f"{last}/{last}"
    header = [line for line in SLURM.splitlines() if line.startswith("#SBATCH ")]
    assert all(re.fullmatch(r"#SBATCH --[a-z-]+(=\S+)?", line) for line in header)


@pytest.mark.parametrize("kind", ["kubernetes", "slurm"])
def test_the_command_lines_are_ones_that_revoctl_takes(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """Run as they stand, on a list without targets: nothing to judge, and no usage error."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    Path("hosts.txt").write_text("# none\n")
    if kind == "slurm":
        words = arguments_of(SLURM, tmp_path, SLURM_ARRAY_TASK_ID="3")
    else:
        command = yaml.safe_load(KUBERNETES)["spec"]["template"]["spec"]["containers"][0]["command"]
        words = arguments_of(command[2], tmp_path, JOB_COMPLETION_INDEX="2")
        words = [w.replace("/lists/", "") for w in words]
    assert run(words) == 3, shlex.join(words)
    assert "there is nothing to judge" in capsys.readouterr().err

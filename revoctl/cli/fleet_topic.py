"""``revoctl help fleet``: many targets on one machine, and shards on many."""

from __future__ import annotations

KUBERNETES = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: headers
spec:
  completionMode: Indexed
  completions: 16
  parallelism: 4
  backoffLimitPerIndex: 3
  template:
    spec:
      restartPolicy: Never
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        fsGroup: 10001
      containers:
        - name: revoctl
          image: registry.example/revoctl:latest
          workingDir: /scan
          command:
            - /bin/sh
            - -c
            - >-
              exec revoctl headers scan --targets /lists/hosts.txt
              --shard "$((JOB_COMPLETION_INDEX + 1))/16"
              --resume "part-$JOB_COMPLETION_INDEX.jsonl"
              --exit-zero
          volumeMounts:
            - name: scan
              mountPath: /scan
            - name: lists
              mountPath: /lists
              readOnly: true
      volumes:
        - name: scan
          persistentVolumeClaim:
            claimName: scan
        - name: lists
          configMap:
            name: hosts
"""

SLURM = """\
#!/bin/sh
#SBATCH --job-name=headers
#SBATCH --array=1-16%4
#SBATCH --cpus-per-task=2
#SBATCH --time=02:00:00
#SBATCH --requeue
#SBATCH --output=headers-%a.log
set -eu
exec revoctl headers scan --targets hosts.txt --workers 2 \\
  --shard "$SLURM_ARRAY_TASK_ID/16" \\
  --resume "part-$SLURM_ARRAY_TASK_ID.jsonl" \\
  --exit-zero
"""

_HEAD = """\
Many targets

  revoctl headers scan --targets hosts.txt --workers 2 --rate 100
  cut -f1 inventory.tsv | revoctl headers scan --targets - -o jsonl > result.jsonl
  revoctl headers scan --targets assets.csv --column fqdn --max-errors 5%

A list has a host or URL a line. Blank lines and what follows a # at the start of a line or after
white space say nothing. A list whose first line names a column url, target, host, hostname, domain,
fqdn, website or origin beside others is CSV (comma, semicolon or tab); --column names another one,
or gives its number. Each target is asked once, however often it is listed. A line that is no target
becomes an error record with its number. Lists are read as a stream, however long they are.

Bounds: --concurrency targets at a time (50), of these --per-host on one host (2), and --rate
requests a second, counted over all workers, redirects included. No probe is made unless --probe
asks. --workers N spreads the hosts over N processes of this machine. File descriptors bound the
concurrency too.

Every scan of a list has a journal, .revoctl/scans/ID.jsonl or the file that --resume names: a line
about the scan, then one report a line as each target is done. Whatever ends a scan, every report in
it counts: --resume FILE goes on, asks what is missing and what failed, refuses another profile
(exit 2), and holds the gate over old and new. --resume also begins FILE where there is none, so
that one command line serves the first try and every later one. Ctrl-C stops in order (130); twice,
at once. -o jsonl streams the same lines; table, markdown and html show the fleet; all other formats
are made at the end. A target that gave no verdict is an error record: --max-errors N or P% says how
many may be.

Many machines

--shard 3/16 takes the third of sixteen parts, the same on every machine; all targets of one host
are in one part, so that --per-host holds. --rate holds for one machine. Then:

  revoctl report merge part-*.jsonl --targets hosts.txt -o jsonl > all.jsonl
  revoctl report gate part-*.jsonl --targets hosts.txt --max-errors 1%

Of a target that has several records the newest verdict counts, and an error only without one.
Targets of the list that no record answers are named.
"""


def text() -> str:
    """The whole topic, the files of both schedulers included."""
    return (
        f"{_HEAD}\n"
        f"A Kubernetes indexed job (headers.yaml; kubectl apply -f headers.yaml):\n\n"
        f"{_indented(KUBERNETES)}\n"
        f"A Slurm array (headers.sh; sbatch headers.sh):\n\n"
        f"{_indented(SLURM)}"
    )


def _indented(block: str) -> str:
    return "".join(f"  {line}\n" if line else "\n" for line in block.splitlines())

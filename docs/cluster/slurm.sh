#!/bin/bash
# A share of a run on a node of its own: sbatch --array=1-4 docs/cluster/slurm.sh
#SBATCH --job-name=memscope-bench
#SBATCH --nodes=1
#SBATCH --exclusive
#SBATCH --time=02:00:00
#SBATCH --output=memscope-bench-%A-%a.log
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:?is set by sbatch}"
target/release/memscope-bench measure -t 'memscope-rs@*/full' --scale 0.1 \
  --partition "${SLURM_ARRAY_TASK_ID:?--array=1-N is needed}/${SLURM_ARRAY_TASK_COUNT:?is set for arrays}" \
  --out "shares/$SLURM_ARRAY_TASK_ID"

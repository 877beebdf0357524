#!/bin/sh
# Random secrets for compose.yaml, in docker/secrets. Those that are there stay as they are.
set -eu
folder=${1:-$(dirname "$0")/secrets}
umask 077
mkdir -p "$folder"
for name in database_password s3_access_key s3_secret_key metrics_token; do
    if [ ! -e "$folder/$name" ]; then
        od -An -N24 -tx1 /dev/urandom | tr -d ' \n' > "$folder/$name"
        # Containers read it as another user; the folder keeps others of this machine out.
        chmod 0444 "$folder/$name"
    fi
done

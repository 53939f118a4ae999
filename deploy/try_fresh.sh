#!/usr/bin/env bash
# Installs Easel into a fresh Debian in each way that the README names, and lets each come to a picture in the sandbox.
#
#   deploy/try_fresh.sh [venv|pipx|clone|image ...]        as root, with mmdebstrap; image needs buildah, too
#
# The fresh root gets its packages from the mirrors that this machine uses, and pip's settings and certificates of this machine.
# Where no container engine runs, the image is built by buildah and run as compose.yaml has it: with a read-only root, as
# account 10001, without capabilities; Python's slim image is then Debian's Python.
set -euo pipefail
cd "$(dirname "$0")/.."
ways=("${@:-venv}")
work=$(mktemp --directory --tmpdir easel-fresh.XXXXXX)
root=$work/root
trap 'rm -rf "$work"' EXIT

# What follows runs in the fresh root, from /srv, which is home there; of this machine it gets what the first word lists.
enter=(unshare --mount --propagation private bash -c '
  root=$1 shared=$2; shift 2
  mount -t proc proc "$root/proc"
  for path in $shared; do
    [ -e "$path" ] || continue
    [ -d "$path" ] && mkdir -p "$root$path" || touch "$root$path"
    mount --bind "$path" "$root$path"
  done
  exec chroot "$root" env -C /srv HOME=/srv PATH=/srv/.local/bin:/usr/sbin:/usr/bin:/sbin:/bin DATA_DIR=/srv/data "$@"' - "$root")

inside() { # a command with this machine's certificates and settings of pip; nothing stays mounted
  "${enter[@]}" "/etc/resolv.conf /etc/pip.conf /etc/ssl/certs /usr/local/share/ca-certificates" "$@"
}

picture() { # the sandbox runs here, the bot there; they share the loopback network
  echo "== $way =="
  .venv/bin/python -m sandbox.first_picture "$@"
}

in_root() { # what the sandbox calls: the bot in the fresh root, with the settings that it is given
  picture "${enter[@]}" "" "$@"
}

make --silent wheel
PATH=$PATH:/usr/sbin:/sbin
export PATH
mmdebstrap --quiet --variant=minbase --include=python3,python3-venv,python-is-python3,ca-certificates,pipx,make,tini bookworm "$work/root.tar"

for way in "${ways[@]}"; do
  rm -rf "$root" && mkdir "$root" && tar --extract --file "$work/root.tar" --directory "$root"
  cp dist/* "$root/srv/"
  case $way in
    venv)
      inside python3 -m venv /opt/easel
      inside /opt/easel/bin/pip install --quiet --require-hashes -r /srv/requirements.lock
      inside sh -c '/opt/easel/bin/pip install --quiet --no-deps /srv/easel-*.whl'
      inside /opt/easel/bin/python -OO -m compileall -q /opt/easel/lib
      in_root env PYTHONOPTIMIZE=2 /opt/easel/bin/easel run ;;
    pipx)
      inside sh -c 'pipx install /srv/easel-*.whl'
      in_root easel run ;;
    clone)
      git archive --prefix=easel/ HEAD | tar --extract --directory "$root/srv"
      inside make --silent --directory /srv/easel runtime
      in_root make --silent --directory /srv/easel run ;;
    image)
      export BUILDAH_ISOLATION=chroot
      base=$(buildah from scratch)
      buildah add --quiet "$base" "$work/root.tar" /
      buildah commit --quiet --rm "$base" localhost/easel-try-python
      volumes=()
      for path in /etc/pip.conf /etc/ssl/certs /usr/local/share/ca-certificates; do
        [ ! -e "$path" ] || volumes+=(--volume "$path:$path:ro")
      done
      buildah build --quiet --format docker --pull-never --build-arg PYTHON=localhost/easel-try-python "${volumes[@]}" \
        --tag localhost/easel-try --file deploy/Containerfile .
      container=$(buildah from --pull-never localhost/easel-try)
      install --directory --owner=10001 --group=10001 --mode=0700 "$work/data"
      picture unshare --mount --propagation private bash -c '
        root=$1 data=$2
        mount --bind "$root" "$root" && mount -o remount,bind,ro "$root"
        mount --bind "$data" "$root/data" && mount -t tmpfs -o mode=1777 tmpfs "$root/tmp" && mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        exec chroot "$root" env -C /data DATA_DIR=/data PATH=/opt/easel/bin:/usr/bin:/bin PYTHONOPTIMIZE=2 \
          setpriv --reuid 10001 --regid 10001 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all tini -s -- easel run' - \
        "$(buildah mount "$container")" "$work/data"
      buildah rm "$container" >/dev/null
      buildah rmi localhost/easel-try localhost/easel-try-python >/dev/null ;;
    *) echo "There is no way called $way."; exit 1 ;;
  esac
done

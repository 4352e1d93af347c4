#!/bin/sh
# session.sh [COMMAND...]
#
# The session of a guide that sets up an image service: the service starts, an image is registered and listed, one of its
# files is edited, and what came of it is registered and downloaded again. COMMAND starts the tool; ./diskformat of this
# checkout if not given. It needs the client `glance`, and mke2fs, which makes the disk.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ $# -gt 0 ] || set -- "$here/../../diskformat"
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
HOME=$work
export HOME
cd "$work"

say() {
  printf '\n$ %s\n' "$1"
}

# A guest's disk with one file system.
mkdir -p tree/etc
echo 'Welcome to CentOS 6' > tree/etc/motd
mke2fs -q -t ext4 -d tree disk.raw 16M
"$@" convert -f raw -O qcow2 disk.raw CentOS6.qcow2

say 'diskformat serve --data images --listen 127.0.0.1:0 &'
"$@" serve --data images --listen 127.0.0.1:0 > serve.out &
server=$!
until grep -q ' at ' serve.out; do
  kill -0 "$server"
  sleep 0.1
done
cat serve.out
url=$(sed -n 's/.* at //p' serve.out)

# Its standard input is closed, since glance would take that for the image's data.
glance() {
  command glance --os-image-url "$url" --os-auth-token any "$@" <&-
}

say 'glance image-create --name CentOS6-x86_64 --file CentOS6.qcow2 --disk-format qcow2 --container-format bare
    --visibility public --progress'
glance image-create --name CentOS6-x86_64 --file CentOS6.qcow2 --disk-format qcow2 --container-format bare \
  --visibility public --progress | tee created
id=$(sed -n 's/^| id *| \([^ ]*\).*/\1/p' created)
say 'glance image-list'
glance image-list

say "glance image-download $id --file edited.qcow2"
glance image-download "$id" --file edited.qcow2
cmp CentOS6.qcow2 edited.qcow2
say "diskformat edit -a edited.qcow2 -m /dev/sda -e 's/CentOS 6/our CentOS/' /etc/motd"
"$@" edit -a edited.qcow2 -m /dev/sda -e 's/CentOS 6/our CentOS/' /etc/motd

say 'glance image-create --name CentOS6-edited --file edited.qcow2 --disk-format qcow2 --container-format bare'
glance image-create --name CentOS6-edited --file edited.qcow2 --disk-format qcow2 --container-format bare > created
id=$(sed -n 's/^| id *| \([^ ]*\).*/\1/p' created)
glance image-download "$id" --file final.qcow2
say 'diskformat cat -a final.qcow2 -m /dev/sda /etc/motd'
"$@" cat -a final.qcow2 -m /dev/sda /etc/motd

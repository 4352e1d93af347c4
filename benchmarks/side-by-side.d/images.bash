# Images
#
# Each is made once; its function writes the file $1. Those whose size is not that which was asked
# for are in the directory above.

image() {
  [ -e "$1" ] && return
  local function=make_${1##*/}
  echo "making $PWD/$1" >&2
  rm -rf "$1.new"
  "${function//[.-]/_}" "$1.new" > /dev/null && sync "$1.new" && mv "$1.new" "$1" ||
    die "cannot make $1"
  # In what pages it was cached as it was written depends on the writer; let all be read alike.
  [ -d "$1" ] || dd if="$1" iflag=nocache count=0 status=none
}

# Random bytes: nothing is zero, nothing can be compressed.
make_full_raw() {
  dd if=/dev/urandom of="$1" bs=4M count="$bytes" iflag=count_bytes,fullblock status=none
}

make_full_qcow2() {
  image full.raw
  qemu-img convert -f raw -O qcow2 full.raw "$1"
}

# Every other cluster, at random, and written in random order.
make_half_qcow2() {
  local clusters=$((bytes / 65536)) n
  qemu-img create -q -f qcow2 "$1" "$bytes" || return
  shuf -i 0-$((clusters - 1)) -n $((clusters / 2)) --random-source=<(yes) |
    while read -r n; do
      echo "write -q -P $((n % 255 + 1)) $((n * 65536)) 65536"
    done | qemu-io -f qcow2 -t writeback "$1"
}

make_half_raw() {
  image half.qcow2
  qemu-img convert -f qcow2 -O raw half.qcow2 "$1"
}

# What an installed system consists of: compresses as such does. The rest, if any, is zeroes.
make_usr_raw() {
  tar -C / --sort=name -cf - usr/bin usr/lib usr/share 2> /dev/null | head -c "$text_bytes" > "$1"
  truncate -s "$text_bytes" "$1"
}

make_zlib_qcow2() {
  image usr.raw
  qemu-img convert -f raw -O qcow2 -c usr.raw "$1"
}

make_zstd_qcow2() {
  image usr.raw
  qemu-img convert -f raw -O qcow2 -c -o compression_type=zstd usr.raw "$1"
}

# Encrypted by AES-256 in XTS mode. qemu-img measures the processor for the key.
secret="secret,id=sec,data=passphrase"
luks_options="key-secret=sec,iter-time=100"
luks_qcow2_options="encrypt.format=luks,encrypt.key-secret=sec,encrypt.iter-time=100"

# At times that measures nothing, and gives up.
patiently() {
  local tries
  for tries in {1..20}; do
    ! "$@" || return 0
  done
  return 1
}

make_full_luks() {
  image full.raw
  patiently qemu-img convert --object "$secret" -f raw -O luks -o "$luks_options" full.raw "$1"
}

make_luks_qcow2() {
  image full.raw
  patiently qemu-img convert --object "$secret" -f raw -O qcow2 -o "$luks_qcow2_options" full.raw "$1"
}

make_full_vdi() {
  image full.raw
  qemu-img convert -f raw -O vdi full.raw "$1"
}

make_full_vmdk() {
  image full.raw
  qemu-img convert -f raw -O vmdk full.raw "$1"
}

make_stream_vmdk() {
  image usr.raw
  qemu-img convert -f raw -O vmdk -o subformat=streamOptimized usr.raw "$1"
}

# qemu-img makes, and reads, none but those with blocks of 1 MiB.
make_full_64m_vdi() {
  image full.raw
  diskformat convert -f raw -O vdi -o block_size=64M full.raw "$1"
}

# Half a disk over a backing file that is made anew before each run.
make_over_qcow2() {
  image half.qcow2
  cp half.qcow2 "$1"
  qemu-img rebase -u -b under.qcow2 -F qcow2 "$1"
}

# Its map alone is 8 MiB.
make_2t_vdi() {
  qemu-img create -q -f vdi "$1" 2T
}

# 1 TiB that holds 1,024 clusters, all over it.
make_tib_qcow2() {
  local n
  qemu-img create -q -f qcow2 "$1" 1T || return
  for ((n = 0; n < 1024; n++)); do
    echo "write -q -P $((n % 255 + 1)) $(((n * 16384 + n * 7919 % 16384) * 65536)) 65536"
  done | qemu-io -f qcow2 -t writeback "$1"
}

make_tib() {
  image ../tib.qcow2
  qemu-img convert -f qcow2 -O "$1" ../tib.qcow2 "$2"
}

make_tib_raw() { make_tib raw "$1"; }
make_tib_vdi() { make_tib vdi "$1"; }
make_tib_vmdk() { make_tib vmdk "$1"; }

# Preallocated metadata: 16 million clusters have a place.
make_meta_1t_qcow2() {
  qemu-img create -q -f qcow2 -o preallocation=metadata "$1" 1T
}

# Preallocated metadata: a million clusters have a place.
make_meta_64g_qcow2() {
  qemu-img create -q -f qcow2 -o preallocation=metadata "$1" 64G
}

# 400,000 of a million clusters, stored in random order. qemu-io would fill 25 GB.
make_frag_64g_qcow2() {
  in_jvm FragmentedImage "$1"
}

# Trees of files, whose bytes are no zeroes and cannot be compressed: $2 files of up to $3 bytes,
# whose names begin with $4.

make_files() {
  local i in
  mkdir "$1" || return
  dd if=/dev/urandom of="$1.bytes" bs=1M count=64 status=none || return
  for ((i = 0; i < $2; i++)); do
    in=d$((i / 1000))/e$((i / 100))
    [ $((i % 100)) != 0 ] || mkdir -p "$1/$in"
    echo "$in/${4:-file number }$i.bin:$((i * 7919 % $3)):$((i * 104729 % 60000000))"
  done | perl -e '
    open(my $r, "<", "$ARGV[0].bytes") or die; binmode $r; chdir $ARGV[0] or die;
    while (<STDIN>) { my ($f, $n, $at) = split /:/; seek($r, $at, 0); read($r, my $b, $n);
      open(my $o, ">", $f) or die; binmode $o; print $o $b; close $o; }' "$1"
}

# 5,042 files and 1.4 GB.
make_large_tree() {
  local i
  make_files "$1" 5000 131072 || return
  for ((i = 0; i < 40; i++)); do
    head -c $((8388608 + i * 200000)) "$1.bytes" > "$1/big$i"
  done
  for i in 1 2; do
    cat "$1.bytes" "$1.bytes" "$1.bytes" "$1.bytes" > "$1/huge$i"
  done
  rm "$1.bytes"
}

# 50,000 files of up to 3 kB.
make_many_tree() {
  make_files "$1" 50000 3072 && rm "$1.bytes"
}

make_disc() {
  image "$1.tree"
  xorriso -as mkisofs -quiet -R -J -V B -o "$2" "$1.tree" 2> /dev/null
}

make_large_iso() { make_disc ../large "$1"; }
make_many_iso() { make_disc ../many "$1"; }

# Jobs with disks
#
# To add one: a function job_NAME, which is listed here.

declare -A groups=(
  [convert]="raw_to_qcow2 qcow2_to_raw raw_to_vdi vdi_to_raw qcow2_to_vdi vdi_to_qcow2 half_to_raw
    raw_to_vmdk vmdk_to_raw compare compare_half hash hash_half"
  [compress]="raw_to_stream stream_to_raw compress_zlib compress_zstd decompress_zlib decompress_zstd"
  [metadata]="info info_vdi_2t map_full map_half map_frag_64g create_meta_1t
    check_meta_1t check_frag_64g check_frag_64g_cached
    snapshot_create_64g snapshot_apply_64g snapshot_delete_64g
    snapshot_create_64g_cached snapshot_apply_64g_cached snapshot_delete_64g_cached
    snapshot_create_frag_cached snapshot_delete_frag_cached
    resize_64g commit rebase"
  [luks]="luks_to_raw raw_to_luks luks_qcow2_to_raw raw_to_luks_qcow2 luks_read luks_write"
  [blocks]="raw_to_vdi_64m vdi_64m_to_raw compare_vdi_64m hash_vdi_64m"
  [io]="shm_raw shm_half random4k_full random4k_half sequential1m_full
    write4k_fresh write64k_fresh write4k_over write64k_over"
  # qemu-img takes minutes for each of these.
  [slow]="snapshot_create_frag snapshot_delete_frag"
)
group_names=(convert grid compress packed sparse metadata luks blocks io slow)

# Sets selected to the jobs that the command line names.
choose_jobs() {
  local name group job found
  local -a all=() named=()
  for group in "${group_names[@]}"; do
    all+=(${groups[$group]})
  done
  [ ${#chosen[@]} -gt 0 ] || [ -n "$list" ] || chosen=(convert)
  # As it was before there were names: a pattern chooses among all jobs.
  [ -z "$only" ] || [ ${#chosen[@]} -gt 0 ] || named=("${all[@]}")
  for name in "${chosen[@]}"; do
    if [ -n "${groups[$name]:-}" ]; then
      named+=(${groups[$name]})
      continue
    fi
    found=
    for job in "${all[@]}"; do
      # Some are in two groups.
      [[ $job == $name ]] && found=1 && [[ " ${named[*]} " != *" $job "* ]] && named+=("$job")
    done
    [ -n "$found" ] || die "no such job: $name; --list lists them"
  done
  selected=()
  for job in "${named[@]}"; do
    if [[ $job =~ $only ]] && ! [[ -n $without && $job =~ $without ]]; then
      selected+=("$job")
    fi
  done
}

list_jobs() {
  local group
  for group in "${group_names[@]}"; do
    echo "$group:" ${groups[$group]} | fold -s -w 100 | sed '2,$s/^/  /'
  done
}

# Converts the image $1 of format $2 into one of format $3, with options of convert $4, and the same
# for WarmJobs $5, if any; qemu-img with options $6 and from the image $7, where those differ.
convert() {
  local to=${output:-$out_dir/converted.$$.$3} sync= theirs=${6-${4:-}} from=${7:-$1}
  new_job "$(basename "${1%.*}"): $2 to $3${4:+ ${4##*=}}" "$1" "$from"
  output=$to
  [ -z "$synced" ] || sync=" -t writeback"
  rival "qemu-img -m 16 -W$sync" \
    "qemu-img convert -m 16 -W$sync -f $2 -O $3 $theirs $from $output"
  command="diskformat convert ${small:+-m 8} -f $2 -O $3 ${4:-} $1 $output"
  warm="convert $1:$2 $output:$3 ${5:-}"
  # qemu-img cannot compare what it cannot read.
  check="qemu-img compare -f $2 -F $3 $from $output"
  [ "$3" = raw ] || check+=" && qemu-img check -f $3 $output"
  [ "${4:-}" = "${6-${4:-}}" ] || check="diskformat compare -f $2 -F $3 $1 $output"
  race
  output=
}

job_half_to_raw() { convert half.qcow2 qcow2 raw; }
# Each format to each, of a disk without a zero, and of 1 TiB that holds next to nothing.
for from in raw qcow2 vdi vmdk; do
  for to in raw qcow2 vdi vmdk; do
    eval "job_${from}_to_$to() { convert full.$from $from $to; }"
    eval "job_tib_${from}_to_$to() { filled=$((64 << 20)) convert ../tib.$from $from $to; }"
    groups[grid]+=" ${from}_to_$to"
    groups[sparse]+=" tib_${from}_to_$to"
  done
done

# Converts what compresses well from $1 to $2, each a format or a way to compress it.
pack() {
  local file format options= target=$2 warm=
  case $1 in
    raw) file=usr.raw format=raw ;;
    stream) file=stream.vmdk format=vmdk ;;
    *) file=$1.qcow2 format=qcow2 ;;
  esac
  case $2 in
    zlib | zstd) target=qcow2 options="-c -o compression_type=$2" warm="-c compression_type=$2" ;;
    stream) target=vmdk options="-o subformat=streamOptimized" warm="subformat=streamOptimized" ;;
  esac
  convert "$file" "$format" "$target" "$options" "$warm"
}

for from in raw zlib zstd stream; do
  for to in raw qcow2 vdi vmdk zlib zstd stream; do
    case ${from}_$to in
      raw_raw | raw_qcow2 | raw_vdi | raw_vmdk) continue ;; # are in the grid
    esac
    eval "job_pack_${from}_to_$to() { pack $from $to; }"
    groups[packed]+=" pack_${from}_to_$to"
  done
done

job_raw_to_stream() { pack raw stream; }
job_stream_to_raw() { pack stream raw; }
job_compress_zlib() { pack raw zlib; }
job_compress_zstd() { pack raw zstd; }
job_decompress_zlib() { pack zlib raw; }
job_decompress_zstd() { pack zstd raw; }

# With blocks of 64 MiB, beside what qemu-img does with its own of 1 MiB.
job_raw_to_vdi_64m() { convert full.raw raw vdi "-o block_size=64M" "block_size=64M" ""; }
job_vdi_64m_to_raw() { convert full_64m.vdi vdi raw "" "" "" full.vdi; }

# To memory, so that there is no disk in it.
to_memory() {
  local free
  free=$(df --output=avail -B1 /dev/shm 2> /dev/null | tail -n 1)
  if [ "${free:-0}" -lt $((bytes * 2)) ]; then
    row "$1 to /dev/shm" "" - - - - - - - - - - "not enough memory"
    return
  fi
  output=/dev/shm/side-by-side.$$.raw
  convert "$1.qcow2" qcow2 raw
}

job_shm_raw() { to_memory full; }
job_shm_half() { to_memory half; }

# Converts the encrypted image $1, which --image-opts $2 names, to raw.
decrypt() {
  new_job "$1 to raw" "$1" full.raw
  output=$out_dir/decrypted.$$.raw
  local arguments="convert --object $secret --image-opts -O raw $2,file.filename=$1 $output"
  rival "qemu-img -m 16 -W" "qemu-img ${arguments/convert/convert -m 16 -W}"
  command="diskformat $arguments"
  warm="--passphrase passphrase convert $1:${1##*.} $output:raw"
  check="cmp full.raw $output"
  race
  output=
}

job_luks_to_raw() { decrypt full.luks driver=luks,key-secret=sec; }
job_luks_qcow2_to_raw() { decrypt luks.qcow2 driver=qcow2,encrypt.key-secret=sec; }

# Converts a raw image to the format $1 with the options $2; $3 names the new image, for its check;
# $4 is the options of WarmJobs.
encrypt() {
  new_job "raw to encrypted $1" full.raw
  output=$out_dir/encrypted.$$.$1
  local arguments="convert --object $secret -f raw -O $1 -o $2 full.raw $output"
  rival "qemu-img -m 16 -W" "qemu-img ${arguments/convert/convert -m 16 -W}"
  command="diskformat $arguments"
  warm="--passphrase passphrase convert full.raw:raw $output:$1 $4"
  check="qemu-img compare --object $secret --image-opts driver=raw,file.filename=full.raw \
$3,file.filename=$output"
  race
  output=
}

job_raw_to_luks() { encrypt luks "$luks_options" driver=luks,key-secret=sec iter-time=100; }
job_raw_to_luks_qcow2() {
  encrypt qcow2 "$luks_qcow2_options" driver=qcow2,encrypt.key-secret=sec \
    "encrypt.format=luks encrypt.iter-time=100"
}

# Reads or writes ($1) a whole encrypted disk, 1 MiB at a time in one thread, beside a raw one and
# bare AES/CTR. qemu-img bench takes no passphrase; it is in the other jobs of this group.
ciphers() {
  new_job "luks $1, 1m" full.raw luks.qcow2
  clock=own
  if [ -z "$prepare_only" ]; then
    cp full.raw cipher.raw && cp luks.qcow2 cipher.qcow2 || die "no space for copies"
  fi
  rival "raw and AES/CTR" "in_jvm CipherLoop $1 cipher.raw"
  command="in_jvm CipherLoop $1 cipher.qcow2 passphrase"
  race
  rm -f cipher.raw cipher.qcow2
}

job_luks_read() { ciphers read; }
job_luks_write() { ciphers write; }

no_compressed() {
  sed 's/, "compressed": [a-z]*//'
}

map() {
  new_job "map ${1##*/}" "$1"
  local arguments="map --output=json $1"
  rival qemu-img "qemu-img $arguments"
  command="diskformat $arguments"
  warm="map $1:qcow2"
  # Newer ones of qemu-img say more.
  check="cmp <(no_compressed < $out) <(qemu-img $arguments | no_compressed)"
  race
}

job_map_full() { map full.qcow2; }
job_map_half() { map half.qcow2; }
job_map_frag_64g() { map ../frag_64g.qcow2; }

info() {
  new_job "info ${1##*/}" "$1"
  each=10
  rival qemu-img "for i in {1..$each}; do qemu-img info $1; done"
  rival "java -version" "for i in {1..$each}; do $java -version; done"
  command="for i in {1..$each}; do diskformat info $1; done"
  race
}

job_info() { info half.qcow2; }
job_info_vdi_2t() { info ../2t.vdi; }

job_create_meta_1t() {
  new_job "create 1 TiB with metadata"
  output=$out_dir/created.$$.qcow2
  local arguments="create -q -f qcow2 -o preallocation=metadata $output 1T"
  rival qemu-img "qemu-img $arguments"
  command="diskformat $arguments"
  check="qemu-img check -q $output"
  filled=$((64 << 20)) race
  output=
}

# Checks the image $1, with caches of qemu-img's that hold all of its tables if $2 says so.
large_caches=driver=qcow2,l2-cache-size=256M,refcount-cache-size=64M
check_structure() {
  new_job "check ${1##*/}" "$1"
  if [ -n "${2:-}" ]; then
    rival "qemu-img, large caches" "qemu-img check -q --image-opts $large_caches,file.filename=$1"
  else
    rival qemu-img "qemu-img check -q $1"
  fi
  command="diskformat check -q $1"
  warm="check $1:qcow2"
  race
}

job_check_meta_1t() { check_structure ../meta_1t.qcow2; }
job_check_frag_64g() { check_structure ../frag_64g.qcow2; }
job_check_frag_64g_cached() { check_structure ../frag_64g.qcow2 cached; }

# Sees to it that the image $1 has one snapshot, or none ($2).
with_snapshot() {
  local now=0
  qemu-img snapshot -l "$1" | grep -q ' s ' && now=1
  case $now$2 in
    0one) qemu-img snapshot -c s --image-opts "$large_caches,file.filename=$1" ;;
    1none) qemu-img snapshot -d s --image-opts "$large_caches,file.filename=$1" ;;
  esac
}

# Takes, applies or deletes ($1) a snapshot of the image $2: all refcounts change.
snapshot() {
  local letter=${1:0:1} file=$2
  [ "$letter" != a ] || letter=a
  new_job "snapshot $1, $3" "$2"
  case $1 in
    create) prepare="with_snapshot $file none" ;;
    *) prepare="with_snapshot $file one" ;;
  esac
  if [ -n "${4:-}" ]; then
    rival "qemu-img, large caches" \
      "qemu-img snapshot -$letter s --image-opts $large_caches,file.filename=$file"
  else
    rival qemu-img "qemu-img snapshot -$letter s $file"
  fi
  command="diskformat snapshot -$letter s $file"
  warm="snapshot $1 $file:qcow2"
  check="qemu-img check -q --image-opts $large_caches,file.filename=$file"
  race
  [ -n "$prepare_only" ] || with_snapshot "$file" none
}

job_snapshot_create_64g() { snapshot create ../meta_64g.qcow2 "64 GiB"; }
job_snapshot_apply_64g() { snapshot apply ../meta_64g.qcow2 "64 GiB"; }
job_snapshot_delete_64g() { snapshot delete ../meta_64g.qcow2 "64 GiB"; }
job_snapshot_create_64g_cached() { snapshot create ../meta_64g.qcow2 "64 GiB" cached; }
job_snapshot_apply_64g_cached() { snapshot apply ../meta_64g.qcow2 "64 GiB" cached; }
job_snapshot_delete_64g_cached() { snapshot delete ../meta_64g.qcow2 "64 GiB" cached; }
job_snapshot_create_frag() { snapshot create ../frag_64g.qcow2 fragmented; }
job_snapshot_delete_frag() { snapshot delete ../frag_64g.qcow2 fragmented; }
job_snapshot_create_frag_cached() { snapshot create ../frag_64g.qcow2 fragmented cached; }
job_snapshot_delete_frag_cached() { snapshot delete ../frag_64g.qcow2 fragmented cached; }

# A disk becomes larger by 64 GiB whose clusters have a place, and as small as it was.
job_resize_64g() {
  local file=../meta_64g.qcow2
  local more="resize -q --preallocation=metadata -f qcow2 $file 128G"
  local less="resize -q --shrink -f qcow2 $file 64G"
  new_job "resize by 64 GiB and back" $file
  rival qemu-img "qemu-img $more && qemu-img $less"
  command="diskformat $more && diskformat $less"
  warm="resize $file:qcow2 $((128 << 30)) $((64 << 30))"
  check="qemu-img check -q $file"
  race
}

# Half a disk is written to an empty backing file.
job_commit() {
  new_job "commit of half a disk" over.qcow2 half.qcow2
  prepare="qemu-img create -q -f qcow2 under.qcow2 $bytes"
  rival qemu-img "qemu-img commit -q -d -f qcow2 over.qcow2"
  command="diskformat commit -q -d -f qcow2 over.qcow2"
  warm="commit over.qcow2:qcow2"
  check="qemu-img compare -f qcow2 -F qcow2 half.qcow2 under.qcow2 && qemu-img check under.qcow2"
  race
  rm -f under.qcow2
}

# An image that stores nothing gets a backing file that holds something else: all is copied.
job_rebase() {
  new_job "rebase of a whole disk" full.qcow2 half.raw
  prepare="rm -f top.qcow2 && qemu-img create -q -f qcow2 -b full.qcow2 -F qcow2 top.qcow2"
  rival qemu-img "qemu-img rebase -f qcow2 -b half.raw -F raw top.qcow2"
  command="diskformat rebase -f qcow2 -b half.raw -F raw top.qcow2"
  warm="rebase top.qcow2:qcow2 half.raw:raw"
  check="qemu-img compare -f qcow2 -F qcow2 full.qcow2 top.qcow2 && qemu-img check top.qcow2"
  race
  rm -f top.qcow2
}

# Compares the raw image $1 with $2 of format $3; qemu-img compares with $4.
compare() {
  new_job "compare $2" "$1" "$2" "$4"
  rival qemu-img "qemu-img compare -f raw -F $3 $1 $4"
  command="diskformat compare -f raw -F $3 $1 $2"
  warm="compare $1:raw $2:$3"
  race
}

job_compare() { compare full.raw full.qcow2 qcow2 full.qcow2; }
job_compare_half() { compare half.raw half.qcow2 qcow2 half.qcow2; }
job_compare_vdi_64m() { compare full.raw full_64m.vdi vdi full.vdi; }

# Hashes the disk of $2, of format $3, beside the raw image $1 of the same.
hash_disk() {
  new_job "hash $2" "$1" "$2"
  rival "sha256sum of raw" "sha256sum $1"
  if command -v blksum > /dev/null && [ "$3" = qcow2 ]; then
    check="[ \"\$(blksum $2 | cut -d ' ' -f 1)\" = \"\$(cut -d ' ' -f 1 $out)\" ]"
  fi
  command="diskformat hash $2"
  warm="hash $2:$3"
  race
}

job_hash() { hash_disk full.raw full.qcow2 qcow2; }
job_hash_half() { hash_disk half.raw half.qcow2 qcow2; }
job_hash_vdi_64m() { hash_disk full.raw full_64m.vdi vdi; }

# Reads $2 bytes $3 times at a constant distance of $4, up to $5 at once if there is a choice,
# inside one process, which says how long that took. Time per read: divide by $3.
reads() {
  new_job "$6" "$1.qcow2"
  clock=own
  rival "qemu-img -i io_uring -d $5" \
    "qemu-img bench -f qcow2 -s $2 -c $3 -S $4 -i io_uring -d $5 $1.qcow2"
  command="in_jvm ReadLoop $1.qcow2 $3 $2 $4"
  race
}

# A distance that comes to all parts of the disk before it comes close to one again: the golden
# section of it, which qemu-img bears up to 2 GiB.
scattered() {
  local step=$bytes
  while
    step=$((step / 4096 * 381966 / 1000000 * 4096))
    [ $step -ge $((1 << 31)) ]
  do :; done
  echo $((step | 4096))
}

job_random4k_full() { reads full 4096 50000 "$(scattered)" 64 "50000 random 4k"; }
job_random4k_half() { reads half 4096 50000 "$(scattered)" 64 "50000 random 4k half"; }
job_sequential1m_full() { reads full 1048576 $((bytes >> 20)) 1048576 8 "sequential 1m"; }

# Writes $2 bytes at a time, all over the disk, to a fresh image or over one that is full ($1), in
# one process, which says how long that took.
writes() {
  new_job "$1 $(($2 >> 10))k writes" full.qcow2
  clock=own
  # Not more requests than are of use, as qemu-img is slow at those of a fresh image.
  local count=$((bytes / $2)) most_writes=50000
  [ $count -le $most_writes ] || count=$most_writes
  # Whole requests apart, so that none reaches beyond the end of the disk.
  local step=$(($(scattered) / $2 * $2 | $2))
  local bench="bench -w -f qcow2 -s $2 -c $count -S $step bench.qcow2"
  if [ "$1" = fresh ]; then
    prepare="qemu-img create -q -f qcow2 bench.qcow2 $bytes"
    bench="bench -w -f qcow2 -s $2 -c $count bench.qcow2"
  elif [ -z "$prepare_only" ]; then
    image full.qcow2
    cp full.qcow2 bench.qcow2
  fi
  rival "qemu-img -i io_uring -d 64" "qemu-img ${bench/-w/-w -i io_uring -d 64}"
  command="diskformat ${bench/-w/-w -d 64}"
  check="qemu-img check -f qcow2 bench.qcow2"
  race
  rm -f bench.qcow2
}

job_write4k_fresh() { writes fresh 4096; }
job_write64k_fresh() { writes fresh 65536; }
job_write4k_over() { writes over 4096; }
job_write64k_over() { writes over 65536; }

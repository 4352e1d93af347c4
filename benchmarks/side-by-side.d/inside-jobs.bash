# Jobs with the files of a guest
#
# Of 50,000 small files, and of one that is as large as the disks are. XFS has no rival that needs
# no kernel: bsdtar lists and extracts an archive of the same files there.

groups[inside]=
for kind in ext4 fat xfs; do
  groups[inside]+=" inside_list_$kind inside_long_$kind inside_read_$kind inside_extract_$kind"
  groups[inside]+=" inside_extract_large_$kind"
done
group_names+=(inside)

# 50,000 files of up to 3 kB, with names that mkfs.xfs can be given.
make_small_tree() {
  make_files "$1" 50000 3072 file_number_ && rm "$1.bytes"
}

make_single_tree() {
  mkdir "$1" && head -c "$bytes" /dev/urandom > "$1/single.bin"
}

make_small_tar() { image ../small.tree && tar -C ../small.tree -cf "$1" .; }
make_single_tar() { image single.tree && tar -C single.tree -cf "$1" .; }

# Makes the volume $1 of the tree $2, of at least $3 bytes.
make_volume_ext4() {
  image "$2"
  truncate -s "$3" "$1" && mke2fs -q -F -t ext4 -N 60000 -d "$2" "$1"
}

make_volume_fat() {
  local volume
  image "$2"
  volume=$(realpath "$1") && rm -f "$1" && truncate -s "$3" "$1" &&
    mkfs.fat -F 32 -s 2 "$1" && (cd "$2" && mcopy -s -m -Q -i "$volume" ./* ::)
}

make_volume_xfs() {
  image "$2"
  # One allocation group: mkfs.xfs puts each file into one extent, and cuts off what a group has no
  # room for.
  truncate -s "$3" "$1" && prototype "$(realpath "$2")" > "$1.prototype" &&
    TEST_DIR=x TEST_DEV=x QA_CHECK_FS=1 mkfs.xfs -q -f -d agcount=1 -p "$1.prototype" "$1" &&
    rm "$1.prototype"
}

# Prints what mkfs.xfs -p is given for the directory $1.
prototype() {
  perl -e '
    sub list { my ($dir) = @_; opendir(my $d, $dir) or die; my @names = sort readdir $d;
      for my $name (@names) { next if $name eq "." or $name eq "..";
        if (-d "$dir/$name") { print "$name d--755 0 0\n"; list("$dir/$name"); print "\$\n"; }
        else { print "$name ---644 0 0 $dir/$name\n"; } } }
    print "none\n0 0\nd--755 0 0\n"; list($ARGV[0]); print "\$\n";' "$1"
}

for kind in ext4 fat xfs; do
  eval "make_small_$kind() { make_volume_$kind \"\$1\" ../small.tree $((512 << 20)); }"
  eval "make_single_$kind() { make_volume_$kind \"\$1\" single.tree $((bytes + (384 << 20))); }"
done

# Adds the rival $2 with the command $3 if it is there and reads $1.
inside_rival() {
  case $1:$2 in
    ext4:m* | fat:debugfs | xfs:[^b]*) return ;;
    xfs:bsdtar) ;;
    *:bsdtar) return ;;
  esac
  ! command -v "$2" > /dev/null || rival "$2" "$3"
}

inside_list() {
  new_job "list 50,000 of $1" "../small.$1" ../small.tar
  inside_rival "$1" fls "fls -r -p ../small.$1"
  inside_rival "$1" 7z "7z l -ba ../small.$1"
  inside_rival "$1" mdir "mdir -/ -b -i ../small.$1 ::"
  inside_rival "$1" bsdtar "bsdtar -tf ../small.tar"
  command="diskformat ls -R -a ../small.$1"
  warm="list ../small.$1"
  race
}

# With attributes.
inside_long() {
  new_job "list long 50,000 of $1" "../small.$1" ../small.tar
  inside_rival "$1" fls "fls -r -p -l ../small.$1"
  inside_rival "$1" 7z "7z l -slt ../small.$1"
  inside_rival "$1" mdir "mdir -/ -i ../small.$1 ::"
  inside_rival "$1" bsdtar "bsdtar -tvf ../small.tar"
  command="diskformat ls -R -l -a ../small.$1"
  warm="long ../small.$1"
  race
}

# The tool writes no files out together but as an archive.
inside_read() {
  new_job "read 50,000 of $1" "../small.$1" ../small.tar
  inside_rival "$1" 7z "7z t ../small.$1"
  inside_rival "$1" bsdtar "bsdtar -xOf ../small.tar"
  command="diskformat tar-out -a ../small.$1 / - > /dev/null"
  warm="read ../small.$1"
  race
}

# Of the volume $2.$1, whose tree is $3, and the archive $4.
inside_copy() {
  output=$out_dir/extracted.$$
  prepare="mkdir $output"
  inside_rival "$1" debugfs "debugfs -R 'rdump / $output' $2.$1"
  inside_rival "$1" 7z "7z x -y -o$output $2.$1"
  inside_rival "$1" tsk_recover "tsk_recover -a $2.$1 $output"
  inside_rival "$1" mcopy "mcopy -s -n -Q -i $2.$1 '::*' $output"
  inside_rival "$1" bsdtar "bsdtar -xf $2.tar -C $output"
  command="diskformat copy-out -a $2.$1 / $output"
  warm="extract $2.$1 $output/warm"
  check="diff -r -x lost+found $output $2.tree"
  race
  output=
}

inside_extract() {
  new_job "extract 50,000 of $1" "../small.$1" ../small.tar
  inside_copy "$1" ../small
}

inside_extract_large() {
  new_job "extract one of $size of $1" "single.$1" single.tar
  inside_copy "$1" single
}

for name in list long read extract extract_large; do
  for kind in ext4 fat xfs; do
    eval "job_inside_${name}_$kind() { inside_$name $kind; }"
  done
done

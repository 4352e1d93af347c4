# Jobs with discs
#
# Each has a rival that is installed, one of the other tools of ISO images. tar and genisoimage do
# not make their files durable; the library does.

groups[iso]="iso_list_large iso_list_many iso_long_large iso_long_many iso_read_large iso_read_many
  iso_extract_large iso_extract_many iso_create_large iso_create_many"
group_names+=(iso)

# Adds the rival $1 if it is there.
disc_rival() {
  ! command -v "$1" > /dev/null || rival "$@"
}

iso_list() {
  new_job "list $1" "../$1.iso"
  disc_rival isoinfo "isoinfo -R -f -i ../$1.iso"
  disc_rival xorriso "xorriso -indev ../$1.iso -find /"
  disc_rival bsdtar "bsdtar -tf ../$1.iso"
  command="diskformat iso ls -R ../$1.iso"
  warm="list ../$1.iso"
  race
}

# With attributes.
iso_long() {
  new_job "list long $1" "../$1.iso"
  disc_rival isoinfo "isoinfo -R -l -i ../$1.iso"
  disc_rival xorriso "xorriso -indev ../$1.iso -find / -exec lsdl"
  disc_rival bsdtar "bsdtar -tvf ../$1.iso"
  disc_rival 7z "7z l ../$1.iso"
  command="diskformat iso ls -R -l ../$1.iso"
  warm="long ../$1.iso"
  race
}

# The tool writes no files out together.
iso_read() {
  new_job "read all $1" "../$1.iso"
  disc_rival bsdtar "bsdtar -xOf ../$1.iso"
  disc_rival 7z "7z t ../$1.iso"
  warm="read ../$1.iso"
  race
}

iso_extract() {
  new_job "extract $1" "../$1.iso" "../$1.tree"
  output=$out_dir/extracted.$$
  prepare="mkdir $output"
  disc_rival xorriso "xorriso -osirrox on -indev ../$1.iso -extract / $output/x"
  disc_rival bsdtar "bsdtar -xf ../$1.iso -C $output"
  disc_rival 7z "7z x -y -o$output ../$1.iso"
  command="diskformat iso extract -C $output ../$1.iso"
  warm="extract ../$1.iso $output/warm"
  check="diff -r $output ../$1.tree"
  race
  output=
}

iso_create() {
  new_job "create -R -J $1" "../$1.tree"
  output=$out_dir/created.$$.iso
  disc_rival xorriso "xorriso -as mkisofs -quiet -R -J -V B -o $output ../$1.tree"
  disc_rival genisoimage "genisoimage -quiet -R -J -V B -o $output ../$1.tree"
  disc_rival tar "tar -cf $output ../$1.tree"
  command="diskformat iso create -q -R -J -V B -o $output ../$1.tree"
  warm="disc ../$1.tree $output"
  check="diff <(bsdtar -tf $output | sort) <(cd ../$1.tree && find . | sed 's,^\./,,' | sort)"
  race
  output=
}

for name in list long read extract create; do
  for tree in large many; do
    eval "job_iso_${name}_$tree() { iso_$name $tree; }"
  done
done

# Measuring
#
# A job names its images, the commands of its rivals, that of diskformat, and what WarmJobs is to
# do, and then has them race. Times are microseconds.

new_job() {
  title=$1
  shift
  sources=("$@") # are made, and read once before each round
  rivals=()
  rival_commands=()
  command=       # of the tool; empty if it has none for that
  warm=          # the arguments of WarmJobs; empty if it does not do that
  output=        # a file or directory that is made, and removed before each run
  prepare=       # a command that is run before each run, and not timed
  check=         # a command that fails if what diskformat did is wrong; is run once
  each=1         # how many times a command does its job
  clock=wall     # or own: the command says itself how long it took
}

# Adds the rival that is called $1 and does the job by the command $2.
rival() {
  rivals+=("$1")
  rival_commands+=("$2")
}

diskformat() {
  DISKFORMAT_OPTS="$java_options" "$diskformat" "$@"
}

gnu_time=$(type -P time)
java_options=
workers=
if [ -n "$small" ]; then
  java_options="-Xmx64m -XX:ActiveProcessorCount=8"
  workers="--workers 8"
fi

# Prints the first java that is new enough, as the tool itself does not say which it found.
find_java() {
  local java
  for java in "${JAVA_HOME:-}/bin/java" java /usr/lib/jvm/*/bin/java /opt/*/bin/java; do
    "$java" --list-modules 2> /dev/null | grep -q '^java.base@\(2[5-9]\|[3-9]\)' || continue
    echo "$java"
    return
  done
  die "needs Java 25 and found none; set JAVA_HOME"
}

in_jvm() {
  "$java" --enable-native-access=ALL-UNNAMED $java_options -cp "$jar" "io.diskformat.benchmarks.$@"
}

out=stdout.$$
err=stderr.$$
warm_err=warm.$$
spare=spare.$$
peak_file=peak.$$
output=
trap 'rm -rf "$out" "$err" "$warm_err" "$peak_file" "$spare" "/dev/shm/$spare" ${output:+"$output"}' EXIT
trap 'exit 130' INT TERM
# The JVM may have ended; then there is no answer either.
trap : PIPE

# Reads files and directories, so that they are in the page cache. What is no more than a hole is
# left out, as some images are far longer than what they hold.
cached() {
  [ $# = 0 ] || tar -cSPf - "$@" 2> /dev/null | cat > /dev/null
}

# Touches and frees as much memory as a run will fill, so that all find memory that is there. A
# virtual machine may have given back to its host what was freed a few seconds ago, and then the
# one who needs it first waits for the host. Fills no file that would have to be written to a disk,
# if it can.
touch_memory() {
  local length=$((64 << 20)) free file=$spare
  [ -z "$output" ] || length=$((length + filled))
  free=$(df --output=avail -B1 /dev/shm 2> /dev/null | tail -n 1)
  [ "${free:-0}" -lt "$length" ] || file=/dev/shm/$spare
  head -c "$length" /dev/zero > "$file"
  rm -f "$file"
}

# Turns seconds into microseconds.
micros() {
  local whole=${1%.*} part=${1#*.}000000
  echo $((10#$whole * 1000000 + 10#${part:0:6}))
}

clean() {
  [ -n "$output" ] || return 0
  [ ! -d "$output" ] || chmod -R u+w "$output"
  rm -rf "$output"
}

ready() {
  clean
  [ -z "$prepare" ] || eval "$prepare" > /dev/null 2> "$err" < /dev/null || return 1
  touch_memory
}

# Sets wall and cpu, or returns false if the command fails.
measure() {
  local spent TIMEFORMAT='%3R %3U %3S' user sys
  ready || return 1
  # The subshell's errors are those of time alone.
  spent=$({ time eval "$1" > "$out" 2> "$err" < /dev/null; } 2>&1) || return 1
  read -r wall user sys <<< "$spent"
  cpu=$((($(micros "$user") + $(micros "$sys")) / each))
  if [ "$clock" = own ]; then
    [[ $(< "$out") =~ completed\ in\ ([0-9.]+)\ seconds(, ([0-9.]+) of CPU)? ]] || return 1
    wall=${BASH_REMATCH[1]}
    # Of the whole process it is of no use.
    [ -z "${BASH_REMATCH[3]}" ] && cpu=0 || cpu=$(($(micros "${BASH_REMATCH[3]}") / each))
  fi
  wall=$(($(micros "$wall") / each))
}

# Sets peak to how much memory a command takes, in KiB, or to nothing where GNU time is missing. It
# is a run of its own, since time is measured without anything in between.
measure_peak() {
  peak=
  [ -n "$gnu_time" ] && ready || return 0
  "$gnu_time" -o "$peak_file" -f %M bash -c "$1" > "$out" 2> "$err" < /dev/null || return 0
  peak=$(tail -n 1 "$peak_file")
}

# The same inside the JVM that is running already.
measure_warm() {
  ready || return 1
  echo 2> "$err" >&"$to_jvm" && read -r -t 600 -u "$from_jvm" wall cpu || return 1
  wall=$(micros "$wall")
  cpu=$(micros "$cpu")
}

# Sets middle of some numbers: of two, the lower.
median() {
  local sorted
  mapfile -t sorted < <(printf '%s\n' "$@" | sort -n)
  middle=${sorted[($# - 1) / 2]}
}

mebibytes() {
  [ "${1:-0}" -gt 0 ] || { echo -; return; }
  printf '%d.%d' $(($1 >> 20)) $((($1 & (1 << 20) - 1) * 10 >> 20))
}

# How many bytes of a file are stored.
stored() {
  local blocks
  blocks=$(stat -c %b "$1") && echo $((blocks * 512))
}

seconds() {
  [ "${1:-0}" -gt 0 ] || { echo -; return; }
  printf '%d.%04d' $(($1 / 1000000)) $(($1 % 1000000 / 100))
}

ratio() {
  [ "${1:-0}" -gt 0 ] && [ "${2:-0}" -gt 0 ] || { echo -; return; }
  printf '%d.%02d' $(($1 / $2)) $(($1 % $2 * 100 / $2))
}

row() {
  printf '%-26s %-24s %9s %9s  %9s %9s  %9s %9s  %6s %6s  %6s %6s  %7s %7s %7s  %8s %8s  %s\n' "$@"
}

# How long diskformat's file is, what of it is stored, and whether it is right.
verdict() {
  [ -z "$check" ] || { eval "$check" > /dev/null 2>&1 && result=right || result=WRONG; }
  [ -f "$output" ] || return 0
  filled=$(stored "$output")
  length=$(stat -c %s "$output")
}

start_jvm() {
  coproc "$java" --enable-native-access=ALL-UNNAMED $java_options -cp "$jar" \
    io.diskformat.benchmarks.WarmJobs $workers ${unmapped:+--unmapped} $warm 2> "$warm_err"
  jvm_pid=$!
  exec {to_jvm}>&"${COPROC[1]}" {from_jvm}<&"${COPROC[0]}"
  eval "exec ${COPROC[1]}>&- ${COPROC[0]}<&-"
  # Until it is compiled: eight times, or as long as --most says.
  local until=$((SECONDS + most)) round
  for ((round = 0; round < 8; round++)); do
    [ $round = 0 ] || [ $SECONDS -lt $until ] || break
    measure_warm || { failed[warm]=1; break; }
  done
}

stop_jvm() {
  local key value
  while read -r key value _; do
    [ "$key" != VmHWM: ] || peaks[warm]=$value
  done < "/proc/$jvm_pid/status" 2> /dev/null
  exec {to_jvm}>&- {from_jvm}<&-
  wait "$jvm_pid" 2> /dev/null
  [ -z "${failed[warm]:-}" ] || result+=" warm failed: $(grep -v '^\s*at' "$warm_err" | head -n 1)"
}

race() {
  local source
  for source in "${sources[@]}"; do
    image "$source"
  done
  [ -z "$prepare_only" ] || return
  local -A walls=() cpus=() failed=() spent=() peaks=() sizes=()
  local round who wall cpu peak middle result= filled=${filled:-$bytes} length=0 i
  local -a rival_lengths=()
  local to_jvm from_jvm jvm_pid
  [ -z "$warm" ] || start_jvm
  local -a runners=("${!rivals[@]}" ${command:+tool} ${warm:+warm})
  cached "${sources[@]}"
  for ((round = 0; round < rounds; round++)); do
    for who in "${runners[@]}"; do
      [ -z "${failed[$who]:-}" ] && [ "${spent[$who]:-0}" -lt "${most}000000" ] || continue
      case $who in
        tool) measure "$command" ;;
        warm) measure_warm ;;
        *) measure "${rival_commands[$who]}" ;;
      esac || { failed[$who]="$(head -n 1 "$err")."; continue; }
      if [ $round = 0 ]; then
        case $who in
          tool) verdict ;;
          warm) [ -n "$command" ] || verdict ;;
          *) [ ! -f "$output" ] || rival_lengths[who]=$(stat -c %s "$output") ;;
        esac
        [ ! -f "$output" ] || sizes[$who]=$(stored "$output")
      fi
      walls[$who]+=" $wall"
      cpus[$who]+=" $cpu"
      spent[$who]=$((${spent[$who]:-0} + wall * each))
    done
  done
  [ -z "$warm" ] || stop_jvm
  for who in "${runners[@]}"; do
    [ -z "${failed[$who]:-}" ] || continue
    case $who in
      tool) measure_peak "$command" ;;
      warm) continue ;;
      *) measure_peak "${rival_commands[$who]}" ;;
    esac
    peaks[$who]=$peak
  done
  [ -z "${failed[tool]:-}" ] || result+=" failed: ${failed[tool]}"
  clean
  for who in "${runners[@]}"; do
    if [ -n "${walls[$who]:-}" ]; then
      median ${walls[$who]}
      walls[$who]=$middle
      median ${cpus[$who]}
      cpus[$who]=$middle
    fi
  done
  for i in "${!rivals[@]}"; do
    local notes=$result
    [ -z "${failed[$i]:-}" ] || notes+=" ${rivals[i]} failed: ${failed[$i]}"
    [ -z "${rival_lengths[i]:-}" ] || [ "$length" = 0 ] ||
      notes+=" $(ratio "$length" "${rival_lengths[i]}") of its size"
    row "$title" "${rivals[i]}" \
      "$(seconds "${walls[$i]:-}")" "$(seconds "${cpus[$i]:-}")" \
      "$(seconds "${walls[tool]:-}")" "$(seconds "${cpus[tool]:-}")" \
      "$(seconds "${walls[warm]:-}")" "$(seconds "${cpus[warm]:-}")" \
      "$(ratio "${walls[$i]:-}" "${walls[tool]:-}")" "$(ratio "${cpus[$i]:-}" "${cpus[tool]:-}")" \
      "$(ratio "${walls[$i]:-}" "${walls[warm]:-}")" "$(ratio "${cpus[$i]:-}" "${cpus[warm]:-}")" \
      "$(mebibytes $((${peaks[$i]:-0} << 10)))" "$(mebibytes $((${peaks[tool]:-0} << 10)))" \
      "$(mebibytes $((${peaks[warm]:-0} << 10)))" \
      "$(mebibytes "${sizes[$i]:-}")" "$(mebibytes "${sizes[tool]:-}")" "$notes"
  done
}

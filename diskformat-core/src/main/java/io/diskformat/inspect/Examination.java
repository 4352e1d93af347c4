package io.diskformat.inspect;

import io.diskformat.opening.Formats;
import io.diskformat.spi.DiskFormat;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * All formats that an image may have, each with its findings so far. They look for their marks at
 * the same time; an image that none recognizes until its end is raw.
 *
 * <p>What is found in the first sector of a raw disk counts unless a mark is in that sector, which
 * is known by its end: whatever the rest of the file is, that sector is what it begins with.
 */
final class Examination {
  private static final String RAW = "raw";
  private static final String ISO = "iso";
  private static final int SECTOR = 512;

  private final InspectionRules rules;
  private final ByteSource source;
  private final List<Candidate> candidates = new ArrayList<>();
  private final Set<String> installed = new TreeSet<>();

  /** The formats that are installed and do not look at passing images. */
  private final Set<String> uninspected = new TreeSet<>();

  private final Candidate raw;

  /** The findings about the image as such. */
  private final Candidate file;

  Examination(InspectionRules rules, ByteSource source) {
    this.rules = rules;
    this.source = source;
    this.raw = new Candidate(RAW, rules, source, self -> {}, this::inside);
    this.file = new Candidate("", rules, source, self -> {}, this::inside);
    Set<String> furtherOn = new TreeSet<>();
    for (DiskFormat format : Formats.installed()) {
      if (!format.name().equals(RAW)) {
        Candidate candidate = candidate(format.name());
        format.inspect(candidate);
        if (!candidate.hasAsked()) {
          uninspected.add(format.name());
          UninspectedFormats.lookFor(format, candidate);
          continue;
        }
      }
      installed.add(format.name());
      if (format.isMarkedFurtherOn()) {
        furtherOn.add(format.name());
      }
    }
    ForeignFormats.inspect(installed, this::candidate);
    raw.read(0, FirstSector.SIZE, sector -> firstSectorSeen(furtherOn));
    TableInspection.begin(raw, this::isDisc);
    rules
        .largestDisk()
        .ifPresent(most ->
            raw.read(
                most,
                1,
                next -> {
                  if (!hasFirstMark()) {
                    raw.refuseSize(most, "the disk has more than " + most + " bytes");
                  }
                }));
  }

  private Candidate candidate(String name) {
    for (Candidate known : candidates) {
      if (known.format().equals(name)) {
        return known;
      }
    }
    Candidate candidate = new Candidate(name, rules, source, this::judge, this::inside);
    candidates.add(candidate);
    return candidate;
  }

  /** Looks at the start of a disk that this image holds, encrypted. */
  private Inspection inside(ByteBuffer start) {
    PassingSource passing = new PassingSource();
    Examination examination = new Examination(rules.inside(), passing);
    passing.accept(start);
    return examination.soFar();
  }

  /** Refuses an image without a mark, as soon as every mark would have passed. */
  private void firstSectorSeen(Set<String> furtherOn) {
    Optional<Set<String>> accepted = rules.acceptedFormats();
    boolean needsMark =
        accepted.isPresent()
            && accepted.get().stream()
                .allMatch(name -> installed.contains(name) && !furtherOn.contains(name))
            && !accepted.get().contains(RAW);
    if (needsMark && recognized().isEmpty()) {
      file.refuse(
          InspectionRules.FORMAT,
          0,
          "it begins with no mark of " + String.join(", ", new TreeSet<>(accepted.get())));
    }
  }

  private List<Candidate> recognized() {
    return candidates.stream()
        .filter(Candidate::isRecognized)
        .sorted(Comparator.comparingLong(Candidate::recognizedBy))
        .toList();
  }

  private boolean isDisc() {
    return recognized().stream().anyMatch(candidate -> candidate.format().equals(ISO));
  }

  /** Returns whether the first sector bears a mark. */
  private boolean hasFirstMark() {
    return recognized().stream().anyMatch(c -> c.recognizedBy() <= FirstSector.SIZE);
  }

  private void judge(Candidate candidate) {
    judgeFormat(candidate.format(), installed.contains(candidate.format()));
    String first = recognized().getFirst().format();
    if (!first.equals(candidate.format())) {
      file.refuse(
          InspectionRules.POLYGLOT, 0, "it is " + candidate.format() + " as well as " + first);
    }
  }

  private void judgeFormat(String format, boolean isInstalled) {
    Optional<Set<String>> accepted = rules.acceptedFormats();
    if (accepted.isPresent() && !accepted.get().contains(format)) {
      file.refuse(
          InspectionRules.FORMAT,
          0,
          "it is %s, and not %s"
              .formatted(format, String.join(" or ", new TreeSet<>(accepted.get()))));
    } else if (accepted.isEmpty() && !isInstalled) {
      file.refuse(
          InspectionRules.FOREIGN_FORMAT,
          0,
          "it is "
              + format
              + (uninspected.contains(format)
                  ? ", which is installed, but does not inspect images"
                  : ", which is not installed"));
    }
  }

  /** Judges an image that has ended. */
  void finish() {
    List<Candidate> all = recognized();
    if (all.isEmpty() && file.findings().isEmpty()) {
      judgeFormat(RAW, true);
    }
    if (all.isEmpty() || all.getFirst().format().equals(ISO)) {
      Candidate disk = all.isEmpty() ? raw : all.getFirst();
      // As in QEMU, a disk is whole sectors.
      disk.endsAs(source.seen() + SECTOR - 1 & -SECTOR);
    }
    all.forEach(Candidate::checkLength);
    (all.isEmpty() ? raw : all.getFirst()).checkRatio();
  }

  /** Returns whether something was found for which the image is to be refused. */
  boolean hasRefusal() {
    return !soFar().isSane();
  }

  /** Returns what is known so far. */
  Inspection soFar() {
    List<Candidate> all = recognized();
    List<Finding> findings = new ArrayList<>(file.findings());
    all.forEach(candidate -> findings.addAll(candidate.findings()));
    if (!hasFirstMark()) {
      findings.addAll(raw.findings());
    }
    findings.sort(Comparator.comparingLong(Finding::provenBy));
    boolean isRaw = all.isEmpty() && source.hasEnded();
    Optional<Candidate> shown = isRaw ? Optional.of(raw) : all.stream().findFirst();
    return new Inspection(
        shown.map(Candidate::format),
        isRaw
            ? OptionalLong.of(source.seen())
            : all.stream().mapToLong(Candidate::recognizedBy).findFirst(),
        shown.flatMap(Candidate::variant),
        shown.map(Candidate::diskSize).orElse(OptionalLong.empty()),
        shown.flatMap(Candidate::encryption),
        source.seen(),
        source.hasEnded(),
        findings);
  }
}

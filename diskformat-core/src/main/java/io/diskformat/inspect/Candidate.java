package io.diskformat.inspect;

import io.diskformat.SecretSupplier;
import io.diskformat.SizeText;
import io.diskformat.inspect.ByteSource.Missing;
import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A format that an image may have, and the findings that count if it has. */
final class Candidate implements PassingImage {
  /** The most findings of one format; an image with more is refused long before. */
  private static final int MOST_FINDINGS = 100;

  private final String format;
  private final InspectionRules rules;
  private final ByteSource source;
  private final Consumer<Candidate> whenRecognized;
  private final Function<ByteBuffer, Inspection> inside;
  private final List<Finding> findings = new ArrayList<>();
  private long recognizedBy = -1;
  private @Nullable String variant;
  private @Nullable String encryption;
  private long diskSize = -1;
  private long end;
  private String endOf = "";
  private boolean asked;

  /**
   * Creates a candidate of which nothing is known.
   *
   * @param whenRecognized called once, as soon as the mark has been seen
   * @param inside looks at the start of a disk that was decrypted
   */
  Candidate(
      String format,
      InspectionRules rules,
      ByteSource source,
      Consumer<Candidate> whenRecognized,
      Function<ByteBuffer, Inspection> inside) {
    this.format = format;
    this.rules = rules;
    this.source = source;
    this.whenRecognized = whenRecognized;
    this.inside = inside;
  }

  String format() {
    return format;
  }

  /** Returns whether the format has asked for any bytes. */
  boolean hasAsked() {
    return asked;
  }

  boolean isRecognized() {
    return recognizedBy >= 0;
  }

  /**
   * Returns how many bytes of the image it takes to see the mark, or -1 if it has not been seen.
   */
  long recognizedBy() {
    return recognizedBy;
  }

  List<Finding> findings() {
    return findings;
  }

  Optional<String> variant() {
    return Optional.ofNullable(variant);
  }

  Optional<String> encryption() {
    return Optional.ofNullable(encryption);
  }

  OptionalLong diskSize() {
    return diskSize < 0 ? OptionalLong.empty() : OptionalLong.of(diskSize);
  }

  // What a format asks for

  @Override
  public void read(long position, int length, Consumer<ByteBuffer> then) {
    asked = true;
    source.ask(position, length, then, why -> {});
  }

  @Override
  public void need(long position, int length, String what, Consumer<ByteBuffer> then) {
    asked = true;
    source.ask(
        position,
        length,
        then,
        why -> {
          if (why == Missing.PASSED) {
            refuse(
                InspectionRules.ORDER,
                position,
                what + " had passed when it was clear where it is");
          } else if (source.hasEnded()) {
            cutShort(position, what);
          } else {
            reaches(-1, what);
          }
        });
  }

  @Override
  public void reaches(long newEnd, String what) {
    if (end >= 0 && (newEnd < 0 || newEnd > end)) {
      end = newEnd;
      endOf = what;
    }
  }

  /** Compares the length of an image that has ended with what it should be. */
  void checkLength() {
    if (isRecognized() && (end < 0 || end > source.seen())) {
      cutShort(source.seen(), endOf);
    }
  }

  private void cutShort(long position, String what) {
    boolean known = findings.stream().anyMatch(f -> f.rule().equals(InspectionRules.TRUNCATED));
    if (!known) {
      refuse(
          InspectionRules.TRUNCATED,
          Math.min(position, source.seen()),
          "the file ends at " + source.seen() + ", before the end of " + what);
    }
  }

  @Override
  public void atEnd(int length, End then) {
    asked = true;
    source.askAtEnd(length, then);
  }

  // What a format says

  @Override
  public void recognized() {
    if (!isRecognized()) {
      recognizedBy = source.seen();
      whenRecognized.accept(this);
    }
  }

  @Override
  public void variant(String name) {
    variant = name;
  }

  @Override
  public void disk(long size, long position) {
    if (size < 0) {
      refuse(
          InspectionRules.VIRTUAL_SIZE,
          position,
          "the disk has " + Long.toUnsignedString(size) + " bytes, more than any can have");
      return;
    }
    diskSize = size;
    OptionalLong largest = rules.largestDisk();
    if (largest.isPresent() && size > largest.getAsLong()) {
      refuseSize(position, "the disk has " + size + " bytes");
    }
  }

  /** Refuses a disk that is too large. */
  void refuseSize(long position, String sentence) {
    long largest = rules.largestDisk().orElseThrow();
    refuse(
        InspectionRules.VIRTUAL_SIZE,
        position,
        sentence + ", and " + SizeText.of(largest) + " are accepted at most");
  }

  /** Sets the size of the disk of an image that has ended, already compared with its limit. */
  void endsAs(long size) {
    diskSize = size;
  }

  /** Compares the disk of an image that has ended with its file. */
  void checkRatio() {
    OptionalLong largest = rules.largestRatio();
    long file = Math.max(1, source.seen());
    if (largest.isPresent() && diskSize >= 0 && diskSize / file >= largest.getAsLong()) {
      long factor = largest.getAsLong();
      if (diskSize / file > factor || diskSize % file != 0) {
        refuse(
            InspectionRules.RATIO,
            0,
            "the disk has %d bytes, more than %d times the %d bytes of the file"
                .formatted(diskSize, factor, source.seen()));
      }
    }
  }

  @Override
  public void encrypted(String method, long position) {
    encryption = method;
    refuse(InspectionRules.ENCRYPTED, position, "the disk is encrypted (" + method + ")");
  }

  @Override
  public Optional<SecretSupplier> secret() {
    return rules.secret();
  }

  @Override
  public void holds(ByteBuffer start, long position) {
    Inspection found = inside.apply(start);
    found
        .format()
        .ifPresent(name ->
            refuse(format + ".nested-format", position, "its disk bears the mark of " + name));
    for (Finding finding : found.findings()) {
      report(
          finding.rule(),
          finding.severity(),
          position + finding.position(),
          "on its disk: " + finding.sentence());
    }
  }

  @Override
  public void refuse(String rule, long position, String sentence) {
    report(rule, rules.allows(rule) ? Severity.WARNING : Severity.REFUSAL, position, sentence);
  }

  @Override
  public void warn(String rule, long position, String sentence) {
    report(rule, Severity.WARNING, position, sentence);
  }

  private void report(String rule, Severity severity, long position, String sentence) {
    if (findings.size() < MOST_FINDINGS) {
      findings.add(new Finding(rule, severity, position, source.seen(), sentence));
    }
  }
}

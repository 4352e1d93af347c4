package io.diskformat.inspect;

import io.diskformat.SecretSupplier;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rules of an inspection. Immutable: each method that changes a rule returns a new object.
 * These are the rules that all formats have in common; each format adds its own, whose identifiers
 * begin with its name.
 *
 * <ul>
 *   <li>{@code polyglot}: the file bears the marks of several formats
 *   <li>{@code foreign-format}: the format is not one that is installed
 *   <li>{@code format}: the format is none of those that are accepted
 *   <li>{@code encrypted}: the disk is encrypted
 *   <li>{@code virtual-size}: the disk is larger than is accepted, or than any can be
 *   <li>{@code ratio}: the disk is larger than a multiple of the file that is accepted
 *   <li>{@code truncated}: the file ends before something that it must have
 *   <li>{@code order}: something could not be looked at as the image passed by, since it is before
 *       what says where it is
 *   <li>{@code partition-table}: the table on a raw disk, or on a disc, contradicts itself or the
 *       disk
 * </ul>
 */
public final class InspectionRules {
  static final String POLYGLOT = "polyglot";
  static final String FOREIGN_FORMAT = "foreign-format";
  static final String FORMAT = "format";
  static final String ENCRYPTED = "encrypted";
  static final String VIRTUAL_SIZE = "virtual-size";
  static final String RATIO = "ratio";
  static final String TRUNCATED = "truncated";
  static final String ORDER = "order";
  static final String PARTITION_TABLE = "partition-table";

  private static final InspectionRules STRICT =
      new InspectionRules(null, Long.MAX_VALUE, Long.MAX_VALUE, Set.of(), null);

  private final @Nullable Set<String> formats;
  private final long largestDisk;
  private final long largestRatio;
  private final Set<String> allowed;
  private final @Nullable SecretSupplier secret;

  private InspectionRules(
      @Nullable Set<String> formats,
      long largestDisk,
      long largestRatio,
      Set<String> allowed,
      @Nullable SecretSupplier secret) {
    this.formats = formats;
    this.largestDisk = largestDisk;
    this.largestRatio = largestRatio;
    this.allowed = allowed;
    this.secret = secret;
  }

  /**
   * Returns the rules for uploads: an image of any installed format, of any size, that stands for
   * itself.
   */
  public static InspectionRules strict() {
    return STRICT;
  }

  /**
   * Returns these rules with the formats that are accepted, {@code format} being the rule. Name the
   * one that an uploader declared, to refuse what is of another one. A format that is named and not
   * installed is accepted as far as it is known: not all of its rules are.
   */
  public InspectionRules formats(String... names) {
    return new InspectionRules(Set.of(names), largestDisk, largestRatio, allowed, secret);
  }

  /**
   * Returns these rules with a limit for the disk, {@code virtual-size} being the rule.
   *
   * @param bytes the largest disk that is accepted
   */
  public InspectionRules largestDisk(long bytes) {
    return new InspectionRules(formats, bytes, largestRatio, allowed, secret);
  }

  /**
   * Returns these rules with a limit for how many times as large as its file a disk may be, {@code
   * ratio} being the rule. Note that a disk that holds nothing is larger than its file by any
   * factor.
   */
  public InspectionRules largestRatio(long factor) {
    if (factor < 1) {
      throw new IllegalArgumentException("a factor of " + factor);
    }
    return new InspectionRules(formats, largestDisk, factor, allowed, secret);
  }

  /**
   * Returns these rules without some of them: a finding of one is a warning then.
   *
   * @param rules their identifiers, for example {@code qcow2.backing-file}
   */
  public InspectionRules allowing(String... rules) {
    Set<String> all = new HashSet<>(allowed);
    for (String rule : rules) {
      all.add(Objects.requireNonNull(rule));
    }
    return new InspectionRules(formats, largestDisk, largestRatio, Set.copyOf(all), secret);
  }

  /**
   * Returns these rules with a passphrase for encrypted images: of a LUKS file, the first 64 KiB of
   * its disk are then looked at, too. What bears a mark there is refused by {@code
   * luks.nested-format}, and all that is found of it is reported, as of the file itself; a
   * passphrase that is not right is refused by {@code luks.passphrase}. That the image is encrypted
   * stays a reason to refuse it unless {@code encrypted} is {@linkplain #allowing allowed}.
   *
   * @param supplier asked where an encrypted image is looked at, with a name that says nothing
   */
  public InspectionRules secret(SecretSupplier supplier) {
    return new InspectionRules(
        formats, largestDisk, largestRatio, allowed, Objects.requireNonNull(supplier));
  }

  /** Returns the rules for a disk inside an image. */
  InspectionRules inside() {
    return new InspectionRules(null, Long.MAX_VALUE, Long.MAX_VALUE, allowed, null);
  }

  Optional<SecretSupplier> secret() {
    return Optional.ofNullable(secret);
  }

  boolean allows(String rule) {
    return allowed.contains(rule);
  }

  Optional<Set<String>> acceptedFormats() {
    return Optional.ofNullable(formats);
  }

  OptionalLong largestDisk() {
    return largestDisk == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(largestDisk);
  }

  OptionalLong largestRatio() {
    return largestRatio == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(largestRatio);
  }
}

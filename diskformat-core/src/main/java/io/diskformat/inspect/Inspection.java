package io.diskformat.inspect;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The result of an inspection, from the bytes that were seen so far. Immutable.
 *
 * @param format the name of the format, as qemu-img spells it, which need not be installed; empty
 *     as long as it is not known
 * @param decidedBy how many bytes of the file, from its start on, show the format; empty as long as
 *     it is not known
 * @param variant which kind of image of the format it is; empty if there is but one
 * @param diskSize the size of the disk in bytes; empty if it is not known
 * @param encryption the method by which the disk is encrypted; empty if it is not known to be
 * @param length how many bytes of the file were seen; of a file that was looked at as a whole, its
 *     length
 * @param isComplete whether that is all of it
 * @param findings what was found so far, in the order in which it showed
 */
public record Inspection(
    Optional<String> format,
    OptionalLong decidedBy,
    Optional<String> variant,
    OptionalLong diskSize,
    Optional<String> encryption,
    long length,
    boolean isComplete,
    List<Finding> findings) {

  /** Copies the list. */
  public Inspection {
    findings = List.copyOf(findings);
  }

  /** Returns whether nothing was found so far for which the image is to be refused. */
  public boolean isSane() {
    return refusal().isEmpty();
  }

  /** Returns the first finding for which the image is to be refused, if there is one. */
  public Optional<Finding> refusal() {
    return findings.stream().filter(Finding::isRefusal).findFirst();
  }

  /** Returns whether there is a finding of a rule. */
  public boolean has(String rule) {
    return findings.stream().anyMatch(finding -> finding.rule().equals(rule));
  }
}

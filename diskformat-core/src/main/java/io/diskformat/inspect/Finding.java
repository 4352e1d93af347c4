package io.diskformat.inspect;

/**
 * A finding of an inspection. Immutable.
 *
 * @param rule the identifier of the rule, which never changes, for example {@code
 *     qcow2.backing-file}; {@link InspectionRules} lists those that all formats have in common
 * @param severity what it means
 * @param position where in the file it is, in bytes
 * @param provenBy how many bytes of the file, from its start on, show it; the file's length if only
 *     its end does
 * @param sentence what was found, for people, without the name of the file. A name out of the image
 *     is in it as the image has it: escape it where that matters
 */
public record Finding(
    String rule, Severity severity, long position, long provenBy, String sentence) {

  /** Returns whether the image is not to be accepted for this. */
  public boolean isRefusal() {
    return severity == Severity.REFUSAL;
  }

  @Override
  public String toString() {
    return rule + " at " + position + ": " + sentence;
  }
}

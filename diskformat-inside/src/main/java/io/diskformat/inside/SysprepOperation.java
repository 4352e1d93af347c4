package io.diskformat.inside;

import java.util.List;

/**
 * An operation of {@link Sysprep}, which removes something that is one guest's own. Immutable.
 *
 * @param name that virt-sysprep calls it by
 * @param description what it does, in a few words
 * @param isDefault whether it is done if no operations are named
 * @param removed patterns of files and directories that are removed, with all that is in them
 * @param emptied patterns of files that become empty
 * @param renewed patterns of files that get other random bytes
 * @param edited patterns of files that lose lines
 * @param lines a regular expression of the lines that they lose
 */
public record SysprepOperation(
    String name,
    String description,
    boolean isDefault,
    List<String> removed,
    List<String> emptied,
    List<String> renewed,
    List<String> edited,
    String lines) {
  /** Copies the lists. */
  public SysprepOperation {
    removed = List.copyOf(removed);
    emptied = List.copyOf(emptied);
    renewed = List.copyOf(renewed);
    edited = List.copyOf(edited);
  }

  static SysprepOperation removing(String name, String description, String... patterns) {
    return new SysprepOperation(
        name, description, true, List.of(patterns), List.of(), List.of(), List.of(), "");
  }

  SysprepOperation emptying(String... patterns) {
    return new SysprepOperation(
        name, description, isDefault, removed, List.of(patterns), renewed, edited, lines);
  }

  SysprepOperation renewing(String... patterns) {
    return new SysprepOperation(
        name, description, isDefault, removed, emptied, List.of(patterns), edited, lines);
  }

  SysprepOperation without(String regularExpression, String... patterns) {
    return new SysprepOperation(
        name,
        description,
        isDefault,
        removed,
        emptied,
        renewed,
        List.of(patterns),
        regularExpression);
  }

  SysprepOperation onlyIfNamed() {
    return new SysprepOperation(name, description, false, removed, emptied, renewed, edited, lines);
  }
}

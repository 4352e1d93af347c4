package io.diskformat.iso.build;

/**
 * What a volume descriptor says of a volume. Immutable: each method returns a new object.
 *
 * @param volume the label, up to 32 characters
 * @param system which system it is for, up to 32
 * @param volumeSet the set that the volume belongs to, up to 128
 * @param publisher who publishes it, up to 128
 * @param preparer who, or what, prepared the data, up to 128
 * @param application what it is for, up to 128
 * @param copyright the name of a file of the root that has the copyright, up to 37
 * @param summary the name of a file of the root that has the abstract, up to 37
 * @param bibliography the name of a file of the root that has the bibliography, up to 37
 */
public record DiscIdentifiers(
    String volume,
    String system,
    String volumeSet,
    String publisher,
    String preparer,
    String application,
    String copyright,
    String summary,
    String bibliography) {

  /**
   * Checks the lengths.
   *
   * @throws IllegalArgumentException if one is longer than its field
   */
  public DiscIdentifiers {
    check("volume", volume, 32);
    check("system", system, 32);
    check("volume set", volumeSet, 128);
    check("publisher", publisher, 128);
    check("preparer", preparer, 128);
    check("application", application, 128);
    check("copyright file", copyright, 37);
    check("abstract file", summary, 37);
    check("bibliography file", bibliography, 37);
  }

  private static void check(String what, String text, int most) {
    if (text.length() > most) {
      throw new IllegalArgumentException(
          "the "
              + what
              + " identifier \""
              + text
              + "\" has "
              + text.length()
              + " characters, and there is room for "
              + most);
    }
  }

  /** Returns identifiers that say nothing but that the label is {@code ISOIMAGE}. */
  public static DiscIdentifiers none() {
    return new DiscIdentifiers("ISOIMAGE", "", "", "", "", "", "", "", "");
  }

  /** Returns these identifiers with another label. */
  public DiscIdentifiers volume(String text) {
    return new DiscIdentifiers(
        text,
        system,
        volumeSet,
        publisher,
        preparer,
        application,
        copyright,
        summary,
        bibliography);
  }

  /** Returns these identifiers with another system. */
  public DiscIdentifiers system(String text) {
    return new DiscIdentifiers(
        volume,
        text,
        volumeSet,
        publisher,
        preparer,
        application,
        copyright,
        summary,
        bibliography);
  }

  /** Returns these identifiers with another volume set. */
  public DiscIdentifiers volumeSet(String text) {
    return new DiscIdentifiers(
        volume, system, text, publisher, preparer, application, copyright, summary, bibliography);
  }

  /** Returns these identifiers with another publisher. */
  public DiscIdentifiers publisher(String text) {
    return new DiscIdentifiers(
        volume, system, volumeSet, text, preparer, application, copyright, summary, bibliography);
  }

  /** Returns these identifiers with another preparer. */
  public DiscIdentifiers preparer(String text) {
    return new DiscIdentifiers(
        volume, system, volumeSet, publisher, text, application, copyright, summary, bibliography);
  }

  /** Returns these identifiers with another application. */
  public DiscIdentifiers application(String text) {
    return new DiscIdentifiers(
        volume, system, volumeSet, publisher, preparer, text, copyright, summary, bibliography);
  }

  /** Returns these identifiers with the names of files of the root. */
  public DiscIdentifiers files(String copyrightFile, String abstractFile, String bibliographyFile) {
    return new DiscIdentifiers(
        volume,
        system,
        volumeSet,
        publisher,
        preparer,
        application,
        copyrightFile,
        abstractFile,
        bibliographyFile);
  }
}

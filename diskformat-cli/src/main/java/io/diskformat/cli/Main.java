package io.diskformat.cli;

/**
 * Starts the tool, or says which Java it needs.
 *
 * <p>This class alone is compiled for old JVMs. It may call the rest, which they load only when the
 * call is reached.
 */
public final class Main {
  private static final int REQUIRED_JAVA = 25;

  private Main() {}

  /**
   * Runs the tool and ends the process with its exit status.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    int found = Runtime.version().feature();
    if (found < REQUIRED_JAVA) {
      System.err.println(
          "diskformat needs Java "
              + REQUIRED_JAVA
              + " or newer, found "
              + found
              + "; set JAVA_HOME");
      System.exit(1);
    }
    System.exit(DiskformatCommand.run(args));
  }
}

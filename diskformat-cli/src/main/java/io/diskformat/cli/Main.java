package io.diskformat.cli;

/**
 * Starts the tool, or says which Java it needs.
 *
 * <p>This class alone is compiled for old JVMs. It may call the other classes, which such a JVM
 * loads only when it reaches the call.
 */
public final class Main {
  private static final int REQUIRED_JAVA = 25;

  private Main() {}

  /**
   * Runs the tool; the process ends with its exit status.
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
    int status = DiskformatCommand.run(args);
    // To return ends the process as well, without the logger that the JVM makes to log an exit.
    if (status != 0) {
      System.exit(status);
    }
  }
}

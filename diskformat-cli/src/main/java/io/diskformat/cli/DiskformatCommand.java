package io.diskformat.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The tool: finds the verb, runs it, and turns whatever happens into an exit status and, for a
 * failure, one line.
 */
public final class DiskformatCommand {
  /** The status that a shell reports of a program that a broken pipe killed, as it kills most. */
  private static final int BROKEN_PIPE = 141;

  private static final int FAILURE = 1;

  private static final int SUMMARY_COLUMN = 18;

  private DiskformatCommand() {}

  /**
   * Runs the tool as the process' own program.
   *
   * @return the exit status of the process
   */
  public static int run(String[] args) {
    Charset charset = Charset.forName(System.getProperty("stdout.encoding", "UTF-8"));
    Terminal terminal =
        new Terminal(
            new FileOutputStream(FileDescriptor.out),
            new FileOutputStream(FileDescriptor.err),
            charset,
            true);
    try (Interruption _ = Interruption.ofThisThread()) {
      return run(args, terminal);
    }
  }

  /**
   * Runs the tool inside another program.
   *
   * @param out gets what would go to the standard output, in UTF-8
   * @param err gets what would go to the standard error, in UTF-8
   * @return the exit status
   */
  public static int run(String[] args, OutputStream out, OutputStream err) {
    return run(args, new Terminal(out, err, StandardCharsets.UTF_8, false));
  }

  private static int run(String[] args, Terminal terminal) {
    Verb verb = null;
    Throwable failure;
    try {
      if (args.length == 0) {
        throw new IllegalArgumentException("no verb given; diskformat --help lists them");
      }
      int status = 0;
      switch (args[0]) {
        case "-h", "--help", "help" -> terminal.print(help(args));
        case "-V", "--version" -> terminal.line("diskformat " + version());
        default -> {
          verb = Verbs.named(List.of(args));
          if (terminal.isOfProcess()) {
            Arguments.requireUnderstood(args);
          }
          status = verb.run(args, terminal);
        }
      }
      terminal.flush();
      return status;
    } catch (Terminal.ClosedException e) {
      return BROKEN_PIPE;
    } catch (Throwable e) {
      failure = e;
    }
    if (!Interruption.isUnderWay()) {
      terminal.error(Problems.sentence(failure));
      if ("1".equals(System.getenv("DISKFORMAT_TRACE"))) {
        terminal.trace(failure);
      }
    }
    return verb == null ? FAILURE : verb.failureStatus();
  }

  private static String help(String[] args) {
    if (args.length > 1) {
      return Usage.of(Verbs.named(List.of(args).subList(1, args.length)));
    }
    StringBuilder text =
        new StringBuilder(
            """
            Usage: diskformat VERB [OPTION...] ARGUMENT...

            Reads, writes, converts, compares and repairs disk images. Verbs and options are those of qemu-img.

            """);
    Verbs.summaries()
        .forEach((name, summary) ->
            text.append("  ")
                .append(name)
                .repeat(' ', SUMMARY_COLUMN - 2 - name.length())
                .append(summary)
                .append('\n'));
    return text.append(
            """

            diskformat help VERB shows a verb's options. With DISKFORMAT_TRACE=1 in the environment, a
            failure says where in the program it came from.
            """)
        .toString();
  }

  private static String version() {
    String version = DiskformatCommand.class.getPackage().getImplementationVersion();
    return version == null ? "(unpackaged)" : version;
  }
}

package io.diskformat.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The tool: finds the verb, has picocli read that verb's arguments, and sees to it that whatever
 * happens ends in an exit status and, if it is a failure, in one line.
 *
 * <p>Only the class of the verb that was asked for is loaded, so that the tool starts fast.
 */
public final class DiskformatCommand {
  /** What a shell reports of a program that a broken pipe killed, which is what others do here. */
  private static final int BROKEN_PIPE = 141;

  private static final int FAILURE = 1;

  private static final String HELP =
      """
      Usage: diskformat VERB [OPTION...] ARGUMENT...

      Reads, writes, converts, compares and repairs disk images. Verbs and options are those of qemu-img.

        info     what an image says of itself
        map      where each part of the disk is stored
        bench    how long many reads or writes take
        compare  whether two images hold the same disk
        convert  copies a disk into a new image
        create   makes an empty image
        dd       copies a part of a disk
        resize   changes the size of a disk
        check    whether an image and those below it are intact; repairs it
        commit   writes what an image holds to its backing file
        compact  makes an image's file smaller in place
        hash     the checksum of the disk, the same whatever the image's format
        formats  the formats that are installed
        demo     shows all this on a small image of its own

      diskformat VERB --help tells a verb's options. With DISKFORMAT_TRACE=1 in the environment, a
      failure tells where in the program it came from.
      """;

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
   * @param out what would be the standard output; UTF-8 is written to it
   * @param err what would be the standard error
   * @return what would be the exit status
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
        case "-h", "--help", "help" -> terminal.print(HELP);
        case "-V", "--version" -> terminal.line("diskformat " + version());
        default -> {
          verb = verb(args[0]);
          if (verb == null) {
            throw new IllegalArgumentException(
                "no verb \"" + args[0] + "\"; diskformat --help lists those there are");
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

  private static @Nullable Verb verb(String name) {
    return switch (name) {
      case "bench" -> new BenchVerb();
      case "check" -> new CheckVerb();
      case "commit" -> new CommitVerb();
      case "compact" -> new CompactVerb();
      case "compare" -> new CompareVerb();
      case "convert" -> new ConvertVerb();
      case "create" -> new CreateVerb();
      case "dd" -> new DdVerb();
      case "demo" -> new DemoVerb();
      case "formats" -> new FormatsVerb();
      case "hash" -> new HashVerb();
      case "info" -> new InfoVerb();
      case "map" -> new MapVerb();
      case "resize" -> new ResizeVerb();
      default -> null;
    };
  }

  private static String version() {
    String version = DiskformatCommand.class.getPackage().getImplementationVersion();
    return version == null ? "(unpackaged)" : version;
  }
}

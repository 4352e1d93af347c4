package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.testing.ChildJvm;
import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which exception, and with what words, does not depend on whether there are native calls. */
final class FileErrorsTest {
  @TempDir Path directory;

  @BeforeEach
  void onPosixOnly() {
    assumeTrue(
        directory.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "no permissions here");
  }

  /** So that it can be deleted. */
  @AfterEach
  void unlock() throws IOException {
    Path closed = directory.resolve("closed");
    if (Files.exists(closed)) {
      permit(closed, "rwxr-xr-x");
    }
  }

  private static void permit(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  private Path image(String name) throws IOException {
    return Files.write(directory.resolve(name), new byte[512]);
  }

  /** Tells what opening a file comes to: what is run in another JVM. */
  static final class Child {
    public static void main(String[] arguments) throws IOException {
      for (String argument : arguments) {
        for (boolean writable : new boolean[] {false, true}) {
          try {
            FileStorage.open(Path.of(argument), writable, Sharing.LOCKED).close();
            System.out.println("open");
          } catch (IOException e) {
            System.out.println(e.getClass().getSimpleName() + ": " + e.getMessage());
          }
        }
      }
    }
  }

  /** Returns the answer to a process that has no right to ignore permissions, as root has. */
  private static List<String> reported(ChildJvm jvm, List<String> files) throws Exception {
    ChildJvm plain =
        System.getProperty("user.name").equals("root") && Oracle.isInstalled("setpriv")
            ? jvm.startedBy("setpriv", "--bounding-set=-dac_override,-dac_read_search")
            : jvm;
    ChildJvm.Result result = plain.run(Child.class, files.toArray(String[]::new));
    assertEquals(0, result.exitCode(), result::toString);
    return result.output().lines().toList();
  }

  @Test
  void openingFailsAlikeWithAndWithoutNativeCalls() throws Exception {
    Path closed = Files.createDirectory(directory.resolve("closed"));
    image("closed/image");
    Path unreadable = image("unreadable");
    Path readOnly = image("read-only");
    Path loop = directory.resolve("loop");
    Files.createSymbolicLink(loop, loop);
    Path below = image("file").resolve("below");
    Path none = directory.resolve("none");
    Path tooLong = directory.resolve("x".repeat(300));
    permit(unreadable, "-w-------");
    permit(readOnly, "r--------");
    permit(closed, "---------");
    List<Path> files =
        List.of(closed.resolve("image"), unreadable, readOnly, loop, below, none, tooLong);
    List<String> names = files.stream().map(Path::toString).toList();
    List<String> with = reported(ChildJvm.of(FileErrorsTest.class), names);
    assumeTrue(!with.getFirst().equals("open"), "this process may open whatever it likes");
    String denied = "AccessDeniedException: %s: opening for %s: permission denied";
    String loops =
        "FileSystemException: %s: opening for %s: Too many levels of symbolic links or unable to"
            + " access attributes of symbolic link";
    String missing = "NoSuchFileException: %s: no such file";
    String length = "FileSystemException: %s: opening for %s: File name too long";
    // For the JDK, and so here, nothing is found below what is no directory.
    List<String> words = List.of(denied, denied, denied, loops, missing, missing, length);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      expected.add(
          files.get(i).equals(readOnly) ? "open" : words.get(i).formatted(files.get(i), "reading"));
      expected.add(words.get(i).formatted(files.get(i), "writing"));
    }
    assertEquals(String.join("\n", expected), String.join("\n", with));
    List<String> without = reported(ChildJvm.withoutJna(FileErrorsTest.class), names);
    assertEquals(String.join("\n", expected), String.join("\n", without));
  }

  private static String failure(Path path, NativeIo io) {
    return assertThrows(
            FileSystemException.class,
            () -> FileStorage.open(path, true, Sharing.LOCKED, io).close())
        .toString();
  }

  /** What only the call that opens a file finds out. */
  @Test
  void aProgramThatRunsIsNotWritten() throws Exception {
    NativeIo io = NativeAccess.get();
    assumeTrue(io != null, "no native calls here");
    assumeTrue(Files.isExecutable(Path.of("/bin/sleep")), "no program to run");
    Path program = directory.resolve("program");
    Files.copy(Path.of("/bin/sleep"), program, StandardCopyOption.COPY_ATTRIBUTES);
    Process process = new ProcessBuilder(program.toString(), "60").start();
    try {
      String expected =
          FileSystemException.class.getName()
              + ": "
              + program
              + ": opening for writing: Text file busy";
      assertEquals(expected, failure(program, io));
      assertEquals(expected, failure(program, null));
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  /** The words come from the one place whatever the operation, and whatever the host's reason. */
  @Test
  void everyOperationOfAChannelNamesTheFile() throws Exception {
    Path path = image("disk.img");
    for (String words : List.of("Input/output error", "Disk quota exceeded", "File too large")) {
      try (ReopeningChannel channel = new ReopeningChannel("my disk", path, true, false)) {
        ReopeningChannel.Operation<Void> failing =
            _ -> {
              throw new IOException(words);
            };
        assertEquals(
            "my disk: flushing: " + words,
            assertThrows(
                    FileSystemException.class,
                    () -> channel.run("flushing", FileErrors.NOWHERE, failing))
                .getMessage());
        assertEquals(
            "my disk: writing at 7: " + words,
            assertThrows(FileSystemException.class, () -> channel.run("writing", 7, failing))
                .getMessage());
      }
    }
  }
}

package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageLockedException;
import io.diskformat.OpenOptions;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.testing.Oracle;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Any number of readers or one writer: in this process, and beside QEMU. */
final class LockTest {
  private static final OpenOptions READING = OpenOptions.readOnly().format("raw");
  private static final OpenOptions WRITING = OpenOptions.writable().format("raw");

  @TempDir Path directory;
  private Path path;

  @BeforeEach
  void create() throws IOException {
    path = Files.write(directory.resolve("shared.img"), new byte[65536]);
    assumeTrue(NativeAccess.get() != null, "no native calls here");
  }

  private void assertLocked(OpenOptions options) {
    ImageLockedException e =
        assertThrows(ImageLockedException.class, () -> DiskImages.open(path, options).close());
    assertEquals(
        path
            + ": locked: "
            + (options.isWritable()
                ? "another process or device is using the image, so it cannot be written"
                : "another process or device is writing the image"),
        e.getMessage());
  }

  /** Whoever conflicts with a use in the same process learns that, and by which name it goes. */
  private void assertLockedHere(OpenOptions options, String why) {
    ImageLockedException e =
        assertThrows(ImageLockedException.class, () -> DiskImages.open(path, options).close());
    assertEquals(path + ": locked: it is the very image that is " + why, e.getMessage());
  }

  private void assertFree(OpenOptions options) throws IOException {
    DiskImages.open(path, options).close();
  }

  // In this process

  @Test
  void oneWriterAlone() throws IOException {
    try (DiskImage writer = DiskImages.open(path, WRITING)) {
      assertLockedHere(WRITING, "open for writing already");
      assertLockedHere(READING, "open for writing already");
      assertFree(READING.shared());
      // A writer is not shared, whatever is asked for.
      assertLockedHere(WRITING.shared(), "open for writing already");
      writer.write(0, new byte[] {1});
      assertTrue(DiskImages.probe(path).isEmpty());
    }
    assertFree(WRITING);
    assertFree(READING);
  }

  @Test
  void readersTogether() throws IOException {
    try (DiskImage one = DiskImages.open(path, READING);
        DiskImage other = DiskImages.open(path, READING)) {
      assertLockedHere(WRITING, "being read, so it cannot be written");
      one.read(0, new byte[1]);
      other.read(0, new byte[1]);
    }
    assertFree(WRITING);
  }

  @Test
  void sharedReadersAreInNobodysWay() throws IOException {
    try (DiskImage reader = DiskImages.open(path, READING.shared());
        DiskImage writer = DiskImages.open(path, WRITING)) {
      writer.write(5, new byte[] {7});
      byte[] found = new byte[1];
      reader.read(5, found);
      assertEquals(7, found[0]);
      assertTrue(writer.isWritable());
    }
  }

  @Test
  void aLockIsOfTheFileAndNotOfItsName() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("link.img"), path);
    Path hardLink = Files.createLink(directory.resolve("second.img"), path);
    try (DiskImage writer = DiskImages.open(link, WRITING)) {
      assertTrue(writer.isWritable());
      assertLockedHere(WRITING, "open for writing already as " + link);
      assertThrows(ImageLockedException.class, () -> DiskImages.open(hardLink, WRITING));
    }
  }

  @Test
  void withoutNativeCallsWritersAreStillKeptApart() throws IOException {
    try (Storage portable = FileStorage.open(path, true, Sharing.LOCKED, null)) {
      assertLockedHere(WRITING, "open for writing already");
      assertThrows(
          ImageLockedException.class, () -> FileStorage.open(path, true, Sharing.LOCKED, null));
      assertThrows(
          ImageLockedException.class, () -> FileStorage.open(path, false, Sharing.LOCKED, null));
      assertTrue(portable.isWritable());
    }
    try (Storage ofQemu = FileStorage.open(path, true, Sharing.LOCKED)) {
      assertThrows(
          ImageLockedException.class, () -> FileStorage.open(path, true, Sharing.LOCKED, null));
      assertTrue(ofQemu.isWritable());
    }
    FileStorage.open(path, true, Sharing.LOCKED, null).close();
    try (Storage portable = FileStorage.open(path, false, Sharing.LOCKED, null)) {
      assertLockedHere(WRITING, "being read, so it cannot be written");
      assertThrows(
          ImageLockedException.class, () -> FileStorage.open(path, true, Sharing.LOCKED, null));
      assertFree(READING);
      assertEquals(65536, portable.size());
    }
  }

  /** What could not be opened after all is in nobody's way. */
  @Test
  void whatFailsToOpenIsNotInUse() throws Exception {
    try (RunningQemuIo writer = new RunningQemuIo(path)) {
      assertTrue(writer.process.isAlive());
      assertLocked(WRITING);
      // Not "the very image that is open already".
      assertLocked(READING);
    }
    assertFree(WRITING);
  }

  // Beside QEMU

  /** A qemu-io that has the image open for as long as this is. */
  private static final class RunningQemuIo implements AutoCloseable {
    private final Process process;
    private final OutputStream commands;

    RunningQemuIo(Path path, String... options) throws IOException {
      // Asked by the way, so that it is skipped in one way wherever it is missing.
      Oracle.qemuIo("--version").orFail();
      List<String> command = new ArrayList<>(List.of("qemu-io", "-f", "raw"));
      command.addAll(List.of(options));
      command.add(path.toString());
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
      commands = process.getOutputStream();
      // An answer means that it has the image open.
      commands.write("length\n".getBytes(StandardCharsets.UTF_8));
      commands.flush();
      BufferedReader answers = process.inputReader();
      String line;
      do {
        line = answers.readLine();
      } while (line != null && !line.contains("64 KiB"));
      assertNotEquals(null, line, "qemu-io has ended");
    }

    @Override
    public void close() throws IOException {
      commands.write("quit\n".getBytes(StandardCharsets.UTF_8));
      commands.close();
      process.onExit().orTimeout(20, TimeUnit.SECONDS).join();
    }
  }

  @Test
  void whatQemuWritesIsLocked() throws Exception {
    try (RunningQemuIo writer = new RunningQemuIo(path)) {
      assertTrue(writer.process.isAlive());
      assertLocked(WRITING);
      assertLocked(READING);
      assertFree(READING.shared());
    }
    assertFree(WRITING);
    assertFree(READING);
  }

  @Test
  void whatQemuReadsIsRead() throws Exception {
    try (RunningQemuIo reader = new RunningQemuIo(path, "-r")) {
      assertTrue(reader.process.isAlive());
      assertFree(READING);
    }
    assertFree(WRITING);
  }

  @Test
  void qemuIsKeptFromWhatWeWrite() throws IOException {
    try (DiskImage writer = DiskImages.open(path, WRITING)) {
      Oracle.Result result = Oracle.qemuIo("-f", "raw", "-c", "write 0 512", path);
      assertNotEquals(0, result.exitCode(), result::toString);
      assertTrue(result.error().contains("Failed to get \"write\" lock"), result::toString);
      assertTrue(writer.isWritable());
    }
    Oracle.qemuIo("-f", "raw", "-c", "write 0 512", path).orFail();
  }

  @Test
  void qemuIsKeptFromWritingWhatWeRead() throws IOException {
    try (DiskImage reader = DiskImages.open(path, READING)) {
      Oracle.Result result = Oracle.qemuIo("-f", "raw", "-c", "write 0 512", path);
      assertNotEquals(0, result.exitCode(), result::toString);
      Oracle.qemuIo("-r", "-f", "raw", "-c", "read 0 512", path).orFail();
      assertEquals(65536, reader.size());
    }
    Oracle.qemuIo("-f", "raw", "-c", "write 0 512", path).orFail();
  }

  @Test
  void qemuIsNotKeptFromWhatWeShare() throws IOException {
    try (DiskImage reader = DiskImages.open(path, READING.shared())) {
      Oracle.qemuIo("-f", "raw", "-c", "write -P 7 0 512", path).orFail();
      byte[] found = new byte[1];
      reader.read(0, found);
      assertEquals(7, found[0]);
    }
  }

  @Test
  void aKilledProcessLeavesNoLock() throws Exception {
    RunningQemuIo writer = new RunningQemuIo(path);
    assertLocked(WRITING);
    writer.process.destroyForcibly().waitFor();
    assertFree(WRITING);
  }
}

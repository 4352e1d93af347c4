package io.diskformat.cli;

import io.diskformat.CheckReport;
import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.Arrays;

/** The step of the demo that kills a process which is writing an image; and that process. */
final class KilledWriter {
  private static final int PIECE = 64 << 10;
  private static final int PIECES = 4096;

  /** Reports after which the process is killed. */
  private static final int ENOUGH = 100;

  private final Narration narration;
  private final Path file;

  KilledWriter(Narration narration, Path directory) {
    this.narration = narration;
    this.file = directory.resolve("killed.vdi");
  }

  /** Writes piece after piece, and reports each once it is durable, until it is killed. */
  public static void main(String[] args) throws IOException {
    byte[] piece = new byte[PIECE];
    try (DiskImage disk = DiskImages.open(Path.of(args[0]), OpenOptions.writable().format("vdi"))) {
      for (int i = 0; i < PIECES; i++) {
        Arrays.fill(piece, content(i));
        disk.write(position(i), piece);
        disk.flush();
        System.out.write('.');
        System.out.flush();
      }
    }
  }

  /**
   * Returns the offset of a piece: all over the disk, so that blocks are allocated all the time.
   */
  private static long position(int piece) {
    return (long) (piece * 1021 % PIECES) * PIECE;
  }

  private static byte content(int piece) {
    return (byte) (piece % 255 + 1);
  }

  void run() throws IOException {
    narration.step("Kill a process that writes an image", "disk.flush()");
    DiskImages.create(file, CreateOptions.format("vdi").size((long) PIECES * PIECE));
    int durable = killAfterSome();
    CheckReport report;
    try (ImageMaintenance image = DiskImages.maintain(file, OpenOptions.readOnly().format("vdi"))) {
      report = image.check();
    }
    int lost = 0;
    try (DiskImage image = DiskImages.open(file, OpenOptions.readOnly().format("vdi"))) {
      byte[] piece = new byte[PIECE];
      for (int i = 0; i < durable; i++) {
        image.read(position(i), piece);
        byte expected = content(i);
        for (byte found : piece) {
          if (found != expected) {
            lost++;
            break;
          }
        }
      }
    }
    narration.say("killed after it had reported " + durable + " flushes; of these lost: " + lost);
    narration.say("check of its image: " + DamagedImage.summary(report));
  }

  /** Kills the process after a while; returns how many pieces it had reported as durable. */
  private int killAfterSome() throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                KilledWriter.class.getName(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (InputStream reports = process.getInputStream()) {
      int durable = 0;
      while (durable < ENOUGH && reports.read() >= 0) {
        durable++;
      }
      // Killed by its handle, which leaves the pipe with its reports open.
      boolean _ = process.toHandle().destroyForcibly();
      // What was reported before the kill arrived counts, too.
      durable += reports.readAllBytes().length;
      int _ = process.waitFor();
      return durable;
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    } finally {
      var _ = process.destroyForcibly();
    }
  }
}
